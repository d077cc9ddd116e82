//! Who is signed in: sessions from their beginning to their end.

use std::time::Duration;

use super::{Browser, Operators, Present, present};
use crate::domain::actor::{Actor, Via};
use crate::domain::audit::Act;
use crate::domain::role::Role;
use crate::domain::session::SessionToken;
use crate::domain::time::Timestamp;
use crate::flow::audit::Entry;
use crate::flow::context::cause;
use crate::store::{ConsoleSessionRow, Error as StoreError, Topic, Tx};

/// A session ends after this long, however much it is used.
const LONGEST_SESSION: Duration = Duration::from_hours(7 * 24);

/// How much is kept of what a browser says of itself.
const LONGEST_LABEL: usize = 200;

/// Somebody's browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// What names it, and signs nobody in.
    pub id: String,
    pub operator: String,
    pub created_at: Timestamp,
    pub used_at: Timestamp,
    pub address: Option<String>,
    pub browser: Option<String>,
}

impl Operators {
    /// Who shows this token, with the role that they have now; none if the session has ended. That is a use
    /// of it.
    pub async fn signed_in(&self, token: &SessionToken) -> Result<Option<Actor>, StoreError> {
        let now = self.context.now();
        let Some((session, role)) = self.open_session(token.digest(), now).await? else {
            return Ok(None);
        };
        self.note_use(&session, now).await;
        Ok(Some(whoever_has(session, role)))
    }

    /// The same by the digest, for what a page asks by itself: that it is open somewhere does not say that
    /// anybody uses it.
    pub async fn watching(&self, digest: &str) -> Result<Option<Actor>, StoreError> {
        let open = self.open_session(digest.to_owned(), self.context.now()).await?;
        Ok(open.map(|(session, role)| whoever_has(session, role)))
    }

    async fn open_session(
        &self,
        digest: String,
        now: Timestamp,
    ) -> Result<Option<(ConsoleSessionRow, Role)>, StoreError> {
        let options = self.options.clone();
        let found = self.context.store.read(move |tx| {
            let Some(session) = tx.find_console_session(&digest)? else { return Ok(None) };
            let present = present(tx, &options, &session.operator)?;
            Ok(present.filter(|present| present.mark == session.mark).map(|it| (session, it.role)))
        });
        Ok(found.await?.filter(|(session, _)| !self.is_over(session, now)))
    }

    fn is_over(&self, session: &ConsoleSessionRow, now: Timestamp) -> bool {
        let idle = now >= session.used_at.plus(self.options.lifetime);
        idle || now >= session.created_at.plus(LONGEST_SESSION)
    }

    /// Writes down that a session is used, now and then. If that fails, it is written the next time.
    async fn note_use(&self, session: &ConsoleSessionRow, now: Timestamp) {
        if now < session.used_at.plus(self.options.lifetime / 12) {
            return;
        }
        let digest = session.digest.clone();
        let noted =
            self.context.store.write(move |tx| tx.touch_console_session(&digest, now)).await;
        if let Err(error) = noted {
            tracing::warn!(error = cause(&error), "the last use of a session could not be stored");
        }
    }

    /// Ends one's own session.
    pub async fn sign_out(&self, actor: &Actor) -> Result<(), StoreError> {
        let Via::Session(digest) = actor.via.clone() else { return Ok(()) };
        let (actor, now) = (actor.clone(), self.context.now());
        let ended = self.context.store.write(move |tx| {
            tx.remove_console_session(&digest)?;
            tx.announce(Topic::operators());
            Entry::of(&actor, Act::SignedOut, actor.name.clone()).write(tx, now)
        });
        ended.await
    }

    /// The sessions of one operator, or of all.
    pub async fn sessions(&self, operator: Option<&str>) -> Result<Vec<Session>, StoreError> {
        let (operator, now) = (operator.map(str::to_owned), self.context.now());
        let rows = self.context.store.read(move |tx| tx.list_console_sessions(operator.as_deref()));
        let open = rows.await?.into_iter().filter(|row| !self.is_over(row, now));
        Ok(open.map(Session::from).collect())
    }

    /// Ends anybody's session; answers whether it was there.
    pub async fn end_session(&self, actor: &Actor, id: &str) -> Result<bool, StoreError> {
        self.end_session_of(actor, None, id).await
    }

    /// Ends one of one's own sessions; answers whether it was there.
    pub async fn end_own_session(&self, actor: &Actor, id: &str) -> Result<bool, StoreError> {
        self.end_session_of(actor, Some(actor.name.clone()), id).await
    }

    async fn end_session_of(
        &self,
        actor: &Actor,
        operator: Option<String>,
        id: &str,
    ) -> Result<bool, StoreError> {
        let (actor, id, now) = (actor.clone(), id.to_owned(), self.context.now());
        let ended = self.context.store.write(move |tx| {
            let all = tx.list_console_sessions(operator.as_deref())?;
            let found = all.into_iter().find(|row| session_id(&row.digest) == id);
            let Some(row) = found else { return Ok(false) };
            tx.remove_console_session(&row.digest)?;
            tx.announce(Topic::operators());
            Entry::of(&actor, Act::SessionEnded, row.operator).write(tx, now)?;
            Ok(true)
        });
        ended.await
    }

    /// Forgets what has ended.
    pub(crate) async fn forget(&self) -> Result<u64, StoreError> {
        let now = self.context.now();
        let (used, begun) = (now.minus(self.options.lifetime), now.minus(LONGEST_SESSION));
        let store = &self.context.store;
        store.write(move |tx| tx.remove_ended_console_sessions(used, begun, now)).await
    }
}

impl From<ConsoleSessionRow> for Session {
    fn from(row: ConsoleSessionRow) -> Self {
        Self {
            id: session_id(&row.digest),
            operator: row.operator,
            created_at: row.created_at,
            used_at: row.used_at,
            address: row.address,
            browser: row.browser,
        }
    }
}

fn whoever_has(session: ConsoleSessionRow, role: Role) -> Actor {
    let via = Via::Session(session.digest);
    Actor { name: session.operator, role, via, from: session.address }
}

/// A part of the digest names a session.
pub fn session_id(digest: &str) -> String {
    digest.chars().take(32).collect()
}

/// Begins somebody's session, by one of the ways in.
pub(super) fn begin(
    tx: &mut Tx<'_>,
    (name, way): (&str, &str),
    present: &Present,
    digest: &str,
    browser: &Browser,
    now: Timestamp,
) -> Result<(), StoreError> {
    let label = browser.label.as_deref().map(|label| label.chars().take(LONGEST_LABEL).collect());
    tx.insert_console_session(&ConsoleSessionRow {
        digest: digest.to_owned(),
        operator: name.to_owned(),
        mark: present.mark.clone(),
        created_at: now,
        used_at: now,
        address: browser.address.clone(),
        browser: label,
    })?;
    let actor = themselves(name, present.role, digest, browser);
    Entry::of(&actor, Act::SignedIn, name).became(way).write(tx, now)
}

pub(super) fn themselves(name: &str, role: Role, digest: &str, browser: &Browser) -> Actor {
    let via = Via::Session(digest.to_owned());
    Actor { name: name.to_owned(), role, via, from: browser.address.clone() }
}
