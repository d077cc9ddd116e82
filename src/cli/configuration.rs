//! `callpane apply` and `export`: the configuration document.

use std::path::Path;

use super::context::{existing_store, open, read_file, read_settings, surroundings};
use super::frames;
use super::output::{Outcome, explained, print, say};
use crate::configuration::{Complaint, Configuration};
use crate::domain::time::{Clock, SystemClock};
use crate::flow::configuration::apply::{self, Applied};
use crate::settings::Settings;
use crate::store::Store;

pub(super) async fn apply(file: &Path) -> Outcome {
    let settings = read_settings()?;
    let name = file.display().to_string();
    let document = read_file(file)?;
    // Before the database is touched: a wrong file is wrong whether or not the database is there.
    let surroundings = surroundings(&settings)?;
    let configuration = Configuration::read(&document, &surroundings);
    let configuration = configuration.map_err(|complaints| refused(&name, &complaints))?;
    let store = open(&settings).await?;
    apply_to(&store, &SystemClock::default(), &settings, document, name).await?;
    frames::report(&configuration, &settings).await
}

pub(super) async fn apply_to(
    store: &Store,
    clock: &dyn Clock,
    settings: &Settings,
    document: String,
    name: String,
) -> Outcome {
    let surroundings = surroundings(settings)?;
    match apply::apply(store, clock, document, name.clone(), &surroundings).await {
        Ok(Applied { version, rules, difference }) => {
            let database = &settings.database;
            say(&format!("{name}: in force in {database} as version {version}, {rules} rules"))?;
            let Some((before, difference)) = difference else { return Ok(()) };
            say(&format!("Since version {before}: {difference}."))
        }
        Err(apply::Error::Wrong(complaints)) => Err(refused(&name, &complaints)),
        Err(error) => Err(explained(error)),
    }
}

pub(super) fn refused(name: &str, complaints: &[Complaint]) -> String {
    let lines = complaints.iter().map(|complaint| {
        let key =
            if complaint.key.is_empty() { String::new() } else { format!(" {}", complaint.key) };
        format!("{name}:{}:{key} {}", complaint.line, complaint.message)
    });
    let lines = lines.collect::<Vec<_>>().join("\n");
    format!("{lines}\nNothing was changed: the old configuration stays in force.")
}

pub(super) async fn export() -> Outcome {
    let (store, _) = existing_store().await?;
    match apply::export(&store).await {
        Ok(Some(row)) => print(row.document.trim_end()),
        Ok(None) => say("# No configuration was ever applied: every ring opens the hosted page."),
        Err(error) => Err(explained(error)),
    }
}
