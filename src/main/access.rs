//! Who may come in: agents' sessions, and the key that addresses and personal links are signed with.

use callpane::app;
use callpane::configuration::edit::with_link;
use callpane::domain::time::SystemClock;
use callpane::flow::configuration::apply;
use callpane::flow::server_keys;
use callpane::flow::sessions;

use super::{Outcome, apply_to, existing_store, in_force, say};

/// Ends the sessions of one agent. First of all that: a configuration that cannot be read is no reason
/// to leave somebody signed in.
pub(super) async fn sign_out(id: &str) -> Outcome {
    let (store, settings) = existing_store().await?;
    let ended = sessions::sign_out_everywhere(&store, id).await;
    let ended = ended.map_err(|error| app::Error::from(error).to_string())?;
    if ended == 0 {
        let in_force = in_force(&settings).await?;
        if !in_force.configuration.agents().iter().any(|agent| agent.id == id) {
            return Err(format!("There is no agent \"{id}\"; `callpane agents` lists them."));
        }
        return say(&format!("{id} is not signed in anywhere."));
    }
    let sessions = if ended == 1 { "session" } else { "sessions" };
    say(&format!(
        "{id}: {ended} {sessions} ended. The personal link still works; `callpane agents --new-link {id}` \
         ends it too."
    ))
}

/// Ends an agent's personal link: the configuration in force, with all its comments, gets another one.
pub(super) async fn new_link(id: &str) -> Outcome {
    let (store, settings) = existing_store().await?;
    let in_force = in_force(&settings).await?;
    let mut agents = in_force.configuration.agents().iter();
    let known = agents.find(|agent| agent.id == id);
    let known = known
        .ok_or_else(|| format!("There is no agent \"{id}\"; `callpane agents` lists them."))?;
    let row = apply::export(&store).await.map_err(|error| app::Error::from(error).to_string())?;
    let document = row.map(|row| row.document).unwrap_or_default();
    let document = with_link(&document, id, known.link + 1).map_err(|error| error.to_string())?;
    apply_to(&store, &SystemClock::default(), &settings, document, format!("new link of {id}"))
        .await
}

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
    let rotated = server_keys::rotate(&store, &clock, compromised).await;
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
