//! A ring: rules decide in memory, what was heard and decided is written down, the desktop is
//! answered. Nothing slow stands on this path, and nothing that fails here fails the agent.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::configuration::part;
use crate::desktop::xucmgt::Shown;
use crate::domain::call::Ring;
use crate::domain::decision::{Decision, Opening, Target, Word};
use crate::domain::event::CallEvent;
use crate::domain::identity::Identity;
use crate::domain::ids::Id;
use crate::domain::phone::Region;
use crate::domain::progress::Call;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::flow::calls::correlate::{self, Report};
use crate::flow::calls::identity::{Identities, Question};
use crate::flow::calls::{decide, state};
use crate::flow::contacts::Contacts;
use crate::flow::context::{Context, InForce, cause};
use crate::flow::outbox::enqueue::{Happening, owe};
use crate::flow::readiness::Readiness;
use crate::store::{Error as StoreError, EventRow, HeldCall, NewPane, Topic, Tx};

/// What the desktop is told.
#[derive(Debug)]
pub struct Answered {
    /// What is opened.
    pub shown: Option<Shown>,
    /// Nothing is opened, but an open pane's closing must still un-pause the agent.
    pub keep_pause: bool,
    /// Nothing is opened because the database is away.
    pub away: bool,
}

/// What a unit of work wrote down.
struct Recorded {
    call: Id,
    pane: Option<Id>,
    autopause: bool,
    carried: bool,
}

/// Desktops that ask what to open.
#[derive(Debug)]
pub struct Rings {
    context: Arc<Context>,
    contacts: Arc<Contacts>,
    identities: Arc<Identities>,
    readiness: Arc<Readiness>,
}

impl Rings {
    pub(crate) fn new(
        context: &Arc<Context>,
        contacts: &Arc<Contacts>,
        identities: &Arc<Identities>,
        readiness: &Arc<Readiness>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            contacts: Arc::clone(contacts),
            identities: Arc::clone(identities),
            readiness: Arc::clone(readiness),
        }
    }

    /// A phone rings.
    pub async fn ring(&self, mut ring: Ring, token: Option<Secret>) -> Answered {
        let started = self.context.clock.elapsed();
        let latest = Instant::now() + self.context.options.ring_deadline;
        let (identity, place) = self.identities.of_token(token.as_ref());
        // What the answer says of the caller, only somebody may read who was confirmed.
        if self.identities.confirmation().withheld(identity).is_none() {
            ring.contact = self.contacts.who_rings(&ring).await;
        }
        let in_force = self.context.in_force();
        let decision = decide::decide(&in_force, &ring);
        let (ring, decision) = (Arc::new(ring), Arc::new(decision));
        let setting = self.setting(&in_force, &ring, identity);
        let agent = setting.agent.clone();
        let recorded = self.record(Arc::clone(&ring), Arc::clone(&decision), setting, latest).await;
        let micros = self.context.clock.elapsed().saturating_sub(started).as_micros();
        if let Ok(recorded) = &recorded
            && identity != Some(Identity::Unconfirmed)
        {
            self.contacts.ask_about(&ring.caller, recorded.call);
        }
        let answered = if let Ok(recorded) = &recorded {
            self.answer(&ring, &decision, recorded)
        } else {
            self.readiness.doubt();
            self.answer_from_memory(&in_force, &ring, &decision)
        };
        log(&ring, &decision, &answered, recorded.as_ref(), micros);
        if let (Ok(Recorded { pane: Some(pane), call, .. }), Some(place), Some(token)) =
            (&recorded, place, token)
        {
            place.send(Question { pane: *pane, call: *call, agent, token });
        }
        answered
    }

    /// What a ring would be answered with: nothing is kept of it, and nobody hears of it. A hosted page
    /// is one that says so.
    pub fn try_out(&self, ring: &Ring) -> Answered {
        let decision = decide::decide(&self.context.in_force(), ring);
        let shown = decision.opening.as_ref().map(|opening| {
            let url = match &opening.target {
                Target::Page(_) => format!("{}/pane/check", self.context.options.public_url),
                Target::Address(address) => address.clone(),
            };
            self.shown(ring, opening, url, opening.autopause)
        });
        tracing::info!(source = ring.source, rule = decision.rule, "ring tried out");
        Answered { shown, keep_pause: false, away: false }
    }

    /// Writes down event, call and pane; gives up at the deadline.
    async fn record(
        &self,
        ring: Arc<Ring>,
        decision: Arc<Decision>,
        setting: Setting,
        latest: Instant,
    ) -> Result<Recorded, StoreError> {
        let now = self.context.clock.now();
        let work = self.context.store.write(move |tx| record(tx, &ring, &decision, now, &setting));
        tokio::time::timeout_at(latest, work).await.unwrap_or(Err(StoreError::Busy))
    }

    fn setting(&self, in_force: &Arc<InForce>, ring: &Ring, identity: Option<Identity>) -> Setting {
        let configuration = &in_force.configuration;
        let known = configuration.agent(&ring.source, &ring.agent).map(|known| known.key());
        let speaks = configuration.sources().map(|source| source.expires).max();
        Setting {
            agent: known.or_else(|| ring.agent.key(&ring.source)),
            phone_systems_speak: speaks.is_some(),
            expires: speaks.unwrap_or_default(),
            lifetime: self.context.options.pane_lifetime,
            region: self.context.options.region,
            identity,
            withheld: self.identities.confirmation().withheld(identity).is_some(),
            in_force: Arc::clone(in_force),
        }
    }

    fn answer(&self, ring: &Ring, decision: &Decision, recorded: &Recorded) -> Answered {
        let shown = decision.opening.as_ref().zip(recorded.pane).map(|(opening, pane)| {
            let url = match &opening.target {
                Target::Page(_) => self.context.pane_url(pane),
                Target::Address(address) => address.clone(),
            };
            self.shown(ring, opening, url, recorded.autopause)
        });
        Answered { keep_pause: shown.is_none() && recorded.carried, away: false, shown }
    }

    /// The database is away: a page that needs none can still be opened; a hosted one could not be
    /// shown. Whether the agent has a pausing pane open is not known then; if any rule pauses, the
    /// un-pause is kept, because an agent who stays paused is the greater harm.
    fn answer_from_memory(&self, in_force: &InForce, ring: &Ring, decision: &Decision) -> Answered {
        let shown = decision.opening.as_ref().and_then(|opening| match &opening.target {
            Target::Page(_) => None,
            Target::Address(url) => Some(self.shown(ring, opening, url.clone(), opening.autopause)),
        });
        let keep_pause = shown.is_none() && in_force.configuration.pauses();
        Answered { keep_pause, away: shown.is_none() && decision.opening.is_some(), shown }
    }

    fn shown(&self, ring: &Ring, opening: &Opening, url: String, autopause: bool) -> Shown {
        let title = opening.title.clone().unwrap_or_else(|| self.title(ring));
        Shown {
            action: opening.action,
            moment: opening.moment,
            url,
            autopause,
            title,
            multitab: opening.multitab,
        }
    }

    /// A tab without a title of its own is named after the caller.
    fn title(&self, ring: &Ring) -> String {
        let display = || ring.caller.display(self.context.options.region);
        let name = ring.name().map_or_else(display, str::to_owned);
        let queue = || ring.queue.as_ref().and_then(|queue| queue.label());
        if name.is_empty() { queue().unwrap_or("Anonymous").to_owned() } else { name }
    }
}

/// What a ring is written down with, beside what it says.
struct Setting {
    /// The agent's key: their own if they are configured.
    agent: Option<String>,
    /// Whether phone systems tell of calls too.
    phone_systems_speak: bool,
    /// After how much silence an answered call is taken to be over.
    expires: Duration,
    lifetime: Duration,
    region: Region,
    /// Whether XuC knows the agent, where it is asked.
    identity: Option<Identity>,
    /// Whether what is known of the caller is kept back from this agent.
    withheld: bool,
    in_force: Arc<InForce>,
}

fn record(
    tx: &mut Tx<'_>,
    ring: &Ring,
    decision: &Decision,
    now: Timestamp,
    setting: &Setting,
) -> Result<Recorded, StoreError> {
    let lifetime = setting.lifetime;
    let since = now.minus(lifetime);
    let agent = setting.agent.clone();
    let call = call_of(tx, ring, now, setting)?;
    let (call_id, known) = (call.id, call.known);
    let event_id = Id::mint(now);
    let opening = decision.opening.as_ref();
    let wanted = opening.is_some_and(|opening| opening.autopause);
    let carried = !wanted && carry_pause(tx, agent.as_deref(), opening.is_some(), since, now)?;
    let mut recorded =
        Recorded { call: call_id, pane: None, autopause: wanted || carried, carried };
    if let Some(opening) = opening {
        let target = decide::target(opening);
        // An address that soon ends is not given out again.
        let fresh = now.minus(lifetime / 2);
        // Whoever is not confirmed is not given a page that is open already.
        let again = known && !setting.withheld;
        let open = if again {
            tx.find_open_pane(call_id, agent.as_deref(), target, fresh, setting.identity)?
        } else {
            None
        };
        let pane = open.unwrap_or_else(|| Id::mint(now));
        if open.is_some() && recorded.autopause {
            tx.set_autopause(pane)?;
        }
        if open.is_none() {
            tx.insert_pane(&NewPane {
                id: pane,
                call_id,
                event_id,
                agent: (agent.clone(), ring.agent.name.as_deref()),
                callee: ring.callee.as_deref(),
                rule: decision.rule.as_deref(),
                target,
                title: opening.title.as_deref().unwrap_or_default(),
                autopause: recorded.autopause,
                origin: ring.origin.as_deref(),
                shown: None,
                identity: setting.identity,
            })?;
        }
        recorded.pane = Some(pane);
    }
    tx.insert_event(&EventRow {
        id: event_id,
        call_id: Some(call_id),
        kind: "call.ringing",
        agent: agent.clone(),
        pane_id: recorded.pane,
        body: Some(&ring.body),
        decision: Some(decide::kept(ring, decision, recorded.autopause, recorded.carried)),
        told: None,
    })?;
    let heard = setting.in_force.configuration.destinations().any(|d| d.wants("call.ringing"));
    if heard {
        let mut so_far = Call::default();
        so_far.apply(
            &CallEvent::of_ring(ring, now),
            part(agent.as_deref(), ring.callee.as_deref()).as_deref(),
        );
        let happening = Happening {
            kind: "call.ringing",
            name: "ring",
            event_id,
            at: now,
            call_id,
            ring,
            call: &so_far,
            pane: None,
        };
        owe(tx, &setting.in_force, setting.region, now, &happening)?;
    }
    if let Some(state) = call.state {
        add_to_call(tx, ring, setting, call_id, state, now)?;
    }
    // A page that this agent has open says that a newer call rings.
    if let Some(agent) = &agent {
        tx.announce(Topic::agent(agent));
    }
    Ok(recorded)
}

/// A ring's call, as it was found.
struct RungCall {
    id: Id,
    /// Whether it was heard of before.
    known: bool,
    /// What phone systems told of it.
    state: Option<String>,
}

/// The call of a ring: by its id; where phone systems speak too, by whatever they call it, or the one
/// that must be meant.
fn call_of(
    tx: &mut Tx<'_>,
    ring: &Ring,
    now: Timestamp,
    setting: &Setting,
) -> Result<RungCall, StoreError> {
    if setting.phone_systems_speak
        && let Some(held) = told_call(tx, ring, now, setting)?
    {
        tx.ring_again(held.id)?;
        return Ok(RungCall { id: held.id, known: true, state: held.state });
    }
    let (id, known, state) = tx.record_call(Id::mint(now), ring)?;
    Ok(RungCall { id, known, state })
}

fn told_call(
    tx: &mut Tx<'_>,
    ring: &Ring,
    now: Timestamp,
    setting: &Setting,
) -> Result<Option<HeldCall>, StoreError> {
    let external_id = ring.external_id.as_deref();
    if let Some(external_id) = external_id
        && let Some(held) = tx.hold_call(&ring.source, external_id)?
    {
        return Ok(Some(held));
    }
    let Some(caller) = ring.caller.key() else { return Ok(None) };
    tx.alone_with(caller)?;
    let since = now.minus(correlate::WINDOW);
    let told = tx.list_told_calls(caller, since, &ring.source, external_id, correlate::MOST)?;
    let who = part(setting.agent.as_deref(), ring.callee.as_deref());
    let report = Report {
        configuration: &setting.in_force.configuration,
        sources: [&ring.source, &ring.source],
        who: who.as_deref(),
        line: ring.callee.as_deref(),
        queue: ring.queue.as_ref(),
    };
    let Some(id) = report.choose(tx, told, setting.region)? else { return Ok(None) };
    if let Some(external_id) = external_id {
        tx.add_alias(&ring.source, external_id, id)?;
    }
    tx.hold_call_by_id(id)
}

/// Adds a ring to a call that phone systems told of.
fn add_to_call(
    tx: &mut Tx<'_>,
    ring: &Ring,
    setting: &Setting,
    id: Id,
    state: String,
    now: Timestamp,
) -> Result<(), StoreError> {
    let held = HeldCall { id, source: ring.source.clone(), state: Some(state) };
    // What cannot be read, as of a newer version that was taken back, does not fail the ring.
    let Ok(mut call) = state::load(tx, &held, setting.region) else { return Ok(()) };
    let who = part(setting.agent.as_deref(), ring.callee.as_deref());
    call.apply(&CallEvent::of_ring(ring, now), who.as_deref());
    state::save(tx, &held, &call, setting.region, now, setting.expires)
}

/// The client un-pauses at the closing of a pane only if its newest answer says autopause. So an
/// answer without it says it all the same while a pausing pane is open: with a "none" that costs
/// nothing, with another opening only where the first pane was put on screen a short while ago: an
/// agent who left a page without Done shall not be paused by every later call.
fn carry_pause(
    tx: &mut Tx<'_>,
    agent: Option<&str>,
    opens: bool,
    since: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(agent) = agent else { return Ok(false) };
    let (count, last_shown) = tx.find_pausing_panes(agent, since)?;
    let on_screen = last_shown.is_some_and(|shown| now.since(shown) < ON_SCREEN);
    Ok(if opens { on_screen } else { count > 0 })
}

/// How long a page is taken to be on screen that was shown and never completed.
const ON_SCREEN: Duration = Duration::from_mins(15);

/// One line for each ring.
fn log(
    ring: &Ring,
    decision: &Decision,
    answered: &Answered,
    recorded: Result<&Recorded, &StoreError>,
    micros: u128,
) {
    let action = answered.shown.as_ref().map_or("none", |shown| shown.action.word());
    let pane = recorded.ok().and_then(|recorded| recorded.pane).map(|pane| pane.to_string());
    let error = recorded.err().map(|error| cause(error));
    macro_rules! line {
        ($level:ident, $message:literal) => {
            tracing::$level!(
                source = ring.source,
                call = ring.external_id,
                agent = ring.agent.user_id,
                caller = ring.caller.masked(),
                contact = ring.contact.word(),
                queue = ring.queue.as_ref().and_then(|queue| queue.name.as_deref()),
                rule = decision.rule,
                action,
                reason = decision.reason,
                pane,
                error,
                micros,
                $message
            )
        };
    }
    if recorded.is_ok() {
        line!(info, "ring");
    } else {
        line!(error, "ring answered without the database");
    }
}
