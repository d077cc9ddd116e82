//! A wrong clock: the server starts 200 days ahead, with rings that are not old at all. Nothing may
//! be forgotten.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::SPAN;
use super::found::Found;
use super::ringer;
use crate::Outcome;
use crate::server::{Cores, Server};

/// Twice as long as what is remembered unless somebody says otherwise.
const AHEAD: &str = "+200d";

pub(super) async fn run(what: &'static str, cores: &Cores, folder: &Path) -> Outcome<Found> {
    let mut found = Found::of(what);
    let Some(library) = libfaketime() else {
        found.faults.push("not tried: libfaketime is missing; apt-get install libfaketime".into());
        return Ok(found);
    };
    let library = library.display().to_string();
    let ahead = [
        ("LD_PRELOAD", library.as_str()),
        ("FAKETIME", AHEAD),
        // Only the calendar is wrong: how much time has passed is not.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ];
    let server = Server::callpane(cores, folder, "", &[])?;
    let mut all = ringer::ring(server.address, SPAN).await;
    drop(server);
    let wrong = Server::callpane(cores, folder, "", &ahead)?;
    all.add(ringer::ring(wrong.address, SPAN).await);
    found.peak = wrong.peak();
    drop(wrong);
    let server = Server::callpane(cores, folder, "", &[])?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    found.seen = format!("rings before it and beside it, started {AHEAD}");
    found.count(&all, &server)?;
    Ok(found)
}

/// Where Debian puts it.
fn libfaketime() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.filter_map(Result::ok);
    let files = folders.map(|folder| folder.path().join("faketime/libfaketime.so.1"));
    files.into_iter().find(|file| file.exists())
}
