//! How long do operators wait for lists, with a month of calls stored? The rows are written beside the
//! server, as copies of one real ring, because a million rings take minutes.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::ask::Ask;
use crate::client::{Connection, ask_often};
use crate::options::Options;
use crate::server::{Cores, Server};
use crate::{Outcome, document};

/// How often each is asked, after the first time.
const TIMES: usize = 40;
const TOKEN: &str = "bench-token-7Qd2mB0sYt4LxR9kWc5VhJ1pZ8";
const DAYS: i64 = 30;

/// What an operator waits for at the most.
const MOST: Duration = Duration::from_millis(100);

/// What is asked, and where.
const QUESTIONS: [(&str, &str); 17] = [
    ("all, newest first", "calls"),
    ("500 of them", "calls?limit=500"),
    ("an agent who rings often", "calls?agent=Agent%207"),
    ("an agent who rang weeks ago", "calls?agent=Agent%209999"),
    ("an agent whom nobody knows", "calls?agent=nobody"),
    ("a number with a hundred calls", "calls?number=0199000007"),
    ("a number with one call", "calls?number=0199099999"),
    ("a number without any", "calls?number=0198000000"),
    ("a queue that rings often", "calls?queue=queue_0003"),
    ("a queue that rang weeks ago", "calls?queue=rare"),
    ("not opened", "calls?opened=no"),
    ("a rule that never decided", "calls?rule=nothing"),
    ("about 10:42", "calls?at=10:42"),
    ("one call by its id", "calls/b-500000"),
    ("a search for a number", "search?q=0199000007"),
    ("a search for a word", "search?q=queue"),
    ("what needs attention", "attention"),
];

pub(crate) async fn run(cores: &Cores, options: &Options) -> Outcome<()> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let calls = options.calls;
    println!("lists: storing {calls} calls");
    let began = Instant::now();
    store(cores, folder.path(), calls).await?;
    println!("lists: stored in {:.0} s", began.elapsed().as_secs_f64());
    let server = start(cores, folder.path())?;
    let mut connection = Connection::with_room(server.address, 2 << 20).await?;
    println!("\n| {calls} stored calls | p50 ms | p95 ms | longest ms |\n|---|--:|--:|--:|");
    let mut slow = Vec::new();
    for (words, path) in QUESTIONS {
        let request = format!(
            "GET /api/v1/{path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
        );
        connection.ask(request.as_bytes(), "200").await?;
        let mut took = Vec::new();
        for _ in 0..TIMES {
            let began = Instant::now();
            connection.ask(request.as_bytes(), "200").await?;
            took.push(began.elapsed());
        }
        took.sort_unstable();
        let [p50, p95, longest] = [TIMES / 2, TIMES * 95 / 100, TIMES - 1].map(|at| took[at]);
        let millis = |span: Duration| span.as_secs_f64() * 1000.0;
        println!("| {words} | {:.1} | {:.1} | {:.1} |", millis(p50), millis(p95), millis(longest));
        if p95 > MOST {
            slow.push(words);
        }
    }
    println!("\nEach was asked {TIMES} times. {}; {}.", cores.words, document::machine());
    if slow.is_empty() { Ok(()) } else { Err(format!("too slow: {}", slow.join(", ")).into()) }
}

fn start(cores: &Cores, folder: &Path) -> Outcome<Server> {
    Server::callpane(cores, folder, "", &[("CALLPANE_API_TOKEN", TOKEN)])
}

/// Rings once, ends the server, and copies that ring.
async fn store(cores: &Cores, folder: &Path, calls: usize) -> Outcome<()> {
    let mut server = start(cores, folder)?;
    ask_often(&server, &Ask::ring(), 1).await?;
    server.terminate()?;
    while !server.has_ended()? {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let folder = folder.to_owned();
    tokio::task::spawn_blocking(move || copy(&folder, calls)).await?
}

fn copy(folder: &Path, calls: usize) -> Outcome<()> {
    let mut database = rusqlite::Connection::open(folder.join("callpane.db"))?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis();
    let (calls, month) = (i64::try_from(calls)?, DAYS * 86_400_000);
    let (step, first) = (month / calls, i64::try_from(now)? - month);
    let transaction = database.transaction()?;
    transaction.execute(NUMBERS, [calls, first, step])?;
    for statement in STATEMENTS {
        transaction.execute(statement, [])?;
    }
    transaction.commit()?;
    Ok(())
}

/// One agent in two hundred rang only in the first days, and one queue; of ten rings one opens nothing, and
/// of the pages of the others nine in ten were seen.
const NUMBERS: &str = "
    CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS
         (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 - 1)
     SELECT i, (?2 + i * ?3) << 21 AS id,
         CASE WHEN i % 200 = 9 AND i < ?1 / 10 THEN 9999 ELSE i % 200 END AS agent,
         CASE WHEN i % 20 = 4 AND i < ?1 / 10 THEN 'rare' ELSE printf('queue_%04d', i % 20) END AS queue,
         printf('+331990%05d', CASE WHEN i = ?1 / 2 THEN 99999 ELSE i * 7919 % 10000 END) AS caller
     FROM n";

const STATEMENTS: [&str; 5] = [
    "INSERT INTO call (id, source, external_id, direction, caller, caller_raw, caller_name, dialled, queue,
                       queue_display, queue_number, rings)
     SELECT n.id, c.source, 'b-' || n.i, c.direction, n.caller, n.caller, c.caller_name, c.dialled, n.queue,
            n.queue, c.queue_number, 1
     FROM n CROSS JOIN (SELECT * FROM call LIMIT 1) c",
    "INSERT INTO caller_call (caller, call_id) SELECT caller, id FROM n ORDER BY caller, id",
    "INSERT INTO event (id, call_id, kind, agent, pane_id, body, contact, rule, action, moment, page, autopause,
                        carried, title, agent_name, callee, opened_at, notes, version)
     SELECT n.id + 1, n.id, e.kind, 'xivo:user:' || n.agent, CASE WHEN n.i % 10 > 0 THEN n.id + 1 END,
            replace(e.body, '\"fullName\":', '\"fullName\":\"Agent ' || n.agent || '\",\"was\":'), e.contact, 'all',
            e.action, e.moment, e.page, e.autopause, e.carried, e.title, 'Agent ' || n.agent, e.callee,
            CASE WHEN n.i % 10 > 1 THEN (n.id >> 21) + 900 END, e.notes, e.version
     FROM n CROSS JOIN (SELECT * FROM event WHERE kind = 'call.ringing' LIMIT 1) e",
    "INSERT INTO newest_ring (agent, event_id, call_id)
     SELECT 'xivo:user:' || agent, MAX(id) + 1, MAX(id) FROM n GROUP BY agent
     ON CONFLICT DO NOTHING",
    "INSERT INTO setting (name, value) SELECT 'callers_indexed_to', CAST(MAX(id) AS TEXT) FROM n
     WHERE TRUE ON CONFLICT (name) DO UPDATE SET value = excluded.value",
];
