//! Who may come in: the key that addresses and personal links are signed with.

use callpane::app;
use callpane::domain::time::SystemClock;
use callpane::flow::keys;

use super::{Outcome, existing_store, say};

/// Makes a new server key.
pub(super) async fn rotate_key(compromised: bool) -> Outcome {
    let (store, settings) = existing_store().await?;
    if settings.server_key.is_some() {
        return Err("CALLPANE_SERVER_KEY sets the key, so it is rotated there. Put a new one \
             (`openssl rand -hex 32`) before the old one, as CALLPANE_SERVER_KEY=NEW,OLD, and restart \
             every server. Remove the old one after CALLPANE_PANE_LIFETIME, at once if it is \
             compromised, and restart again."
            .to_owned());
    }
    let clock = SystemClock::default();
    let rotated = keys::rotate(&store, &clock, compromised).await;
    let signs_from = rotated.map_err(|error| app::Error::from(error).to_string())?;
    if compromised {
        return say(&format!(
            "A new server key signs from {signs_from}. The old one is gone: the addresses of all open \
             pages, all personal links and all sessions have ended. `callpane agents` prints the new \
             links."
        ));
    }
    let ends = signs_from.plus(settings.pane_lifetime);
    say(&format!(
        "A new server key signs from {signs_from}. The old one stays valid until {ends} \
         (CALLPANE_PANE_LIFETIME), so that open pages go on.\nPersonal links that were issued before end \
         then, too: `callpane agents` prints the new ones. Whoever is signed in stays signed in."
    ))
}
