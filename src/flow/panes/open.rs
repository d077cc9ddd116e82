//! A pane is found by the token in its address, for whoever is confirmed where that is asked.

use std::sync::Arc;

use crate::configuration::Dispositions;
use crate::domain::ids::Id;
use crate::domain::ring::Ring;
use crate::domain::token::{Gone, PaneToken};
use crate::flow::calls::identity::Identities;
use crate::flow::contacts::Contacts;
use crate::flow::context::Context;
use crate::flow::panes::call;
use crate::flow::panes::error::Error;
use crate::flow::panes::frames::Frames;
use crate::flow::panes::on_screen::OnScreen;
use crate::store::PaneRow;

/// The pages that agents have open.
#[derive(Debug)]
pub struct Panes {
    pub(crate) context: Arc<Context>,
    pub(crate) contacts: Arc<Contacts>,
    pub(crate) identities: Arc<Identities>,
    /// Which sites may be framed.
    pub frames: Frames,
    pub(crate) on_screen: OnScreen,
}

impl Panes {
    pub(crate) fn new(
        context: &Arc<Context>,
        contacts: &Arc<Contacts>,
        identities: &Arc<Identities>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            contacts: Arc::clone(contacts),
            identities: Arc::clone(identities),
            frames: Frames::new(context),
            on_screen: OnScreen::default(),
        }
    }

    /// Refuses what an agent writes whom XuC has not confirmed.
    pub(crate) fn confirmed(&self, pane: &PaneRow) -> Result<(), Error> {
        match self.identities.confirmation().withheld(pane.identity) {
            Some(identity) => Err(Error::NotConfirmed(identity)),
            None => Ok(()),
        }
    }

    pub(crate) async fn find(&self, id: Id) -> Result<PaneRow, Error> {
        let pane = self.context.store.read(move |tx| tx.find_pane(id)).await?;
        pane.ok_or(Error::Gone(Gone::Unknown))
    }

    pub(crate) fn open(&self, token: &str) -> Result<Id, Error> {
        let (now, lifetime) = (self.context.now(), self.context.options.pane_lifetime);
        PaneToken::open(token, &self.context.keys.load(), now, lifetime).map_err(Error::Gone)
    }

    /// Whether an address leads to a page, or did not long ago, as far as it tells by itself.
    pub fn check(&self, token: &str) -> Result<(), Error> {
        self.open(token).map(drop)
    }

    pub(crate) fn ring_of(&self, pane: &PaneRow) -> Ring {
        call::ring_of(pane, call::reported(pane).as_ref(), self.context.options.region)
    }

    pub(crate) fn offered(&self, ring: &Ring) -> Dispositions {
        self.context.in_force().configuration.dispositions(ring.queue.as_ref())
    }
}
