//! What is owed to a CRM that answers at once: how fast is it told, beside a bare client that does
//! nothing but post the same, and how much memory does a long queue take?

use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::StreamExt;

use crate::Outcome;
use crate::server::{Cores, Server};

/// Deliveries that are owed in one measurement, and the most whose memory is looked at.
const OWED: usize = 20_000;
const MANY: usize = 1_000_000;
/// Requests of the bare client at the same time: as many as a destination gets.
const AT_ONCE: usize = 16;
/// How long everything may take to arrive.
const PATIENCE: Duration = Duration::from_mins(1);

const FACTS: &str = r#"{"event":{"kind":"call.ended","id":"e","at":"2026-09-21T14:15:23Z"},"call":{"id":"1790000123.4521","direction":"inbound","outcome":"answered","talk_seconds":66},"caller":{"e164":"+33199005577","display":"01 99 00 55 77"},"agent":{"name":"Priya Nair"},"queue":{"name":"trucks"},"data":{},"source":"office"}"#;
const BODY: &str =
    r#"{"call":"1790000123.4521","phone":"+33199005577","agent":"Priya Nair","seconds":66}"#;

pub(crate) fn run(cores: &Cores) -> Outcome<()> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    // The receiver stays on the load's cores; whoever posts has the server's.
    let receiver = Server::bare(&cores.of_the_load())?;
    println!("deliveries: {OWED} to a receiver that answers at once");
    for round in 1..=crate::ROUNDS {
        let bare = cores.bare_client(&receiver, OWED)?;
        let ours = drain(cores, &folder.path().join(format!("r{round}")), &receiver, OWED)?;
        println!(
            "round {round}: bare client {:.0}/s, Callpane {:.0}/s, ratio {:.2}",
            OWED as f64 / bare.as_secs_f64(),
            OWED as f64 / ours.as_secs_f64(),
            bare.as_secs_f64() / ours.as_secs_f64(),
        );
    }
    let few = resting(cores, &folder.path().join("few"), 1_000)?;
    let many = resting(cores, &folder.path().join("many"), MANY)?;
    println!("memory with 1,000 owed {few} KiB, with {MANY} owed {many} KiB");
    Ok(())
}

fn document(address: &str) -> String {
    format!(
        "[[destination]]\nname = \"crm\"\non = [\"call.ended\"]\nurl = \"http://{address}/sink\"\n\
         json = {{ call = \"{{{{ call.id }}}}\", phone = \"{{{{ caller.e164 }}}}\", agent = \"{{{{ agent.name }}}}\", seconds = \"{{{{ call.talk_seconds | number }}}}\" }}\n"
    )
}

const VARIABLES: [(&str, &str); 2] =
    [("CALLPANE_PRIVATE_TARGETS", "127.0.0.1"), ("CALLPANE_LOG", "warn")];

/// How long everything that is owed takes to arrive.
fn drain(cores: &Cores, folder: &Path, receiver: &Server, owed: usize) -> Outcome<Duration> {
    let document = document(&receiver.address.to_string());
    // Stopped again, so that everything is owed before anything is sent.
    drop(Server::callpane(cores, folder, &document, &VARIABLES)?);
    owe(&folder.join("callpane.db"), owed)?;
    let began = Instant::now();
    let server = Server::callpane(cores, folder, "", &VARIABLES)?;
    // By the index of what is owed: counting all rows would cost the receiver its core.
    let owes = "SELECT EXISTS (SELECT 1 FROM delivery WHERE settled_at IS NULL)";
    while server.count(owes)? > 0 && began.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(20));
    }
    let took = began.elapsed();
    let arrived = server.count("SELECT COUNT(*) FROM delivery WHERE outcome = 'delivered'")?;
    let kept = server.count("SELECT COUNT(*) FROM attempt WHERE status = 200")?;
    if (arrived, kept) != (owed as u64, owed as u64) {
        return Err(format!("{arrived} arrived, {kept} attempts are kept, {owed} were owed").into());
    }
    Ok(took)
}

/// How much memory a server takes that owes so much to somebody who is away.
fn resting(cores: &Cores, folder: &Path, owed: usize) -> Outcome<u64> {
    drop(Server::callpane(cores, folder, &document("127.0.0.1:9"), &VARIABLES)?);
    owe(&folder.join("callpane.db"), owed)?;
    let server = Server::callpane(cores, folder, "", &VARIABLES)?;
    std::thread::sleep(Duration::from_secs(3));
    server.resident().ok_or_else(|| "the system does not say".into())
}

fn owe(database: &Path, owed: usize) -> Outcome<()> {
    let mut database = rusqlite::Connection::open(database)?;
    let transaction = database.transaction()?;
    let mut insert = transaction.prepare(
        "INSERT INTO delivery (id, destination, call_id, line, kind, facts, attempts, due_at)
         VALUES (?1, 'crm', ?1, ?1, 'call.ended', ?2, 0, 0)",
    )?;
    for at in 0..owed {
        insert.execute((format!("0199c0de00007000{at:016x}"), FACTS))?;
    }
    drop(insert);
    transaction.commit()?;
    Ok(())
}

/// Nothing but posting; prints how many milliseconds it took.
pub(crate) async fn bare_client(address: &str, count: usize) -> Outcome<()> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let began = Instant::now();
    let posts = (0..count).map(|_| {
        let post = client.post(format!("http://{address}/sink"));
        post.header("content-type", "application/json").body(BODY).send()
    });
    let mut posts = futures_util::stream::iter(posts).buffer_unordered(AT_ONCE);
    while let Some(answer) = posts.next().await {
        answer?.error_for_status()?.bytes().await?;
    }
    println!("{}", began.elapsed().as_millis());
    Ok(())
}
