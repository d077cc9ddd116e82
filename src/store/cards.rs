//! Cards that other systems show on the live page of a call.

use super::engine::Row;
use super::error::Error;
use super::tx::Tx;
use crate::domain::ids::Id;

/// A card of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardRow {
    /// Its id, which says when it was posted.
    pub id: Id,
    pub call_id: Id,
    /// What a later card names to take its place.
    pub key: Option<String>,
    pub title: String,
    pub text: Option<String>,
    pub link: Option<String>,
    /// Labels and values, as JSON.
    pub lines: String,
    /// The token's or operator's name.
    pub posted_by: String,
    /// The token's id, where it has one.
    pub owner: Option<String>,
}

impl Tx<'_> {
    /// Keeps a card, and `most` cards of its call: its poster's own oldest go first, then the oldest of others,
    /// which the caller has to refuse to whoever has no say in them.
    pub fn insert_card(&mut self, card: &CardRow, most: i64) -> Result<(), Error> {
        self.execute(
            "INSERT INTO card (id, call_id, name, title, text, link, lines, posted_by, owner)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            &[
                card.id.into(),
                card.call_id.into(),
                (&card.key).into(),
                (&card.title).into(),
                (&card.text).into(),
                (&card.link).into(),
                (&card.lines).into(),
                (&card.posted_by).into(),
                (&card.owner).into(),
            ],
        )?;
        self.execute(
            "DELETE FROM card WHERE id IN (
                 SELECT id FROM card WHERE call_id = ?1
                 ORDER BY CASE WHEN id <> ?2 AND COALESCE(owner, '') = COALESCE(?3, '')
                               THEN 1 ELSE 0 END, id DESC
                 LIMIT 1000 OFFSET ?4)",
            &[card.call_id.into(), card.id.into(), (&card.owner).into(), most.into()],
        )?;
        Ok(())
    }

    /// The cards of a call, the oldest first.
    pub fn list_cards(&mut self, call: Id) -> Result<Vec<CardRow>, Error> {
        let rows = self.query(
            "SELECT id, call_id, name, title, text, link, lines, posted_by, owner FROM card
             WHERE call_id = ?1 ORDER BY id",
            &[call.into()],
        )?;
        rows.into_iter().map(card).collect()
    }

    /// Takes a card back.
    pub fn remove_card(&mut self, id: Id) -> Result<(), Error> {
        self.execute("DELETE FROM card WHERE id = ?1", &[id.into()])?;
        Ok(())
    }
}

fn card(mut row: Row) -> Result<CardRow, Error> {
    Ok(CardRow {
        id: row.take("card")?,
        call_id: row.take("card")?,
        key: row.take("card")?,
        title: row.take("card")?,
        text: row.take("card")?,
        link: row.take("card")?,
        lines: row.take("card")?,
        posted_by: row.take("card")?,
        owner: row.take("card")?,
    })
}
