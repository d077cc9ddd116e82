//! Calls by what is asked of them: newest first, from where the last page ended, and never for longer than
//! whoever asks would wait.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::configuration::{Configuration, part_key};
use crate::desktop::{sheet, xucmgt};
use crate::domain::ids::Id;
use crate::domain::phone::Party;
use crate::domain::time::Timestamp;
use crate::flow::contacts::known;
use crate::flow::lists::Lists;
use crate::flow::lists::line::{CallLine, Surroundings};
use crate::store::{Error as StoreError, MOST_KEYS, Near, Prefetch, RingFilter, Tx};

/// Which calls are wanted; all that is said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// An agent by their id, name, line, or key.
    pub agent: Option<String>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// The caller's number, however it is written.
    pub number: Option<String>,
    /// A queue's name, display name or number.
    pub queue: Option<String>,
    pub source: Option<String>,
    /// Whether its page was opened.
    pub opened: Option<bool>,
    pub rule: Option<String>,
    /// What the agent chose, or talked, transferred, elsewhere, missed, expired.
    pub outcome: Option<String>,
    /// A call: its id here, that of one of its pages, or at the phone system, also as `SOURCE:ID`.
    pub id: Option<String>,
    /// Only what is older than this line of an earlier page.
    pub before: Option<Id>,
}

/// Calls that were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallPage {
    pub lines: Vec<CallLine>,
    /// Where to go on, unless this is all.
    pub next: Option<Id>,
    /// How far back was looked, where that is less than everything because it took long enough.
    pub looked_back_to: Option<Timestamp>,
}

/// Why no calls are listed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("\"{0}\" is not a phone number")]
    NotANumber(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Events that are looked at in one unit of work, and for one page. Readers are few: pages of calls must
/// not wait behind a list.
const PORTION: i64 = 2_000;
const MOST_EVENTS: i64 = 20_000;

/// When a list is given as far as it has come.
const PATIENCE: Duration = Duration::from_millis(50);

/// Calls of a caller that are looked at in one unit of work.
const CALLS: i64 = 50;

/// What was read so far.
#[derive(Debug, Default)]
struct Gathered {
    lines: Vec<CallLine>,
    /// Which rings of phone systems have a line already: they are told of again and again.
    told: HashSet<(Id, String)>,
}

impl Gathered {
    /// Adds a line unless it says nothing new or is not wanted.
    fn add(&mut self, line: CallLine, outcome: Option<&str>) {
        if outcome.is_some_and(|wanted| !line.has_outcome(wanted)) {
            return;
        }
        if let (Some(agent), true) = (&line.agent, line.page.is_none() && line.reported) {
            let who = part_key(Some(&agent.key), agent.line.as_deref());
            if !self.told.insert((line.call, who.unwrap_or_default())) && line.rule.is_none() {
                return;
            }
        }
        self.lines.push(line);
    }
}

/// A list under way.
#[derive(Debug, Clone)]
struct Scan {
    wanted: RingFilter,
    outcome: Option<String>,
    /// Rows before this, and from there on.
    before: Id,
    floor: Id,
}

impl Lists {
    /// The newest calls that are wanted, at most so many.
    pub async fn calls(&self, wanted: &CallFilter, limit: usize) -> Result<CallPage, Error> {
        let Some(scan) = self.scan(wanted).await? else { return Ok(CallPage::default()) };
        let mut page = match (&wanted.number, &wanted.id) {
            (None, None) => self.scanned(scan, limit).await?,
            _ => self.looked_up(wanted, scan, limit).await?,
        };
        self.name(&mut page.lines).await?;
        Ok(page)
    }

    /// Where to look, and for what; nothing where nobody is meant.
    async fn scan(&self, wanted: &CallFilter) -> Result<Option<Scan>, Error> {
        let ceiling = wanted.until.map_or(Id::MAX, Id::floor);
        let mut before = wanted.before.unwrap_or(Id::MAX).min(ceiling);
        let mut keys = Vec::new();
        if let Some(agent) = &wanted.agent {
            let found = self.agents(agent).await?;
            if found.is_empty() {
                return Ok(None);
            }
            // Where only desktops tell of calls, nothing of theirs is newer than their newest ring.
            if self.context.in_force().configuration.sources().next().is_none() {
                let newest = found.iter().filter_map(|agent| agent.newest).max();
                let after = newest.map_or(0, |id| id.number().saturating_add(1));
                before = before.min(Id::from_number(after));
            }
            keys = found.into_iter().map(|agent| agent.key).take(MOST_KEYS).collect();
        }
        let ring = RingFilter {
            agents: keys,
            rule: wanted.rule.clone(),
            source: wanted.source.clone(),
            queue: wanted.queue.clone(),
            opened: wanted.opened,
        };
        let floor = Id::floor(wanted.from.unwrap_or(Timestamp(0)));
        Ok(Some(Scan { wanted: ring, outcome: wanted.outcome.clone(), before, floor }))
    }

    /// Goes back in time until there are enough lines, or it has taken long enough.
    async fn scanned(&self, mut scan: Scan, limit: usize) -> Result<CallPage, Error> {
        let began = self.context.clock.elapsed();
        let (mut gathered, mut looked) = (Gathered::default(), 0);
        while gathered.lines.len() <= limit && scan.before > scan.floor {
            let took = self.context.clock.elapsed().saturating_sub(began);
            if looked >= MOST_EVENTS || looked > 0 && took >= PATIENCE {
                let back_to = Some(scan.before.minted());
                let next = Some(scan.before);
                return Ok(CallPage { lines: gathered.lines, next, looked_back_to: back_to });
            }
            let missing = limit.saturating_add(1).saturating_sub(gathered.lines.len());
            let (lines, reached) = self.portion(scan.clone(), missing).await?;
            for line in lines {
                gathered.add(line, scan.outcome.as_deref());
            }
            scan.before = reached;
            looked += PORTION;
        }
        Ok(cut(gathered.lines, limit, |line| line.id))
    }

    /// The lines of a portion of events, and how far that went.
    async fn portion(&self, scan: Scan, missing: usize) -> Result<(Vec<CallLine>, Id), StoreError> {
        let (in_force, region) = (self.context.in_force(), self.context.options.region);
        let now = self.context.now();
        // Some of them may only say again what others say.
        let most = i64::try_from(missing).unwrap_or(PORTION).saturating_mul(2);
        let found = self.context.store.read(move |tx| {
            let Scan { wanted, before, floor, .. } = &scan;
            let mut from = tx.event_before(*before, *floor, PORTION)?.unwrap_or(*floor);
            let rings = tx.list_rings_between(wanted, [from, *before], most)?;
            if let Some(last) = rings.last().filter(|_| is_full(rings.len(), most)) {
                from = last.ring.id;
            }
            let calls = tx.list_unrung_between(wanted, [from, *before], most)?;
            if let Some(last) = calls.last().filter(|_| is_full(calls.len(), most)) {
                from = last.id;
            }
            let lines = Surroundings { configuration: &in_force.configuration, region, now };
            let rings = rings.into_iter().filter(|ring| ring.ring.id >= from);
            let mut all: Vec<_> = rings.filter_map(|ring| lines.of_ring(ring)).collect();
            all.extend(calls.into_iter().map(|call| lines.of_call(call)));
            all.sort_unstable_by_key(|line| std::cmp::Reverse(line.id));
            Ok((all, from))
        });
        found.await
    }

    /// The rings of a caller's calls, or of one call: whole calls, newest first.
    async fn looked_up(
        &self,
        wanted: &CallFilter,
        mut scan: Scan,
        limit: usize,
    ) -> Result<CallPage, Error> {
        let began = self.context.clock.elapsed();
        let number = wanted.number.as_deref();
        let caller =
            number.map(|number| key_of(number, self.context.options.region)).transpose()?;
        let mut lines = Vec::new();
        loop {
            let found = self.calls_looked_up(&scan, caller.clone(), wanted.id.clone(), limit);
            let (some, more) = found.await?;
            lines.extend(some);
            let took = self.context.clock.elapsed().saturating_sub(began);
            let is_enough = lines.len() > limit;
            let Some(next) = more.filter(|_| !is_enough && took < PATIENCE) else {
                let page = cut_calls(lines, limit);
                let looked_back_to = more.filter(|_| !is_enough).map(Id::minted);
                return Ok(CallPage { next: page.next.or(more), looked_back_to, ..page });
            };
            scan.before = next;
        }
    }

    /// The lines of some of those calls, and the last that was looked at if there are more.
    async fn calls_looked_up(
        &self,
        scan: &Scan,
        caller: Option<String>,
        id: Option<String>,
        limit: usize,
    ) -> Result<(Vec<CallLine>, Option<Id>), StoreError> {
        let (in_force, region) = (self.context.in_force(), self.context.options.region);
        let (now, scan) = (self.context.now(), scan.clone());
        let found = self.context.store.read(move |tx| {
            let configuration = &in_force.configuration;
            let of_id = match &id {
                Some(id) => Some(calls_by_id(tx, configuration, id)?),
                None => None,
            };
            let calls = match &caller {
                Some(caller) => tx.list_calls_of(caller, scan.before, scan.floor, CALLS)?,
                None => of_id.clone().unwrap_or_default(),
            };
            let mut more = calls.last().copied().filter(|_| is_full(calls.len(), CALLS));
            let near = if of_id.is_some() { Near::Thousands } else { Near::Hundred };
            let is_wanted = |call: &Id| {
                of_id.as_ref().is_none_or(|ids| ids.contains(call))
                    && (scan.floor..scan.before).contains(call)
            };
            let calls: Vec<Id> = calls.into_iter().filter(is_wanted).collect();
            // A single call is found sooner by itself: PostgreSQL plans for it alone.
            if near == Near::Hundred {
                look_ahead(tx, &scan.wanted, calls.get(..=limit).unwrap_or(&calls))?;
            }
            let lines = Surroundings { configuration, region, now };
            let (mut gathered, mut last) = (Gathered::default(), None);
            for call in calls {
                if gathered.lines.len() > limit {
                    more = last;
                    break;
                }
                last = Some(call);
                rings_of(tx, &lines, &scan, call, near, &mut gathered)?;
            }
            Ok((gathered.lines, more))
        });
        found.await
    }

    /// Says who callers are.
    async fn name(&self, lines: &mut [CallLine]) -> Result<(), StoreError> {
        if lines.is_empty() {
            return Ok(());
        }
        let callers: Vec<(Id, Party)> =
            lines.iter().map(|line| (line.call, line.caller.clone())).collect();
        let (in_force, now) = (self.context.in_force(), self.context.now());
        let named = self.context.store.read(move |tx| {
            let mut named: HashMap<Id, Option<String>> = HashMap::new();
            if !tx.has_contacts()? {
                return Ok(named);
            }
            let mut ahead = Prefetch::default();
            for (call, caller) in &callers {
                known::prefetch_who(&mut ahead, caller, *call);
            }
            tx.look_ahead(&ahead)?;
            for (call, caller) in &callers {
                if caller.key().is_some() && !named.contains_key(call) {
                    let who = known::who(tx, &in_force, caller, *call, now)?;
                    named.insert(*call, who.name().map(str::to_owned));
                }
            }
            Ok(named)
        });
        let named = named.await?;
        for line in lines {
            line.contact = named.get(&line.call).cloned().flatten();
        }
        Ok(())
    }
}

fn is_full(count: usize, most: i64) -> bool {
    i64::try_from(count).is_ok_and(|count| count >= most)
}

/// What a caller is found by who has this number.
pub(crate) fn key_of(number: &str, region: crate::domain::phone::Region) -> Result<String, Error> {
    let caller = Party::read(number, None, region);
    let key = caller.key().map(str::to_owned);
    key.ok_or_else(|| Error::NotANumber(number.to_owned()))
}

/// The first so many lines, and where to go on if there are more.
fn cut(mut lines: Vec<CallLine>, limit: usize, place: impl Fn(&CallLine) -> Id) -> CallPage {
    let more = lines.len() > limit;
    lines.truncate(limit);
    let next = lines.last().filter(|_| more).map(place);
    CallPage { lines, next, looked_back_to: None }
}

/// The same, but no call is cut in two: the next page begins with another one.
fn cut_calls(lines: Vec<CallLine>, limit: usize) -> CallPage {
    let whole = lines.chunk_by(|one, next| one.call == next.call).map(<[_]>::len);
    let mut kept = 0;
    for count in whole {
        if kept >= limit {
            break;
        }
        kept += count;
    }
    cut(lines, kept, |line| line.call)
}

fn look_ahead(tx: &mut Tx<'_>, wanted: &RingFilter, calls: &[Id]) -> Result<(), StoreError> {
    let mut ahead = Prefetch::default();
    for call in calls {
        ahead.rings_of(wanted, *call);
    }
    tx.look_ahead(&ahead)
}

fn rings_of(
    tx: &mut Tx<'_>,
    lines: &Surroundings<'_>,
    scan: &Scan,
    call: Id,
    near: Near,
    gathered: &mut Gathered,
) -> Result<(), StoreError> {
    let outcome = scan.outcome.as_deref();
    let unrung = tx.find_unrung(&scan.wanted, call)?;
    let mut rings = tx.list_rings_of(&scan.wanted, call, near)?;
    // It may have rung long after it began: when its caller had found the way through a menu.
    if rings.is_empty() && unrung.is_none() && scan.wanted == RingFilter::default() {
        rings = tx.list_rings_of(&scan.wanted, call, Near::Thousands)?;
    }
    for line in rings.into_iter().filter_map(|ring| lines.of_ring(ring)) {
        gathered.add(line, outcome);
    }
    if let Some(call) = unrung {
        gathered.add(lines.of_call(call), outcome);
    }
    Ok(())
}

/// The calls that somebody means by an id: of a call or a page here, or of a call at a phone system.
pub(crate) fn calls_by_id(
    tx: &mut Tx<'_>,
    configuration: &Configuration,
    text: &str,
) -> Result<Vec<Id>, StoreError> {
    let text = text.trim();
    if let Some(id) = Id::parse(text) {
        if tx.find_listed_call(id)?.is_some() {
            return Ok(vec![id]);
        }
        return Ok(tx.find_ring_of_page(id)?.map(|ring| ring.call.id).into_iter().collect());
    }
    let sources = sources(configuration);
    if let Some((source, id)) = text.split_once(':')
        && sources.iter().any(|known| known == source)
    {
        return tx.list_calls_by_external_id(&[source.to_owned()], id);
    }
    tx.list_calls_by_external_id(&sources, text)
}

/// Every system that tells of calls.
pub(super) fn sources(configuration: &Configuration) -> Vec<String> {
    let configured = configuration.sources().map(|source| source.name.clone());
    configured.chain([xucmgt::SOURCE.to_owned(), sheet::SOURCE.to_owned()]).collect()
}
