//! Who is calling, for rings, programs and people: found among what is known, and asked about where
//! that is worth it.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::configuration::Configuration;
use crate::domain::contact::{Contact, Who};
use crate::domain::ids::Id;
use crate::domain::phone::Party;
use crate::domain::ring::Ring;
use crate::domain::time::Timestamp;
use crate::flow::contacts::anybody::Anybody;
use crate::flow::contacts::known::{self, Known};
use crate::flow::context::Context;
use crate::store::Error as StoreError;

/// A caller to ask about, and the call whose pages shall show the answer.
#[derive(Debug)]
pub struct Question {
    pub(crate) caller: Party,
    pub(crate) call: Id,
}

/// Questions that may wait.
pub(crate) const WAITING: usize = 1024;

/// Where questions wait until lookups are asked.
#[derive(Debug)]
pub struct Questions(mpsc::Sender<Question>);

impl Questions {
    /// With the end that they come out of.
    pub fn channel() -> (Self, mpsc::Receiver<Question>) {
        let (questions, asked) = mpsc::channel(WAITING);
        (Self(questions), asked)
    }
}

/// Who callers are.
#[derive(Debug)]
pub struct Contacts {
    pub(crate) context: Arc<Context>,
    questions: Questions,
    pub(crate) anybody: Anybody,
}

/// What is known of a number, by every list and lookup.
#[derive(Debug)]
pub struct Found {
    /// Who it is.
    pub who: Who,
    /// What each of them says, in their order.
    pub sources: Vec<FoundIn>,
}

/// What one list or lookup says of a number.
#[derive(Debug)]
pub struct FoundIn {
    /// The name of the list or lookup.
    pub name: String,
    /// Whom it knows.
    pub contacts: Vec<Contact>,
    /// When a lookup was asked.
    pub asked_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    /// Why it did not.
    pub reason: Option<String>,
}

/// Why nobody was looked for.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    #[error("\"{0}\" is not a phone number")]
    NotANumber(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Contacts {
    pub(crate) fn new(context: Arc<Context>, questions: Questions) -> Self {
        Self { context, questions, anybody: Anybody::default() }
    }

    /// Whether anybody could be known.
    pub(crate) fn any(&self) -> bool {
        self.anybody.any()
    }

    /// Who a caller is, for rules that decide over a ring: nothing if the database takes too long to
    /// say it, because a ring waits for nobody.
    pub(crate) async fn who_rings(&self, ring: &Ring) -> Who {
        /// The share of a ring's time that this may take.
        const SHARE: u32 = 4;
        if ring.caller.key().is_none() || !self.any() {
            return Who::Unknown;
        }
        let (in_force, now) = (self.context.in_force(), self.context.now());
        let ring = (ring.caller.clone(), ring.source.clone(), ring.external_id.clone());
        let found =
            self.context.store.read(move |tx| known::who_of_ring(tx, &in_force, &ring, now));
        let patience = self.context.options.ring_deadline / SHARE;
        match tokio::time::timeout(patience, found).await {
            Ok(Ok(who)) => who,
            Ok(Err(_)) | Err(_) => Who::Unknown,
        }
    }

    /// Asks about a caller, if anybody can be asked. Never waits.
    pub(crate) fn ask_about(&self, caller: &Party, call: Id) {
        if caller.key().is_none() || self.context.in_force().configuration.lookups().is_empty() {
            return;
        }
        let question = Question { caller: caller.clone(), call };
        if self.questions.0.try_send(question).is_err() {
            tracing::warn!(%call, "no lookup was asked about this caller: too many requests are \
                                   waiting");
        }
    }

    /// What every list and lookup knows of a number by now. Nobody is asked.
    pub async fn find(&self, number: &str) -> Result<Found, FindError> {
        let caller = Party::read(number, None, self.context.options.region);
        if caller.key().is_none() {
            return Err(FindError::NotANumber(number.to_owned()));
        }
        let (in_force, now) = (self.context.in_force(), self.context.now());
        let shared = Arc::clone(&in_force);
        let found = self
            .context
            .store
            .read(move |tx| known::known(tx, &shared.configuration, &caller, None, now));
        Ok(found_in(&in_force.configuration, &found.await?))
    }
}

fn found_in(configuration: &Configuration, known: &Known) -> Found {
    let who = known.candidates.who();
    let sources = known.candidates.books.iter().map(|(name, contacts)| {
        let lookup = configuration.lookups().iter().find(|lookup| lookup.name == *name);
        let row = lookup.and_then(|lookup| known.answer(lookup));
        FoundIn {
            name: name.clone(),
            contacts: contacts.clone(),
            asked_at: row.map(|row| row.asked_at),
            answered_at: row.and_then(|row| row.answered_at),
            reason: row.and_then(|row| row.reason.clone()),
        }
    });
    Found { sources: sources.collect(), who }
}
