//! Programs that may use the API: each has a token with a role and, as a rule, an end.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::actor::{Actor, Via};
use crate::domain::audit::Act;
use crate::domain::ids::Id;
use crate::domain::role::Role;
use crate::domain::secret::Secret;
use crate::domain::session::SessionToken;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::audit::Entry;
use crate::flow::context::{Context, cause};
use crate::store::{Error as StoreError, TokenRow};

/// What every token begins with: scanners for leaked secrets find it by that.
const PREFIX: &str = "callpane_";

/// How old the last use on record may be before a newer one is written down.
const RECORDED_EVERY: Duration = Duration::from_hours(1);

/// The longest name.
const LONGEST_NAME: usize = 100;

/// The longest that a token with an end is valid: ten years.
const LONGEST: Duration = Duration::from_hours(24 * 3650);

/// Why no token was made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("a token needs a name of 1 to 100 characters")]
    Name,
    #[error("expires: a token is valid for at most 10 years (3650d), or never expires")]
    Lifetime,
    /// The system gave no random bytes.
    #[error("no token could be generated")]
    Random(#[from] std::io::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A token, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub id: Id,
    pub name: String,
    pub role: Role,
    pub created_by: String,
    pub expires_at: Option<Timestamp>,
    pub used_at: Option<Timestamp>,
    /// Whether it has ended.
    pub is_over: bool,
}

/// A token that was just made: the only time that it is seen.
#[derive(Debug)]
pub struct Made {
    pub token: Token,
    pub secret: Secret,
}

/// Programs' tokens.
#[derive(Debug)]
pub struct Tokens {
    context: Arc<Context>,
}

impl Tokens {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// Makes a token.
    pub async fn add(
        &self,
        actor: &Actor,
        name: &str,
        role: Role,
        lifetime: Option<Duration>,
    ) -> Result<Made, Error> {
        let name = name.trim();
        if !(1..=LONGEST_NAME).contains(&name.chars().count()) {
            return Err(Error::Name);
        }
        if lifetime.is_some_and(|lifetime| lifetime > LONGEST) {
            return Err(Error::Lifetime);
        }
        let secret = Secret::new(format!("{PREFIX}{}", SessionToken::random()?.expose()));
        let now = self.context.now();
        let row = TokenRow {
            id: Id::mint(now),
            name: name.to_owned(),
            role: role.word().to_owned(),
            digest: secret.digest(),
            created_by: actor.name.clone(),
            expires_at: lifetime.map(|lifetime| now.plus(lifetime)),
            used_at: None,
        };
        let until = row.expires_at.map_or_else(|| "no end".to_owned(), |end| end.to_string());
        let entry = Entry::of(actor, Act::TokenAdded, name);
        let entry = entry.became(format!("{}, {until}", role.word()));
        let token = listed(row.clone(), now);
        let kept = self.context.store.write(move |tx| {
            tx.insert_token(&row)?;
            entry.write(tx, now)
        });
        kept.await?;
        let token = token.ok_or(StoreError::Unreadable("token"))?;
        Ok(Made { token, secret })
    }

    /// Every token, the newest first.
    pub async fn list(&self) -> Result<Vec<Token>, StoreError> {
        let now = self.context.now();
        let rows = self.context.store.read(|tx| tx.list_tokens()).await?;
        Ok(rows.into_iter().filter_map(|row| listed(row, now)).collect())
    }

    /// Ends a token; answers whether it was there.
    pub async fn revoke(&self, actor: &Actor, id: Id) -> Result<bool, StoreError> {
        let (actor, now) = (actor.clone(), self.context.now());
        let revoked = self.context.store.write(move |tx| {
            let Some(row) = tx.remove_token(id)? else { return Ok(false) };
            Entry::of(&actor, Act::TokenRevoked, row.name).was(row.role).write(tx, now)?;
            Ok(true)
        });
        revoked.await
    }

    /// Whoever shows a token, if it is good.
    pub async fn holder(
        &self,
        shown: &str,
        from: Option<String>,
    ) -> Result<Option<Actor>, StoreError> {
        // Nothing is looked up that cannot be one.
        let random = shown.strip_prefix(PREFIX).and_then(SessionToken::read);
        if random.is_none() {
            return Ok(None);
        }
        let (now, digest) = (self.context.now(), Secret::new(shown).digest());
        let found = self.context.store.read(move |tx| tx.find_token(&digest)).await?;
        let Some(token) = found.and_then(|row| listed(row, now)) else { return Ok(None) };
        if token.is_over {
            return Ok(None);
        }
        self.note_use(&token, now).await;
        let via = Via::Token(Some(token.id.to_string()));
        Ok(Some(Actor { name: token.name, role: token.role, via, from }))
    }

    /// Writes down that a token is used, once an hour. If that fails, it is written the next time.
    async fn note_use(&self, token: &Token, now: Timestamp) {
        if token.used_at.is_some_and(|used| now < used.plus(RECORDED_EVERY)) {
            return;
        }
        let id = token.id;
        if let Err(error) = self.context.store.write(move |tx| tx.touch_token(id, now)).await {
            tracing::warn!(error = cause(&error), "the last use of a token could not be stored");
        }
    }
}

fn listed(row: TokenRow, now: Timestamp) -> Option<Token> {
    Some(Token {
        id: row.id,
        name: row.name,
        role: Role::read(&row.role)?,
        created_by: row.created_by,
        expires_at: row.expires_at,
        used_at: row.used_at,
        is_over: row.expires_at.is_some_and(|end| now >= end),
    })
}
