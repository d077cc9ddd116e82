//! People who may sign in to the console, and who is signed in. A password or a link that works once
//! begins a session; it ends with a sign-out, when nobody uses it, after a week, and with whatever it was
//! begun by: a role, a password or an operator that is no more.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::domain::actor::{Actor, Via};
use crate::domain::audit::Act;
use crate::domain::password::{self, Given, PasswordHash};
use crate::domain::role::Role;
use crate::domain::secret::Secret;
use crate::domain::session::SessionToken;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::audit::Entry;
use crate::flow::context::{Context, cause};
use crate::store::{ConsoleSessionRow, Error as StoreError, OperatorRow, Topic, Tx};

/// The operator whose password `CALLPANE_CONSOLE_PASSWORD` is.
pub const ADMIN: &str = "admin";

/// How long a link signs in.
pub const LINK_LIFETIME: Duration = Duration::from_mins(15);

/// A session ends after this long, however much it is used.
pub const LONGEST_SESSION: Duration = Duration::from_hours(7 * 24);

/// Passwords that are checked at one time: each takes 19 MiB and keeps a core busy.
const AT_ONCE: usize = 2;

/// The longest name.
const LONGEST_NAME: usize = 60;

/// How much is kept of what a browser says of itself.
const LONGEST_LABEL: usize = 200;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("a name has 1 to {LONGEST_NAME} letters, digits and . _ - @")]
    Name,
    #[error("there is an operator \"{0}\" already")]
    Exists(String),
    #[error("there is no operator \"{0}\"")]
    Unknown(String),
    #[error("an operator is a viewer, a supervisor or an admin")]
    Role,
    #[error("the password {0}")]
    Password(String),
    #[error("the password of admin is set by CALLPANE_CONSOLE_PASSWORD")]
    SetElsewhere,
    #[error("the present password is not right")]
    WrongPassword,
    #[error("nobody else could administer this installation any more")]
    LastAdmin,
    /// The system gave no random bytes, or no memory.
    #[error("no secret could be generated")]
    Random(#[from] std::io::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    pub name: String,
    pub role: Role,
    /// Whether they have chosen a password yet.
    pub has_password: bool,
    /// None: their password is a setting.
    pub created_at: Option<Timestamp>,
}

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

/// Where somebody signs in from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Browser {
    pub address: Option<String>,
    pub label: Option<String>,
}

/// What was decided before the start.
#[derive(Debug, Clone)]
pub struct ConsoleOptions {
    /// The password of the operator `admin`.
    pub password: Option<Given>,
    /// A session ends when it was not used for this long.
    pub lifetime: Duration,
}

impl Default for ConsoleOptions {
    fn default() -> Self {
        Self { password: None, lifetime: Duration::from_hours(12) }
    }
}

/// People, and their sessions.
#[derive(Debug)]
pub struct Operators {
    context: Arc<Context>,
    options: ConsoleOptions,
    checking: Semaphore,
}

/// What an operator is by now, and what their sessions are marked with.
struct Present {
    role: Role,
    mark: String,
}

impl Operators {
    pub(crate) fn new(context: Arc<Context>, options: ConsoleOptions) -> Self {
        Self { context, options, checking: Semaphore::new(AT_ONCE) }
    }

    /// Everybody who may sign in.
    pub async fn list(&self) -> Result<Vec<Operator>, StoreError> {
        let rows = self.context.store.read(|tx| tx.list_operators()).await?;
        let by_setting = self.options.password.as_ref().map(|_| Operator {
            name: ADMIN.to_owned(),
            role: Role::Admin,
            has_password: true,
            created_at: None,
        });
        let kept = rows.into_iter().filter(|row| by_setting.is_none() || row.name != ADMIN);
        let kept = kept.filter_map(|row| {
            Some(Operator {
                role: Role::read(&row.role)?,
                has_password: row.password.is_some(),
                created_at: Some(row.created_at),
                name: row.name,
            })
        });
        let kept: Vec<Operator> = kept.collect();
        Ok(by_setting.into_iter().chain(kept).collect())
    }

    /// Adds somebody; answers the link by which they choose their password.
    pub async fn add(&self, actor: &Actor, name: &str, role: Role) -> Result<String, Error> {
        check_name(name)?;
        check_role(role)?;
        if name == ADMIN && self.options.password.is_some() {
            return Err(Error::Exists(name.to_owned()));
        }
        let (now, link) = (self.context.now(), SessionToken::random()?);
        let row = OperatorRow {
            name: name.to_owned(),
            role: role.word().to_owned(),
            password: None,
            created_at: now,
        };
        let entry = Entry::of(actor, Act::OperatorAdded, name).became(role.word());
        let digest = link.digest();
        let added = self.context.store.write(move |tx| {
            if !tx.insert_operator(&row)? {
                return Ok(false);
            }
            tx.insert_sign_in_link(&digest, &row.name, now.plus(LINK_LIFETIME))?;
            entry.write(tx, now)?;
            Ok(true)
        });
        if added.await? { Ok(self.address_of(&link)) } else { Err(Error::Exists(name.to_owned())) }
    }

    /// Gives somebody another role. Their sessions end.
    pub async fn change_role(&self, actor: &Actor, name: &str, role: Role) -> Result<(), Error> {
        check_role(role)?;
        self.refuse_setting(name)?;
        let (actor, name, now) = (actor.clone(), name.to_owned(), self.context.now());
        let (by_setting, word) = (self.options.password.is_some(), role.word());
        let changed = self.context.store.write(move |tx| {
            let Some(before) = tx.find_operator(&name)? else {
                return Ok(Err(Error::Unknown(name.clone())));
            };
            if before.role == word {
                return Ok(Ok(()));
            }
            tx.set_operator_role(&name, word)?;
            if !by_setting && !has_admin(tx)? {
                tx.set_operator_role(&name, &before.role)?;
                return Ok(Err(Error::LastAdmin));
            }
            tx.remove_console_sessions_of(&name)?;
            tx.announce(Topic::operators());
            let entry = Entry::of(&actor, Act::OperatorChanged, name.clone());
            entry.was(before.role).became(word).write(tx, now)?;
            Ok(Ok(()))
        });
        changed.await?
    }

    /// Removes somebody. Their sessions end.
    pub async fn remove(&self, actor: &Actor, name: &str) -> Result<(), Error> {
        self.refuse_setting(name)?;
        let (actor, name, now) = (actor.clone(), name.to_owned(), self.context.now());
        let by_setting = self.options.password.is_some();
        let removed = self.context.store.write(move |tx| {
            let all = tx.list_operators()?;
            let Some(before) = all.iter().find(|row| row.name == name) else {
                return Ok(Err(Error::Unknown(name.clone())));
            };
            let others = all.iter().any(|row| row.name != name && is_admin(row));
            // The last of all may go: a link is printed at the next start.
            if !by_setting && !others && all.len() > 1 {
                return Ok(Err(Error::LastAdmin));
            }
            tx.remove_operator(&name)?;
            tx.announce(Topic::operators());
            let entry = Entry::of(&actor, Act::OperatorRemoved, name.clone());
            entry.was(before.role.clone()).write(tx, now)?;
            Ok(Ok(()))
        });
        removed.await?
    }

    /// A link that signs somebody in once, and by which they may choose a new password.
    pub async fn make_link(&self, actor: &Actor, name: &str) -> Result<String, Error> {
        let (now, link) = (self.context.now(), SessionToken::random()?);
        let (digest, owner) = (link.digest(), name.to_owned());
        let entry = Entry::of(actor, Act::SignInLinkMade, name);
        let options = self.options.clone();
        let made = self.context.store.write(move |tx| {
            if present(tx, &options, &owner)?.is_none() {
                return Ok(false);
            }
            tx.insert_sign_in_link(&digest, &owner, now.plus(LINK_LIFETIME))?;
            entry.write(tx, now)?;
            Ok(true)
        });
        if made.await? { Ok(self.address_of(&link)) } else { Err(Error::Unknown(name.to_owned())) }
    }

    /// The link by which the first administrator comes in; none where somebody can sign in already.
    pub async fn first_link(&self) -> Result<Option<String>, Error> {
        if self.options.password.is_some() || !self.list().await?.is_empty() {
            return Ok(None);
        }
        let actor = Actor::at_command_line(Some("start".to_owned()));
        self.make_link(&actor, ADMIN).await.map(Some)
    }

    fn address_of(&self, link: &SessionToken) -> String {
        format!("{}/console/sign-in/{}", self.context.options.public_url, link.expose())
    }

    /// Whose link this is, if it is good; it stays so.
    pub async fn owner_of_link(&self, link: &str) -> Result<Option<String>, StoreError> {
        let Some(link) = SessionToken::read(link) else { return Ok(None) };
        let (digest, now) = (link.digest(), self.context.now());
        let found = self.context.store.read(move |tx| tx.find_sign_in_link(&digest)).await?;
        Ok(found.filter(|(_, end)| now < *end).map(|(operator, _)| operator))
    }

    /// Signs in by a link, which ends with that; a password that is given with it is theirs from now on.
    pub async fn sign_in_by_link(
        &self,
        link: &str,
        chosen: Option<Secret>,
        browser: Browser,
    ) -> Result<Option<SessionToken>, Error> {
        // Nobody else has a password hashed, which takes a while.
        if self.owner_of_link(link).await?.is_none() {
            return Ok(None);
        }
        let Some(link) = SessionToken::read(link) else { return Ok(None) };
        if let Some(chosen) = &chosen {
            password::check(chosen.expose()).map_err(Error::Password)?;
        }
        let hash = match chosen {
            Some(chosen) => Some(self.hashed(chosen).await?),
            None => None,
        };
        let (token, now, digest) = (SessionToken::random()?, self.context.now(), link.digest());
        let (options, fresh) = (self.options.clone(), token.digest());
        let signed_in = self.context.store.write(move |tx| {
            let found = tx.find_sign_in_link(&digest)?;
            let Some((name, _)) = found.filter(|(_, end)| now < *end) else { return Ok(Ok(false)) };
            if hash.is_some() && name == ADMIN && options.password.is_some() {
                return Ok(Err(Error::SetElsewhere));
            }
            if !tx.remove_sign_in_link(&digest)? {
                return Ok(Ok(false));
            }
            if let Some(hash) = &hash {
                set_password(tx, &options, &name, hash, now)?;
                let actor = themselves(&name, Role::Admin, &fresh, &browser);
                Entry::of(&actor, Act::PasswordSet, name.clone()).write(tx, now)?;
            }
            let Some(present) = present(tx, &options, &name)? else { return Ok(Ok(false)) };
            begin(tx, &name, &present, &fresh, &browser, now)?;
            Ok(Ok(true))
        });
        Ok(signed_in.await??.then_some(token))
    }

    /// Signs in with a name and a password. Whether there is nobody of that name or the password is wrong,
    /// it takes the same time and answers the same.
    pub async fn sign_in(
        &self,
        name: &str,
        password: Secret,
        browser: Browser,
    ) -> Result<Option<SessionToken>, Error> {
        if !self.is_password_of(name, password).await? {
            return Ok(None);
        }
        let (token, now, name) = (SessionToken::random()?, self.context.now(), name.to_owned());
        let (options, digest) = (self.options.clone(), token.digest());
        let begun = self.context.store.write(move |tx| {
            let Some(present) = present(tx, &options, &name)? else { return Ok(false) };
            begin(tx, &name, &present, &digest, &browser, now)?;
            Ok(true)
        });
        Ok(begun.await?.then_some(token))
    }

    async fn is_password_of(&self, name: &str, password: Secret) -> Result<bool, Error> {
        let given = self.options.password.clone().filter(|_| name == ADMIN);
        let owner = name.to_owned();
        let row = self.context.store.read(move |tx| tx.find_operator(&owner)).await?;
        let kept = row.and_then(|row| PasswordHash::parse(&row.password?));
        self.costly(move || match given {
            Some(given) => given.is(&password),
            None => kept.unwrap_or_else(PasswordHash::of_nobody).is_of(&password),
        })
        .await
    }

    async fn hashed(&self, password: Secret) -> Result<PasswordHash, Error> {
        let hash = self.costly(move || PasswordHash::of(&password)).await?;
        hash.ok_or_else(|| std::io::Error::other("a password could not be hashed").into())
    }

    /// Does what takes long beside the threads that answer rings, and not too much of it at once.
    async fn costly<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let turn = self.checking.acquire().await.map_err(std::io::Error::other)?;
        let done = tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?;
        drop(turn);
        Ok(done)
    }

    /// Somebody chooses another password. Their other sessions end.
    pub async fn change_password(
        &self,
        actor: &Actor,
        present: Secret,
        chosen: Secret,
    ) -> Result<(), Error> {
        self.refuse_setting(&actor.name)?;
        password::check(chosen.expose()).map_err(Error::Password)?;
        // Whoever came in by a link has none yet.
        let owner = actor.name.clone();
        let row = self.context.store.read(move |tx| tx.find_operator(&owner)).await?;
        let has_one = row.is_some_and(|row| row.password.is_some());
        if has_one && !self.is_password_of(&actor.name, present).await? {
            return Err(Error::WrongPassword);
        }
        let hash = self.hashed(chosen).await?;
        let (actor, options, now) = (actor.clone(), self.options.clone(), self.context.now());
        let changed = self.context.store.write(move |tx| {
            set_password(tx, &options, &actor.name, &hash, now)?;
            let kept = match &actor.via {
                Via::Session(digest) => Some(digest.as_str()),
                Via::Token(_) | Via::CommandLine => None,
            };
            for session in tx.list_console_sessions(Some(&actor.name))? {
                if kept == Some(session.digest.as_str()) {
                    tx.mark_console_session(&session.digest, &hash.mark())?;
                } else {
                    tx.remove_console_session(&session.digest)?;
                }
            }
            tx.announce(Topic::operators());
            Entry::of(&actor, Act::PasswordSet, actor.name.clone()).write(tx, now)
        });
        Ok(changed.await?)
    }

    /// Who shows this token, with the role that they have now; none if the session has ended.
    pub async fn signed_in(&self, token: &SessionToken) -> Result<Option<Actor>, StoreError> {
        self.signed_in_by(&token.digest()).await
    }

    /// The same by the digest: what a stream that is open looks at again.
    pub async fn signed_in_by(&self, digest: &str) -> Result<Option<Actor>, StoreError> {
        let (digest, now, options) = (digest.to_owned(), self.context.now(), self.options.clone());
        let found = self.context.store.read(move |tx| {
            let Some(session) = tx.find_console_session(&digest)? else { return Ok(None) };
            let present = present(tx, &options, &session.operator)?;
            Ok(present.filter(|present| present.mark == session.mark).map(|it| (session, it.role)))
        });
        let found = found.await?.filter(|(session, _)| !self.is_over(session, now));
        let Some((session, role)) = found else { return Ok(None) };
        self.note_use(&session, now).await;
        let (name, via) = (session.operator, Via::Session(session.digest));
        Ok(Some(Actor { name, role, via, from: session.address }))
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

    /// Whether the password of `admin` is a setting.
    pub fn has_password_setting(&self) -> bool {
        self.options.password.is_some()
    }

    fn refuse_setting(&self, name: &str) -> Result<(), Error> {
        if name == ADMIN && self.options.password.is_some() {
            return Err(Error::SetElsewhere);
        }
        Ok(())
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

/// A part of the digest names a session.
pub fn session_id(digest: &str) -> String {
    digest.chars().take(32).collect()
}

/// Begins a session.
fn begin(
    tx: &mut Tx<'_>,
    name: &str,
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
    Entry::of(&actor, Act::SignedIn, name).write(tx, now)
}

fn themselves(name: &str, role: Role, digest: &str, browser: &Browser) -> Actor {
    let via = Via::Session(digest.to_owned());
    Actor { name: name.to_owned(), role, via, from: browser.address.clone() }
}

/// What an operator is now. `admin` is one without being kept: by the setting, or as long as nobody else
/// is one.
fn present(
    tx: &mut Tx<'_>,
    options: &ConsoleOptions,
    name: &str,
) -> Result<Option<Present>, StoreError> {
    if let Some(given) = options.password.as_ref().filter(|_| name == ADMIN) {
        return Ok(Some(Present { role: Role::Admin, mark: given.mark() }));
    }
    if let Some(row) = tx.find_operator(name)? {
        let mark = row.password.as_deref().and_then(PasswordHash::parse);
        let mark = mark.map(|hash| hash.mark()).unwrap_or_default();
        return Ok(Role::read(&row.role).map(|role| Present { role, mark }));
    }
    let first = name == ADMIN && !has_admin(tx)?;
    Ok(first.then(|| Present { role: Role::Admin, mark: String::new() }))
}

fn has_admin(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    Ok(tx.list_operators()?.iter().any(is_admin))
}

fn is_admin(row: &OperatorRow) -> bool {
    Role::read(&row.role) == Some(Role::Admin)
}

/// Keeps a password; `admin` is kept with their first one.
fn set_password(
    tx: &mut Tx<'_>,
    options: &ConsoleOptions,
    name: &str,
    hash: &PasswordHash,
    now: Timestamp,
) -> Result<(), StoreError> {
    if name == ADMIN && options.password.is_none() {
        tx.insert_operator(&OperatorRow {
            name: name.to_owned(),
            role: Role::Admin.word().to_owned(),
            password: None,
            created_at: now,
        })?;
    }
    tx.set_operator_password(name, hash.as_str())
}

fn check_name(name: &str) -> Result<(), Error> {
    let plain = |c: char| c.is_alphanumeric() || ".-_@".contains(c);
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count()) && name.chars().all(plain);
    if fits { Ok(()) } else { Err(Error::Name) }
}

fn check_role(role: Role) -> Result<(), Error> {
    if Role::of_people().any(|known| known == role) { Ok(()) } else { Err(Error::Role) }
}
