//! What is kept, for how long, and what becomes of it: nothing is lost by a wrong clock or an older
//! program, and what is forgotten is gone.

use std::time::Duration;

use callpane::inside::{Database as Options, Id, Opener, Store};
use serde_json::json;

use crate::checks::Command;
use crate::harness::{Callpane, Database, THEN, eventually, lab};

const DAY: Duration = Duration::from_hours(24);

async fn calls(callpane: &Callpane) -> usize {
    callpane.sql("SELECT id FROM call").await.len()
}

/// A call from the time when the clock was right, and one that rings 200 days ahead of it.
async fn with_a_clock_that_is_ahead() -> Callpane {
    let callpane = Callpane::start().await;
    callpane.desktop(12).rings("0199005577", "trucks").await;
    let database = callpane.database.clone();
    callpane.running.stop().await;
    let callpane = Callpane::setup().on(database).later(200 * DAY).start().await;
    callpane.desktop(12).rings("0199005588", "trucks").await;
    callpane
}

#[tokio::test]
async fn a_clock_that_is_far_ahead_forgets_nothing() {
    let callpane = with_a_clock_that_is_ahead().await;
    for _ in 0..23 {
        assert_eq!(callpane.running.flow.retention.forget().await.unwrap(), 0);
        callpane.clock.advance(Duration::from_hours(1));
    }
    let database = callpane.database.clone();
    callpane.running.stop().await;
    let right = Callpane::setup().on(database).later(DAY).start().await;
    right.desktop(12).rings("0199005599", "trucks").await;
    assert_eq!(right.running.flow.retention.forget().await.unwrap(), 0);
    assert_eq!(calls(&right).await, 3);
}

#[tokio::test]
async fn a_machine_that_was_off_for_long_forgets_after_a_day() {
    let callpane = with_a_clock_that_is_ahead().await;
    callpane.hours_pass(23).await;
    assert_eq!(callpane.running.flow.retention.forget().await.unwrap(), 0);
    callpane.hours_pass(1).await;
    assert_ne!(callpane.running.flow.retention.forget().await.unwrap(), 0);
    assert_eq!(callpane.sql("SELECT caller FROM call").await, ["+33199005588"]);
}

#[tokio::test]
async fn a_clock_that_leaps_again_is_doubted_again() {
    let callpane = with_a_clock_that_is_ahead().await;
    callpane.clock.advance(30 * DAY);
    for _ in 0..23 {
        assert_eq!(callpane.running.flow.retention.forget().await.unwrap(), 0);
        callpane.clock.advance(Duration::from_hours(1));
    }
    assert_eq!(calls(&callpane).await, 2);
}

#[tokio::test]
async fn an_office_that_is_closed_for_long_forgets_all_the_same() {
    let callpane = Callpane::start().await;
    callpane.desktop(12).rings("0199005577", "trucks").await;
    for _ in 0..100 {
        callpane.clock.advance(DAY);
        callpane.running.flow.retention.forget().await.unwrap();
    }
    assert_eq!(calls(&callpane).await, 0);
}

#[tokio::test]
async fn a_clock_that_is_far_ahead_closes_no_call() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    callpane.pbx("lab").says(lab("ring", "c1", "+33199005577", "310")).await;
    callpane.clock.advance(200 * DAY);
    assert_eq!(callpane.running.flow.calls.expire_overdue().await.unwrap(), 0);
    callpane.hours_pass(26).await;
    assert_eq!(callpane.running.flow.calls.expire_overdue().await.unwrap(), 1);
}

async fn open(database: &Database) -> Result<Store, String> {
    let options = Options::parse(&database.url).unwrap();
    let open = move || Store::open(&options, Opener::Server).map_err(|error| error.to_string());
    tokio::task::spawn_blocking(open).await.unwrap()
}

#[tokio::test]
async fn a_newer_database_is_refused_with_the_remedy() {
    let database = Database::new().await;
    drop(open(&database).await.unwrap());
    database.query("INSERT INTO migration (version) VALUES (999)").await;
    database.query("UPDATE setting SET value = '9.8.7' WHERE name = 'migrated_by'").await;
    let refused = open(&database).await.unwrap_err();
    assert!(refused.contains("9.8.7") && refused.contains("restore the backup"), "{refused}");
    let said = Command::new().set("CALLPANE_DATABASE", &database.url).run(&["check"]).await;
    assert!(!said.success && said.stderr.contains("CALLPANE_DATABASE: Callpane 9.8.7"), "{said:?}");
    database.query("DELETE FROM migration WHERE version = 999").await;
    drop(open(&database).await.unwrap());
}

/// Bytes of the database's file and of its log.
fn files(database: &Database) -> Vec<u8> {
    let mut bytes = std::fs::read(database.path()).unwrap();
    bytes.extend(std::fs::read(format!("{}-wal", database.path())).unwrap_or_default());
    bytes
}

fn count(bytes: &[u8], text: impl AsRef<[u8]>) -> usize {
    let text = text.as_ref();
    bytes.windows(text.len()).filter(|window| *window == text).count()
}

#[tokio::test]
async fn what_is_forgotten_can_be_read_nowhere_and_leaves_its_room() {
    let setup = Callpane::setup().set("CALLPANE_RETENTION", "1d").on(Database::on_sqlite());
    let callpane = setup.start().await;
    // Without the log: how long that is depends on how many rings were written together.
    let bytes = async || {
        let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
        callpane.sql(sql).await.remove(0).parse::<usize>().unwrap()
    };
    let empty = bytes().await;
    for at in 0..120 {
        let desktop = callpane.desktop(at % 20);
        let mut ring = desktop.ring(&format!("019900{at:04}"), "trucks");
        ring["callDataCallId"] = format!("forget-me-{at}").into();
        ring["userData"]["USR_story"] = format!("zebra-{at} ").repeat(20).into();
        let answer = desktop.posts(&ring).await;
        let page = callpane.opens(&answer).await;
        assert_eq!(page.notes(&format!("giraffe-{at}"), 0).await.0, 200);
    }
    let full = bytes().await;
    let before = files(&callpane.database);
    for text in ["forget-me-", "zebra-", "giraffe-", "0199000"] {
        assert_ne!(count(&before, text), 0, "{text}");
    }
    callpane.hours_pass(26).await;
    callpane.desktop(12).rings("0199005577", "elephants").await;
    assert_ne!(callpane.running.flow.retention.forget().await.unwrap(), 0);
    let after = files(&callpane.database);
    for text in ["forget-me-", "zebra-", "giraffe-", "0199000"] {
        assert_eq!(count(&after, text), 0, "{text}");
    }
    assert_ne!(count(&after, "elephants"), 0);
    let (left, grown) = (after.len().saturating_sub(empty), full - empty);
    assert!(left < grown / 2, "{left} of {grown} bytes, beside the {empty} of an empty one");
    let old = &Id::floor(THEN).bytes()[..5];
    assert_ne!(count(&before, old), 0);
    assert_eq!(count(&after, old), 0, "ids of that moment");
}

/// A caller's name in Arabic, and one that would turn what follows it round.
#[tokio::test]
async fn no_name_turns_a_page_round() {
    let callpane = Callpane::start().await;
    let query =
        [("caller", "0199005577"), ("name", "نادية \u{202e}elosnoC"), ("queue", "\u{2067}trucks")];
    let url = url::Url::parse_with_params(&callpane.url("/sheet"), query).unwrap();
    let reply = callpane.http.get(url).send().await.unwrap();
    let page =
        callpane.opens(&json!({ "url": reply.headers()["location"].to_str().unwrap() })).await;
    assert!(page.html.contains("<title>نادية elosnoC</title>"), "{}", page.html);
    assert!(!page.html.contains(['\u{202e}', '\u{2067}']));
}

#[tokio::test]
async fn a_terminal_obeys_nothing_that_a_command_says() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let url = callpane.url("/hooks/%1B%5B2J%C2%9B%E2%80%AEx%0Aforged");
    let reply = callpane.http.post(url).body("{}").send().await.unwrap();
    assert_eq!(reply.status().as_u16(), 404);
    let mut command = Command::beside(&callpane);
    for (name, value) in crate::harness::SECRETS {
        command = command.set(name, value);
    }
    let body = command.file("body.json", "{\"event\": {\"name\": \"ring\u{202e}\u{9b}\u{7f}\"}}");
    for arguments in [
        &["refusals"][..],
        &["refusals", "--json"],
        &["try", "lab", &body],
        &["try", "\u{1b}[2J", &body],
    ] {
        let said = command.run(arguments).await;
        let words = format!("{}{}", said.stdout, said.stderr);
        assert!(words.contains("\\u00"), "{arguments:?}: {words}");
        assert!(!words.contains(|c: char| c.is_control() && c != '\n'), "{arguments:?}: {words:?}");
        assert!(!words.contains('\u{202e}'), "{arguments:?}: {words:?}");
        assert!(!words.lines().any(|line| line.starts_with("forged")), "{words}");
    }
}

/// The statements of docs/privacy.md.
fn statements() -> Vec<&'static str> {
    let page = include_str!("../../docs/privacy.md");
    let (_, rest) = page.split_once("```sql\n").unwrap();
    let (block, _) = rest.split_once("```").unwrap();
    block.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()).collect()
}

const TABLES: [&str; 12] = [
    "call",
    "event",
    "delivery",
    "delivery_facts",
    "attempt",
    "entry",
    "call_alias",
    "newest_ring",
    "refusal",
    "contact",
    "contact_choice",
    "looked_up",
];

#[tokio::test]
async fn whoever_asks_to_be_forgotten_is_by_what_the_privacy_note_says() {
    let silent = "[[destination]]\nname = \"crm\"\nstate = \"silent\"\n\
        on = [\"*\"]\nurl = \"https://crm.example.com/calls\"\n\
        json = { phone = \"{{ caller.e164 }}\", notes = \"{{ pane.notes }}\" }";
    let callpane = Callpane::setup().phone_systems(silent).start().await;
    for caller in ["0199001234", "0199005577", "0199001234"] {
        let answer = callpane.desktop(87).rings(caller, "trucks").await;
        let page = callpane.opens(&answer).await;
        let path = answer["url"].as_str().unwrap();
        let contact = json!({ "name": format!("Owner of {caller}"), "company": "", "email": "" });
        let request = callpane.http.post(format!("{path}/contact")).body(contact.to_string());
        let created = request.header("content-type", "application/json").send().await.unwrap();
        assert_eq!(created.status().as_u16(), 200);
        page.done(&format!("{caller} wants a truck."), None).await;
    }
    callpane.pbx("lab").says(lab("ring", "c1", "+33199001234", "310")).await;
    let refused = callpane.pbx("lab").sends("POST", "", &[], r#"{"from":"+33199001234"}"#).await;
    assert_eq!(refused.0, 401);
    eventually("every delivery is written", async || {
        let owed = callpane.sql("SELECT id FROM delivery WHERE settled_at IS NULL").await;
        owed.is_empty().then_some(())
    })
    .await;
    let dump = async || {
        let mut rows = Vec::new();
        for table in TABLES {
            let found = callpane.sql(&format!("SELECT * FROM {table}")).await;
            rows.extend(found.into_iter().map(|row| format!("{table}: {row}")));
        }
        rows
    };
    let about = |rows: &[String], number: &str| {
        rows.iter().filter(|row| row.contains(number)).cloned().collect::<Vec<_>>()
    };
    let before = dump().await;
    assert!(about(&before, "199001234").len() > 12, "{before:?}");
    for statement in statements() {
        callpane.sql(statement).await;
    }
    let after = dump().await;
    assert_eq!(about(&after, "199001234"), Vec::<String>::new());
    assert_eq!(about(&after, "199005577"), about(&before, "199005577"), "nobody else is");
}
