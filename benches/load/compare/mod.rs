//! One table: what a ring, a page and a phone system's event cost in Callpane, beside answering
//! nothing at all and beside what an integrator would write instead (`benches/peers`): the same
//! answers, behind the frameworks that they would take.
//!
//! Everybody has one core, and keeps rings and events once, in SQLite's WAL with `synchronous =
//! FULL` or in PostgreSQL as it is delivered: an answer means that the row is on disk, and at the end
//! each is killed and its rows are counted. "Each flushed" writes one transaction for each request,
//! "group commit" one for all that came in one turn of the event loop. Pages are not the same: the
//! peers' show the call and five earlier ones, Callpane's is its whole page.
//!
//! All take turns, measurement by measurement, so that a busy minute meets everybody. Start-up is
//! from the start of the process, with the database there, to the first answered ring.

mod contestants;
mod install;
mod table;

use std::fmt::Write as _;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::cluster::Cluster;
use contestants::Contestant;
use install::Peers;
use table::Row;

use crate::ask::Ask;
use crate::client::{Connection, closed_loop, open_loop};
use crate::document;
use crate::figures::Figures;
use crate::options::Options;
use crate::requests::{Rings, next_call};
use crate::rings::{PAGES, pages, token};
use crate::server::{Cores, Server};
use crate::signed::{AGENTS, Events, UNKNOWN};
use crate::{CONNECTIONS, Outcome, SPAN, deliveries};

const ROUNDS: usize = 5;
/// How long pages and events are asked for.
const SHORT_SPAN: Duration = Duration::from_secs(2);
/// How long everybody is asked before anything is measured: some compile what they run often.
const EXERCISE: Duration = Duration::from_secs(1);
/// Rounds of deliveries, which vary less.
const DELIVERY_ROUNDS: usize = 3;
/// The block of the document that the table replaces.
const BLOCK: &str = "performance table";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Measure {
    Rings,
    Paced,
    Pages,
    Events,
}

/// In this order, each with its words.
const MEASURES: [(Measure, &str); 4] = [
    (Measure::Rings, "ring"),
    (Measure::Paced, "500 rings/s"),
    (Measure::Pages, "page"),
    (Measure::Events, "signed event, 2 KB"),
];
const BARE: usize = 0;
const CALLPANE: usize = 1;
const RINGS: usize = 0;

/// What one round has of each measure and contestant.
type Round = [Vec<Option<Figures>>; MEASURES.len()];

pub(crate) async fn run(cores: &Cores, options: &Options) -> Outcome<()> {
    let rounds = options.rounds.unwrap_or(ROUNDS);
    if let Some(path) = &options.write {
        document::check(path, BLOCK)?;
    }
    let peers = Peers::install()?;
    let began = Instant::now();
    let one = cores.one();
    // Beside the binaries, because a flush to a temporary folder in memory costs nothing.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let cluster = Cluster::start(&one)?.map(Rc::new);
    let contestants = contestants::all(&one, folder.path(), &peers, cluster.as_ref())?;
    let load = document::load();
    let starts = start_all(&one, &contestants, rounds).await?;
    let mut running = Vec::new();
    for contestant in &contestants {
        running.push(Running { contestant, server: contestant.start(&one)?, answered: 0 });
    }
    exercise(&mut running).await?;
    let mut measured = Vec::new();
    for round in 1..=rounds {
        println!("compare, round {round} of {rounds}");
        measured.push(measure_all(&mut running).await?);
    }
    let loaded: Vec<Option<u64>> = running.iter().map(|one| one.server.peak()).collect();
    let kept = check_rows(running, rounds)?;
    let mut rows = rows(&contestants, &measured);
    for destinations in [1, deliveries::SEVERAL] {
        let pairs = deliveries::rounds(&one, destinations, rounds.min(DELIVERY_ROUNDS)).await?;
        rows.extend(Row::of_deliveries(destinations, &pairs));
    }
    let mut text = table::of_requests(&rows);
    text += &table::of_processes(&contestants, &starts, &loaded);
    let versions = cluster.iter().map(|cluster| cluster.words.clone()).chain(peers.versions());
    let versions: Vec<String> = versions.collect();
    let _infallible = writeln!(
        text,
        "\nMedians of {rounds} rounds, in brackets the lowest and the highest; {CONNECTIONS} connections; {}. \
         {kept} rings and events were answered with a row to keep, and after a kill all of them were on \
         disk. {}; {}. Load of the machine before: {load}. Measured in {:.0} minutes.",
        one.words,
        document::machine(),
        versions.join(", "),
        began.elapsed().as_secs_f64() / 60.0,
    );
    println!("\n{text}");
    options.write.as_ref().map_or(Ok(()), |path| document::write(path, BLOCK, &text))
}

/// How soon one that starts has answered, and how much memory it has then.
#[derive(Clone, Copy)]
struct Start {
    millis: f64,
    resident: Option<u64>,
}

/// Everybody in turn, each of whom is killed again.
async fn start_all(
    cores: &Cores,
    contestants: &[Contestant],
    rounds: usize,
) -> Outcome<Vec<Vec<Start>>> {
    let mut starts = vec![Vec::new(); contestants.len()];
    for round in 1..=rounds {
        println!("compare, start {round} of {rounds}");
        for (contestant, starts) in contestants.iter().zip(&mut starts) {
            let began = Instant::now();
            let server = contestant.start(cores)?;
            let mut connection = Connection::open(server.address).await?;
            let answer = connection.ask(Rings::new().write(next_call(), 1087), "200").await?;
            let millis = began.elapsed().as_secs_f64() * 1000.0;
            check_contract(answer)?;
            starts.push(Start { millis, resident: server.resident() });
        }
    }
    Ok(starts)
}

/// What XucMgt reads of an answer, that all of it is there.
fn check_contract(answer: &[u8]) -> Outcome<()> {
    token(answer)?;
    let read: serde_json::Value = serde_json::from_slice(answer)?;
    let is_whole = read["action"] == "open"
        && read["event"] == "EventRinging"
        && read["autopause"] == false
        && read["title"].is_string();
    if is_whole {
        return Ok(());
    }
    Err(format!("not what XucMgt expects: {}", String::from_utf8_lossy(answer)).into())
}

/// Somebody who is asked, and how many answers promise a row.
struct Running<'a> {
    contestant: &'a Contestant,
    server: Server,
    answered: u64,
}

async fn exercise(running: &mut [Running<'_>]) -> Outcome<()> {
    for one in running {
        for (measure, _) in MEASURES {
            one.measure(measure, EXERCISE).await?;
        }
    }
    Ok(())
}

async fn measure_all(running: &mut [Running<'_>]) -> Outcome<Round> {
    let mut round = Round::default();
    for ((measure, _), figures) in MEASURES.into_iter().zip(&mut round) {
        let span = match measure {
            Measure::Rings | Measure::Paced => SPAN,
            Measure::Pages | Measure::Events => SHORT_SPAN,
        };
        for one in &mut *running {
            figures.push(one.measure(measure, span).await?);
        }
    }
    Ok(round)
}

impl Running<'_> {
    /// Nothing, if it has no such thing.
    async fn measure(&mut self, measure: Measure, span: Duration) -> Outcome<Option<Figures>> {
        let (figures, answers) = match measure {
            Measure::Rings => closed_loop(&self.server, &Ask::ring(), span).await?,
            Measure::Paced => open_loop(&self.server, &Ask::ring(), span).await?,
            Measure::Pages if self.contestant.is_bare() => return Ok(None),
            Measure::Pages => {
                let (figures, _) =
                    closed_loop(&self.server, &pages(&self.server).await?, span).await?;
                (figures, PAGES)
            }
            Measure::Events => {
                let events = Events::sign(UNKNOWN, AGENTS, 1);
                // The bare handler reads the same, and promises nothing.
                let ask = if self.contestant.is_bare() {
                    Ask::same(events.into_requests(), "202")
                } else {
                    Ask::Events(events)
                };
                closed_loop(&self.server, &ask, span).await?
            }
        };
        self.answered += answers as u64;
        Ok(Some(figures))
    }
}

/// Whether everything that was answered is on disk, once, when everybody has been killed. Answers how
/// many rows that are.
fn check_rows(running: Vec<Running<'_>>, rounds: usize) -> Outcome<u64> {
    let mut rows = 0;
    for Running { contestant, server, answered } in running {
        drop(server);
        let Some(kept) = contestant.kept()? else { continue };
        // Each start has answered one, too.
        let answered = answered + rounds as u64;
        if kept != answered {
            let name = contestant.name;
            return Err(format!("{name}: {answered} were answered, {kept} are on disk").into());
        }
        rows += kept;
    }
    Ok(rows)
}

fn rows(contestants: &[Contestant], rounds: &[Round]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (measure, (kind, words)) in MEASURES.iter().enumerate() {
        let rate = |round: &Round, measure: usize, who: usize| {
            round[measure][who].map_or(f64::NAN, |figures| figures.per_second)
        };
        for (who, contestant) in contestants.iter().enumerate() {
            let figures: Option<Vec<Figures>> =
                rounds.iter().map(|round| round[measure][who]).collect();
            let Some(figures) = figures else { continue };
            let what = format!("{words}: {}", contestant.name);
            let ratios = |base: usize, to: usize| {
                rounds
                    .iter()
                    .map(|round| rate(round, measure, who) / rate(round, base, to))
                    .collect()
            };
            rows.push(match kind {
                Measure::Paced => Row::paced(what, figures),
                // Nobody has a bare page: a bare ring is the least that there is to compare it with.
                Measure::Pages => {
                    Row::new(what, figures, ratios(RINGS, BARE), ratios(measure, CALLPANE))
                }
                Measure::Rings | Measure::Events => {
                    Row::new(what, figures, ratios(measure, BARE), ratios(measure, CALLPANE))
                }
            });
        }
    }
    rows
}
