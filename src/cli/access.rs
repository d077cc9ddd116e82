//! Who may come in: agents' sessions, and the key that addresses and personal links are signed with.

use super::configuration::{Consent, Made, propose};
use super::context::{actor, existing_store, in_force};
use super::output::{Outcome, counted, explained, say, say_row};
use crate::app;
use crate::configuration::edit::with_link;
use crate::configuration::{Files, Needed};
use crate::domain::presence::{AgentPresence, PresenceNow};
use crate::domain::time::{Clock as _, SystemClock, Timestamp};
use crate::domain::token::DesktopToken;
use crate::flow::configuration::apply;
use crate::flow::{presence, server_keys, sessions};
use crate::web::answers::Agent;

/// Ends the sessions of one agent. First of all that: a configuration that cannot be read is no reason
/// to leave somebody signed in.
pub(super) async fn sign_out(id: &str) -> Outcome {
    let (store, settings) = existing_store().await?;
    let ended = sessions::sign_out_everywhere(&store, &SystemClock::default(), &actor(), id).await;
    let ended = ended.map_err(explained)?;
    if ended == 0 {
        let in_force = in_force(&store, &settings, Needed::None).await?;
        in_force.configuration.known_agent(id).map_err(|error| error.to_string())?;
        return say(&format!("{id} is not signed in anywhere."));
    }
    say(&format!(
        "{id}: {} ended. The personal link still works; `callpane agents --new-link {id}` \
         revokes it, too.",
        counted(ended, "session")
    ))
}

/// Ends an agent's personal link: the configuration in force, with all its comments, gets another one.
pub(super) async fn new_link(id: &str) -> Outcome {
    let (store, settings) = existing_store().await?;
    let in_force = in_force(&store, &settings, Needed::None).await?;
    let known = in_force.configuration.known_agent(id).map_err(|error| error.to_string())?;
    let row = apply::export(&store).await.map_err(explained)?;
    let of = row.as_ref().map(|row| row.version);
    let document = row.map(|row| row.document).unwrap_or_default();
    let document = with_link(&document, id, known.link + 1).map_err(|error| error.to_string())?;
    let (files, from) = (Files::join(vec![(String::new(), document)]), format!("new link of {id}"));
    // Its secrets are those that were good before: whoever ends a link needs none of them.
    propose(&settings, &files, from, &Consent::given(), Made { needed: Needed::None, of }).await
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
    let rotated = server_keys::rotate(&store, &clock, &actor(), compromised).await;
    let signs_from = rotated.map_err(explained)?;
    if compromised {
        return say(&format!(
            "A new server key signs from {signs_from}. The old one is revoked: the addresses of all open \
             pages, all personal links and all sessions are no longer valid. `callpane agents` prints the \
             new links."
        ));
    }
    let ends = signs_from.plus(settings.pane_lifetime);
    say(&format!(
        "A new server key signs from {signs_from}. The old one stays valid until {ends} \
         (CALLPANE_PANE_LIFETIME), so that open pages keep working.\nPersonal links issued before now \
         expire then, too: `callpane agents` prints the new ones. Agents who are signed in stay signed in."
    ))
}

pub(super) async fn agents(json: bool) -> Outcome {
    let (store, settings) = existing_store().await?;
    let in_force = in_force(&store, &settings, Needed::None).await?;
    let keys = app::server_keys(&store, &settings, &SystemClock::default()).await;
    let keys = keys.map_err(|error| error.to_string())?;
    let base = app::public_url(&settings, settings.bind);
    let agents = presence::list(&store, &in_force.configuration).await.map_err(explained)?;
    if agents.is_empty() {
        return say("No [[agent]] is configured.");
    }
    let now = SystemClock::default().now();
    for status in &agents {
        let agent = &status.agent;
        let token = DesktopToken::issue(&keys, &agent.id, agent.link);
        let link = format!("{base}/desktop/{token}");
        if json {
            let answer = serde_json::to_string(&Agent::of(status, now, Some(link)));
            say(&answer.map_err(|error| error.to_string())?)?;
            continue;
        }
        let presence = in_words(&status.presence, now);
        say_row(&format!("{:<16} {:<24} {presence:<24} {link}", agent.id, agent.name))?;
    }
    Ok(())
}

/// What is known of an agent's presence now, in a column.
fn in_words(presence: &AgentPresence, now: Timestamp) -> String {
    let PresenceNow { user, telephony, .. } = presence.now(now);
    let user = user.unwrap_or_default();
    let message = user.message.map(|message| format!("({message})"));
    let until = user.until.map(|until| format!("until {until}"));
    let status: Vec<String> = [user.status, message, until].into_iter().flatten().collect();
    let all = [Some(status.join(" ")).filter(|status| !status.is_empty()), telephony];
    let all: Vec<String> = all.into_iter().flatten().collect();
    if all.is_empty() { "-".to_owned() } else { all.join(", ") }
}
