//! Cards: any system with a token shows something on the live page of a call.

use std::sync::Arc;

use crate::domain::actor::{Actor, Via};
use crate::domain::audit::Act;
use crate::domain::card::{Card, MOST};
use crate::domain::ids::Id;
use crate::domain::role::Need;
use crate::flow::audit::Entry;
use crate::flow::context::Context;
use crate::flow::lists::calls_by_id;
use crate::store::{CardRow, Error as StoreError, Topic, Tx};

/// Why a card is not shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no call \"{0}\"")]
    NoSuchCall(String),
    #[error("several systems have a call \"{0}\"; write SOURCE:ID")]
    AmbiguousCall(String),
    #[error("there is no such card")]
    NoSuchCard,
    #[error("{posted_by} posted this card")]
    NotYours { posted_by: String },
    #[error("the call has {MOST} cards, and others posted all of them")]
    TooMany,
    #[error("{0}")]
    Invalid(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What other systems show on live pages.
#[derive(Debug)]
pub struct Cards {
    context: Arc<Context>,
}

impl Cards {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// Shows a card on the pages of a call, in the place of one with the same key.
    pub async fn post(&self, actor: &Actor, call: &str, card: Card) -> Result<CardRow, Error> {
        let card = card.checked().map_err(Error::Invalid)?;
        let lines =
            serde_json::to_string(&card.lines).map_err(|odd| Error::Invalid(odd.to_string()))?;
        let (actor, now) = (actor.clone(), self.context.now());
        let most = i64::try_from(MOST).unwrap_or(i64::MAX);
        self.on(call, move |tx, call| {
            let Card { key, title, text, link, .. } = card.clone();
            let (posted_by, owner) = (actor.name.clone(), owner(&actor));
            let (id, lines) = (Id::mint(now), lines.clone());
            let row =
                CardRow { id, call_id: call, key, title, text, link, lines, posted_by, owner };
            let mut entry = Entry::of(&actor, Act::CardPosted, call.to_string()).became(name(&row));
            // Two with the same key must not both find none to replace.
            tx.lock(&format!("cards {call}"))?;
            let (replaced, kept): (Vec<CardRow>, Vec<CardRow>) = tx
                .list_cards(call)?
                .into_iter()
                .partition(|old| row.key.is_some() && old.key == row.key);
            if kept.len() >= MOST && !kept.iter().any(|old| may_change(&actor, old)) {
                return Ok(Err(Error::TooMany));
            }
            for old in replaced {
                if !may_change(&actor, &old) {
                    return Ok(Err(Error::NotYours { posted_by: old.posted_by }));
                }
                tx.remove_card(old.id)?;
                entry = entry.was(name(&old));
            }
            tx.insert_card(&row, most)?;
            entry.write(tx, now)?;
            tx.announce(Topic::call(call));
            Ok(Ok(row))
        })
        .await
    }

    /// The cards of a call, the oldest first.
    pub async fn list(&self, call: &str) -> Result<Vec<CardRow>, Error> {
        self.on(call, |tx, call| Ok(Ok(tx.list_cards(call)?))).await
    }

    /// Takes a card back.
    pub async fn remove(&self, actor: &Actor, call: &str, card: Id) -> Result<(), Error> {
        let (actor, now) = (actor.clone(), self.context.now());
        self.on(call, move |tx, call| {
            let found = tx.list_cards(call)?.into_iter().find(|row| row.id == card);
            let Some(row) = found else { return Ok(Err(Error::NoSuchCard)) };
            if !may_change(&actor, &row) {
                return Ok(Err(Error::NotYours { posted_by: row.posted_by }));
            }
            tx.remove_card(card)?;
            let entry = Entry::of(&actor, Act::CardRemoved, call.to_string()).was(name(&row));
            entry.write(tx, now)?;
            tx.announce(Topic::call(call));
            Ok(Ok(()))
        })
        .await
    }

    /// Does something for the one call that is meant by an id of any source.
    async fn on<T: Send + 'static>(
        &self,
        wanted: &str,
        work: impl Fn(&mut Tx<'_>, Id) -> Result<Result<T, Error>, StoreError> + Send + 'static,
    ) -> Result<T, Error> {
        let (in_force, wanted) = (self.context.in_force(), wanted.to_owned());
        let done = self.context.store.write(move |tx| {
            let found = calls_by_id(tx, &in_force.configuration, &wanted)?;
            match found.as_slice() {
                [] => Ok(Err(Error::NoSuchCall(wanted.clone()))),
                [call] => work(tx, *call),
                [_, _, ..] => Ok(Err(Error::AmbiguousCall(wanted.clone()))),
            }
        });
        done.await?
    }
}

/// Whose a card is that somebody posts: their token's.
fn owner(actor: &Actor) -> Option<String> {
    match &actor.via {
        Via::Token(id) => id.clone(),
        Via::Session(_) | Via::CommandLine => None,
    }
}

/// A token for cards alone has a say in its own only.
fn may_change(actor: &Actor, card: &CardRow) -> bool {
    actor.role.may(Need::Supervise) || card.owner.is_some() && card.owner == owner(actor)
}

/// What the audit calls a card. What it says is forgotten with its call, long before the audit is.
fn name(card: &CardRow) -> String {
    card.key.clone().unwrap_or_else(|| card.id.to_string())
}
