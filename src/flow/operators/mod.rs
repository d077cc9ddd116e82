//! People who may sign in to the console, and who is signed in: here the list and its changes, in
//! [`sign_in`] the ways in with a password or a link, in [`single_sign_on`] those with an identity provider, in
//! [`sessions`] what they begin. A session ends with a sign-out, when nobody uses
//! it, after a week, and with whatever it was begun by: a role, a password or an operator that is no more.

mod hashing;
mod sessions;
mod sign_in;
pub mod single_sign_on;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::actor::Actor;
use crate::domain::audit::Act;
use crate::domain::password::{Given, PasswordHash};
use crate::domain::role::Role;
use crate::domain::session::SessionToken;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::audit::Entry;
use crate::flow::context::Context;
use crate::store::{Error as StoreError, OperatorRow, Topic, Tx};

use hashing::Hashing;
use sign_in::LINK_LIFETIME;
use single_sign_on::SingleSignOn;

pub use sessions::{Session, session_id};

/// The operator whose password `CALLPANE_CONSOLE_PASSWORD` is.
pub const ADMIN: &str = "admin";

/// The longest name.
const LONGEST_NAME: usize = 60;

/// What is locked by whoever here takes a role away, so that two cannot each leave the other as the last administrator.
const OPERATORS: &str = "operators";

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
    #[error(
        "{0} signs in by single sign-on: the identity provider decides their role, and here they have neither a password nor a link"
    )]
    SignsInElsewhere(String),
    #[error("nobody else could administer this installation any more")]
    LastAdmin,
    /// Too many are signing in at once.
    #[error("more people are signing in than passwords can be checked; try again in a minute")]
    Busy,
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
    /// Whether an identity provider signs them in.
    pub single_sign_on: bool,
    /// None: their password is a setting.
    pub created_at: Option<Timestamp>,
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
    /// Who else signs people in.
    pub single_sign_on: Option<Arc<SingleSignOn>>,
}

impl Default for ConsoleOptions {
    fn default() -> Self {
        Self { password: None, lifetime: Duration::from_hours(12), single_sign_on: None }
    }
}

/// People, and their sessions.
#[derive(Debug)]
pub struct Operators {
    context: Arc<Context>,
    options: ConsoleOptions,
    hashing: Hashing,
}

/// What an operator is by now, and what their sessions are marked with.
struct Present {
    role: Role,
    mark: String,
}

impl Operators {
    pub(crate) fn new(context: Arc<Context>, options: ConsoleOptions) -> Self {
        Self { context, options, hashing: Hashing::new() }
    }

    /// Everybody who may sign in.
    pub async fn list(&self) -> Result<Vec<Operator>, StoreError> {
        let rows = self.context.store.read(|tx| tx.list_operators()).await?;
        let by_setting = self.options.password.as_ref().map(|_| Operator {
            name: ADMIN.to_owned(),
            role: Role::Admin,
            has_password: true,
            single_sign_on: false,
            created_at: None,
        });
        let kept = rows.into_iter().filter(|row| by_setting.is_none() || row.name != ADMIN);
        let kept = kept.filter_map(|row| {
            Some(Operator {
                role: Role::read(&row.role)?,
                has_password: row.password.is_some(),
                single_sign_on: row.provider.is_some(),
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
            provider: None,
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
        let (options, word) = (self.options.clone(), role.word());
        let changed = self.context.store.write(move |tx| {
            tx.lock(OPERATORS)?;
            let all = tx.list_operators()?;
            let Some(before) = all.iter().find(|row| row.name == name) else {
                return Ok(Err(Error::Unknown(name.clone())));
            };
            if before.provider.is_some() {
                return Ok(Err(Error::SignsInElsewhere(name.clone())));
            }
            if before.role == word {
                return Ok(Ok(()));
            }
            if options.is_last_admin(&all, before) {
                return Ok(Err(Error::LastAdmin));
            }
            tx.set_operator_role(&name, word)?;
            tx.remove_console_sessions_of(&name)?;
            tx.announce(Topic::operators());
            let entry = Entry::of(&actor, Act::OperatorChanged, name.clone());
            entry.was(before.role.clone()).became(word).write(tx, now)?;
            Ok(Ok(()))
        });
        changed.await?
    }

    /// Removes somebody. Their sessions end.
    pub async fn remove(&self, actor: &Actor, name: &str) -> Result<(), Error> {
        self.refuse_setting(name)?;
        let (actor, name, now) = (actor.clone(), name.to_owned(), self.context.now());
        let options = self.options.clone();
        let removed = self.context.store.write(move |tx| {
            tx.lock(OPERATORS)?;
            let all = tx.list_operators()?;
            let Some(before) = all.iter().find(|row| row.name == name) else {
                return Ok(Err(Error::Unknown(name.clone())));
            };
            // The last of all may go: a link is printed at the next start.
            if all.len() > 1 && options.is_last_admin(&all, before) {
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

impl ConsoleOptions {
    /// Whether somebody who is kept can sign in at all: an identity provider that is no longer asked signs nobody
    /// in.
    fn admit(&self, row: &OperatorRow) -> bool {
        let issuer = self.single_sign_on.as_ref().map(|it| it.issuer());
        row.provider.as_ref().is_none_or(|provider| issuer == Some(provider.issuer.as_str()))
    }

    fn has_as_admin(&self, row: &OperatorRow) -> bool {
        self.admit(row) && Role::read(&row.role) == Some(Role::Admin)
    }

    /// Whether nobody is an administrator without this one, who is.
    fn is_last_admin(&self, all: &[OperatorRow], one: &OperatorRow) -> bool {
        let others = all.iter().any(|row| row.name != one.name && self.has_as_admin(row));
        self.password.is_none() && self.has_as_admin(one) && !others
    }
}

/// What an operator is now. `admin` is an administrator without being kept as one: by the setting, or as long
/// as nobody else is one.
fn present(
    tx: &mut Tx<'_>,
    options: &ConsoleOptions,
    name: &str,
) -> Result<Option<Present>, StoreError> {
    if let Some(given) = options.password.as_ref().filter(|_| name == ADMIN) {
        return Ok(Some(Present { role: Role::Admin, mark: given.mark() }));
    }
    let is_first = name == ADMIN && !has_admin(tx, options)?;
    let row = tx.find_operator(name)?.filter(|row| options.admit(row));
    let mark = row.as_ref().and_then(|row| PasswordHash::parse(row.password.as_deref()?));
    let mark = mark.map(|hash| hash.mark()).unwrap_or_default();
    let role = if is_first { Some(Role::Admin) } else { row.and_then(|row| Role::read(&row.role)) };
    Ok(role.map(|role| Present { role, mark }))
}

fn has_admin(tx: &mut Tx<'_>, options: &ConsoleOptions) -> Result<bool, StoreError> {
    Ok(tx.list_operators()?.iter().any(|row| options.has_as_admin(row)))
}

fn check_name(name: &str) -> Result<(), Error> {
    let plain = |c: char| c.is_alphanumeric() || ".-_@".contains(c);
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count()) && name.chars().all(plain);
    // `.` and `..` would be lost in an address.
    let fits = fits && name.chars().any(char::is_alphanumeric);
    if fits { Ok(()) } else { Err(Error::Name) }
}

fn check_role(role: Role) -> Result<(), Error> {
    if Role::of_people().any(|known| known == role) { Ok(()) } else { Err(Error::Role) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_stand_in_an_address() {
        for name in ["anna", "Zoé", "a.b-c_d@example.com", "7"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", ".", "..", "_", "a/b", "a b", &"a".repeat(61)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
