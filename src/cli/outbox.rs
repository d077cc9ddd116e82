//! What destinations were sent, and what they are owed.

use super::context::{actor, beside, read_id};
use super::output::{Outcome, explained, say, say_row};
use crate::configuration::Needed;
use crate::domain::delivery::OWED;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;
use crate::flow::Flow;
use crate::flow::outbox::{Error, Failed};
use crate::store::DeliveryFilter;
use crate::web::answers::{FullDelivery, Test};

pub(super) async fn list(wanted: DeliveryFilter, limit: u16) -> Outcome {
    let (destination, some) =
        (wanted.destination.clone(), wanted.destination.is_some() || wanted.state.is_some());
    let flow = beside(Needed::None).await?;
    let rows = flow.outbox.deliveries(wanted, limit.into()).await.map_err(explained)?;
    if rows.is_empty() {
        // What was sent to a destination that is no longer configured is still listed.
        check_destination(&flow, destination.as_deref())?;
        return say(if some {
            "No delivery matches."
        } else {
            "Nothing has been sent, and nothing is waiting to be sent."
        });
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
    let flow = beside(Needed::None).await?;
    let found = flow.outbox.delivery(read_id(&flow, id)?).await;
    let found = found.map_err(explained)?;
    let found = found
        .ok_or_else(|| format!("there is no delivery {id}; `callpane deliveries` lists them"))?;
    say(&serde_json::to_string_pretty(&FullDelivery::from(&found))
        .map_err(|error| error.to_string())?)
}

pub(super) async fn resend(
    ids: &[String],
    since: Option<String>,
    destination: Option<String>,
) -> Outcome {
    let since = match since {
        None if ids.is_empty() => {
            return Err("name the deliveries by their ids, or use --since TIME".to_owned());
        }
        None => None,
        Some(text) => {
            let at = Timestamp::parse(&text);
            let at = at.ok_or("--since takes a time such as 2026-09-21T14:15:23Z")?;
            Some(Failed { destination: destination.clone(), reason: None, since: at })
        }
    };
    let flow = beside(Needed::None).await?;
    let ids = ids.iter().map(|id| read_id(&flow, id)).collect::<Result<Vec<Id>, String>>()?;
    match flow.outbox.resend(&actor(), ids, since).await.map_err(words)? {
        0 => {
            check_destination(&flow, destination.as_deref())?;
            say("Nothing to resend: deliveries that are being sent right now are left alone.")
        }
        1 => say("1 delivery will be resent; a running server sends it at once."),
        count => {
            say(&format!("{count} deliveries will be resent; a running server sends them at once."))
        }
    }
}

fn check_destination(flow: &Flow, name: Option<&str>) -> Outcome {
    let Some(name) = name else { return Ok(()) };
    let in_force = flow.context.in_force();
    in_force.configuration.known_destination(name).map(drop).map_err(|error| error.to_string())
}

/// An error in the words that the server has for it.
fn words(error: Error) -> String {
    match error {
        Error::Store(error) => explained(error),
        error => error.to_string(),
    }
}

pub(super) async fn test(
    name: &str,
    event: Option<&str>,
    call: Option<String>,
    send: bool,
) -> Outcome {
    let flow = beside(Needed::Of("destination", name.to_owned())).await?;
    let past = call.as_deref().map(|call| read_id(&flow, call)).transpose()?;
    let tested = flow.outbox.test(name, event, past, send).await;
    let tested = tested.map_err(words)?;
    let shown = Test::from(&tested);
    say(&serde_json::to_string_pretty(&shown).map_err(|error| error.to_string())?)?;
    say(&format!("\n{}", tested.request.as_curl()))
}

pub(super) async fn set_paused(name: &str, paused: bool) -> Outcome {
    beside(Needed::None).await?.outbox.set_paused(&actor(), name, paused).await.map_err(words)?;
    say(&if paused {
        format!("{name} is paused: what is owed to it waits until `callpane resume {name}`.")
    } else {
        format!("{name} is no longer paused.")
    })
}
