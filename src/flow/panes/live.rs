//! What an open page shows at this moment: read whole, whenever something has changed. A reader needs no
//! earlier state, so nothing is lost with a connection.

use std::time::Duration;

use serde_json::json;

use crate::domain::call::{Queue, Ring};
use crate::domain::decision::Word as _;
use crate::domain::identity::Identity;
use crate::domain::pane::Gone;
use crate::flow::hub::{Reader, Snapshot, Streaming};
use crate::flow::panes::call;
use crate::flow::panes::error::Error;
use crate::flow::panes::open::Panes;
use crate::flow::panes::seen::Seen;
use crate::store::Topic;

/// How long somebody who follows waits before they look again without a hint.
pub const HEARTBEAT: Duration = Duration::from_secs(15);

impl Panes {
    /// What a page shows now.
    pub async fn state(&self, token: &str) -> Result<Snapshot, Error> {
        let id = self.open(token)?;
        let (pane, Ring { caller, queue, .. }, background) = self.read_page(id).await?;
        let Seen { withheld, call, part: at, contact, history, newest } =
            self.seen(&pane, &caller, background);
        let caller = call::caller(&caller, self.context.options.region);
        let state = json!({
            "phase": at.phase.word(),
            "since": at.since.map(|since| since.0),
            "reported": pane.state.is_some(),
            "rang": at.rang.map(|span| span.as_secs()),
            "talked": at.talked.map(|span| span.as_secs()),
            "became": at.became.as_ref().map(call::became),
            "cause": call.cause(),
            "recordings": call.recordings().collect::<Vec<_>>(),
            "tags": call.tags(),
            "voicemail": call.voicemail(),
            "completed": pane.completed_at.is_some(),
            "identity": pane.identity.map(Identity::word),
            "withheld": withheld.map(Identity::word),
            "caller": caller,
            "contact": contact,
            "queue": queue.as_ref().or(call.queue()).and_then(Queue::label),
            "history": history,
            "newest": newest,
        });
        Ok(Snapshot::new(&state))
    }

    /// Follows everything that a page shows.
    pub async fn follow(&self, token: &str) -> Result<Streaming, Error> {
        let id = self.open(token)?;
        let pane = self.context.store.read(move |tx| tx.find_pane(id)).await?;
        let pane = pane.ok_or(Error::Gone(Gone::Unknown))?;
        let agent = pane.agent.as_deref().map(Topic::agent);
        let topics = std::iter::once(Topic::call(pane.call.id)).chain(agent).collect();
        let reader = Reader { subject: format!("pane {id}"), agent: pane.agent };
        Ok(self.context.hub.stream(reader, topics, self.context.now())?)
    }
}
