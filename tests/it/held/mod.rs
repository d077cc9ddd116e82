//! Attacks that Callpane has stood: each stands here with a small figure, and with its full one where
//! `TEST_FULL=1` says so (`tests/held`). `docs/reliability.md` has the table.

mod bodies;
mod connections;
mod framing;
mod http2;
mod kills;
mod log;
mod markup;
mod outages;
mod size;
mod targets;

use crate::checks::Command;
use crate::harness::{Database, PATIENCE};

/// The small figure of a test, or its full one.
fn figure(small: usize, full: usize) -> usize {
    if std::env::var("TEST_FULL").is_ok() { full } else { small }
}

/// Whether the figures are the full ones.
fn is_full() -> bool {
    figure(0, 1) == 1
}

/// The built program on this database, at a free port.
fn program(database: &Database) -> Command {
    Command::serving(database)
        // A busy machine is no reason to answer without the database.
        .set("CALLPANE_RING_DEADLINE", "30s")
}

fn http() -> reqwest::Client {
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    http.timeout(PATIENCE).build().unwrap()
}
