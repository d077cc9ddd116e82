//! The database is away: the agent is answered all the same, the log and the readiness say so.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::checks::Command;
use crate::harness::{Callpane, Database, eventually};
use crate::hold::Hold;
use crate::raw::{Raw, ring_with};
use crate::server::Server;

const RULES: &str = r#"
[[rule]]
name = "crm"
when = { queue = "crm" }
url = "https://crm.example.com/?p={{ caller.e164 }}"
[[rule]]
name = "hosted"
autopause = true
"#;

async fn ready(callpane: &Callpane) -> (u16, Value) {
    let reply = callpane.http.get(callpane.url("/health/ready")).send().await.unwrap();
    let status = reply.status().as_u16();
    (status, serde_json::from_str(&reply.text().await.unwrap()).unwrap())
}

/// A busy machine may need more than one try.
async fn is_ready(callpane: &Callpane) {
    eventually("it is ready", async || (ready(callpane).await.0 == 200).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_is_answered_within_its_deadline_without_the_database() {
    let callpane = Callpane::setup()
        .rules(RULES)
        .set("CALLPANE_RING_DEADLINE", "300ms")
        .expects_errors()
        .start()
        .await;
    let desktop = callpane.desktop(12);
    is_ready(&callpane).await;
    let hold = Hold::everything(&callpane.database).await;
    let started = Instant::now();
    assert_eq!(
        desktop.rings("0199005577", "crm").await["url"],
        "https://crm.example.com/?p=%2B33199005577",
        "somebody else's page needs no database"
    );
    assert_eq!(
        desktop.rings("0199005577", "hosted").await,
        json!({ "action": "none", "autopause": true }),
        "a page of ours could not be shown; whether one is open is not known, so the un-pause is kept"
    );
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    let (status, body) = ready(&callpane).await;
    assert_eq!((status, &body["ready"]), (503, &json!(false)));
    let sheet = callpane.http.get(callpane.url("/sheet?caller=0199005577&queue=x"));
    assert_eq!(sheet.send().await.unwrap().status().as_u16(), 503, "and not: no rule opens a page");
    let live = callpane.http.get(callpane.url("/health/live")).send().await.unwrap();
    assert_eq!(live.status().as_u16(), 200);
    hold.release();
    eventually("rings are written down again", async || {
        let answer = desktop.rings("0199005577", "hosted").await;
        (answer["action"] == "open").then_some(())
    })
    .await;
    is_ready(&callpane).await;
    let late = callpane.sql("SELECT COUNT(*) FROM pane WHERE address IS NOT NULL").await;
    assert_eq!(late, ["0"], "what nobody waits for any more is not written late");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_broke_are_made_again() {
    let callpane = Callpane::start().await;
    if callpane.database.is_sqlite() {
        return;
    }
    let desktop = callpane.desktop(12);
    for call in 0..16 {
        desktop.rings_with("0199005577", "q", &format!("1.{call}")).await;
    }
    callpane.sql("SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()").await;
    for call in 16..48 {
        let answer = desktop.rings_with("0199005577", "q", &format!("1.{call}")).await;
        assert_eq!(answer["action"], "open", "ring {call} after every connection was cut");
    }
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM call").await, ["48"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_cannot_be_read_says_so_kindly() {
    let callpane = Callpane::setup().expects_errors().start().await;
    if callpane.database.is_sqlite() {
        return; // A reader of SQLite does not wait for a writer.
    }
    let answer = callpane.desktop(12).rings("0199005577", "q").await;
    let hold = Hold::everything(&callpane.database).await;
    let page = callpane.opens(&answer).await;
    hold.release();
    assert_eq!(page.status, 503);
    assert!(page.html.contains("id=\"close\""));
    assert_eq!(callpane.opens(&answer).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_waits_for_no_list() {
    let setup = Callpane::setup().rules("[[rule]]\nname = \"hosted\"\n");
    let token = "token-of-the-api-0123456789abcdef";
    let setup = setup.set("CALLPANE_RING_DEADLINE", "2s").set("CALLPANE_API_TOKEN", token);
    let callpane = setup.start().await;
    if callpane.database.is_sqlite() {
        return; // A reader of SQLite does not wait for a writer.
    }
    let list = callpane.http.put(callpane.url("/api/v1/contacts/lists/clients"));
    let list = list.header("authorization", format!("Bearer {token}"));
    let put = list.body("name,phone\nIda,0199005577\n").send().await.unwrap();
    assert_eq!(put.status().as_u16(), 200);
    let hold = Hold::contacts(&callpane.database).await;
    let answer = callpane.desktop(12).rings("0199005577", "q").await;
    assert_eq!(answer["action"], "open", "{answer}");
    hold.release();
}

/// A server whose database lies on a disk of its own, of two megabytes; nothing where this machine
/// lets nobody have one.
fn on_a_small_disk(command: &Command) -> Option<Server> {
    const MOUNT: &str = "mount -t tmpfs -o size=8m none disk";
    std::fs::create_dir(command.path("disk")).unwrap();
    let mut try_out = std::process::Command::new("unshare");
    try_out.args(["-rm", "sh", "-c", MOUNT]).current_dir(command.path(""));
    if !try_out.status().is_ok_and(|status| status.success()) {
        return None;
    }
    let line = format!("exec unshare -rm sh -c '{MOUNT} && exec \"$0\" \"$@\"' \"$0\" \"$@\"");
    Some(Server::run(command.prepare_by(&line, &["serve"])))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_disk_is_full_is_not_ready_until_there_is_room_again() {
    if !Database::new().await.is_sqlite() {
        return;
    }
    let command = Command::new()
        .set("CALLPANE_DATABASE", "sqlite:disk/test.db")
        .set("CALLPANE_BIND", "127.0.0.1:0")
        .set("CALLPANE_RING_DEADLINE", "30s")
        .set("CALLPANE_LOG_FORMAT", "json");
    let Some(server) = on_a_small_disk(&command) else { return };
    // Long ones: the journal keeps its room, which has to be used up first.
    let (mut calls, note) = (0.., "x".repeat(20_000));
    let mut rings = async || {
        let mut desktop = Raw::open(&server.address).await.unwrap();
        let call = format!("1.{}", calls.next().unwrap());
        desktop.sends(&ring_with(12, &call, &note)).await;
        desktop.answer().await.unwrap().json()["action"].as_str().unwrap().to_owned()
    };
    let ready = async || {
        let mut monitor = Raw::open(&server.address).await.unwrap();
        let answer = monitor.asks("GET", "/health/ready").await.unwrap();
        (answer.status, answer.json()["database"].as_str().unwrap().to_owned())
    };
    assert_eq!((rings().await.as_str(), ready().await.0), ("open", 200));
    let disk = command.path("disk").strip_prefix("/").unwrap().to_owned();
    let file = std::path::Path::new("/proc").join(server.id().to_string());
    let file = file.join("root").join(disk).join("somebody-elses");
    // Written in small pieces, until nothing more goes in.
    let fill = || {
        let mut options = std::fs::File::options();
        let mut other = options.create(true).append(true).open(&file).unwrap();
        while std::io::Write::write_all(&mut other, &[1; 512]).is_ok() {}
    };
    let mut refused = 0;
    eventually("rings are answered without the database, and it says why", async || {
        // The database itself may make room for a ring or two, as it writes its journal into its file.
        fill();
        if rings().await == "none" {
            let (status, why) = ready().await;
            refused += i32::from(status == 503 && why.contains("no room"));
        }
        (refused == 20).then_some(())
    })
    .await;
    std::fs::remove_file(&file).unwrap();
    assert_eq!(ready().await, (200, "writes".to_owned()));
    assert_eq!(rings().await, "open");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_database_takes_no_writes_is_not_ready() {
    let callpane = Callpane::setup().rules(RULES).expects_errors().start().await;
    if callpane.database.is_sqlite() {
        return; // Its disk is filled above.
    }
    // As managed servers do whose disk is nearly full.
    let only_reads = async |on: &str| {
        let name = callpane.database.url.rsplit_once('/').unwrap().1;
        let set = format!("ALTER DATABASE {name} SET default_transaction_read_only = {on}");
        callpane.sql(&format!("BEGIN READ WRITE; {set}; COMMIT")).await;
        callpane.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()").await;
    };
    let desktop = callpane.desktop(12);
    is_ready(&callpane).await;
    only_reads("on").await;
    assert_eq!(desktop.rings("0199005577", "hosted").await["action"], "none");
    let (status, body) = ready(&callpane).await;
    assert_eq!((status, &body["ready"]), (503, &json!(false)));
    only_reads("off").await;
    is_ready(&callpane).await;
    assert_eq!(desktop.rings("0199005577", "hosted").await["action"], "open");
}
