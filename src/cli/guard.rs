//! Who may ask: what `callpane settings` and `callpane check` say of it.

use super::context::{missing, open, read_settings};
use super::output::{Outcome, explained, say};
use crate::app;
use crate::domain::secret::Secret;
use crate::flow::desktop_key;
use crate::settings::{DesktopKey, Settings};
use crate::web::Guard;

/// Prints the line for XiVO, with the desktops' key where one is needed; nothing where the settings are
/// wrong, which `callpane check` tells.
pub(super) async fn say_third_party_url() -> Outcome {
    let Ok(settings) = read_settings() else { return Ok(()) };
    say(&format!("\nFor XiVO's own custom.env:  {}", third_party_line(&settings).await?))
}

async fn third_party_line(settings: &Settings) -> Result<String, String> {
    let public_url = app::public_url(settings, settings.bind);
    let key = match &settings.desktop_key {
        DesktopKey::Given(key) => Some(key.clone()),
        DesktopKey::Unset if settings.needs_desktop_key() => made_key(settings).await?,
        DesktopKey::Unset | DesktopKey::Off => None,
    };
    if key.is_none() && settings.needs_desktop_key() {
        return Ok(
            "start the server once: it generates a key, which this command then prints".to_owned()
        );
    }
    let guard = Guard { key, ..Guard::default() };
    Ok(format!("THIRD_PARTY_URL={}", guard.third_party_url(&public_url)))
}

async fn made_key(settings: &Settings) -> Result<Option<Secret>, String> {
    if missing(settings).is_some() {
        return Ok(None);
    }
    let store = open(settings).await?;
    desktop_key::find(&store).await.map_err(explained)
}

/// Who may ask, as far as the settings say it.
pub(super) fn guarded(settings: &Settings) -> String {
    if settings.is_open_to_everybody() && settings.desktop_key == DesktopKey::Off {
        return format!("note  guard: {}", app::OPEN);
    }
    let given = matches!(settings.desktop_key, DesktopKey::Given(_));
    let guards = [
        (given, "a desktop key"),
        (settings.needs_desktop_key(), "a desktop key that the server generates"),
        (!settings.agent_networks.is_empty(), "the agents' networks"),
        (settings.xuc_url.is_some(), "XuC's confirmation"),
    ];
    let there: Vec<&str> =
        guards.iter().filter(|(there, _)| *there).map(|(_, name)| *name).collect();
    if there.is_empty() {
        return "ok    guard: only this machine can reach the server".to_owned();
    }
    format!("ok    guard: {}", there.join(", "))
}
