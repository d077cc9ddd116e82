//! What may be meant by a question, read portion by portion: rings, what phone systems told, and rings that the
//! database could not take.

use super::Explanations;
use super::heard::{Heard, LEEWAY};
use super::who::{Kind, Sought};
use crate::domain::ids::Id;
use crate::domain::time::{NamedTime, Timestamp};
use crate::flow::lists::calls_by_id;
use crate::store::{
    Error as StoreError, HeardRow, TurnedAwayRow, Tx, UnwrittenFilter, UnwrittenRow,
};

/// Rings and events that are read in one unit of work, and how often for one question.
const PORTION: i64 = 500;
const PORTIONS: usize = 40;

/// A ring that may be meant.
pub(super) struct Candidate {
    pub(super) heard: Heard,
    /// How it was kept that the database could not take it, if so.
    pub(super) lost: Option<UnwrittenRow>,
    /// As which kinds of name its agent is meant.
    pub(super) kinds: Vec<Kind>,
}

impl Candidate {
    pub(super) fn at(&self) -> Timestamp {
        self.heard.at()
    }

    /// Whether rules decided over it: anything else only tells of a call.
    pub(super) fn is_ring(&self) -> bool {
        self.lost.is_some() || self.heard.row.contact.is_some()
    }
}

/// What may be meant, and whether everything was looked at.
pub(super) struct Looked {
    pub(super) candidates: Vec<Candidate>,
    pub(super) is_complete: bool,
}

impl Explanations {
    /// What was heard about then that may be meant: first what was heard exactly then.
    pub(super) async fn look(
        &self,
        sought: &Sought,
        asked: NamedTime,
    ) -> Result<Looked, StoreError> {
        let about = asked.within(LEEWAY);
        let spans =
            [(asked.from, asked.until), (asked.until, about.until), (about.from, asked.from)];
        let (mut candidates, mut portions) = (Vec::new(), 0);
        for span in spans.map(|(from, until)| (Id::floor(from), Id::floor(until))) {
            let (mut from, until) = span;
            while from < until && portions < PORTIONS {
                portions += 1;
                let patterns = sought.stored.clone();
                let read =
                    move |tx: &mut Tx<'_>| tx.list_heard_of((from, until), &patterns, PORTION);
                let rows = self.context.store.read(read).await?;
                let is_full = is_full(rows.len());
                from = rows.last().filter(|_| is_full).map_or(until, |row| row.id.next());
                let read = rows.into_iter().map(|row| self.candidate(row, Some(sought)));
                candidates.extend(read.filter(|it| !it.kinds.is_empty()));
            }
        }
        let is_complete = portions < PORTIONS;
        let range = (Id::floor(about.from), Id::floor(about.until));
        let filter = UnwrittenFilter { agent: Some(sought.stored.clone()), ..<_>::default() };
        let lost = self.lost(range, filter, Some(sought)).await?;
        candidates.extend(lost.into_iter().filter(|it| !it.kinds.is_empty()));
        candidates.sort_by_key(|it| it.heard.row.id);
        Ok(Looked { candidates, is_complete })
    }

    /// The newest ring of everybody who may be meant, also where only a phone system told of it, and those that
    /// could not be written down.
    pub(super) async fn newest_of(&self, sought: &Sought) -> Result<Vec<Candidate>, StoreError> {
        let all = (Id::from_number(0), Id::MAX);
        let filter = UnwrittenFilter { agent: Some(sought.stored.clone()), ..<_>::default() };
        let mut found = self.lost(all, filter, Some(sought)).await?;
        let mut before = Some(Id::MAX);
        for _ in 0..PORTIONS {
            let Some(place) = before else { break };
            let patterns = sought.stored.clone();
            let rows = self
                .context
                .store
                .read(move |tx| tx.list_newest_rings_of(&patterns, place, PORTION));
            let rows = rows.await?;
            before = rows.last().filter(|_| is_full(rows.len())).map(|row| row.id);
            found.extend(rows.into_iter().map(|row| self.candidate(row, Some(sought))));
        }
        found.retain(|it| !it.kinds.is_empty());
        Ok(found)
    }

    /// The rings of a caller about then.
    pub(super) async fn rings_of_caller(
        &self,
        caller: &str,
        asked: NamedTime,
    ) -> Result<Vec<Candidate>, StoreError> {
        let about = asked.within(LEEWAY);
        let range = (Id::floor(about.from), Id::floor(about.until));
        let filter = UnwrittenFilter { caller: Some(caller.to_owned()), ..<_>::default() };
        let mut rings = self.lost(range, filter, None).await?;
        let caller = caller.to_owned();
        let rows = self.context.store.read(move |tx| tx.list_decided(range, &caller, PORTION));
        rings.extend(rows.await?.into_iter().map(|row| self.candidate(row, None)));
        rings.sort_by_key(|ring| ring.heard.row.id);
        Ok(rings)
    }

    /// The calls of a caller about then, nearest first.
    pub(super) async fn calls_of_caller(
        &self,
        caller: &str,
        asked: NamedTime,
    ) -> Result<Vec<Id>, StoreError> {
        let about = asked.within(LEEWAY);
        let (from, until) = (Id::floor(about.from), Id::floor(about.until));
        let caller = caller.to_owned();
        let read =
            self.context.store.read(move |tx| tx.list_calls_of(&caller, until, from, PORTION));
        let mut calls = read.await?;
        calls.sort_by_key(|call| asked.distance(call.minted()));
        Ok(calls)
    }

    /// How many others were rung about then, and which requests were refused.
    pub(super) async fn around(
        &self,
        asked: NamedTime,
    ) -> Result<(usize, Vec<TurnedAwayRow>), StoreError> {
        /// Reasons that are looked at.
        const REASONS: i64 = 5;
        let about = asked.within(LEEWAY);
        let range = (Id::floor(about.from), Id::floor(about.until));
        let read = self.context.store.read(move |tx| {
            Ok((tx.count_rings(range)?, tx.list_turned_away(range.0, range.1, REASONS)?))
        });
        let (others, refused) = read.await?;
        Ok((usize::try_from(others).unwrap_or_default(), refused))
    }

    /// The call of an id: ours, that of one of its events, or a system's; several where several systems have it,
    /// the newest first.
    pub(super) async fn calls_of(
        &self,
        text: &str,
        own: Option<Id>,
    ) -> Result<Vec<Id>, StoreError> {
        let (in_force, text) = (self.context.in_force(), text.to_owned());
        let found = self.context.store.read(move |tx| {
            let calls = calls_by_id(tx, &in_force.configuration, &text)?;
            if !calls.is_empty() {
                return Ok(calls);
            }
            let event = own.map(|id| tx.find_heard(id)).transpose()?.flatten();
            Ok(event.and_then(|row| row.call_id).into_iter().collect())
        });
        found.await
    }

    /// The rings of a call that the database could not take: by what systems call it; else its caller's in that
    /// minute, unless those are of another call.
    pub(super) async fn lost_in(&self, call: Id) -> Result<Vec<Candidate>, StoreError> {
        let held = self.context.store.read(move |tx| tx.find_heard_call(call)).await?;
        let Some(held) = held else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for external_id in &held.external_ids {
            let id = Some(external_id.clone());
            let filter = UnwrittenFilter { external_id: id, ..<_>::default() };
            found.extend(self.lost((Id::from_number(0), Id::MAX), filter, None).await?);
        }
        if let Some(caller) = held.caller {
            let began = call.minted();
            let range = (Id::floor(began.minus(LEEWAY)), Id::floor(began.plus(LEEWAY)));
            let filter = UnwrittenFilter { caller: Some(caller), ..<_>::default() };
            for ring in self.lost(range, filter, None).await? {
                let others = match &ring.heard.row.external_id {
                    Some(id) => self.calls_of(id, None).await?,
                    None => Vec::new(),
                };
                let is_known = found.iter().any(|it| it.heard.row.id == ring.heard.row.id);
                if others.is_empty() && !is_known {
                    found.push(ring);
                }
            }
        }
        Ok(found)
    }

    /// Rings that the database could not take.
    pub(super) async fn lost(
        &self,
        range: (Id, Id),
        wanted: UnwrittenFilter,
        sought: Option<&Sought>,
    ) -> Result<Vec<Candidate>, StoreError> {
        let rows = self.context.store.read(move |tx| tx.list_unwritten(range, &wanted, PORTION));
        let all = rows.await?.into_iter().map(|row| {
            let heard = self.unwritten(&row);
            let kinds = sought.map(|sought| sought.means(&heard.row, &heard.ring));
            Candidate { heard, lost: Some(row), kinds: kinds.unwrap_or_default() }
        });
        Ok(all.collect())
    }

    pub(super) fn candidate(&self, row: HeardRow, sought: Option<&Sought>) -> Candidate {
        let heard = self.read(row);
        let kinds = sought.map(|sought| sought.means(&heard.row, &heard.ring));
        Candidate { heard, lost: None, kinds: kinds.unwrap_or_default() }
    }
}

fn is_full(count: usize) -> bool {
    i64::try_from(count).is_ok_and(|count| count >= PORTION)
}
