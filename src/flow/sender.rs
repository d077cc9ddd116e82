//! One delivery out: written for its destination, signed, sent, and answered within its timeout.

use std::sync::Arc;

use crate::crm::{self, Prepared, Unsendable};
use crate::domain::destination::Destination;
use crate::domain::facts::{Kept, unmarked};
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;
use crate::flow::context::{Context, InForce, cause};
use crate::store::Claimed;
use crate::transport::client::{self, Answer, Client};
use crate::transport::http;

/// Sends to one destination.
pub(crate) struct Sender {
    pub(crate) context: Arc<Context>,
    pub(crate) destination: Destination,
    client: Client,
}

/// What came back.
pub(crate) struct Response {
    pub(crate) status: Option<u16>,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Vec<u8>,
    pub(crate) reason: Option<String>,
}

impl Response {
    pub(crate) fn of(answer: Result<Answer, client::Error>) -> Self {
        match answer {
            Ok(Answer { status, retry_after, body }) => {
                Self { status: Some(status), retry_after, body, reason: None }
            }
            Err(error) => {
                let reason = Some(cause(&error));
                Self { status: None, retry_after: None, body: Vec::new(), reason }
            }
        }
    }
}

impl Sender {
    /// Gets ready; nothing is sent yet.
    pub(crate) fn new(
        context: Arc<Context>,
        destination: Destination,
    ) -> Result<Self, http::Error> {
        let client = Client::new(&destination.connection, &context.options.private_targets)?;
        Ok(Self { context, destination, client })
    }

    pub(crate) fn write(
        &self,
        in_force: &InForce,
        claimed: &Claimed,
    ) -> Result<Prepared, Unsendable> {
        let text = unmarked(&claimed.facts);
        let entry = claimed.entry.as_deref().map(unmarked);
        let kept = Kept::read(&text)?;
        let kept = kept.sent(entry, crm::message_id(claimed.id), self.context.now());
        let lines = in_force.configuration.delivery_lines();
        // The configuration may have changed since this worker began: then its successor sends it.
        let current = in_force.configuration.destination(&self.destination.name);
        crm::request(current.unwrap_or(&self.destination), lines, &claimed.kind, &kept)
    }

    pub(crate) async fn send(&self, prepared: &Prepared, id: Id, now: Timestamp) -> Response {
        let mut outbound = prepared.revealed(&self.destination.connection);
        crm::sign(&mut outbound, &self.destination, id, now);
        Response::of(self.client.send(outbound, now).await)
    }
}
