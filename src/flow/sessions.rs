//! Who is signed in to the built-in desktop. A personal link begins a session; it ends when the agent
//! signs out or is signed out, when the link ends that it came in by, or when nobody uses it.

use std::sync::Arc;

use crate::configuration::{Configuration, KnownAgent};
use crate::domain::actor::Actor;
use crate::domain::audit::Act;
use crate::domain::session::{IDLE, MOST, RECORDED_EVERY, SessionToken, is_over};
use crate::domain::text::counted;
use crate::domain::time::{Clock, Timestamp};
use crate::domain::token::DesktopToken;
use crate::flow::audit::Entry;
use crate::flow::context::{Context, cause};
use crate::store::{Error as StoreError, SessionRow, Store, Topic, Tx};

/// Why nobody could be signed in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gave no random bytes.
    #[error("no token could be generated")]
    Random(#[from] std::io::Error),
}

/// Somebody who is signed in, as a unit of work finds them.
pub(crate) struct SignedIn {
    pub(crate) agent: KnownAgent,
    /// Whether this use is worth writing down.
    pub(crate) is_news: bool,
}

/// Whose session this is, if it has not ended.
pub(crate) fn find(
    tx: &mut Tx<'_>,
    configuration: &Configuration,
    digest: &str,
    now: Timestamp,
) -> Result<Option<SignedIn>, StoreError> {
    let Some(session) = tx.find_session(digest)? else { return Ok(None) };
    let is_news = now >= session.used_at.plus(RECORDED_EVERY);
    let agent = owner(configuration, &session, now).cloned();
    Ok(agent.map(|agent| SignedIn { agent, is_news }))
}

fn owner<'a>(
    configuration: &'a Configuration,
    session: &SessionRow,
    now: Timestamp,
) -> Option<&'a KnownAgent> {
    let is_theirs = |agent: &&KnownAgent| agent.id == session.agent && agent.link == session.link;
    configuration.agents().iter().find(is_theirs).filter(|_| !is_over(session.used_at, now))
}

/// Ends the sessions of links that a new configuration does not have any more.
pub(crate) fn end_others(tx: &mut Tx<'_>, agents: &[(String, i64)]) -> Result<(), StoreError> {
    for ended in tx.list_signed_in()?.into_iter().filter(|known| !agents.contains(known)) {
        tx.remove_sessions_of(&ended.0, Some(ended.1))?;
        announce(tx, &ended.0);
    }
    Ok(())
}

/// Ends every session of an agent, on every node; answers how many there were. Their personal link
/// stays good.
pub async fn sign_out_everywhere(
    store: &Store,
    clock: &dyn Clock,
    actor: &Actor,
    agent: &str,
) -> Result<u64, StoreError> {
    let (id, now) = (agent.to_owned(), clock.now());
    let entry = Entry::of(actor, Act::AgentSignedOut, agent);
    let ended = store.write(move |tx| {
        announce(tx, &id);
        let ended = tx.remove_sessions_of(&id, None)?;
        if ended > 0 {
            entry.clone().was(counted(ended, "session")).write(tx, now)?;
        }
        Ok(ended)
    });
    let ended = ended.await?;
    tracing::info!(agent, sessions = ended, "signed out of the desktop everywhere");
    Ok(ended)
}

/// Open desktops of an agent look whether they may still be.
fn announce(tx: &mut Tx<'_>, agent: &str) {
    tx.announce(Topic::agent(&KnownAgent::key_of(agent)));
}

/// Sessions of the built-in desktop.
#[derive(Debug)]
pub struct Sessions {
    context: Arc<Context>,
}

impl Sessions {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// Whose personal link this is, if it is good.
    pub fn agent_of_link(&self, token: &str) -> Option<KnownAgent> {
        let opened = DesktopToken::open(token, &self.context.keys.load())?;
        let in_force = self.context.in_force();
        let agents = in_force.configuration.agents();
        let good = |agent: &&KnownAgent| agent.id == opened.agent && agent.link == opened.link;
        agents.iter().find(good).cloned()
    }

    /// The personal link of an agent.
    pub fn link_of(&self, agent: &KnownAgent) -> String {
        let token = DesktopToken::issue(&self.context.keys.load(), &agent.id, agent.link);
        format!("{}/desktop/{token}", self.context.options.public_url)
    }

    /// The personal link of the first agent: the demo has one.
    pub fn first_link(&self) -> Option<String> {
        let in_force = self.context.in_force();
        in_force.configuration.agents().first().map(|agent| self.link_of(agent))
    }

    /// Signs in whoever shows a good personal link; answers the token for their cookie. A browser that
    /// is signed in as this agent already stays so, one that was another agent is so no more.
    pub async fn sign_in(
        &self,
        link: &str,
        shown: Option<SessionToken>,
    ) -> Result<Option<SessionToken>, Error> {
        let Some(agent) = self.agent_of_link(link) else { return Ok(None) };
        let (now, in_force) = (self.context.now(), self.context.in_force());
        let (old, fresh) = (shown.as_ref().map(SessionToken::digest), SessionToken::random()?);
        let session = SessionRow {
            digest: fresh.digest(),
            agent: agent.id.clone(),
            link: agent.link,
            used_at: now,
        };
        let stays = self.context.store.write(move |tx| {
            if let Some(old) = &old
                && let Some(found) = tx.find_session(old)?
            {
                let owner = owner(&in_force.configuration, &found, now);
                if owner.is_some_and(|owner| owner.id == session.agent) {
                    tx.touch_session(old, now)?;
                    return Ok(true);
                }
                tx.remove_session(old)?;
                announce(tx, &found.agent);
            }
            if tx.insert_session(&session, MOST)? > 0 {
                announce(tx, &session.agent);
            }
            Ok(false)
        });
        let stays = stays.await?;
        tracing::info!(agent = agent.id, new = !stays, "signed in to the desktop");
        Ok(Some(shown.filter(|_| stays).unwrap_or(fresh)))
    }

    /// Who shows this token, if their session has not ended.
    pub async fn signed_in(&self, token: &SessionToken) -> Result<Option<KnownAgent>, StoreError> {
        let (now, in_force, digest) = (self.context.now(), self.context.in_force(), token.digest());
        let found =
            self.context.store.read(move |tx| find(tx, &in_force.configuration, &digest, now));
        let Some(found) = found.await? else { return Ok(None) };
        self.note_use(token, &found).await;
        Ok(Some(found.agent))
    }

    /// Writes down that a session is used, once an hour. If that fails, it is written the next time.
    pub(crate) async fn note_use(&self, token: &SessionToken, found: &SignedIn) {
        if !found.is_news {
            return;
        }
        let (now, digest) = (self.context.now(), token.digest());
        let noted = self.context.store.write(move |tx| tx.touch_session(&digest, now)).await;
        if let Err(error) = noted {
            tracing::warn!(error = cause(&error), "the last use of a session could not be stored");
        }
    }

    /// Ends a session.
    pub async fn sign_out(&self, token: &SessionToken) -> Result<(), StoreError> {
        let digest = token.digest();
        let ended = self.context.store.write(move |tx| {
            let Some(session) = tx.find_session(&digest)? else { return Ok(None) };
            tx.remove_session(&digest)?;
            announce(tx, &session.agent);
            Ok(Some(session.agent))
        });
        if let Some(agent) = ended.await? {
            tracing::info!(agent, "signed out of the desktop");
        }
        Ok(())
    }

    /// Ends every session of an agent; none if there is no such agent.
    pub async fn sign_out_agent(
        &self,
        actor: &Actor,
        agent: &str,
    ) -> Result<Option<u64>, StoreError> {
        let (store, clock) = (&self.context.store, self.context.clock.as_ref());
        let ended = sign_out_everywhere(store, clock, actor, agent).await?;
        let in_force = self.context.in_force();
        let is_known = in_force.configuration.agents().iter().any(|known| known.id == agent);
        Ok((is_known || ended > 0).then_some(ended))
    }

    /// Forgets sessions that have ended for want of use.
    pub(crate) async fn forget(&self, portion: i64) -> Result<u64, StoreError> {
        let before = self.context.now().minus(IDLE);
        self.context.store.write(move |tx| tx.remove_sessions_before(before, portion)).await
    }
}
