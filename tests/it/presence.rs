//! Agents' presence: the newest that phone systems reported counts for rules, desktops, programs and
//! destinations, on every node, for as long as it holds.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checks::Command;
use crate::crm::Crm;
use crate::harness::{Callpane, PHONE_SYSTEMS, SECRETS, Setup, eventually, lab};

const TOKEN: &str = "token-of-the-api-0123456789abcdef";

/// Somebody who has XucMgt, and whom Wildix knows too; who does not want to be disturbed sees no page.
const RULES: &str = r#"
[[agent]]
id = "ilse"
name = "Ilse Marchetti"
at = { xivo = "12", office = "312" }

[[rule]]
name = "not now"
when = { "agent.presence" = ["DND", "talking"] }
action = "none"

[[rule]]
name = "others"
title = '{{ agent.presence or "nobody knows" }} {{ agent.telephony }}'
"#;

fn setup(more: &str) -> Setup {
    let setup = Callpane::setup().phone_systems(&format!("{RULES}\n{more}"));
    let setup = setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8");
    setup.set("CALLPANE_API_TOKEN", TOKEN)
}

/// As Wildix says it: so long after now, always with the same id.
fn presence(callpane: &Callpane, kind: &str, extension: &str, after: i64, more: &Value) -> Value {
    let mut data = json!({ "extension": extension, "sourceId": "" });
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({
        "id": format!("zz_w900100_{extension}"), "company": "zz_w900100", "integrationId": "k3v9qd",
        "time": callpane.clock_now() + after * 1000, "type": format!("presence:{kind}"), "data": data
    })
}

async fn user(callpane: &Callpane, extension: &str, after: i64, status: &str) {
    let told = presence(callpane, "user", extension, after, &json!({ "status": status }));
    let (status, answer) = callpane.pbx("office").tells(&told).await;
    assert_eq!((status, answer), (202, json!({ "events": 1, "repeats": 0 })));
}

async fn agents(callpane: &Callpane) -> Vec<Value> {
    let request = callpane.http.get(callpane.url("/api/v1/agents")).bearer_auth(TOKEN);
    let text = request.send().await.unwrap().text().await.unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    answer["agents"].as_array().unwrap().clone()
}

/// What the rules decide over a ring at Ilse's XucMgt.
async fn title(callpane: &Callpane) -> String {
    let answer = callpane.desktop(12).rings("0199005577", "trucks").await;
    answer["title"].as_str().unwrap_or("nothing").to_owned()
}

#[tokio::test]
async fn the_newest_state_counts_and_is_shown_to_agents_and_programs_as_long_as_it_holds() {
    let callpane = setup("").start().await;
    // The id never changes, and one status comes twice.
    for (after, status) in [(0, "dnd"), (1, "available"), (2, "dnd"), (-60, "busy")] {
        user(&callpane, "310", after, status).await;
    }
    let until = "2026-09-21T14:45:00Z";
    let lunch = json!({ "status": "dnd", "until": until, "message": "Lunch",
        "location": { "address": "1 Sample Street", "lat": "48.8566", "lng": 2.3522 } });
    callpane.pbx("office").says(presence(&callpane, "user", "310", 3, &lunch)).await;
    let talking = json!({ "status": "talking", "email": "priya@example.test" });
    callpane.pbx("office").says(presence(&callpane, "telephony", "310", 0, &talking)).await;
    let priya = agents(&callpane).await.remove(0);
    let reports = json!([
        { "source": "office", "kind": "telephony", "status": "talking", "since": "2026-09-21T14:15:23Z",
          "at": "2026-09-21T14:15:23Z", "current": true, "message": null, "until": null, "location": null },
        { "source": "office", "kind": "user", "status": "dnd", "since": "2026-09-21T14:15:25Z",
          "at": "2026-09-21T14:15:26Z", "current": true, "message": "Lunch", "until": until,
          "location": { "address": "1 Sample Street", "latitude": 48.8566, "longitude": 2.3522 } },
    ]);
    let expected = json!({ "id": "priya", "name": "Priya Nair", "status": "dnd",
        "telephony": "talking", "presence": reports });
    assert_eq!(priya, expected);
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM presence").await, ["2"], "it is not a history");
    let own = callpane.built_in_desktop("priya").await["presence"].clone();
    let shown =
        json!({ "status": "dnd", "message": "Lunch", "until": until, "telephony": "talking" });
    assert_eq!(own, shown);
    assert_eq!(callpane.built_in_desktop("marcus").await["presence"], Value::Null);

    callpane.clock.advance(Duration::from_hours(1));
    let priya = agents(&callpane).await.remove(0);
    assert_eq!((&priya["status"], &priya["telephony"]), (&Value::Null, &json!("talking")));
    assert_eq!(priya["presence"][1]["current"], false);
    let own = callpane.built_in_desktop("priya").await["presence"].clone();
    assert_eq!((&own["status"], &own["until"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn commands_list_the_agents_presence() {
    let callpane = setup("").start().await;
    // A command has a clock of its own, which this holds for.
    let lunch = json!({ "status": "dnd", "until": "2126-01-01T00:00:00Z", "message": "Lunch" });
    callpane.pbx("office").says(presence(&callpane, "user", "310", 0, &lunch)).await;
    let registered = json!({ "status": "registered" });
    callpane.pbx("office").says(presence(&callpane, "telephony", "310", 0, &registered)).await;
    let secrets = SECRETS;
    let command = Command::beside(&callpane).set("CALLPANE_API_TOKEN", TOKEN);
    let command = secrets.into_iter().fold(command, |all, (name, value)| all.set(name, value));
    let said = command.run(&["agents"]).await;
    assert!(said.success, "{said:?}");
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert!(
        lines[0].contains("dnd (Lunch) until 2126-01-01T00:00:00Z, registered http"),
        "{said:?}"
    );
    assert!(lines[1].starts_with("marcus           Marcus Lee               -   "), "{said:?}");
    let said = command.run(&["agents", "--json"]).await;
    let priya: Value = serde_json::from_str(said.stdout.lines().next().unwrap()).unwrap();
    assert_eq!((&priya["status"], &priya["telephony"]), (&json!("dnd"), &json!("registered")));
    assert!(priya["link"].as_str().unwrap().contains("/desktop/"), "{priya}");
}

#[tokio::test]
async fn rules_know_at_the_ring_what_was_acknowledged_before_it() {
    let callpane = setup("").start().await;
    assert_eq!(title(&callpane).await, "nobody knows");
    for (after, status, expected) in [
        (0, "available", "available"),
        (1, "dnd", "nothing"),
        (3, "away", "away"),
        (2, "dnd", "away"),
    ] {
        user(&callpane, "312", after, status).await;
        assert_eq!(title(&callpane).await, expected);
    }
    // It rings and talks at once: that is talking, too.
    let rt = presence(&callpane, "telephony", "312", 0, &json!({ "status": "rt" }));
    callpane.pbx("office").says(rt).await;
    assert_eq!(title(&callpane).await, "nothing");
    let idle = presence(&callpane, "telephony", "312", 1, &json!({ "status": "registered" }));
    callpane.pbx("office").says(idle).await;
    assert_eq!(title(&callpane).await, "away registered");
}

#[tokio::test]
async fn a_status_counts_after_a_restart_and_on_other_nodes() {
    let callpane = setup("").start().await;
    user(&callpane, "312", 0, "dnd").await;
    let database = callpane.database.clone();
    if database.is_sqlite() {
        callpane.running.stop().await;
        let again = setup("").on(database).start().await;
        assert_eq!(title(&again).await, "nothing");
        return;
    }
    let other = setup("").on(database).start().await;
    assert_eq!(title(&other).await, "nothing");
    user(&callpane, "312", 1, "available").await;
    eventually("the other node hears of it", async || {
        (title(&other).await == "available").then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_a_system_said_that_is_switched_off_counts_no_longer() {
    let callpane = setup("").start().await;
    user(&callpane, "312", 0, "dnd").await;
    assert_eq!(title(&callpane).await, "nothing");
    let off = PHONE_SYSTEMS.replace("kind = \"wildix\"\n", "kind = \"wildix\"\nstate = \"off\"\n");
    let command = SECRETS
        .into_iter()
        .fold(Command::beside(&callpane), |command, (name, value)| command.set(name, value));
    let file = command.file("off.toml", &format!("{off}\n{RULES}"));
    let applied = command.run(&["apply", &file]).await;
    assert!(applied.success, "{applied:?}");
    eventually("it counts no longer", async || {
        (title(&callpane).await == "nobody knows").then_some(())
    })
    .await;
    let listed = agents(&callpane).await;
    let ilse = listed.iter().find(|agent| agent["id"] == "ilse").unwrap();
    assert_eq!(ilse["status"], Value::Null);
}

#[tokio::test]
async fn destinations_are_told_in_order_and_only_what_is_so_without_a_call() {
    let crm = Crm::start();
    let destination = |name: &str, more: &str| {
        format!("[[destination]]\nname = \"{name}\"\nurl = \"{}/{name}\"\n{more}\n", crm.url)
    };
    let told = r#"
        on = ["presence.changed"]
        when = { agent = "priya" }
        json = { who = "{{ agent.name }}", status = "{{ presence.status }}", message = "{{ presence.message }}", until = "{{ presence.until }}", place = "{{ presence.location }}", at = "{{ presence.latitude }} {{ presence.longitude }}", phone = "{{ presence.telephony | optional }}", now = "{{ agent.presence }}", call = "{{ call.uuid }}{{ caller.kind }}" }
    "#;
    let of_calls = "on = [\"*\"]\nwhen = { caller = \"*\" }";
    let callpane = setup(&[destination("told", told), destination("calls", of_calls)].concat());
    let callpane = callpane.start().await;
    let lunch = json!({ "status": "dnd", "until": "2026-09-21T14:45:00Z", "message": "Lunch",
        "location": { "address": "1 Sample Street", "lat": 48.5, "lng": -2.25 } });
    callpane.pbx("office").says(presence(&callpane, "user", "310", 0, &lunch)).await;
    user(&callpane, "311", 0, "busy").await;
    // What was so before is no news.
    user(&callpane, "310", -60, "away").await;
    let talking = json!({ "status": "talking" });
    callpane.pbx("office").says(presence(&callpane, "telephony", "310", 1, &talking)).await;
    let got = crm.gets(2).await;
    let bodies: Vec<Value> = got.iter().map(crate::crm::Got::json).collect();
    let empty = json!({ "who": "Priya Nair", "status": "", "message": "", "until": "", "place": "",
        "at": " ", "phone": "talking", "now": "dnd", "call": "" });
    let full = json!({ "who": "Priya Nair", "status": "dnd", "message": "Lunch",
        "until": "2026-09-21T14:45:00Z", "place": "1 Sample Street", "at": "48.5 -2.25", "now": "dnd",
        "call": "" });
    assert_eq!(bodies, [full, empty]);
    let owed = callpane
        .sql("SELECT DISTINCT destination, COUNT(DISTINCT line) FROM delivery GROUP BY destination")
        .await;
    assert_eq!(owed, ["told|1"], "in one line, and not to whoever asks for callers");
}

#[tokio::test]
async fn a_system_described_by_data_reports_presence_and_never_a_call() {
    let described = r#"
        [[source]]
        name = "other"
        kind = "mapped"
        auth = { header = { name = "X-Key", value = "env:LAB_KEY" } }
        event = "event"
        events = { state = "presence.changed" }
        keys = { call = "id", agent = "ext", "presence.status" = "state", "presence.until" = "until", "presence.telephony" = "phone", "presence.latitude" = "lat" }

        [[agent]]
        id = "omar"
        at = { other = "500" }
    "#;
    let callpane = setup(described).start().await;
    let says = async |body: Value| {
        let headers = [("x-key", "vector-lab"), ("content-type", "application/json")];
        callpane.pbx("other").sends("POST", "", &headers, body.to_string()).await
    };
    let busy = json!({ "event": "state", "id": "7", "ext": 500, "state": "Busy", "until": "soon",
        "lat": 4711, "phone": "talking" });
    assert_eq!(says(busy).await.0, 202);
    assert_eq!(says(json!({ "event": "state", "ext": 500, "phone": "idle" })).await.0, 202);
    assert_eq!(says(json!({ "event": "state", "ext": 999, "state": "away" })).await.0, 202);
    let all = agents(&callpane).await;
    let omar = all.iter().find(|agent| agent["id"] == "omar").unwrap();
    assert_eq!((&omar["status"], &omar["telephony"]), (&json!("Busy"), &json!("idle")));
    let user = &omar["presence"][1];
    assert_eq!(
        (&user["until"], &user["location"]),
        (&Value::Null, &Value::Null),
        "what makes no sense"
    );
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM call").await, ["0"]);
    assert_eq!(callpane.sql("SELECT DISTINCT agent FROM presence").await, ["agent:omar"]);
}

#[tokio::test]
async fn the_desktop_is_woken_when_its_agents_presence_changes() {
    let callpane = setup("").start().await;
    let cookie = callpane.cookie_of("priya").await;
    let mut stream =
        crate::live::Stream::open(&callpane, "/desktop/stream", &[("cookie", &cookie)]).await;
    let (_, _, before) = stream.next().await.unwrap();
    assert!(!before.0.contains("Do not disturb"), "{before:?}");
    user(&callpane, "310", 0, "DND").await;
    let (_, _, after) = stream.next().await.unwrap();
    assert!(after.0.contains("<strong>Do not disturb</strong>"), "{after:?}");
    callpane.pbx("lab").says(lab("ring", "c1", "+33199005577", "310")).await;
    let pages = callpane.built_in_desktop("priya").await["panes"].clone();
    assert_eq!(pages, json!([]), "the rule heeds it for calls of other systems, too");
}
