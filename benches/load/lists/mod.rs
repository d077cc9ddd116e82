//! How long do operators and their programs wait, with a month of calls stored? Each page of the console is
//! asked for by somebody who is signed in, and each list of the API by a program. The rows are written
//! beside the server, as copies of one real call, because a million rings take minutes.

mod questions;
mod rows;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use questions::{QUESTIONS, Question};

use crate::ask::Ask;
use crate::client::{Connection, ask_often};
use crate::cluster::Cluster;
use crate::options::Options;
use crate::requests::{HEADERS, Template, next_call};
use crate::server::{Cores, Server};
use crate::{Outcome, document};

/// How often each is asked, after the first time.
const TIMES: usize = 100;
const TOKEN: &str = "bench-token-7Qd2mB0sYt4LxR9kWc5VhJ1pZ8";
const PASSWORD: &str = "bench password 7Qd2mB0s";
const KEY: &str = "bench-key";

/// The settings, and the secret of the configuration.
const VARIABLES: [(&str, &str); 4] = [
    ("CALLPANE_API_TOKEN", TOKEN),
    ("CALLPANE_CONSOLE_PASSWORD", PASSWORD),
    ("CALLPANE_LOG", "warn"),
    ("BENCH_KEY", KEY),
];

/// What an operator waits for at the most.
const MOST: Duration = Duration::from_millis(100);

/// How long was waited for an answer.
struct Waited {
    words: &'static str,
    kilobytes: usize,
    p50: Duration,
    p95: Duration,
    p99: Duration,
}

pub(crate) async fn run(cores: &Cores, options: &Options) -> Outcome<()> {
    let kept = Kept::of(options)?;
    let place = Place { cores, options, folder: &kept.folder, cluster: None };
    if !kept.is_filled {
        place.fill().await?;
    }
    let mut slow = place.measure().await?;
    if let Some(cluster) = Cluster::start(&cores.one())? {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let place = Place { cores, options, folder: folder.path(), cluster: Some(&cluster) };
        place.fill().await?;
        slow.extend(place.measure().await?);
    }
    if slow.is_empty() { Ok(()) } else { Err(format!("too slow: {}", slow.join(", ")).into()) }
}

/// A server to be started, with its database: SQLite's in its folder, or PostgreSQL.
struct Place<'a> {
    cores: &'a Cores,
    options: &'a Options,
    folder: &'a Path,
    cluster: Option<&'a Cluster>,
}

impl Place<'_> {
    fn name(&self) -> &str {
        self.cluster.map_or("SQLite", |cluster| &cluster.words)
    }

    fn start(&self, document: &str) -> Outcome<Server> {
        let mut variables = VARIABLES.to_vec();
        variables.extend(self.cluster.map(|it| ("CALLPANE_DATABASE", it.address.as_str())));
        Server::callpane_by(self.cores, &[&self.options.program], self.folder, document, &variables)
    }

    /// Stores one call as it comes, ends the server, and copies that call.
    async fn fill(&self) -> Outcome<()> {
        println!("lists: storing {} calls on {}", self.options.calls, self.name());
        let began = Instant::now();
        let mut server = self.start(&rows::document())?;
        let call = next_call() + 1;
        ask_often(&server, &Ask::ring(), 1).await?;
        tell(&server, call).await?;
        server.terminate()?;
        while !server.has_ended()? {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let copies = rows::copies(self.options.calls, self.cluster.is_none())?;
        match self.cluster {
            Some(cluster) => {
                cluster.execute(&copies)?;
                // As PostgreSQL does by itself in the minutes after.
                cluster.execute("VACUUM ANALYZE")?;
            }
            None => rusqlite::Connection::open(self.folder.join("callpane.db"))?
                .execute_batch(&copies)?,
        }
        println!("lists: stored in {:.0} s", began.elapsed().as_secs_f64());
        Ok(())
    }

    /// Asks everything; answers what was too slow.
    async fn measure(&self) -> Outcome<Vec<&'static str>> {
        let (server, calls) = (self.start("")?, self.options.calls);
        let cookie = sign_in(&server).await?;
        let mut connection = Connection::with_room(server.address, 4 << 20).await?;
        let mut waited = Vec::new();
        for question in QUESTIONS {
            waited.push(ask(&mut connection, &cookie, question, calls).await?);
        }
        waited.sort_unstable_by_key(|one| std::cmp::Reverse(one.p95));
        print(&waited, calls);
        println!(
            "\n{}. Each was asked {TIMES} times, one after another. {}; {}.",
            self.name(),
            self.cores.words,
            document::machine()
        );
        println!("Load of the machine: {}.", document::load());
        Ok(waited.iter().filter(|one| one.p95 > MOST).map(|one| one.words).collect())
    }
}

/// Where the database is: a folder that somebody keeps for the next time, or one that goes with the run.
struct Kept {
    folder: PathBuf,
    is_filled: bool,
    _gone_afterwards: Option<tempfile::TempDir>,
}

impl Kept {
    fn of(options: &Options) -> Outcome<Self> {
        if let Some(folder) = options.keep.clone() {
            let is_filled = folder.join("callpane.db").exists();
            return Ok(Self { folder, is_filled, _gone_afterwards: None });
        }
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let path = folder.path().to_owned();
        Ok(Self { folder: path, is_filled: false, _gone_afterwards: Some(folder) })
    }
}

fn print(waited: &[Waited], calls: usize) {
    println!("\n| {calls} stored calls, the slowest first | p50 ms | p95 ms | p99 ms | KB |");
    println!("|---|--:|--:|--:|--:|");
    let millis = |span: Duration| span.as_secs_f64() * 1000.0;
    for Waited { words, kilobytes, p50, p95, p99 } in waited {
        let [p50, p95, p99] = [p50, p95, p99].map(|span| millis(*span));
        println!("| {words} | {p50:.1} | {p95:.1} | {p99:.1} | {kilobytes} |");
    }
}

/// Asks once, and then so often that it is measured.
async fn ask(
    connection: &mut Connection,
    cookie: &str,
    question: &Question,
    calls: usize,
) -> Outcome<Waited> {
    let Question { words, path } = *question;
    let path = path.replace("MIDDLE", &format!("b-{}", calls / 2));
    let shown = if path.starts_with("/console") {
        format!("Cookie: {cookie}\r\nAccept: text/html")
    } else {
        format!("Authorization: Bearer {TOKEN}")
    };
    let request = format!("GET {path} HTTP/1.1\r\nHost: bench\r\n{shown}\r\n\r\n");
    let answer = connection.ask(request.as_bytes(), "200").await;
    let kilobytes = answer.map_err(|error| format!("{words}: {error}"))?.len() / 1024;
    let mut took = Vec::new();
    for _ in 0..TIMES {
        let began = Instant::now();
        connection.ask(request.as_bytes(), "200").await?;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    let [p50, p95, p99] = [50, 95, 99].map(|percent| took[(TIMES * percent / 100).min(TIMES - 1)]);
    Ok(Waited { words, kilobytes, p50, p95, p99 })
}

/// The cookie of a new session.
async fn sign_in(server: &Server) -> Outcome<String> {
    let browser = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("name", "admin"), ("password", PASSWORD)])
        .finish();
    let sent = browser
        .post(format!("http://{}/console/sign-in", server.address))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    let answer = sent.send().await?;
    let cookie = answer.headers().get("set-cookie").ok_or("nobody was signed in")?.to_str()?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

/// What XuC tells of it: N is the call, C its caller.
const EVENT: &str = r#"{"username":"imarchetti","message":{"msgType":"PhoneEvent","ctiMessage":{"eventType":"NAME","DN":"1087","otherDN":"019900CCCC","otherDName":"","linkedId":"1790000123.NNNNNNNNNN","uniqueId":"1790000131.NNNNNNNNNN","queueName":"support_fr","callDirection":"Incoming","userData":{"XIVO_USERID":"87","XIVO_SRCNUM":"019900CCCC","XIVO_DSTNUM":"3010"}}}}"#;

async fn tell(server: &Server, call: u64) -> Outcome<()> {
    let mut connection = Connection::open(server.address).await?;
    for name in ["EventEstablished", "EventReleased"] {
        let headers = format!("{HEADERS}X-Key: {KEY}\r\n");
        let mut event = Template::post("/hooks/xuc", &headers, &EVENT.replace("NAME", name));
        let [caller, number] = ["CCCC", "NNNNNNNNNN"].map(|letters| event.places(letters));
        event.write_digits(&caller, call % 10_000);
        event.write_digits(&number, call);
        connection.ask(event.request(), "202").await?;
    }
    Ok(())
}
