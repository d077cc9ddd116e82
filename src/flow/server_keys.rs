//! The server keys: made at the first start, rotated by an operator, taken up by every node.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::actor::Actor;
use crate::domain::audit::Act;
use crate::domain::secret::Secret;
use crate::domain::server_key::{KeptKey, ServerKeys};
use crate::domain::time::{Clock, Timestamp};
use crate::store::{Error as StoreError, Store};

use crate::flow::audit::Entry;
use crate::flow::context::Context;
use crate::flow::sessions;

/// A new key signs this much later: every node looks for one each second, and none may show an
/// address that another one cannot verify yet.
const HEAD_START: Duration = Duration::from_secs(5);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gave no random bytes.
    #[error("no key could be generated")]
    Random(#[from] std::io::Error),
}

/// The keys that the database keeps; the first one is made here.
pub async fn load(store: &Store, now: Timestamp, lifetime: Duration) -> Result<ServerKeys, Error> {
    let fresh = Secret::random()?;
    let kept = store.write(move |tx| {
        tx.insert_first_server_key(&fresh)?;
        tx.list_server_keys()
    });
    let keys = ServerKeys::kept(kept.await?, now, lifetime);
    Ok(keys.ok_or(StoreError::Unreadable("server key"))?)
}

/// Makes a new key; answers from when on it signs. The one before it verifies on until what it has
/// signed has expired. If it is compromised, it goes at once, and with it every session: whoever has
/// the key could have signed in with a link of their own making.
pub async fn rotate(
    store: &Store,
    clock: &dyn Clock,
    actor: &Actor,
    is_compromised: bool,
) -> Result<Timestamp, Error> {
    let now = clock.now();
    let signs_from = if is_compromised { now } else { now.plus(HEAD_START) };
    let key = KeptKey { secret: Secret::random()?, signs_from };
    let what = if is_compromised { "the old one revoked" } else { "the old one expires" };
    let entry = Entry::of(actor, Act::ServerKeyRotated, "server key").became(what);
    let rotated = store.write(move |tx| {
        entry.write(tx, now)?;
        if is_compromised {
            tx.clear_server_keys()?;
            sessions::end_others(tx, &[])?;
        }
        tx.insert_server_key(&key)
    });
    rotated.await?;
    Ok(signs_from)
}

/// Takes up what has become of the keys that the database keeps; answers whether they changed.
pub async fn refresh(context: &Context) -> Result<bool, StoreError> {
    let kept = context.store.read(|tx| tx.list_server_keys()).await?;
    let keys = ServerKeys::kept(kept, context.now(), context.options.pane_lifetime);
    let keys = keys.ok_or(StoreError::Unreadable("server key"))?;
    let changed = **context.keys.load() != keys;
    if changed {
        context.keys.store(Arc::new(keys));
    }
    Ok(changed)
}

/// Removes keys whose every address has expired.
pub(crate) async fn forget(context: &Context) -> Result<u64, StoreError> {
    let before = context.now().minus(context.options.pane_lifetime);
    context.store.write(move |tx| tx.remove_server_keys(before)).await
}
