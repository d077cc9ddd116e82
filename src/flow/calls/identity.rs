//! Is the agent who they say they are? XuC is asked after the desktop was answered, for many agents
//! side by side; until it says yes, a page shows its ring alone and takes nothing. XuC ends a token
//! an hour after the agent signed in, and the desktop goes on sending it: so a yes counts for a
//! working day, and is kept across restarts under the token's digest.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::sync::{OnceCell, Semaphore, mpsc};

use crate::domain::breaker::Breaker;
use crate::domain::identity::{Confirmation, Identity, WhenAway};
use crate::domain::ids::Id;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::flow::context::{Context, cause};
use crate::store::{Error as StoreError, Topic};
use crate::transport::xuc::Xuc;

/// Whose page, and the agent's credential.
#[derive(Debug)]
pub struct Question {
    pub(crate) pane: Id,
    pub(crate) call: Id,
    pub(crate) agent: Option<String>,
    pub(crate) token: Secret,
}

/// Questions that may wait for an answer, or for XuC to come back.
pub const WAITING: usize = 1024;

/// Requests to XuC at the same moment.
const AT_ONCE: usize = 16;

/// How long a yes counts.
const WORKING_DAY: Duration = Duration::from_hours(12);

/// How long a no counts: the agent may sign in again.
const REFUSED: Duration = Duration::from_mins(1);

/// Tokens whose answer is remembered at most.
const REMEMBERED: usize = 4096;

/// When XuC is asked again that was away, after the last time.
const AGAIN: [Duration; 6] = [
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(30),
    Duration::from_mins(1),
    Duration::from_mins(2),
];

/// What XuC said, and until when it counts.
#[derive(Debug, Clone, Copy)]
struct Answer {
    confirmed: bool,
    until: Timestamp,
}

impl Answer {
    fn identity(self) -> Identity {
        if self.confirmed { Identity::Confirmed } else { Identity::Unconfirmed }
    }
}

/// Where questions to XuC wait, and what it said.
#[derive(Debug)]
pub struct Asking {
    questions: mpsc::Sender<Question>,
    when_away: WhenAway,
    /// Per token, so that one that is being asked about is not asked about twice.
    #[expect(clippy::disallowed_types, reason = "held for a lookup, never across an await")]
    known: std::sync::Mutex<HashMap<String, Arc<OnceCell<Answer>>>>,
    #[expect(clippy::disallowed_types, reason = "held for a lookup, never across an await")]
    breaker: std::sync::Mutex<Breaker>,
}

impl Asking {
    /// Nobody is known; the questions are taken from the other end.
    pub fn new(when_away: WhenAway) -> (Self, mpsc::Receiver<Question>) {
        let (questions, asked) = mpsc::channel(WAITING);
        let (known, breaker) = (HashMap::new().into(), Breaker::default().into());
        (Self { questions, when_away, known, breaker }, asked)
    }

    /// The place of a token's answer; one that counts no more has made room for the next.
    fn cell(&self, digest: String, now: Timestamp) -> Arc<OnceCell<Answer>> {
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let counts =
            |cell: &Arc<OnceCell<Answer>>| cell.get().is_none_or(|answer| now < answer.until);
        if let Some(cell) = known.get(&digest).filter(|cell| counts(cell)) {
            return Arc::clone(cell);
        }
        if known.len() >= REMEMBERED {
            known.retain(|_, cell| counts(cell) && cell.initialized());
        }
        let cell = Arc::new(OnceCell::new());
        if known.len() < REMEMBERED {
            known.insert(digest, Arc::clone(&cell));
        }
        cell
    }

    fn may_ask(&self, now: Timestamp) -> bool {
        self.breaker.lock().unwrap_or_else(std::sync::PoisonError::into_inner).admits(now)
    }

    fn heard(&self, answered: bool, now: Timestamp) {
        let mut breaker = self.breaker.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        breaker.heard(answered, now);
    }
}

/// XuC could not be asked; why stands in the log.
struct Unreachable;

/// Whether agents are who they say they are.
#[derive(Debug)]
pub struct Identities {
    context: Arc<Context>,
    /// None where nobody is ever asked.
    asking: Option<Asking>,
}

impl Identities {
    pub(crate) fn new(context: Arc<Context>, asking: Option<Asking>) -> Self {
        Self { context, asking }
    }

    /// What is known of a ring's agent before anybody is asked, with a place among the questions where
    /// XuC is to be asked after the answer; nothing where nobody ever is. If too many wait already, XuC is
    /// away, which is how it looks.
    pub(crate) fn of_token(
        &self,
        token: Option<&Secret>,
    ) -> (Option<Identity>, Option<mpsc::Permit<'_, Question>>) {
        let Some(asking) = &self.asking else { return (None, None) };
        let Some(token) = token else { return (Some(Identity::Unconfirmed), None) };
        let cell = asking.cell(token.digest(), self.context.clock.now());
        if let Some(answer) = cell.get() {
            return (Some(answer.identity()), None);
        }
        if let Ok(place) = asking.questions.try_reserve() {
            return (Some(Identity::Pending), Some(place));
        }
        tracing::warn!("XuC was not asked about an agent: too many requests are waiting");
        (Some(Identity::Away), None)
    }

    /// Whether XuC is asked, and what holds while it is away.
    pub(crate) fn confirmation(&self) -> Confirmation {
        let asked = |asking: &Asking| Confirmation::Asked(asking.when_away);
        self.asking.as_ref().map_or(Confirmation::NotAsked, asked)
    }

    async fn keep(&self, question: &Question, identity: Identity) {
        let (pane, call, agent) = (question.pane, question.call, question.agent.clone());
        let kept = self.context.store.write(move |tx| {
            tx.set_identity(pane, identity)?;
            tx.announce(Topic::call(call));
            if let Some(agent) = &agent {
                tx.announce(Topic::agent(agent));
            }
            Ok(())
        });
        if let Err(error) = kept.await {
            tracing::warn!(%pane, error = cause(&error), "the agent's identity could not be stored");
        }
    }

    /// Asks about one page's agent, again and again while XuC is away.
    async fn settle(&self, xuc: &Xuc, at_once: &Semaphore, question: Question) {
        let mut pauses = AGAIN.iter();
        let mut told = false;
        loop {
            if let Ok(identity) = self.ask_xuc(xuc, at_once, &question.token).await {
                return self.keep(&question, identity).await;
            }
            if !std::mem::replace(&mut told, true) {
                self.keep(&question, Identity::Away).await;
            }
            let Some(pause) = pauses.next() else { return };
            tokio::time::sleep(*pause).await;
        }
    }

    async fn ask_xuc(
        &self,
        xuc: &Xuc,
        at_once: &Semaphore,
        token: &Secret,
    ) -> Result<Identity, Unreachable> {
        let Some(asking) = &self.asking else { return Err(Unreachable) };
        let digest = token.digest();
        let cell = asking.cell(digest.clone(), self.context.clock.now());
        let asked = cell.get_or_try_init(|| async {
            if let Some(until) = self.confirmed_before(digest.clone()).await {
                return Ok(Answer { confirmed: true, until });
            }
            let _turn = at_once.acquire().await.map_err(|_closed| Unreachable)?;
            if !asking.may_ask(self.context.clock.now()) {
                return Err(Unreachable);
            }
            let said = xuc.knows(token).await;
            let now = self.context.clock.now();
            asking.heard(said.is_ok(), now);
            let confirmed = said.map_err(|error| {
                tracing::warn!(error = cause(&error), "XuC did not answer who an agent is");
                Unreachable
            })?;
            let until = now.plus(if confirmed { WORKING_DAY } else { REFUSED });
            if confirmed {
                self.keep_confirmed(digest.clone(), until).await;
            }
            Ok(Answer { confirmed, until })
        });
        asked.await.map(|answer| answer.identity())
    }

    /// Until when an earlier yes counts, of this node or another, before or after a restart.
    async fn confirmed_before(&self, digest: String) -> Option<Timestamp> {
        let now = self.context.clock.now();
        let found: Result<_, StoreError> =
            self.context.store.read(move |tx| tx.confirmed_until(&digest)).await;
        found.ok().flatten().filter(|until| now < *until)
    }

    async fn keep_confirmed(&self, digest: String, until: Timestamp) {
        let kept = self.context.store.write(move |tx| tx.keep_confirmed(&digest, until)).await;
        if let Err(error) = kept {
            tracing::warn!(
                error = cause(&error),
                "XuC's answer could not be stored, and will be lost at a restart"
            );
        }
    }
}

/// Asks, for many pages at a time, until no more can come.
pub async fn run(identities: Arc<Identities>, xuc: Xuc, mut questions: mpsc::Receiver<Question>) {
    let at_once = Semaphore::new(AT_ONCE);
    let questions = stream::poll_fn(move |context| questions.poll_recv(context));
    let settled = questions
        .for_each_concurrent(WAITING, |question| identities.settle(&xuc, &at_once, question));
    settled.await;
}
