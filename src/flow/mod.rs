//! What happens next? The verbs, and only here units of work begin. Each part is a small type that
//! holds what it needs; they know each other in one direction: `panes` → `calls` → `contacts` →
//! `outbox` → `context`.

pub mod audit;
mod board;
pub mod calls;
pub mod cards;
pub mod configuration;
pub mod contacts;
mod context;
pub mod desktop_key;
pub mod explain;
pub mod hub;
pub mod idempotency;
pub mod lists;
pub mod live;
pub mod operators;
pub mod outbox;
pub mod panes;
pub mod presence;
pub mod readiness;
pub mod retention;
mod sender;
pub mod server_keys;
pub mod sessions;
pub mod setup;
pub mod tokens;
mod workers;

use std::sync::Arc;

use audit::Audit;
use calls::identity::{Asking, Identities};
use calls::journal::Journal;
use calls::receive::Calls;
use calls::refusals::Refusals;
use calls::ring::Rings;
use cards::Cards;
use configuration::Configurations;
use contacts::{Contacts, Questions};
use explain::Explanations;
use idempotency::Idempotency;
use lists::Lists;
use live::Lives;
use operators::{ConsoleOptions, Operators};
use outbox::Outbox;
use panes::Panes;
use panes::accepted::AcceptedEvents;
use panes::desktop::Desktops;
use presence::Presences;
use readiness::Readiness;
use retention::Retention;
use sessions::Sessions;
use tokens::Tokens;

pub use context::{Context, InForce, Options, cause};
pub use workers::Workers;

/// Every verb, by the part that has it.
#[derive(Debug)]
pub struct Flow {
    /// What all of them share.
    pub context: Arc<Context>,
    /// Desktops that ask what to open.
    pub rings: Rings,
    /// Phone systems that report.
    pub calls: Arc<Calls>,
    /// What was accepted lately.
    pub accepted: AcceptedEvents,
    /// Requests that were not taken.
    pub refusals: Arc<Refusals>,
    /// Open pages.
    pub panes: Panes,
    /// The built-in agent desktop.
    pub desktops: Desktops,
    /// Whether agents are there.
    pub presences: Presences,
    /// What goes on now.
    pub lives: Lives,
    /// Who is signed in to it.
    pub sessions: Arc<Sessions>,
    /// Who may sign in to the console.
    pub operators: Arc<Operators>,
    /// Which programs may use the API.
    pub tokens: Tokens,
    /// Who did what.
    pub audit: Arc<Audit>,
    /// Who callers are.
    pub contacts: Arc<Contacts>,
    /// What operators look for.
    pub lists: Lists,
    /// What other systems show on live pages.
    pub cards: Cards,
    /// What destinations are owed.
    pub outbox: Outbox,
    /// What the operator decides.
    pub configurations: Configurations,
    /// Whether XuC knows agents.
    pub identities: Arc<Identities>,
    /// How long rings took, and those that could not be written down.
    pub journal: Arc<Journal>,
    /// Why pages opened, or nothing did.
    pub explanations: Explanations,
    /// Whether a ring could be written down.
    pub readiness: Arc<Readiness>,
    /// Requests that programs may send again.
    pub idempotency: Arc<Idempotency>,
    /// What is forgotten, and when.
    pub retention: Retention,
}

impl Flow {
    /// Wires the parts to each other. `asking` leads to whoever asks XuC, where XuC is asked,
    /// `questions` to whoever asks lookups.
    pub fn new(
        context: Context,
        console: ConsoleOptions,
        asking: Option<Asking>,
        questions: Questions,
    ) -> Self {
        let context = Arc::new(context);
        let identities = Arc::new(Identities::new(Arc::clone(&context), asking));
        let contacts = Arc::new(Contacts::new(Arc::clone(&context), questions));
        let sessions = Arc::new(Sessions::new(Arc::clone(&context)));
        let operators = Arc::new(Operators::new(Arc::clone(&context), console));
        let audit = Arc::new(Audit::new(Arc::clone(&context)));
        let readiness = Arc::new(Readiness::new(Arc::clone(&context)));
        let journal = Arc::new(Journal::new(Arc::clone(&context)));
        let idempotency = Arc::new(Idempotency::new(Arc::clone(&context)));
        Self {
            rings: Rings::new(&context, &contacts, &identities, &readiness, &journal),
            calls: Arc::new(Calls::new(&context, &contacts)),
            accepted: AcceptedEvents::new(Arc::clone(&context)),
            refusals: Arc::new(Refusals::new(Arc::clone(&context))),
            panes: Panes::new(&context, &contacts, &identities),
            desktops: Desktops::new(&context, &contacts, &sessions),
            presences: Presences::new(Arc::clone(&context)),
            lists: Lists::new(&context, &contacts),
            lives: Lives::new(Arc::clone(&context)),
            cards: Cards::new(Arc::clone(&context)),
            outbox: Outbox::new(Arc::clone(&context)),
            configurations: Configurations::new(&context, &contacts),
            retention: Retention::new(&context, &sessions, &idempotency, &operators, &audit),
            idempotency,
            tokens: Tokens::new(Arc::clone(&context)),
            explanations: Explanations::new(Arc::clone(&context)),
            context,
            sessions,
            operators,
            audit,
            contacts,
            identities,
            journal,
            readiness,
        }
    }
}
