//! `callpane apply`, `export`, `history` and `rollback`: the configuration document and its versions.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::context::{
    actor, existing_store, missing, open, read_file, read_settings, surroundings,
};
use super::frames;
use super::output::{Outcome, confirmed, counted, explained, print, say, say_row};
use crate::configuration::edit::with_link;
use crate::configuration::{Complaint, Difference, Document, Files, Needed};
use crate::domain::time::SystemClock;
use crate::flow::configuration::apply::{self, Applied, Past, Proposal};
use crate::settings::Settings;
use crate::store::{ConfigurationRow, Store};

/// How many changes are listed.
const LISTED: usize = 100;

/// What may be done without asking.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Consent {
    /// Show what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask for confirmation. Without a terminal, as in a script, there is no question anyway.
    #[arg(long, short)]
    yes: bool,
    /// Accept a document that removes the whole configuration.
    #[arg(long)]
    allow_empty: bool,
}

impl Consent {
    pub(super) fn given() -> Self {
        Self { yes: true, ..Self::default() }
    }
}

/// How a document was made.
pub(super) struct Made {
    /// Whose secrets have to be there.
    pub(super) needed: Needed,
    /// The version that it was made from, which must still be the newest.
    pub(super) of: Option<i64>,
}

impl Made {
    fn anew() -> Self {
        Self { needed: Needed::All, of: None }
    }
}

pub(super) async fn apply(files: &[PathBuf], consent: &Consent) -> Outcome {
    let settings = read_settings()?;
    let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    propose(&settings, &read_files(files)?, names.join(", "), consent, Made::anew()).await
}

/// Puts a document in force, after showing what changes and asking whether that is meant.
pub(super) async fn propose(
    settings: &Settings,
    files: &Files,
    from: String,
    consent: &Consent,
    Made { needed, of }: Made,
) -> Outcome {
    // Before the database is touched: a wrong file is wrong whether or not the database is there.
    let checked = files.read(&surroundings(settings, needed.clone())?);
    let checked = checked.map_err(|complaints| refused(files, &complaints))?;
    let is_new = consent.dry_run && missing(settings).is_some();
    let store = if is_new { None } else { Some(open(settings).await?) };
    let newest = match &store {
        Some(store) => apply::export(store).await.map_err(explained)?,
        None => None,
    };
    let proposal = Proposal::of(files.text().to_owned(), checked, newest.as_ref());
    show(&proposal)?;
    if of.is_some_and(|of| of != proposal.before) {
        return Err(explained(apply::Error::Overtaken(proposal.before)));
    }
    if needed == Needed::All {
        frames::report(&proposal.checked, settings).await?;
    }
    if proposal.empties && !consent.allow_empty {
        return Err(format!(
            "{from} is empty: it would remove everything that version {} configures. If you want that, add \
             --allow-empty.",
            proposal.before
        ));
    }
    let Some(store) = store.filter(|_| !consent.dry_run) else {
        return say("Nothing was changed: this was a dry run.");
    };
    let changes = proposal.difference.as_ref().is_none_or(|difference| !difference.is_empty());
    if changes && !consent.yes && !confirmed("Apply it?")? {
        return Err("Nothing was changed.".to_owned());
    }
    let applied =
        proposal.put_in_force(&store, &SystemClock::default(), &actor(), from.clone()).await;
    let Applied { version, rules } = applied.map_err(explained)?;
    let (database, rules) = (&settings.database, counted(rules, "rule"));
    say(&format!("{from}: in force in {database} as version {version}, with {rules}"))
}

fn show(proposal: &Proposal) -> Outcome {
    say(&match proposal.before {
        0 => "No configuration is in force yet. This one has:".to_owned(),
        before => format!("Changes since version {before}:"),
    })?;
    show_changes(proposal.difference.as_ref())?;
    for agent in &proposal.revived {
        say_row(&format!(
            "Careful: the revoked personal link of {agent} becomes valid again, because `link` is \
             lower than before."
        ))?;
    }
    Ok(())
}

fn show_changes(difference: Option<&Difference>) -> Outcome {
    let Some(difference) = difference else {
        return say("  (cannot be listed: this Callpane cannot read the older configuration)");
    };
    let changes = difference.changes();
    if changes.is_empty() {
        return say("  nothing changes");
    }
    for change in changes.iter().take(LISTED) {
        say_row(&format!("  {change}"))?;
    }
    match changes.len().saturating_sub(LISTED) {
        0 => Ok(()),
        more => say(&format!("  and {more} more")),
    }
}

/// The files of a document; of a folder, those that end in `.toml`, in the order of their names.
pub(super) fn read_files(given: &[PathBuf]) -> Result<Files, String> {
    let mut files = Vec::new();
    for file in given {
        if file.is_dir() {
            files.extend(toml_files(file)?);
        } else {
            files.push(file.clone());
        }
    }
    let read = files.iter().map(|file| Ok((file.display().to_string(), read_file(file)?)));
    Ok(Files::join(read.collect::<Result<_, String>>()?))
}

fn toml_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    let entries = std::fs::read_dir(folder).map_err(wrong)?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<Result<Vec<PathBuf>, _>>().map_err(wrong)?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml") && path.is_file());
    paths.sort();
    if paths.is_empty() {
        return Err(format!("{}: there are no *.toml files in this folder", folder.display()));
    }
    Ok(paths)
}

pub(super) fn refused(files: &Files, complaints: &[Complaint]) -> String {
    let lines: Vec<String> = complaints.iter().map(|complaint| files.placed(complaint)).collect();
    format!("{}\nNothing was changed: the old configuration stays in force.", lines.join("\n"))
}

pub(super) async fn export(version: Option<i64>) -> Outcome {
    let (store, _) = existing_store().await?;
    let row = match version {
        Some(version) => Some(find(&store, version).await?),
        None => apply::export(&store).await.map_err(explained)?,
    };
    match row {
        Some(row) => print(row.document.trim_end()),
        None => say("# No configuration has been applied yet: every ring opens the hosted page."),
    }
}

async fn find(store: &Store, version: i64) -> Result<ConfigurationRow, String> {
    if let Some(row) = apply::version(store, version).await.map_err(explained)? {
        return Ok(row);
    }
    let newest = apply::export(store).await.map_err(explained)?;
    Err(match newest {
        Some(newest) => format!("there is no version {version}; the newest is {}", newest.version),
        None => format!("there is no version {version}; no configuration has been applied yet"),
    })
}

/// Lists the versions, or shows one of them with everything that it changed.
pub(super) async fn history(version: Option<i64>, limit: u16, json: bool) -> Outcome {
    let (store, _) = existing_store().await?;
    if let Some(version) = version {
        find(&store, version).await?;
    }
    let (last, limit) = version.map_or((i64::MAX, limit), |version| (version, 1));
    let versions = apply::history(&store, last, limit).await.map_err(explained)?;
    if versions.is_empty() && !json {
        return say("No configuration has been applied yet.");
    }
    for Past { row, difference } in &versions {
        let (number, at, from) = (row.version, row.applied_at, &row.applied_from);
        if json {
            let shown = json!({
                "version": number,
                "applied_at": at.to_string(),
                "applied_from": from,
                "changes": difference,
            });
            say(&shown.to_string())?;
        } else if version.is_some() {
            say_row(&format!("Version {number}, applied at {at} from {from}. It changed:"))?;
            show_changes(difference.as_ref())?;
        } else {
            let changes = difference.as_ref().map_or("?".to_owned(), ToString::to_string);
            say_row(&format!("{number}  {at}  {from}  {changes}"))?;
        }
    }
    Ok(())
}

/// Puts an earlier version in force again, as a new one.
pub(super) async fn rollback(version: i64, consent: &Consent) -> Outcome {
    let (store, settings) = existing_store().await?;
    let row = find(&store, version).await?;
    let newest = apply::export(&store).await.map_err(explained)?;
    if newest.as_ref().is_some_and(|newest| newest.version == version) {
        return say(&format!("Version {version} is already in force."));
    }
    let later = apply::since(&store, version).await.map_err(explained)?;
    let document = with_ended_links(row.document, &later)?;
    let files = Files::join(vec![(format!("version {version}"), document)]);
    let from = format!("rollback to version {version}");
    let made = Made { needed: Needed::All, of: newest.map(|newest| newest.version) };
    propose(&settings, &files, from, consent, made).await
}

/// A document in which no personal link becomes valid again that a later version has ended, also if the
/// agent is no longer in the newest one.
fn with_ended_links(document: String, later: &[ConfigurationRow]) -> Result<String, String> {
    let links = |text: &str| Document::parse(text).map(|document| document.links());
    let Ok(then) = links(&document) else { return Ok(document) };
    let mut highest = then.clone();
    for (agent, link) in later.iter().filter_map(|row| links(&row.document).ok()).flatten() {
        highest.entry(agent).and_modify(|highest| *highest = link.max(*highest));
    }
    highest.retain(|agent, link| then.get(agent).is_some_and(|then| *then < *link));
    highest.iter().try_fold(document, |document, (agent, link)| {
        with_link(&document, agent, *link).map_err(|error| error.to_string())
    })
}
