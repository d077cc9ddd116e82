//! What destinations were sent, and what they are owed.

use super::context::{beside, read_id};
use super::output::{Outcome, explained, say, say_row};
use crate::domain::delivery::OWED;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;
use crate::flow::outbox::TestError;
use crate::store::DeliveryFilter;
use crate::web::answers::{FullDelivery, Test};

pub(super) async fn list(wanted: DeliveryFilter, limit: u16) -> Outcome {
    let some = wanted.destination.is_some() || wanted.state.is_some();
    let rows = beside().await?.outbox.deliveries(wanted, limit.into()).await;
    let rows = rows.map_err(explained)?;
    if rows.is_empty() && some {
        return say("Nothing is on record of that destination and state.");
    }
    if rows.is_empty() {
        return say("Nothing was sent, and nothing is owed.");
    }
    for row in rows {
        let state = row.outcome.as_deref().unwrap_or(OWED);
        let (at, reason) = (row.id.minted(), row.reason.unwrap_or_default());
        let (id, destination, kind, attempts) = (row.id, row.destination, row.kind, row.attempts);
        say_row(&format!("{at}  {id}  {destination}  {kind}  {state}  {attempts}  {reason}"))?;
    }
    Ok(())
}

pub(super) async fn show(id: &str) -> Outcome {
    let found = beside().await?.outbox.delivery(read_id(id)?).await;
    let found = found.map_err(explained)?;
    let found = found.ok_or_else(|| format!("there is no delivery {id}"))?;
    say(&serde_json::to_string_pretty(&FullDelivery::from(&found))
        .map_err(|error| error.to_string())?)
}

pub(super) async fn resend(
    ids: &[String],
    since: Option<String>,
    destination: Option<String>,
) -> Outcome {
    let ids = ids.iter().map(|id| read_id(id)).collect::<Result<Vec<Id>, String>>()?;
    let since = match since {
        None if ids.is_empty() => {
            return Err("say which: ids of deliveries, or --since MOMENT".to_owned());
        }
        None => None,
        Some(text) => {
            let at = Timestamp::parse(&text);
            let at = at.ok_or("--since is not a moment; write 2026-09-21T14:15:23Z")?;
            Some((destination, at))
        }
    };
    let count = beside().await?.outbox.resend(ids, since).await;
    let count = count.map_err(explained)?;
    say(&format!("{count} owed again; running servers send them at once"))
}

pub(super) async fn test(name: &str, event: &str, call: Option<String>, send: bool) -> Outcome {
    let past = call.as_deref().map(read_id).transpose()?;
    let tested = beside().await?.outbox.test(name, event, past, send).await;
    let tested = tested.map_err(|error| match error {
        TestError::Store(error) => explained(error),
        error => error.to_string(),
    })?;
    let shown = Test::from(&tested);
    say(&serde_json::to_string_pretty(&shown).map_err(|error| error.to_string())?)?;
    say(&format!("\n{}", tested.request.as_curl()))
}

pub(super) async fn resume(name: &str) -> Outcome {
    let resumed = beside().await?.outbox.set_paused(name, false).await;
    resumed.map_err(explained)?;
    say(&format!("{name} hears again"))
}
