//! Cards: any system with a token shows something on the live page of a call.

use std::sync::Arc;

use crate::domain::actor::Actor;
use crate::domain::card::{Card, MOST};
use crate::domain::ids::Id;
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

    /// Shows a card on the pages of a call.
    pub async fn post(&self, actor: &Actor, call: &str, card: Card) -> Result<CardRow, Error> {
        let card = card.checked().map_err(Error::Invalid)?;
        let lines =
            serde_json::to_string(&card.lines).map_err(|odd| Error::Invalid(odd.to_string()))?;
        let (posted_by, now) = (actor.name.clone(), self.context.now());
        let most = i64::try_from(MOST).unwrap_or(i64::MAX);
        self.on(call, move |tx, call| {
            let Card { key, title, text, link, .. } = card.clone();
            let (id, lines, posted_by) = (Id::mint(now), lines.clone(), posted_by.clone());
            let row = CardRow { id, call_id: call, key, title, text, link, lines, posted_by };
            tx.save_card(&row, most)?;
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
    pub async fn remove(&self, call: &str, card: Id) -> Result<(), Error> {
        self.on(call, move |tx, call| {
            if !tx.remove_card(call, card)? {
                return Ok(Err(Error::NoSuchCard));
            }
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
