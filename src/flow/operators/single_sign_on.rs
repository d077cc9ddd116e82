//! The way in with an identity provider (OpenID Connect). Who somebody is, the provider says; an operator is bound
//! to what it calls them (issuer and subject), not to a name, so that nobody takes over anybody by renaming
//! themselves there. What they may do follows from its claims at every sign-in.

use std::sync::Arc;

use super::sessions::{begin, themselves};
use super::{ADMIN, Browser, LONGEST_NAME, Operators, Present};
use crate::domain::audit::Act;
use crate::domain::role::Role;
use crate::domain::session::SessionToken;
use crate::domain::single_sign_on::{Grants, Handshake, name_of};
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::audit::Entry;
use crate::store::{Error as StoreError, OperatorRow, ProviderRow, Topic, Tx};
use crate::transport::oidc::{self, Provider, SignedIn};

/// Where the provider sends a browser back to, below our address: it has to know this.
pub const CALLBACK: &str = "/console/sign-in/oidc/callback";

/// Why somebody was not signed in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The provider did not sign them in, or does not answer.
    #[error(transparent)]
    Provider(#[from] oidc::Error),
    /// No claim gives them a role; these were looked at.
    #[error("none of {} gives a role", .0.join(", "))]
    NoRole(Vec<String>),
    /// Somebody else has the name.
    #[error("there is another operator \"{0}\"")]
    NameTaken(String),
    /// Nobody is asked.
    #[error("single sign-on is not set up")]
    Off,
    /// The system gave no random bytes.
    #[error("no secret could be generated")]
    Random(#[from] std::io::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An identity provider, and what it may decide.
#[derive(Debug)]
pub struct SingleSignOn {
    pub provider: Provider,
    pub grants: Grants,
    /// What people call it.
    pub label: Option<String>,
}

impl SingleSignOn {
    pub(super) fn issuer(&self) -> &str {
        self.provider.issuer()
    }
}

/// A session that is about to begin.
struct Fresh {
    digest: String,
    browser: Browser,
    now: Timestamp,
}

impl Operators {
    /// How people come in otherwise than by a password, if they do.
    pub fn single_sign_on(&self) -> Option<&SingleSignOn> {
        self.options.single_sign_on.as_deref()
    }

    /// Begins a sign-in; answers what its browser keeps, and where it goes.
    pub async fn begin_single_sign_on(&self) -> Result<(Handshake, String), Error> {
        let provider = &self.single_sign_on().ok_or(Error::Off)?.provider;
        let handshake = Handshake::random()?;
        let target = provider.begin(&handshake, &self.callback(), self.context.now()).await?;
        Ok((handshake, target))
    }

    /// Signs in whom the provider has signed in, by the code that their browser came back with.
    pub async fn finish_single_sign_on(
        &self,
        handshake: &Handshake,
        code: &str,
        browser: Browser,
    ) -> Result<SessionToken, Error> {
        let by = self.options.single_sign_on.clone().ok_or(Error::Off)?;
        let (now, back) = (self.context.now(), self.callback());
        let signed_in = by.provider.finish(code, handshake, &back, &by.grants, now).await?;
        let role = by.grants.role_of(&signed_in.claims);
        let name = name_of(&signed_in.claims, &signed_in.subject, LONGEST_NAME);
        let token = SessionToken::random()?;
        let fresh = Fresh { digest: token.digest(), browser, now };
        let known = provider_row(&by, signed_in);
        let entered = self.context.store.write(move |tx| match role {
            Some(role) => enter(tx, &known, &name, role, &fresh),
            None => turn_away(tx, &known, &by, &fresh),
        });
        entered.await?.map(|()| token)
    }

    fn callback(&self) -> String {
        format!("{}{CALLBACK}", self.context.options.public_url)
    }
}

fn provider_row(by: &Arc<SingleSignOn>, signed_in: SignedIn) -> ProviderRow {
    ProviderRow { issuer: by.issuer().to_owned(), subject: signed_in.subject }
}

/// Begins a session of whom the provider knows as this; whoever comes for the first time is added.
fn enter(
    tx: &mut Tx<'_>,
    known: &ProviderRow,
    name: &str,
    role: Role,
    fresh: &Fresh,
) -> Result<Result<(), Error>, StoreError> {
    let name = match tx.find_operator_of(known)? {
        Some(row) => {
            renew(tx, &row, role, fresh)?;
            // As they are known here, whatever they are called there by now.
            row.name
        }
        None if name == ADMIN || !add(tx, known, name, role, fresh)? => {
            return Ok(Err(Error::NameTaken(name.to_owned())));
        }
        None => name.to_owned(),
    };
    let present = Present { role, mark: String::new() };
    begin(tx, (&name, "single sign-on"), &present, &fresh.digest, &fresh.browser, fresh.now)?;
    Ok(Ok(()))
}

/// Adds somebody; answers whether their name was free.
fn add(
    tx: &mut Tx<'_>,
    known: &ProviderRow,
    name: &str,
    role: Role,
    fresh: &Fresh,
) -> Result<bool, StoreError> {
    let added = tx.insert_operator(&OperatorRow {
        name: name.to_owned(),
        role: role.word().to_owned(),
        password: None,
        created_at: fresh.now,
        provider: Some(known.clone()),
    })?;
    if added {
        let actor = themselves(name, role, &fresh.digest, &fresh.browser);
        let entry = Entry::of(&actor, Act::OperatorAdded, name);
        entry.became(role.word()).write(tx, fresh.now)?;
    }
    Ok(added)
}

/// Gives somebody the role that the provider's claims give them by now. If it is another one, their sessions end.
fn renew(tx: &mut Tx<'_>, row: &OperatorRow, role: Role, fresh: &Fresh) -> Result<(), StoreError> {
    if row.role == role.word() {
        return Ok(());
    }
    tx.set_operator_role(&row.name, role.word())?;
    tx.remove_console_sessions_of(&row.name)?;
    tx.announce(Topic::operators());
    let actor = themselves(&row.name, role, &fresh.digest, &fresh.browser);
    let entry = Entry::of(&actor, Act::OperatorChanged, row.name.clone());
    entry.was(row.role.clone()).became(role.word()).write(tx, fresh.now)
}

/// Signs nobody in, because no claim gives them a role. Whoever had one is removed, with their sessions.
fn turn_away(
    tx: &mut Tx<'_>,
    known: &ProviderRow,
    by: &SingleSignOn,
    fresh: &Fresh,
) -> Result<Result<(), Error>, StoreError> {
    if let Some(row) = tx.find_operator_of(known)? {
        tx.remove_operator(&row.name)?;
        tx.announce(Topic::operators());
        let role = Role::read(&row.role).unwrap_or(Role::Viewer);
        let actor = themselves(&row.name, role, &fresh.digest, &fresh.browser);
        let entry = Entry::of(&actor, Act::OperatorRemoved, row.name);
        entry.was(row.role).write(tx, fresh.now)?;
    }
    Ok(Err(Error::NoRole(by.grants.claims().into_iter().map(str::to_owned).collect())))
}
