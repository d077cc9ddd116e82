//! What phone systems send: requests that were refused, and what one would mean.

use std::path::Path;

use super::configuration::{read_files, refused};
use super::context::{existing_store, in_force, read_file, read_settings, surroundings};
use super::output::{Outcome, explained, say, say_row};
use crate::configuration::Needed;
use crate::domain::time::{Clock as _, SystemClock};
use crate::flow::calls::refusals::{self, TriedOut};
use crate::pbx::Pasted;
use crate::web::answers::{Refusal, Trial, refusal_status};

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
