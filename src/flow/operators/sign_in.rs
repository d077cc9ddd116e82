//! The ways in: a name and a password, or a link that works once and by which a password is chosen.

use std::time::Duration;

use super::sessions::{begin, themselves};
use super::{ADMIN, Browser, ConsoleOptions, Error, Operators, has_admin, present};
use crate::domain::actor::{Actor, Via};
use crate::domain::audit::Act;
use crate::domain::password::{self, PasswordHash};
use crate::domain::role::Role;
use crate::domain::secret::Secret;
use crate::domain::session::SessionToken;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::audit::Entry;
use crate::store::{Error as StoreError, OperatorRow, Topic, Tx};

/// How long a link signs in.
pub(super) const LINK_LIFETIME: Duration = Duration::from_mins(15);

impl Operators {
    /// A link that signs somebody in once, and by which they may choose a new password.
    pub async fn make_link(&self, actor: &Actor, name: &str) -> Result<String, Error> {
        let (now, link) = (self.context.now(), SessionToken::random()?);
        let (digest, owner) = (link.digest(), name.to_owned());
        let entry = Entry::of(actor, Act::SignInLinkMade, name);
        let options = self.options.clone();
        let made = self.context.store.write(move |tx| {
            if tx.find_operator(&owner)?.is_some_and(|row| row.provider.is_some()) {
                return Ok(Err(Error::SignsInElsewhere(owner.clone())));
            }
            if present(tx, &options, &owner)?.is_none() {
                return Ok(Err(Error::Unknown(owner.clone())));
            }
            tx.insert_sign_in_link(&digest, &owner, now.plus(LINK_LIFETIME))?;
            entry.write(tx, now)?;
            Ok(Ok(()))
        });
        made.await??;
        Ok(self.address_of(&link))
    }

    /// The link by which an administrator comes in where nobody is one.
    pub async fn first_link(&self) -> Result<Option<String>, Error> {
        let options = self.options.clone();
        let has_admin = self.context.store.read(move |tx| has_admin(tx, &options));
        if self.options.password.is_some() || has_admin.await? {
            return Ok(None);
        }
        let actor = Actor::at_command_line(Some("start".to_owned()));
        self.make_link(&actor, ADMIN).await.map(Some)
    }

    pub(super) fn address_of(&self, link: &SessionToken) -> String {
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
            begin(tx, (&name, "link"), &present, &fresh, &browser, now)?;
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
        let Some(mark) = self.mark_of_password(name, password).await? else { return Ok(None) };
        let (token, now, name) = (SessionToken::random()?, self.context.now(), name.to_owned());
        let (options, digest) = (self.options.clone(), token.digest());
        let begun = self.context.store.write(move |tx| {
            // A password that was changed while this one was checked is not it any more.
            let present = present(tx, &options, &name)?.filter(|present| present.mark == mark);
            let Some(present) = present else { return Ok(false) };
            begin(tx, (&name, "password"), &present, &digest, &browser, now)?;
            Ok(true)
        });
        Ok(begun.await?.then_some(token))
    }

    /// The mark of an operator's password, if this is it.
    async fn mark_of_password(
        &self,
        name: &str,
        password: Secret,
    ) -> Result<Option<String>, Error> {
        let given = self.options.password.clone().filter(|_| name == ADMIN);
        let owner = name.to_owned();
        let row = self.context.store.read(move |tx| tx.find_operator(&owner)).await?;
        let kept = row.and_then(|row| PasswordHash::parse(&row.password?));
        self.hashing
            .run(self.context.now(), move || {
                if let Some(given) = given {
                    return given.is(&password).then(|| given.mark());
                }
                let kept = kept.unwrap_or_else(PasswordHash::of_nobody);
                kept.is_of(&password).then(|| kept.mark())
            })
            .await
    }

    async fn hashed(&self, password: Secret) -> Result<PasswordHash, Error> {
        let hash =
            self.hashing.run(self.context.now(), move || PasswordHash::of(&password)).await?;
        hash.ok_or_else(|| std::io::Error::other("a password could not be hashed").into())
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
        if row.as_ref().is_some_and(|row| row.provider.is_some()) {
            return Err(Error::SignsInElsewhere(actor.name.clone()));
        }
        let mark = if row.is_some_and(|row| row.password.is_some()) {
            let mark = self.mark_of_password(&actor.name, present).await?;
            mark.ok_or(Error::WrongPassword)?
        } else {
            String::new()
        };
        let hash = self.hashed(chosen).await?;
        let (actor, options, now) = (actor.clone(), self.options.clone(), self.context.now());
        let changed = self.context.store.write(move |tx| {
            if !still_has(tx, &options, &actor, &mark)? {
                return Ok(Err(Error::WrongPassword));
            }
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
            Entry::of(&actor, Act::PasswordSet, actor.name.clone()).write(tx, now)?;
            Ok(Ok(()))
        });
        changed.await?
    }
}

/// Whether somebody still has the password with this mark, and is still signed in: both may have changed while
/// passwords were hashed.
fn still_has(
    tx: &mut Tx<'_>,
    options: &ConsoleOptions,
    actor: &Actor,
    mark: &str,
) -> Result<bool, StoreError> {
    if let Via::Session(digest) = &actor.via
        && tx.find_console_session(digest)?.is_none()
    {
        return Ok(false);
    }
    let present = present(tx, options, &actor.name)?;
    Ok(present.is_some_and(|present| present.mark == mark))
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
            provider: None,
        })?;
    }
    tx.set_operator_password(name, hash.as_str())
}
