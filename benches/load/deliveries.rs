//! What is owed to a CRM that answers at once: how fast is it told, beside a bare client that does
//! nothing but post the same, and how much memory does a long queue take?

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use callpane::inside::{self, Clock, Id, NewDelivery, Opener, SystemClock};
use futures_util::StreamExt;

use crate::client::Connection;
use crate::requests::{Rings, next_call};
use crate::server::{Cores, Server};
use crate::{Outcome, stored};

/// Deliveries that are owed in one measurement, and the most whose memory is looked at.
const OWED: usize = 20_000;
const MANY: usize = 1_000_000;
/// Written down in one unit of work.
const PORTION: usize = 10_000;
/// How many destinations are several.
pub(crate) const SEVERAL: usize = 4;
/// Requests of the bare client at the same time, for each destination: as many as one gets.
const AT_ONCE: usize = 16;
/// How long everything may take to arrive.
const PATIENCE: Duration = Duration::from_mins(1);

const BODY: &str =
    r#"{"call":"1790000123.4521","phone":"+33199005577","agent":"Priya Nair","seconds":66}"#;

/// How many a second the bare client posts, and Callpane delivers, in one round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) bare: f64,
    pub(crate) callpane: f64,
}

pub(crate) async fn run(cores: &Cores) -> Outcome<()> {
    println!("deliveries: {OWED} to a receiver that answers at once");
    for destinations in [1, SEVERAL] {
        for (round, pair) in rounds(cores, destinations, crate::ROUNDS).await?.iter().enumerate() {
            println!(
                "destinations {destinations}, round {}: bare client {:.0}/s, Callpane {:.0}/s, ratio {:.2}",
                round + 1,
                pair.bare,
                pair.callpane,
                pair.callpane / pair.bare,
            );
        }
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let facts = facts(cores, &folder.path().join("sample")).await?;
    let few = resting(cores, &folder.path().join("few"), &facts, 1_000).await?;
    let many = resting(cores, &folder.path().join("many"), &facts, MANY).await?;
    println!("memory with 1,000 owed {few} KiB, with {MANY} owed {many} KiB");
    Ok(())
}

/// The bare client and Callpane in turn, each from its start until everything has arrived: the same
/// number, to one receiver, with as many requests under way.
pub(crate) async fn rounds(
    cores: &Cores,
    destinations: usize,
    rounds: usize,
) -> Outcome<Vec<Pair>> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    // The receiver stays on the load's cores; whoever posts has the server's.
    let receiver = Server::bare(&cores.of_the_load())?;
    let facts = facts(cores, &folder.path().join("sample")).await?;
    let mut pairs = Vec::new();
    for round in 0..rounds {
        let bare = cores.bare_client(&receiver, OWED, AT_ONCE * destinations)?;
        let place = folder.path().join(format!("r{round}"));
        let callpane = drain(cores, &place, &receiver, &facts, destinations).await?;
        let [bare, callpane] = [bare, callpane].map(|took| OWED as f64 / took.as_secs_f64());
        pairs.push(Pair { bare, callpane });
    }
    Ok(pairs)
}

fn document(address: &str, destinations: usize) -> String {
    let one = |number| {
        format!(
            "[[destination]]\nname = \"crm_{number}\"\non = [\"call.ringing\"]\n\
             url = \"http://{address}/sink\"\n\
             json = {{ call = \"{{{{ call.id }}}}\", phone = \"{{{{ caller.e164 }}}}\", agent = \"{{{{ agent.name }}}}\", seconds = \"{{{{ call.talk_seconds | number }}}}\" }}\n"
        )
    };
    (0..destinations).map(one).collect()
}

const VARIABLES: [(&str, &str); 2] =
    [("CALLPANE_PRIVATE_TARGETS", "127.0.0.1"), ("CALLPANE_LOG", "warn")];

/// What is kept of a ring for whoever is to be told of it: taken from one that is owed.
async fn facts(cores: &Cores, folder: &Path) -> Outcome<String> {
    let server = Server::callpane(cores, folder, &document("127.0.0.1:9", 1), &VARIABLES)?;
    let mut connection = Connection::open(server.address).await?;
    connection.ask(Rings::new().write(next_call(), 1087), "200").await?;
    let facts = server.column(stored::FACTS)?;
    facts.into_iter().next().ok_or_else(|| "a ring owes nothing".into())
}

/// How long everything that is owed takes to arrive.
async fn drain(
    cores: &Cores,
    folder: &Path,
    receiver: &Server,
    facts: &str,
    destinations: usize,
) -> Outcome<Duration> {
    let document = document(&receiver.address.to_string(), destinations);
    // Stopped again, so that everything is owed before anything is sent.
    drop(Server::callpane(cores, folder, &document, &VARIABLES)?);
    owe(&folder.join("callpane.db"), facts, destinations, OWED).await?;
    let began = Instant::now();
    let server = Server::callpane(cores, folder, "", &VARIABLES)?;
    while server.count(stored::OWES)? > 0 && began.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = began.elapsed();
    let arrived = server.count(stored::DELIVERED)?;
    let kept = server.count(stored::ATTEMPTS)?;
    if (arrived, kept) != (OWED as u64, OWED as u64) {
        return Err(format!("{arrived} arrived, {kept} attempts are kept, {OWED} were owed").into());
    }
    Ok(took)
}

/// How much memory a server takes that owes so much to somebody who is away.
async fn resting(cores: &Cores, folder: &Path, facts: &str, owed: usize) -> Outcome<u64> {
    drop(Server::callpane(cores, folder, &document("127.0.0.1:9", 1), &VARIABLES)?);
    owe(&folder.join("callpane.db"), facts, 1, owed).await?;
    let server = Server::callpane(cores, folder, "", &VARIABLES)?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    server.resident().ok_or_else(|| "the system does not say".into())
}

/// Owes deliveries of as many calls, to the destinations in turn.
async fn owe(database: &Path, facts: &str, destinations: usize, owed: usize) -> Outcome<()> {
    let database = format!("sqlite:{}", database.display());
    let given = BTreeMap::from([("CALLPANE_DATABASE".to_owned(), database)]);
    let store = inside::open(
        &inside::read_settings(&given).map_err(|wrong| format!("{wrong:?}"))?,
        Opener::Command,
    )
    .await?;
    let now = SystemClock::default().now();
    for from in (0..owed).step_by(PORTION) {
        let facts = facts.to_owned();
        let written = store.write(move |tx| {
            for at in from..owed.min(from + PORTION) {
                let (event, id) = (Id::mint(now), Id::mint(now));
                tx.insert_facts(event, id, &facts)?;
                let destination = format!("crm_{}", at % destinations);
                let new = NewDelivery {
                    id,
                    destination: &destination,
                    call_id: Some(id),
                    line: id,
                    kind: "call.ringing",
                    facts: event,
                };
                tx.insert_delivery(&new, now)?;
            }
            Ok(())
        });
        written.await?;
    }
    Ok(())
}

/// Nothing but posting.
pub(crate) async fn bare_client(address: &str, count: usize, at_once: usize) -> Outcome<()> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let posts = (0..count).map(|_| {
        let post = client.post(format!("http://{address}/sink"));
        post.header("content-type", "application/json").body(BODY).send()
    });
    let mut posts = futures_util::stream::iter(posts).buffer_unordered(at_once);
    while let Some(answer) = posts.next().await {
        answer?.error_for_status()?.bytes().await?;
    }
    Ok(())
}
