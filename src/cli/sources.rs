//! What phone systems send: requests that were refused, and what one would mean.

use std::path::Path;

use super::configuration::{read_files, refused};
use super::context::{existing_store, in_force, read_file, read_settings, surroundings};
use super::output::{Outcome, explained, say, say_row};
use crate::configuration::{BUILT_IN, Needed, Unknown};
use crate::domain::time::{Clock as _, SystemClock};
use crate::flow::calls::refusals::{self, TriedOut};
use crate::flow::panes::accepted::{self, Accepted, AcceptedFilter};
use crate::pbx::Pasted;
use crate::web::answers::{Event, Refusal, Trial, agent_name, refusal_status};

pub(super) async fn events(source: Option<String>, limit: u16, json: bool) -> Outcome {
    let (store, settings) = existing_store().await?;
    let configuration = in_force(&store, &settings, Needed::None).await?.configuration;
    let wanted = AcceptedFilter { source: source.clone(), before: None };
    let now = SystemClock::default().now();
    let read = accepted::list(&store, &configuration, wanted, limit.into(), now).await;
    let events = read.map_err(explained)?.events;
    if events.is_empty() {
        if let Some(source) = source.filter(|source| configuration.source(source).is_none()) {
            let known = configuration.sources().map(|source| source.name.as_str());
            let known: Vec<&str> = BUILT_IN.into_iter().chain(known).collect();
            if !known.contains(&source.as_str()) {
                return Err(Unknown::new("source", &source, known).to_string());
            }
        }
        return say("Nothing was accepted; `callpane refusals` lists refused requests.");
    }
    for event in &events {
        if json {
            say(&serde_json::to_string(&Event::from(event)).map_err(|error| error.to_string())?)?;
        } else {
            say_row(&line(event))?;
        }
    }
    Ok(())
}

/// An event in a line: when, whose, what, of which call and agent, and what came of it.
fn line(event: &Accepted) -> String {
    let row = &event.row;
    let call = row.external_id.as_deref().unwrap_or("-");
    let agent = row.agent.as_deref().map_or("-", agent_name);
    let came = event.reason.as_deref().unwrap_or("page opened");
    let warning = if event.warning { "warning: " } else { "" };
    let repeats = match row.repeats {
        0 => String::new(),
        1 => " (repeated once)".to_owned(),
        times => format!(" (repeated {times} times)"),
    };
    let name = row.name.as_deref().unwrap_or("ring");
    let (at, source, kind) = (row.id.minted(), &row.source, &row.kind);
    format!("{at}  {source}  {name}  {kind}  {call}  {agent}  {warning}{came}{repeats}")
}

pub(super) async fn refusals(source: Option<String>, limit: u16, json: bool) -> Outcome {
    let (store, settings) = existing_store().await?;
    let read = refusals::list(&store, source.clone(), None, limit.into()).await;
    let rows = read.map_err(explained)?;
    if rows.is_empty() {
        if let Some(source) = source {
            let in_force = in_force(&store, &settings, Needed::None).await?;
            in_force.configuration.known_source(&source).map_err(|error| error.to_string())?;
        }
        return say("No request was refused.");
    }
    for row in &rows {
        let at = row.id.minted();
        if json {
            say(&serde_json::to_string(&Refusal::from(row)).map_err(|error| error.to_string())?)?;
        } else {
            let (source, detail) = (&row.source, &row.detail);
            let status = refusal_status(row);
            say_row(&format!("{at}  {source}  {status} {}  {detail}", row.code))?;
        }
    }
    Ok(())
}

pub(super) async fn try_out(source: &str, file: &Path, draft: Option<&Path>) -> Outcome {
    let pasted = Pasted::read(&read_file(file)?);
    let needed = Needed::Of("source", source.to_owned());
    let configuration = if let Some(draft) = draft {
        let files = read_files(&[draft.to_owned()])?;
        let surroundings = surroundings(&read_settings()?, needed)?;
        files.read(&surroundings).map_err(|wrong| refused(&files, &wrong))?
    } else {
        let (store, settings) = existing_store().await?;
        in_force(&store, &settings, needed).await?.configuration
    };
    let source = configuration.known_source(source).map_err(|error| error.to_string())?;
    let tried = TriedOut::of(source, &pasted, SystemClock::default().now());
    say(&serde_json::to_string_pretty(&Trial::from(&tried)).map_err(|error| error.to_string())?)
}
