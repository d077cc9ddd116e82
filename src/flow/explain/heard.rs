//! Rings and reports as they were kept, read again.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{AgentLabel, Explanations};
use crate::configuration::{Configuration, named_in};
use crate::domain::call::Call;
use crate::domain::event::CallEventKind;
use crate::domain::ids::Id;
use crate::domain::knew::Knew;
use crate::domain::ring::Ring;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::calls::state::KeptRing;
use crate::store::{Error as StoreError, HeardCall, HeardRow, Tx, UnwrittenRow};
use crate::view::sentence::{Sentence, Value};

/// How far from the time that somebody names is looked: nobody reads a clock exactly.
pub(super) const LEEWAY: Duration = Duration::from_mins(2);

/// Events of one call that are read at most from one place.
const MOST: i64 = 500;

/// Events of anybody that are looked through in one unit of work for those of a call, and how often.
const PORTION: i64 = 20_000;
const PORTIONS: usize = 10;

/// A ring that was decided over, read again.
#[derive(Debug)]
pub struct Heard {
    pub row: HeardRow,
    /// What the rules saw.
    pub ring: Ring,
    pub agent: AgentLabel,
}

impl Heard {
    /// When it rang.
    pub fn at(&self) -> Timestamp {
        self.row.id.minted()
    }

    /// What phone systems reported of its call, if they did.
    pub(super) fn call(&self) -> Option<Call> {
        Call::restore(self.row.state.as_deref())
    }
}

/// What was heard of a call.
#[derive(Debug, Default)]
pub(super) struct HeardOfCall {
    /// In their order.
    pub(super) rows: Vec<HeardRow>,
    /// Rings of desktops that were found, and how many they reported.
    pub(super) rings: (usize, usize),
}

impl HeardOfCall {
    /// That not all of its rings were found, if so.
    pub(super) fn missing(&self) -> Vec<Sentence> {
        let (found, told) = self.rings;
        let values = [("found", Value::Count(found)), ("told", Value::Count(told))];
        let missing = (found < told).then(|| Sentence::new("explain-rings-missing", values));
        missing.into_iter().collect()
    }
}

impl Explanations {
    /// What was heard of a call: the rings that an index has, what came soon after its beginning and about its
    /// end, and whatever else rang, as far as that can be looked for.
    pub(super) async fn heard_in(&self, call: Id) -> Result<HeardOfCall, StoreError> {
        let indexed = self.context.store.read(move |tx| {
            let Some(held) = tx.find_heard_call(call)? else { return Ok(None) };
            let mut rows = tx.list_indexed_rings(call, MOST)?;
            rows.extend(about_the_end(tx, call, &held)?);
            Ok(Some((held, rows)))
        });
        let Some((held, rows)) = indexed.await? else { return Ok(HeardOfCall::default()) };
        let mut found: BTreeMap<Id, HeardRow> = rows.into_iter().map(|row| (row.id, row)).collect();
        let told = usize::try_from(held.rings).unwrap_or_default();
        // What begins a call may have a smaller id than the call.
        let mut from = Some(Id::floor(call.minted().minus(LEEWAY)));
        for portion in 0..PORTIONS {
            let Some(place) = from else { break };
            if portion > 0 && rings_in(&found) >= told {
                break;
            }
            let (rows, next) = self.portion(call, place).await?;
            found.extend(rows.into_iter().map(|row| (row.id, row)));
            from = next;
        }
        let rings = (rings_in(&found), told);
        Ok(HeardOfCall { rows: found.into_values().collect(), rings })
    }

    /// What was heard of a call among some events, and where to go on if there are more.
    async fn portion(&self, call: Id, from: Id) -> Result<(Vec<HeardRow>, Option<Id>), StoreError> {
        let found = self.context.store.read(move |tx| {
            let next = tx.event_after(from, PORTION)?;
            let rows = tx.list_heard_in(call, (from, next.unwrap_or(Id::MAX)), MOST)?;
            let is_full = i64::try_from(rows.len()).is_ok_and(|count| count >= MOST);
            let next = rows.last().filter(|_| is_full).map(|row| row.id.next()).or(next);
            Ok((rows, next))
        });
        found.await
    }

    /// A ring as the rules saw it.
    pub(super) fn read(&self, row: HeardRow) -> Heard {
        let mut ring = self.ring_of(&row);
        if let Some(knew) = &row.knew {
            Knew::restore(knew, &mut ring);
        }
        ring.origin.clone_from(&row.origin);
        let in_force = self.context.in_force();
        let agent = label(&row, Some(&ring), &in_force.configuration);
        Heard { row, ring, agent }
    }

    fn ring_of(&self, row: &HeardRow) -> Ring {
        let call = Call::restore(row.state.as_deref());
        let kept = KeptRing {
            source: row.source.as_deref(),
            call_source: row.call_source.as_deref().unwrap_or_default(),
            call: call.as_ref(),
            body: row.body.as_deref(),
            agent: row.agent.as_deref(),
            line: row.line.as_deref(),
        };
        kept.reread(self.context.options.region)
    }

    /// A ring that the database could not take.
    pub(super) fn unwritten(&self, row: &UnwrittenRow) -> Heard {
        let UnwrittenRow { id, source, external_id, agent, rule, action, reason, body, .. } =
            row.clone();
        let heard = HeardRow {
            id,
            kind: CallEventKind::Ringing.word().to_owned(),
            source: None,
            name: None,
            call_id: None,
            call_source: Some(source),
            external_id,
            state: None,
            agent,
            agent_name: None,
            line: None,
            body: Some(body),
            knew: None,
            contact: None,
            rule,
            action: Some(action),
            moment: None,
            reason: Some(reason),
            autopause: false,
            carried: false,
            origin: None,
            page: None,
        };
        self.read(heard)
    }
}

/// What was heard of a call about its end, which may be long after its beginning.
fn about_the_end(tx: &mut Tx<'_>, call: Id, held: &HeardCall) -> Result<Vec<HeardRow>, StoreError> {
    let state = Call::restore(held.state.as_deref());
    let Some(ended) = state.and_then(|call| call.ended_at()) else { return Ok(Vec::new()) };
    let span = (Id::floor(ended.minus(LEEWAY)), Id::floor(ended.plus(LEEWAY)));
    tx.list_heard_in(call, span, MOST)
}

/// The rings of desktops among them.
fn rings_in(found: &BTreeMap<Id, HeardRow>) -> usize {
    let ringing = CallEventKind::Ringing.word();
    found.values().filter(|row| row.source.is_none() && row.kind == ringing).count()
}

/// What people know an agent by.
pub(super) fn label(
    row: &HeardRow,
    ring: Option<&Ring>,
    configuration: &Configuration,
) -> AgentLabel {
    let key = row.agent.clone();
    let known = key.as_deref().and_then(|key| configuration.agent_of_key(key));
    let told = ring.and_then(|ring| ring.agent.name.clone()).or_else(|| row.agent_name.clone());
    let name = known.map(|known| known.name.clone()).or(told).filter(|name| !name.is_empty());
    let line = ring.and_then(|ring| ring.agent.line.clone());
    let id = line.or_else(|| key.as_deref().map(|key| named_in(key).to_owned()));
    AgentLabel { key, name, id: id.unwrap_or_default() }
}
