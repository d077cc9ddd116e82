//! Rings while everything that is stored is forgotten. A server waits ten minutes after its start
//! before it forgets anything, and nobody may hurry it: so this one is the program's library in this
//! binary, which is told when.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use callpane::inside::{self, SystemClock};

use crate::ask::Ask;
use crate::client::open_loop;
use crate::figures::Figures;
use crate::server::{Cores, Server};
use crate::signed::SECRET;
use crate::spread::Spread;
use crate::{Outcome, SPAN, stored};

/// Files in the server's folder: it is to begin, and it is done.
const BEGIN: &str = "forget";
const DONE: &str = "forgotten";
/// How often it looks for that.
const LOOK: Duration = Duration::from_millis(20);
/// Spans of rings before it, and at the most beside it.
const BEFORE: usize = 3;
const BESIDE: usize = 10;

/// Answers what was seen, in words.
pub(crate) async fn run(cores: &Cores, mode: &str, folder: &Path) -> Outcome<String> {
    let server = Server::forgetting(cores, mode, folder)?;
    let calls = server.count(stored::CALLS)?;
    let mut before = Vec::new();
    for _ in 0..BEFORE {
        before.push(open_loop(&server, &Ask::ring(), SPAN).await?.0);
    }
    let began = Instant::now();
    std::fs::write(folder.join(BEGIN), "")?;
    let mut beside = Vec::new();
    while beside.len() < BESIDE && !folder.join(DONE).exists() {
        beside.push(open_loop(&server, &Ask::ring(), SPAN).await?.0);
    }
    let end = std::fs::read_to_string(folder.join(DONE)).ok();
    let end = end.unwrap_or_else(|| {
        format!("not finished when measuring ended, after {:.0} s", began.elapsed().as_secs_f64())
    });
    let left = server.count(stored::CALLS)?;
    Ok(format!(
        "500 rings a second while {calls} calls were deleted (kept for no longer than a second; {end}, \
         with {left} calls left): p50 {} ms, p99 {} ms; before that p50 {} ms, p99 {} ms.",
        spread(&beside, |figures| figures.p50),
        spread(&beside, |figures| figures.p99),
        spread(&before, |figures| figures.p50),
        spread(&before, |figures| figures.p99),
    ))
}

fn spread(spans: &[Figures], figure: impl Fn(&Figures) -> f64) -> String {
    Spread::of(spans.iter().map(figure)).whole(1)
}

/// The server: its address and its folder.
pub(crate) async fn serve(arguments: &[String]) -> Outcome<()> {
    let [address, folder] = arguments else { return Err("an address and a folder".into()) };
    let folder = Path::new(folder);
    let log = std::fs::File::create(folder.join("forgetting.log"))?;
    let (log, _guard) = tracing_appender::non_blocking(log);
    tracing_subscriber::fmt().json().with_writer(log).init();
    let database = format!("sqlite:{}", folder.join("callpane.db").display());
    let given = [
        ("CALLPANE_BIND", address.as_str()),
        ("CALLPANE_DATABASE", &database),
        ("CALLPANE_RETENTION", "1s"),
        ("BENCH_SECRET", SECRET),
    ];
    let given: BTreeMap<String, String> =
        given.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let settings = inside::read_settings(&given).map_err(|wrong| format!("{wrong:?}"))?;
    let running = inside::start(&settings, Arc::new(SystemClock::default())).await?;
    while !folder.join(BEGIN).exists() {
        tokio::time::sleep(LOOK).await;
    }
    let began = Instant::now();
    let rows = running.flow.retention.forget().await?;
    let seconds = began.elapsed().as_secs_f64();
    std::fs::write(folder.join(DONE), format!("{rows} rows in {seconds:.0} s"))?;
    std::future::pending().await
}
