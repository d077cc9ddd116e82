//! The load benchmark: what do a ring and a phone system's event cost, compared with answering
//! nothing at all, how soon does an open page know, how fast is a CRM told, and does a slow one hold
//! rings up?
//!
//! `cargo bench --bench load` starts the program itself, with a database for each part, and a bare
//! actix-web handler that reads the same body and answers a constant; then it asks them in turn,
//! round after round, and prints a table for each part. Nothing leaves this machine, but for what
//! `compare` installs when it runs for the first time. `cargo bench --bench load -- rings` takes one
//! part; `PARTS` says what there is:
//!
//! - `compare` prints one table of everybody, Callpane on both databases and what an integrator would
//!   write instead: `compare/mod.rs` says how. It takes ten minutes.
//! - `growth` has much of what grows: stored calls, rules, agents, open pages; and old calls that are
//!   forgotten meanwhile. It takes six minutes, `-- growth --calls 100000` less.
//! - `lists` asks for the pages of the console and the lists of the API, with a million stored calls, on both
//!   databases. It takes ten minutes; `-- lists --keep FOLDER` stores SQLite's once for several runs.
//! - `rings`, `events`, `streams`, `deliveries` and `slow` look at one thing each, for five minutes.
//!
//! `-- compare growth --write docs/performance.md` writes both tables into that document, and
//! `--rounds 1` has a quick look at whether everything runs.
//!
//! How to read it: requests a second tell as much about the machine as about Callpane, so compare
//! the first column, the ratio to the bare handler of the same round. Closed loop means that each
//! connection asks again as soon as it is answered: that shows the throughput, and what waiting is
//! like at full load. The lines at 500 a second show what an agent waits: there a request has a
//! time at which it is due, and its latency counts from then, sent late or not. A request counts as
//! answered when it is on disk, and at the end the rows are counted: one for every answer.
//!
//! The last column is the server's processor time for a request, waiting for the disk not counted:
//! on a busy machine it is the steadiest of all.
//!
//! `cargo bench --bench load -- attacks` asks something else: do rings go on while somebody attacks
//! the server? `attacks/mod.rs` says how.
//!
//! `cargo bench --bench load -- versions --before PROGRAM` compares the rings of an earlier version with this one's.
//!
//! Open streams need a file each, in the servers too. `prlimit` raises the limit as far as that is
//! allowed; where that is not enough, `ulimit -n 8192` must come first.
//!
//! Settings in the environment (as `CALLPANE_LOG=warn`) hold for the measured servers too.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "it prints a table, reads the clock, and computes with what it measured itself"
)]

mod ask;
mod attacks;
mod bare;
mod client;
mod cluster;
mod compare;
mod deliveries;
mod document;
mod events;
mod figures;
mod growth;
mod lists;
mod options;
mod requests;
mod rings;
mod server;
mod signed;
mod slow;
mod spread;
mod stored;
mod streams;
mod versions;

use std::error::Error;
use std::time::Duration;

use options::Options;
use server::{BARE, CLIENT, Cores};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 3;
/// How long one measurement takes, after a warm-up.
const SPAN: Duration = Duration::from_secs(3);
const WARM_UP: Duration = Duration::from_millis(300);

/// What can be named; all of it runs where nothing is.
const PARTS: [&str; 8] =
    ["compare", "growth", "lists", "rings", "events", "streams", "deliveries", "slow"];

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|argument| argument == BARE) {
        let address = arguments.get(at + 1).ok_or("the bare handler needs an address")?;
        return bare::serve(address.parse()?);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if let Some(at) = arguments.iter().position(|argument| argument == CLIENT) {
        let address = arguments.get(at + 1).ok_or("the bare client needs an address")?;
        let count = arguments.get(at + 2).ok_or("and a number")?.parse()?;
        let at_once = arguments.get(at + 3).ok_or("and how many at once")?.parse()?;
        return runtime.block_on(deliveries::bare_client(address, count, at_once));
    }
    if let Some(at) = arguments.iter().position(|argument| argument == attacks::ATTACKER) {
        return runtime.block_on(attacks::attacker::run(&arguments[at + 1..]));
    }
    if let Some(at) = arguments.iter().position(|argument| argument == growth::FORGETTING) {
        return runtime.block_on(growth::forgetting::serve(&arguments[at + 1..]));
    }
    let cores = Cores::share()?;
    runtime.block_on(run(&cores, &Options::read(&arguments)?))
}

async fn run(cores: &Cores, options: &Options) -> Outcome<()> {
    let parts: Vec<&str> = options.parts.iter().map(String::as_str).collect();
    if let Some((&"attacks", names)) = parts.split_first() {
        return attacks::run(cores, names).await;
    }
    if parts == ["versions"] {
        return versions::run(cores, options).await;
    }
    if let Some(wrong) = parts.iter().find(|part| !PARTS.contains(part)) {
        return Err(format!("there is no part \"{wrong}\"; there are {}", PARTS.join(", ")).into());
    }
    let wanted = |part: &str| options.wants(part);
    if wanted("compare") {
        compare::run(cores, options).await?;
    }
    if wanted("growth") {
        growth::run(cores, options).await?;
    }
    if wanted("lists") {
        lists::run(cores, options).await?;
    }
    if wanted("rings") {
        rings::run(cores).await?;
    }
    if wanted("events") {
        events::run(cores).await?;
    }
    if wanted("streams") {
        streams::run(cores).await?;
    }
    if wanted("deliveries") {
        deliveries::run(cores).await?;
    }
    if wanted("slow") {
        slow::run(cores).await?;
    }
    Ok(())
}
