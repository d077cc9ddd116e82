//! What a phone system's event costs, compared with a bare handler that reads as much.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::ask::Ask;
use crate::client::closed_loop;
use crate::figures::{Figures, Line, Table, print_settings};
use crate::server::{Cores, Server};
use crate::signed::{AGENTS, ANSWERED, Events, KNOWN, OPENED, SECRET, STEPS, UNKNOWN};
use crate::{Outcome, ROUNDS, stored};

/// How long one measurement takes, after a warm-up.
const SPAN: Duration = Duration::from_secs(2);
/// What one round measures, in this order.
const LINES: [Line; 4] = [
    ("bare handler, event of 2 KB", Some(0)),
    ("POST /hooks, signed, on disk", Some(0)),
    ("POST /hooks, half of them repeats", Some(0)),
    ("POST /hooks, a page for each call", Some(0)),
];

pub(crate) async fn run(cores: &Cores) -> Outcome<()> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let bare = Server::bare(cores)?;
    let variables = [("BENCH_SECRET", SECRET)];
    let office =
        Server::callpane(cores, &folder.path().join("office"), &document(AGENTS), &variables)?;
    for counter in ANSWERED.iter().chain([&OPENED]) {
        counter.store(0, Ordering::Relaxed);
    }
    let mut table = Table { lines: LINES, rounds: Vec::new() };
    for round in 1..=ROUNDS {
        println!("events, round {round} of {ROUNDS}");
        table.rounds.push([
            measure(&bare, &Ask::same(Events::sign(UNKNOWN, AGENTS, 1).into_requests(), "202"))
                .await?,
            measure(&office, &Ask::Events(Events::sign(UNKNOWN, AGENTS, 1))).await?,
            measure(&office, &Ask::Events(Events::sign(UNKNOWN, AGENTS, 2))).await?,
            measure(&office, &Ask::Events(Events::sign(KNOWN, AGENTS, 1))).await?,
        ]);
    }
    table.print();
    print_settings(ROUNDS, SPAN, cores);
    check_rows(&office)
}

async fn measure(server: &Server, ask: &Ask) -> Outcome<Figures> {
    Ok(closed_loop(server, ask, SPAN).await?.0)
}

/// A phone system, and so many agents with a built-in desktop.
pub(crate) fn document(agents: u64) -> String {
    let source =
        "[[source]]\nname = \"office\"\nkind = \"wildix\"\nsecrets = [\"env:BENCH_SECRET\"]\n";
    let mut text = source.to_owned();
    for agent in KNOWN..KNOWN + agents {
        let who = format!("id = \"a{agent}\"\nname = \"Agent {agent}\"");
        let _infallible = writeln!(text, "[[agent]]\n{who}\nat = {{ office = \"{agent}\" }}");
    }
    text
}

/// Whether every event that was answered is on disk, once, and meant what it was to mean.
fn check_rows(office: &Server) -> Outcome<()> {
    let check = |what: &str, sql: &str, wanted: &AtomicU64| {
        let (found, wanted) = (office.count(sql)?, wanted.load(Ordering::Relaxed));
        if found != wanted {
            return Err(format!("{what}: {wanted} were answered, {found} are on disk").into());
        }
        Outcome::Ok(found)
    };
    let mut rows = 0;
    for ((_, _, kind), wanted) in STEPS.iter().zip(&ANSWERED) {
        rows += check(kind, &stored::events_of(kind), wanted)?;
    }
    check("calls that are over", stored::CALLS_OVER, &ANSWERED[3])?;
    let pages = check("pages", stored::PAGES, &OPENED)?;
    println!("{rows} events and {pages} pages on disk, as many as were answered");
    Ok(())
}
