//! The attacks: a server of its own is started for each, attacked on this machine only, and asked
//! beside that what an agent's desktop asks. Do rings go on?
//!
//! `cargo bench --bench load -- attacks` runs all of them, `-- attacks streams disk` these two;
//! `ATTACKS` says what there is. `cargo bench --profile dev --bench load -- attacks` takes the debug
//! build. It ends by itself, after about six minutes.
//!
//! How to read it: a hundred rings a second, each on a connection of its own, as agents' browsers ask
//! that have not rung for a while. A span without the attack and a span beside it take turns; a ring
//! that gets no answer counts with the time until it was given up. The attacker is a process of its
//! own with a lower priority, on the load's cores: what it takes from the client, the server has not
//! cost. At the end every ring that was answered with a page is looked for in the database.
//!
//! Beside the rings somebody asks `/health/live` and `/health/ready`, four times a second.

pub(crate) mod attacker;
mod clock;
mod disk;
mod exchange;
mod found;
mod ringer;
mod stop;

use std::path::Path;
use std::time::{Duration, Instant};

use attacker::{Attacker, Plan};
use found::{Found, Pair};
use ringer::Rung;

use crate::Outcome;
use crate::client::Connection;
use crate::requests::{Rings, next_call};
use crate::rings::token;
use crate::server::{Cores, Server, raise_file_limit};

/// This binary, started with this argument and a plan, is the attacker.
pub(crate) const ATTACKER: &str = "--attacker";

/// How often a span without the attack and one beside it take turns.
const ROUNDS: usize = 3;
/// How long each of them takes.
const SPAN: Duration = Duration::from_secs(4);
/// How soon a server must be as it was before when an attack is over: a stream whose reader has gone
/// is noticed at its next beat, 15 s later at most.
const RECOVERY: Duration = Duration::from_secs(25);
/// Connections that somebody else may have at that time.
const FEW: usize = 20;

/// An attack: its name, and what it does.
struct Attack {
    name: &'static str,
    what: &'static str,
}

const DESCRIPTORS: Attack =
    Attack { name: "descriptors", what: "1,100 streams of one page at 1,024 descriptors" };
const BODIES: Attack = Attack {
    name: "bodies",
    what: "4,000 bodies that drip, 2,000 of 256 KiB that stop before their last byte",
};
const STREAMS: Attack = Attack {
    name: "streams",
    what: "6,000 streams of one page, which changes five times a second",
};
const DISK: Attack = Attack { name: "disk", what: "the database's disk is full, then has room" };
const CLOCK: Attack = Attack { name: "clock", what: "the clock shows a day 200 days ahead" };
const STOP: Attack = Attack { name: "stop", what: "SIGTERM under load" };
const GUESSES: Attack =
    Attack { name: "guesses", what: "the API's token is guessed, as fast as possible" };
const ATTACKS: [Attack; 7] = [DESCRIPTORS, BODIES, STREAMS, DISK, CLOCK, STOP, GUESSES];

/// Runs the attacks of these names, or all.
pub(crate) async fn run(cores: &Cores, names: &[&str]) -> Outcome<()> {
    let known = ATTACKS.map(|attack| attack.name);
    if let Some(wrong) = names.iter().find(|name| !known.contains(name)) {
        return Err(
            format!("there is no attack \"{wrong}\"; there are {}", known.join(", ")).into()
        );
    }
    raise_file_limit();
    // Beside the binaries, because a flush to a temporary folder in memory costs nothing.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut all = Vec::new();
    for attack in ATTACKS.iter().filter(|one| names.is_empty() || names.contains(&one.name)) {
        println!("{}: {}", attack.name, attack.what);
        let mut found = one(attack, cores, &folder.path().join(attack.name)).await?;
        found.judge();
        println!("  {}", found.told());
        all.push(found);
    }
    found::print(&all, cores);
    Ok(())
}

async fn one(attack: &Attack, cores: &Cores, folder: &Path) -> Outcome<Found> {
    match attack.name {
        "descriptors" => {
            let few = ["prlimit", "--nofile=1024:1024"];
            let server = Server::callpane_under(cores, &few, folder, "", &[])?;
            let plan = Plan::Streams { page: page(&server).await?, count: 1_100 };
            beside(attack, &server, &plan).await
        }
        "streams" => {
            let server = Server::callpane(cores, folder, "", &[])?;
            let plan = Plan::Streams { page: page(&server).await?, count: 6_000 };
            beside(attack, &server, &plan).await
        }
        "bodies" => {
            let server = Server::callpane(cores, folder, "", &[("CALLPANE_API_TOKEN", API_TOKEN)])?;
            beside(attack, &server, &Plan::Bodies { dripping: 4_000, large: 2_000 }).await
        }
        "guesses" => {
            let server = Server::callpane(cores, folder, "", &[("CALLPANE_API_TOKEN", API_TOKEN)])?;
            beside(attack, &server, &Plan::Guesses { connections: 64 }).await
        }
        "disk" => disk::run(attack.what, cores, folder).await,
        "clock" => clock::run(attack.what, cores, folder).await,
        _ => stop::run(attack.what, cores, folder).await,
    }
}

/// The token of nobody's API.
const API_TOKEN: &str = "bench-token-7Qd2mB0sYt4LxR9kWc5VhJ1pZ8";

/// A page, and the call that opened it.
struct Page {
    token: String,
    call: u64,
}

async fn page(server: &Server) -> Outcome<Page> {
    let (mut connection, call) = (Connection::open(server.address).await?, next_call());
    let answer = connection.ask(Rings::new().write(call, 1087), "200").await?;
    Ok(Page { token: token(answer)?, call })
}

/// Spans without and with an attacker beside the rings.
async fn beside(attack: &Attack, server: &Server, plan: &Plan) -> Outcome<Found> {
    let mut found = Found::of(attack.what);
    let mut answered = Rung::default();
    for _ in 0..ROUNDS {
        let before = server.descriptors()?;
        let calm = ringer::ring(server.address, SPAN).await;
        let attacker = Attacker::start(server.address, plan)?;
        let attacked = ringer::ring(server.address, SPAN).await;
        found.seen = attacker.call_off()?;
        found.pairs.push(Pair { calm: calm.figures(SPAN), attacked: attacked.figures(SPAN) });
        answered.add(calm);
        answered.add(attacked);
        if !recovers(server, before).await? {
            let open = server.descriptors()?;
            found.faults.push(format!("{open} descriptors {RECOVERY:?} after it, {before} before"));
            break;
        }
    }
    found.peak = server.peak();
    found.count(&answered, server)?;
    Ok(found)
}

/// Whether it answers again in time, and has let go of the attacker's connections.
async fn recovers(server: &Server, before: usize) -> Outcome<bool> {
    let began = Instant::now();
    while began.elapsed() < RECOVERY {
        let live = exchange::status(server.address, "/health/live", Duration::from_secs(1)).await;
        if live == 200 && server.descriptors()? <= before + FEW {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(false)
}
