//! What needs somebody's attention: shown on every page of the console, so it is found out once for all
//! of them every few seconds.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::configuration::Configuration;
use crate::domain::time::{Timestamp, Zone};
use crate::domain::trace::TraceCode;
use crate::flow::context::InForce;
use crate::flow::lists::Lists;
use crate::flow::live;
use crate::pbx::State;
use crate::store::{Error as StoreError, Tx};

/// What needs attention.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attention {
    /// Deliveries that were given up within [`DELIVERIES`], ten thousand at most.
    pub failed_deliveries: i64,
    /// Destinations that are paused.
    pub paused_destinations: Vec<String>,
    /// Requests that were refused within [`REFUSALS`].
    pub refusals: i64,
    pub silent_sources: Vec<SilentSource>,
    /// Lookups that did not answer when they were last asked.
    pub failing_lookups: Vec<String>,
    /// Agents who are probably still paused by a page that nobody has on screen any more.
    pub paused_agents: Vec<PausedAgent>,
}

impl Attention {
    /// How many things that are.
    pub fn count(&self) -> i64 {
        let listed = self.paused_destinations.len()
            + self.silent_sources.len()
            + self.failing_lookups.len()
            + self.paused_agents.len();
        i64::try_from(listed).unwrap_or(i64::MAX) + self.failed_deliveries + self.refusals
    }
}

/// A source that has told nothing for longer than is usual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilentSource {
    pub name: String,
    /// When it was last heard of.
    pub last: Timestamp,
}

/// An agent whose page still pauses them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PausedAgent {
    /// The agent's key.
    pub key: String,
    pub name: String,
    /// Since when the page is open, and its code.
    pub since: Timestamp,
    pub trace: TraceCode,
}

/// How far back is looked for deliveries that were given up, and for refusals.
const DELIVERIES: Duration = Duration::from_hours(7 * 24);
const REFUSALS: Duration = Duration::from_hours(24);

/// A source that has been silent for less is not silent, and one that has been for longer is not missed
/// any more.
const SILENT: Duration = Duration::from_hours(1);
const GIVEN_UP: Duration = Duration::from_hours(7 * 24);

/// How many days before a source is known to have been heard at this time.
const DAY: i32 = 1;
const WEEK: i32 = 7;

/// How long what was found out stands.
const GOOD_FOR: Duration = Duration::from_secs(5);

/// What was found out last, and when. Whoever holds it finds out, the others wait for that.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Option<(Duration, Arc<Attention>)>>);

impl Lists {
    /// What needs attention, at most a few seconds ago.
    pub async fn attention(&self) -> Result<Arc<Attention>, StoreError> {
        let mut kept = self.attention.0.lock().await;
        let elapsed = self.context.clock.elapsed();
        if let Some((at, found)) = &*kept
            && elapsed.saturating_sub(*at) < GOOD_FOR
        {
            return Ok(Arc::clone(found));
        }
        let (in_force, now) = (self.context.in_force(), self.context.now());
        let zone = self.context.options.zone.clone();
        let found = self.context.store.read(move |tx| attention(tx, &in_force, &zone, now)).await?;
        let found = Arc::new(found);
        *kept = Some((elapsed, Arc::clone(&found)));
        Ok(found)
    }
}

fn attention(
    tx: &mut Tx<'_>,
    in_force: &InForce,
    zone: &Zone,
    now: Timestamp,
) -> Result<Attention, StoreError> {
    let configuration = &in_force.configuration;
    Ok(Attention {
        failed_deliveries: tx.count_failed_deliveries(now.minus(DELIVERIES))?,
        paused_destinations: paused_destinations(tx, configuration)?,
        refusals: tx.count_refusals(now.minus(REFUSALS))?,
        silent_sources: silent_sources(tx, configuration, zone, now)?,
        failing_lookups: failing_lookups(tx, configuration)?,
        paused_agents: paused_agents(tx, configuration, now)?,
    })
}

fn paused_destinations(
    tx: &mut Tx<'_>,
    configuration: &Configuration,
) -> Result<Vec<String>, StoreError> {
    let mut paused = Vec::new();
    for destination in configuration.destinations() {
        if tx.find_destination(&destination.name)?.paused_at.is_some() {
            paused.push(destination.name.clone());
        }
    }
    Ok(paused)
}

fn failing_lookups(
    tx: &mut Tx<'_>,
    configuration: &Configuration,
) -> Result<Vec<String>, StoreError> {
    let mut failing = Vec::new();
    for lookup in configuration.lookups() {
        let last = tx.find_last_asked(&lookup.name)?;
        if last.is_some_and(|last| last.reason.is_some()) {
            failing.push(lookup.name.clone());
        }
    }
    Ok(failing)
}

fn silent_sources(
    tx: &mut Tx<'_>,
    configuration: &Configuration,
    zone: &Zone,
    now: Timestamp,
) -> Result<Vec<SilentSource>, StoreError> {
    let mut silent = Vec::new();
    for source in configuration.sources().filter(|source| source.state == State::On) {
        let Some([first, last]) = tx.heard_from(&source.name)? else { continue };
        if !(SILENT..GIVEN_UP).contains(&now.since(last)) {
            continue;
        }
        // Nights and Sundays are quiet everywhere: what is missed is what came at this time a week ago,
        // or yesterday of a source that is newer.
        let back = if first < zone.days_before(last, WEEK) { WEEK } else { DAY };
        let then = [last.plus(SECOND), now].map(|at| zone.days_before(at, back));
        if tx.was_heard(&source.name, then[0], then[1])? {
            silent.push(SilentSource { name: source.name.clone(), last });
        }
    }
    Ok(silent)
}

/// What came together with the last event does not count as having come after it.
const SECOND: Duration = Duration::from_secs(1);

fn paused_agents(
    tx: &mut Tx<'_>,
    configuration: &Configuration,
    now: Timestamp,
) -> Result<Vec<PausedAgent>, StoreError> {
    let mut agents: Vec<PausedAgent> = Vec::new();
    for page in live::left_pausing(tx, now)? {
        if agents.iter().any(|agent| agent.key == page.agent) {
            continue;
        }
        agents.push(PausedAgent {
            name: live::called(&page, configuration),
            key: page.agent,
            since: page.opened_at,
            trace: TraceCode::of(page.pane),
        });
    }
    Ok(agents)
}
