//! What commands work with: the settings, the database, the configuration in force.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::output::{explained, joined};
use crate::app;
use crate::configuration::{Needed, Surroundings};
use crate::domain::actor::Actor;
use crate::domain::ids::Id;
use crate::domain::time::SystemClock;
use crate::flow::configuration::apply;
use crate::flow::{Flow, InForce};
use crate::settings::{self, Settings};
use crate::store::{self, Opener, Store};
use crate::view::View;

pub(super) fn read_settings() -> Result<Settings, String> {
    let given = settings::surroundings().map_err(|complaint| complaint.to_string())?;
    check_settings(&given)
}

pub(super) fn check_settings(given: &BTreeMap<String, String>) -> Result<Settings, String> {
    settings::read(given).map_err(|complaints| joined(&complaints))
}

/// What a configuration is checked against, and whose secrets have to be there for that.
pub(super) fn surroundings(settings: &Settings, needed: Needed) -> Result<Surroundings, String> {
    let view = View::new("", settings.templates.as_deref()).map_err(|error| error.to_string())?;
    let surroundings = app::surroundings(settings, &view);
    Ok(Surroundings { secrets: surroundings.secrets.needed(needed), ..surroundings })
}

/// Opens the database, beside whatever server has it open.
pub(super) async fn open(settings: &Settings) -> Result<Store, String> {
    app::open(settings, Opener::Command).await.map_err(|error| error.to_string())
}

/// A database that is there: looking must not make one.
pub(super) async fn existing_store() -> Result<(Store, Settings), String> {
    let settings = read_settings()?;
    if let Some(path) = missing(&settings) {
        return Err(format!("{path} does not exist; CALLPANE_DATABASE names the database"));
    }
    let store = open(&settings).await?;
    Ok((store, settings))
}

/// The SQLite file, if there is none yet: looking must not make one.
pub(super) fn missing(settings: &Settings) -> Option<String> {
    match &settings.database {
        store::Options::Sqlite(path) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let could = folder.is_none_or(Path::is_dir);
            (could && !path.exists()).then(|| path.display().to_string())
        }
        store::Options::Postgres(_) => None,
    }
}

/// The configuration that is in force, for a command that uses no secret of it but these.
pub(super) async fn in_force(
    store: &Store,
    settings: &Settings,
    needed: Needed,
) -> Result<InForce, String> {
    let read = apply::load(store, &surroundings(settings, needed)?).await;
    read.map_err(explained)
}

/// The verbs, beside whatever server runs on the same database, for a command that uses no secret of the
/// configuration but these.
pub(super) async fn beside(needed: Needed) -> Result<Arc<Flow>, String> {
    let (store, settings) = existing_store().await?;
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let surroundings = surroundings(&settings, needed)?;
    let flow = app::beside(&settings, store, &surroundings, Arc::new(SystemClock::default())).await;
    flow.map(Arc::new).map_err(|error| error.to_string())
}

/// A file's text; - is standard input.
pub(super) fn read_file(file: &Path) -> Result<String, String> {
    let text = if file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(file)
    };
    text.map_err(|error| format!("{}: {error}", file.display()))
}

/// An id in its text form, which only those who have opened the database can read: its UUIDs are those of one
/// installation.
pub(super) fn read_id(_: &Flow, text: &str) -> Result<Id, String> {
    Id::parse(text).ok_or_else(|| format!("\"{text}\" is not an id of this installation"))
}

/// Who runs this command, as far as the system says.
pub(super) fn actor() -> Actor {
    let given = settings::surroundings().unwrap_or_default();
    let names = ["SUDO_USER", "USER", "LOGNAME"];
    let user = names.iter().filter_map(|name| given.get(*name)).find(|user| !user.is_empty());
    Actor::at_command_line(user.cloned())
}
