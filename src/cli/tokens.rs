//! `callpane tokens`: programs that may use the API.

use super::context::{actor, beside, read_id};
use super::output::{Outcome, explained, say, say_row};
use crate::configuration::Needed;
use crate::domain::role::Role;
use crate::domain::time::span;
use crate::domain::word::Word as _;
use crate::flow::tokens::Error;

/// What a token can be for.
pub(super) fn roles() -> impl Iterator<Item = &'static str> {
    Role::words()
}

pub(super) async fn list() -> Outcome {
    let all = beside(Needed::None).await?.tokens.list().await.map_err(explained)?;
    if all.is_empty() {
        return say(
            "No program has a token. `callpane tokens --add NAME --role viewer` creates one.",
        );
    }
    for one in all {
        let until = one
            .expires_at
            .map_or_else(|| "never expires".to_owned(), |end| format!("expires {end}"));
        let until = if one.is_over { "expired".to_owned() } else { until };
        say_row(&format!("{}  {:<10} {until:<30} {}", one.id, one.role.word(), one.name))?;
    }
    Ok(())
}

pub(super) async fn add(name: &str, role: Option<String>, expires: Option<String>) -> Outcome {
    let role = role.as_deref().and_then(Role::read).unwrap_or(Role::Viewer);
    let lifetime = expires.as_deref().map(span).transpose();
    let lifetime = lifetime.map_err(|error| format!("--expires: {error}"))?;
    let flow = beside(Needed::None).await?;
    let made =
        flow.tokens.add(&actor(), name, role, lifetime).await.map_err(|error| match error {
            Error::Store(error) => explained(error),
            error => error.to_string(),
        })?;
    say(&format!(
        "{}\nThis is shown only now. Programs send it as Authorization: Bearer TOKEN.",
        made.secret.expose()
    ))
}

pub(super) async fn revoke(id: &str) -> Outcome {
    let flow = beside(Needed::None).await?;
    let wanted = read_id(&flow, id)?;
    if flow.tokens.revoke(&actor(), wanted).await.map_err(explained)? {
        return say("The token was revoked.");
    }
    Err(format!("there is no token {id}; `callpane tokens` lists them"))
}
