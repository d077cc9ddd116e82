//! Who is the agent, really? XuC is asked after the desktop was answered; all that is kept is
//! "confirmed" or "unconfirmed". The token expires while the agent works, so neither decides
//! anything: it stands on the page.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::Flow;
use crate::domain::ids::Id;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::transport::xuc::Xuc;

/// Whose page, and the agent's credential.
#[derive(Debug)]
pub struct Question {
    /// The pane that the answer is shown on.
    pub pane: Id,
    /// The agent's token at XuC.
    pub token: Secret,
}

/// Questions that may wait; XuC has five seconds for each.
pub const WAITING: usize = 256;

/// How long an answer holds: an agent's calls follow each other within it.
const HOLDS: Duration = Duration::from_mins(5);

/// Answers that are remembered at most.
const REMEMBERED: usize = 4096;

/// Answers to tokens that were asked about, by the token's digest.
type Known = HashMap<[u8; 32], (bool, Timestamp)>;

/// Asks, one question at a time, until no more can come.
pub async fn run(flow: Arc<Flow>, xuc: Xuc, mut questions: mpsc::Receiver<Question>) {
    let mut known = Known::new();
    while let Some(Question { pane, token }) = questions.recv().await {
        let confirmed = ask(&flow, &xuc, &mut known, &token).await;
        let identity = if confirmed { "confirmed" } else { "unconfirmed" };
        let kept = flow.store.write(move |tx| tx.set_identity(pane, identity)).await;
        if let Err(error) = kept {
            tracing::warn!(%pane, error = super::cause(&error), "identity is not kept");
        }
    }
}

async fn ask(flow: &Flow, xuc: &Xuc, known: &mut Known, token: &Secret) -> bool {
    let now = flow.clock.now();
    let digest: [u8; 32] = Sha256::digest(token.expose().as_bytes()).into();
    if let Some((confirmed, until)) = known.get(&digest)
        && now < *until
    {
        return *confirmed;
    }
    let confirmed = match xuc.knows(token).await {
        Ok(confirmed) => confirmed,
        Err(error) => {
            tracing::warn!(error = super::cause(&error), "XuC did not say who this is");
            return false;
        }
    };
    known.retain(|_, (_, until)| now < *until);
    if known.len() < REMEMBERED {
        known.insert(digest, (confirmed, now.plus(HOLDS)));
    }
    confirmed
}
