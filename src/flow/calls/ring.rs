//! A ring: rules decide in memory, what was heard and decided is written down, the desktop is
//! answered. Nothing slow stands on this path but an endpoint that a rule asks, which has its part of the
//! ring's time; and nothing that fails here fails the agent.

use std::sync::Arc;

use tokio::time::Instant;

use crate::configuration::{KnownAgent, Ruling};
use crate::desktop::xucmgt::ResolvedOpening;
use crate::domain::decision::{Decision, Opening, Target};
use crate::domain::identity::Identity;
use crate::domain::ids::Id;
use crate::domain::knew::Knew;
use crate::domain::ring::Ring;
use crate::domain::secret::Secret;
use crate::domain::word::Word as _;
use crate::flow::calls::ask::Endpoints;
use crate::flow::calls::decide::{self, Passed};
use crate::flow::calls::identity::{Identities, Question};
use crate::flow::calls::journal::{Journal, Timed};
use crate::flow::calls::record::{Recorded, Recording};
use crate::flow::contacts::Contacts;
use crate::flow::context::{Context, InForce, cause};
use crate::flow::readiness::Readiness;
use crate::store::{Error as StoreError, UnwrittenRow};

/// A ring that is tried out reaches nobody else.
const TRIED: &str = "its endpoint is not asked about a test ring";

/// What the desktop is told.
#[derive(Debug)]
pub enum RingAnswer {
    Opens(ResolvedOpening),
    /// To open nothing.
    Nothing {
        /// An open pane's closing must still un-pause the agent.
        keep_pause: bool,
        /// Something would be opened, were the database there.
        away: bool,
    },
}

/// Desktops that ask what to open.
#[derive(Debug)]
pub struct Rings {
    context: Arc<Context>,
    contacts: Arc<Contacts>,
    identities: Arc<Identities>,
    readiness: Arc<Readiness>,
    journal: Arc<Journal>,
    endpoints: Endpoints,
}

impl Rings {
    pub(crate) fn new(
        context: &Arc<Context>,
        contacts: &Arc<Contacts>,
        identities: &Arc<Identities>,
        readiness: &Arc<Readiness>,
        journal: &Arc<Journal>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            contacts: Arc::clone(contacts),
            identities: Arc::clone(identities),
            readiness: Arc::clone(readiness),
            journal: Arc::clone(journal),
            endpoints: Endpoints::new(context),
        }
    }

    /// A phone rings.
    pub async fn ring(&self, mut ring: Ring, token: Option<Secret>) -> RingAnswer {
        let started = self.context.clock.elapsed();
        let begun = Instant::now();
        let latest = begun + self.context.options.ring_deadline;
        let (identity, place) = self.identities.of_token(token.as_ref());
        // What the answer says of the caller, only somebody may read who was confirmed.
        if self.identities.confirmation().withheld(identity).is_none() {
            ring.contact = self.contacts.who_rings(&ring).await;
        }
        let in_force = self.context.in_force();
        let known = in_force.configuration.agent(&ring.source, &ring.agent);
        let known = known.map(KnownAgent::key);
        let (board, now) = (&self.context.board, self.context.now());
        ring.presence = board.now(known.as_deref(), &in_force.configuration, now);
        let decision = self.decide(&in_force, &ring, begun).await;
        let decided = self.context.clock.elapsed().saturating_sub(started);
        let recording = Arc::new(self.recording(in_force, (ring, known), decision, identity));
        let recorded = self.record(Arc::clone(&recording), latest).await;
        let micros = self.context.clock.elapsed().saturating_sub(started).as_micros();
        let Recording { ring, decision, .. } = recording.as_ref();
        if let Ok(recorded) = &recorded
            && identity != Some(Identity::Unconfirmed)
        {
            self.contacts.ask_about(&ring.caller, recorded.call);
        }
        let answered = if let Ok(recorded) = &recorded {
            self.answer(ring, decision, recorded)
        } else {
            self.readiness.doubt();
            self.answer_from_memory(&recording.in_force, ring, decision)
        };
        log(ring, decision, &answered, recorded.as_ref(), micros);
        self.note(&recording, recorded.as_ref(), &answered, [decided.as_micros(), micros]);
        if let (Ok(Recorded { pane: Some(pane), call, .. }), Some(place), Some(token)) =
            (&recorded, place, token)
        {
            let agent = recording.agent.clone();
            place.send(Question { pane: *pane, call: *call, agent, token });
        }
        answered
    }

    /// Leaves behind how long it took, and the ring itself where the database did not take it.
    fn note(
        &self,
        recording: &Recording,
        recorded: Result<&Recorded, &StoreError>,
        answered: &RingAnswer,
        micros: [u128; 2],
    ) {
        let [decided, answered_after] = micros.map(|it| u32::try_from(it).unwrap_or(u32::MAX));
        let opened = matches!(answered, RingAnswer::Opens(_));
        let event = recorded.ok().map(|recorded| recorded.event);
        self.journal.note(Timed { event, decided, answered: answered_after, opened });
        if let Err(error) = recorded {
            let Recording { ring, decision, agent, now, .. } = recording;
            self.journal.keep(UnwrittenRow {
                id: Id::mint(*now),
                source: ring.source.clone(),
                external_id: ring.external_id.clone(),
                agent: agent.clone(),
                caller: ring.caller.key().map(str::to_owned),
                rule: decision.rule.clone(),
                action: action(answered).to_owned(),
                reason: cause(error),
                body: ring.body.clone(),
            });
        }
    }

    /// The rules decide. Those that leave it to an endpoint share three quarters of the ring's time: the
    /// rest is the store's.
    async fn decide(&self, in_force: &InForce, ring: &Ring, begun: Instant) -> Decision {
        let latest = begun + self.context.options.ring_deadline / 4 * 3;
        let (now, mut passed, mut from) = (self.context.now(), Passed::default(), 0);
        loop {
            let asks = match decide::ruling(in_force, ring, now, from) {
                Ruling::Decided(decision) => return passed.tell(decision),
                Ruling::Asks(asks) => asks,
            };
            match self.endpoints.ask(&asks, ring, latest).await {
                Ok(decision) => return passed.tell(decision),
                Err(why) => passed.note(&asks.rule, &why),
            }
            from = asks.next;
        }
    }

    /// What a ring would be answered with: nothing is kept of it, and nobody hears of it. A hosted page
    /// is one that says so.
    pub fn try_out(&self, ring: &Ring) -> RingAnswer {
        let decision = decide::decide(&self.context.in_force(), ring, self.context.now(), TRIED);
        tracing::info!(source = ring.source, rule = decision.rule, "test ring");
        let Some(opening) = &decision.opening else {
            return RingAnswer::Nothing { keep_pause: false, away: false };
        };
        let url = match &opening.target {
            Target::Page(_) | Target::Wrapped(_) => {
                format!("{}/pane/check", self.context.options.public_url)
            }
            Target::Address(address) => address.clone(),
        };
        RingAnswer::Opens(self.shown(ring, opening, url, opening.autopause))
    }

    /// Writes down event, call and pane; gives up at the deadline.
    async fn record(
        &self,
        recording: Arc<Recording>,
        latest: Instant,
    ) -> Result<Recorded, StoreError> {
        let ahead = Arc::clone(&recording);
        let work = self.context.store.write_prefetched(
            move |prefetch| ahead.prefetch(prefetch),
            move |tx| recording.run(tx),
        );
        tokio::time::timeout_at(latest, work).await.unwrap_or(Err(StoreError::Busy))
    }

    fn recording(
        &self,
        in_force: Arc<InForce>,
        (ring, known): (Ring, Option<String>),
        decision: Decision,
        identity: Option<Identity>,
    ) -> Recording {
        Recording {
            agent: known.or_else(|| ring.agent.key(&ring.source)),
            expires: in_force.configuration.sources().map(|source| source.expires).max(),
            lifetime: self.context.options.pane_lifetime,
            region: self.context.options.region,
            identity,
            withheld: self.identities.confirmation().withheld(identity).is_some(),
            now: self.context.now(),
            knew: Knew::of(&ring),
            in_force,
            ring,
            decision,
        }
    }

    fn answer(&self, ring: &Ring, decision: &Decision, recorded: &Recorded) -> RingAnswer {
        let Some((opening, pane)) = decision.opening.as_ref().zip(recorded.pane) else {
            return RingAnswer::Nothing { keep_pause: recorded.carried, away: false };
        };
        let url = match &opening.target {
            Target::Page(_) | Target::Wrapped(_) => self.context.pane_url(pane),
            Target::Address(address) => address.clone(),
        };
        RingAnswer::Opens(self.shown(ring, opening, url, recorded.autopause))
    }

    /// The database is away: a page that needs none can still be opened; a hosted one could not be
    /// shown. Whether the agent has a pausing pane open is not known then; if any rule pauses, the
    /// un-pause is kept, because an agent who stays paused is the greater harm.
    fn answer_from_memory(
        &self,
        in_force: &InForce,
        ring: &Ring,
        decision: &Decision,
    ) -> RingAnswer {
        if let Some(opening) = &decision.opening
            && let Some(url) = opening.target.parts().1
        {
            // Without the page around it that has Done, nothing may ever end the pause.
            let pauses = opening.autopause && matches!(opening.target, Target::Address(_));
            return RingAnswer::Opens(self.shown(ring, opening, url.to_owned(), pauses));
        }
        RingAnswer::Nothing {
            keep_pause: in_force.configuration.pauses(),
            away: decision.opening.is_some(),
        }
    }

    fn shown(
        &self,
        ring: &Ring,
        opening: &Opening,
        url: String,
        autopause: bool,
    ) -> ResolvedOpening {
        let title = opening.title.clone().unwrap_or_else(|| self.title(ring));
        ResolvedOpening {
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
        if name.is_empty() { queue().unwrap_or("Withheld number").to_owned() } else { name }
    }
}

/// What the desktop is told to do, in a word.
fn action(answered: &RingAnswer) -> &'static str {
    match answered {
        RingAnswer::Opens(shown) => shown.action.word(),
        RingAnswer::Nothing { .. } => "none",
    }
}

/// One line for each ring.
fn log(
    ring: &Ring,
    decision: &Decision,
    answered: &RingAnswer,
    recorded: Result<&Recorded, &StoreError>,
    micros: u128,
) {
    let action = action(answered);
    let pane = recorded.ok().and_then(|recorded| recorded.pane).map(|pane| pane.to_string());
    let error = recorded.err().map(|error| cause(error));
    macro_rules! line {
        ($level:ident, $message:literal) => {
            tracing::$level!(
                source = ring.source,
                call = ring.external_id,
                agent = ring.agent.user_id,
                caller = ring.caller.masked(),
                contact = ring.contact.state().word(),
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
