//! What an agent sees on a page of its call and its caller: read, and put together, in one way for the
//! page and for what its stream says of it. From an agent who is not confirmed it is withheld.

use crate::configuration::Configuration;
use crate::domain::call::{Call, Part};
use crate::domain::card::Line;
use crate::domain::identity::Identity;
use crate::domain::ids::Id;
use crate::domain::phone::Party;
use crate::domain::ring::Ring;
use crate::domain::time::Timestamp;
use crate::flow::contacts::known;
use crate::flow::panes::call::{part_of, reported, ring_of};
use crate::flow::panes::error::Error;
use crate::flow::panes::open::Panes;
use crate::store::{CardRow, Earlier, Error as StoreError, Newest, PaneRow, Tx};
use crate::view;

/// Earlier calls that a page shows.
const EARLIER: i64 = 10;

/// A pane with its ring, what phone systems have reported of its call, and what stands behind it.
pub(crate) struct Opened {
    pub(crate) pane: PaneRow,
    pub(crate) ring: Ring,
    reported: Option<Call>,
    background: Background,
}

/// What is kept beyond the ring.
#[derive(Debug, Default)]
struct Background {
    known: known::Known,
    earlier: Vec<Earlier>,
    cards: Vec<CardRow>,
    newest: Option<Newest>,
}

impl Background {
    fn read(
        tx: &mut Tx<'_>,
        configuration: &Configuration,
        pane: &PaneRow,
        caller: &Party,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let known = known::known(tx, configuration, caller, Some(pane.call.id), now)?;
        let earlier = match caller.key() {
            Some(key) => tx.list_earlier(key, pane.call.id, EARLIER)?,
            None => Vec::new(),
        };
        let newest = match &pane.agent {
            Some(agent) => tx.find_newer_call(agent, pane.id, pane.call.id)?,
            None => None,
        };
        let cards = tx.list_cards(pane.call.id)?;
        Ok(Self { known, earlier, cards, newest })
    }
}

/// As much of it as this agent may see.
pub(crate) struct Seen {
    /// Because of which identity the rest is withheld, if it is.
    pub(crate) withheld: Option<Identity>,
    /// What phone systems say of the call.
    pub(crate) call: Call,
    /// This agent's part in it.
    pub(crate) part: Part,
    pub(crate) contact: view::Contact,
    pub(crate) cards: Vec<view::Card>,
    pub(crate) history: Vec<view::EarlierCall>,
    pub(crate) newest: Option<view::Banner>,
}

impl Panes {
    /// Reads a page; of what stands behind it nothing, for an agent from whom it is withheld.
    pub(crate) async fn read_page(&self, id: Id) -> Result<Opened, Error> {
        let (now, region) = (self.context.now(), self.context.options.region);
        let (in_force, confirmation) = (self.context.in_force(), self.identities.confirmation());
        let found = self.context.store.read(move |tx| {
            let Some(pane) = tx.find_pane(id)? else { return Ok(None) };
            let reported = reported(&pane);
            let ring = ring_of(&pane, reported.as_ref(), region);
            let background = match confirmation.withheld(pane.identity) {
                Some(_) => Background::default(),
                None => Background::read(tx, &in_force.configuration, &pane, &ring.caller, now)?,
            };
            Ok(Some(Opened { pane, ring, reported, background }))
        });
        found.await?.ok_or_else(Error::unknown)
    }

    /// What is shown of it now.
    pub(crate) fn seen(&self, opened: Opened) -> (PaneRow, Ring, Seen) {
        let Opened { pane, ring, reported, background } = opened;
        let Background { known, earlier, cards, newest } = background;
        let now = self.context.now();
        let part = part_of(&pane, reported.as_ref(), now);
        let withheld = self.identities.confirmation().withheld(pane.identity);
        let (call, contact) = match withheld {
            // What phone systems say of the call is more than the ring said.
            Some(_) => (Call::default(), view::Contact::nobody()),
            None => (reported.unwrap_or_default(), self.contact(&pane, &ring.caller, &known)),
        };
        let newest = newest.and_then(|newest| self.banner(&pane, &part, &newest, now));
        let cards = cards.into_iter().map(card).collect();
        let history = history(earlier);
        let seen = Seen { withheld, call, part, contact, cards, history, newest };
        (pane, ring, seen)
    }
}

fn card(row: CardRow) -> view::Card {
    let lines: Vec<Line> = serde_json::from_str(&row.lines).unwrap_or_default();
    let lines = lines.into_iter().map(|Line { label, value }| view::Detail { label, value });
    view::Card {
        id: row.id.to_string(),
        title: row.title,
        text: row.text,
        link: row.link,
        lines: lines.collect(),
    }
}

/// One line a call: of several panes the one that was completed, else the one with notes.
fn history(earlier: Vec<Earlier>) -> Vec<view::EarlierCall> {
    let mut calls: Vec<Earlier> = Vec::new();
    for row in earlier {
        match calls.last_mut().filter(|last| last.call == row.call) {
            Some(last) if weight(last) < weight(&row) => *last = row,
            Some(_) => {}
            None => calls.push(row),
        }
    }
    let shown = calls.into_iter().map(|row| {
        let when = row.call.minted();
        view::EarlierCall {
            id: row.call.to_string(),
            when: when.to_string(),
            when_text: when.to_string().replace('T', " ").replace('Z', " UTC"),
            agent: row.agent,
            queue: row.queue,
            disposition: row.disposition,
            notes: row.notes.filter(|notes| !notes.is_empty()),
        }
    });
    shown.collect()
}

/// How much a pane tells of its call.
fn weight(pane: &Earlier) -> (bool, bool, bool) {
    let noted = pane.notes.as_ref().is_some_and(|notes| !notes.is_empty());
    (pane.completed_at.is_some(), pane.disposition.is_some(), noted)
}
