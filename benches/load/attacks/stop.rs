//! SIGTERM under load: whoever was let in is answered, whoever is not is refused, and what was
//! answered is kept.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::exchange;
use super::found::Found;
use super::ringer::{self, End, Rung};
use crate::Outcome;
use crate::requests::{Rings, next_call};
use crate::server::{Cores, Server};

const ROUNDS: usize = 5;
/// Desktops that ring again and again on one connection, and such as make another each time.
const KEEPING: usize = 32;
const FRESH: usize = 16;
/// How long they ring before the server is asked to end, and how long it may take.
const BEFORE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) async fn run(what: &'static str, cores: &Cores, folder: &Path) -> Outcome<Found> {
    let mut found = Found::of(what);
    let (mut all, mut used, mut longest) = (Rung::default(), 0, Duration::ZERO);
    for _ in 0..ROUNDS {
        let mut server = Server::callpane(cores, folder, "", &[])?;
        let mut tasks = JoinSet::new();
        for number in 0..KEEPING + FRESH {
            tasks.spawn(ring_until_refused(server.address, number < KEEPING));
        }
        tokio::time::sleep(BEFORE).await;
        server.terminate()?;
        let asked = Instant::now();
        while !server.has_ended()? {
            if asked.elapsed() > PATIENCE {
                found.faults.push(format!("it had not ended after {PATIENCE:?}"));
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        longest = longest.max(asked.elapsed());
        while let Some(done) = tasks.join_next().await {
            let (rung, cut) = done?;
            all.add(rung);
            used += usize::from(cut);
        }
    }
    let server = Server::callpane(cores, folder, "", &[])?;
    let not_stored = all.not_stored(&server)?;
    found.seen = format!(
        "{ROUNDS} times; the longest end took {longest:.1?}; {} rings were not answered, {used} of \
         them on connections that had been answered before; {not_stored} answered and not stored",
        all.failed
    );
    found.count(&all, &server)?;
    Ok(found)
}

/// Rings until no connection is to be had; whoever has one is owed an answer. Answers also whether
/// one was cut off that had been answered before.
async fn ring_until_refused(address: SocketAddr, keeps: bool) -> (Rung, bool) {
    let (began, mut rings, mut rung, mut cut) =
        (Instant::now(), Rings::new(), Rung::default(), false);
    while began.elapsed() < BEFORE + PATIENCE {
        let Ok(stream) = TcpStream::connect(address).await else { break };
        for number in 0_u64.. {
            let call = next_call();
            let asked = timeout(PATIENCE, exchange::ask(&stream, rings.write(call, 1087))).await;
            let answer = asked.ok().and_then(Result::ok);
            rung.note(call, &answer.as_ref().map_or(End::Failed, ringer::end));
            cut |= answer.is_none() && number > 0;
            if !keeps || answer.is_none_or(|answer| answer.closes) {
                break;
            }
        }
    }
    (rung, cut)
}
