//! What an open page shows at this moment: read whole, whenever something has changed. A reader needs no
//! earlier state, so nothing is lost with a connection.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::token::Gone;
use crate::flow::hub::{Snapshot, State, StreamSubscription, Subscriber};
use crate::flow::panes::error::Error;
use crate::flow::panes::open::Panes;
use crate::store::{Error as StoreError, Topic};

/// How long somebody who follows waits before they look again without a hint.
pub const HEARTBEAT: Duration = Duration::from_secs(15);

impl Panes {
    /// What a page shows now.
    pub async fn state(&self, token: &str) -> Result<Arc<Snapshot>, Error> {
        let id = self.open(token)?;
        let (pane, ring, seen) = self.seen(self.read_page(id).await?);
        // Only its parts are sent: which template the page itself is made by does not matter.
        let page = self.page(String::new(), pane, &ring, seen);
        Ok(Arc::new(Snapshot::new(State::Pane(Box::new(page)))))
    }

    /// Follows everything that a page shows.
    pub async fn follow(&self, token: &str) -> Result<StreamSubscription, Error> {
        let id = self.open(token)?;
        let pane = self.context.store.read(move |tx| tx.find_pane(id)).await?;
        let pane = pane.ok_or(Error::Gone(Gone::Unknown))?;
        let own = vec![Topic::call(pane.call.id)];
        // What else happens at the agent: a newer call rings.
        let others = pane.agent.as_deref().map(Topic::agent).into_iter().collect();
        let reader = Subscriber { subject: format!("pane {id}"), agent: pane.agent };
        Ok(self.context.hub.stream(reader, own, others, self.context.now())?)
    }
}

/// Pages that pause their agents.
impl Panes {
    /// Somebody has this page on a screen, which pauses its agent.
    pub fn note_on_screen(&self, token: &str) {
        if let Ok(pane) = self.open(token) {
            self.on_screen.note(pane, self.context.now());
        }
    }

    /// Writes down which of them are on a screen.
    pub async fn keep_on_screen(&self) -> Result<(), StoreError> {
        let noted = self.on_screen.take();
        if noted.is_empty() {
            return Ok(());
        }
        let written = self
            .context
            .store
            .write(move |tx| noted.iter().try_for_each(|(pane, at)| tx.set_seen(*pane, *at)));
        written.await
    }
}
