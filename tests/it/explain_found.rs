//! "Why did nothing open?": which ring is meant. Nobody is mixed up with somebody else, nothing is lost on a
//! busy site or when the database was away, and what is not on record is not claimed.

use std::time::Duration;

use serde_json::{Value, json};

use crate::console_access::Browser;
use crate::explain::{QUIET, TOKEN, asks, explained, in_paris, says, steps, verdict};
use crate::explain_undecided::XUC;
use crate::harness::{Callpane, LAB, SECRETS, eventually, lab, xuc_event};
use crate::hold::Hold;

/// Writes down so many events of others, at ids from this expression on.
async fn others_events(callpane: &Callpane, from: &str, count: usize) {
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO event (id, kind, agent, body, contact)
         SELECT ({from}) + i, 'call.ringing', 'xivo:user:99', '{{\"caller\":\"12\"}}', 'unknown' FROM n
         RETURNING 1"
    );
    assert_eq!(callpane.sql(&sql).await.len(), count);
}

/// A ring of a user whose agent's id may be another user's id.
async fn rings_at(callpane: &Callpane, user: u32, agent: u32, name: &str, caller: &str) -> Value {
    let desktop = callpane.desktop(user);
    let mut ring = desktop.ring(caller, "trucks");
    ring["user"] = json!({ "userId": user, "agentId": agent, "fullName": name });
    desktop.posts(&ring).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_with_a_short_id_is_found_among_many_rings() {
    let callpane = in_paris().rules(QUIET).start().await;
    callpane.desktop(12).rings("0199005577", "trucks").await;
    others_events(&callpane, "SELECT MIN(id) - 2000 FROM event", 1200).await;
    let sentence = "Nothing opened for Agent 12 at 16:15:23: rule 2 “quiet” says to open nothing.";
    for path in ["explain?agent=12&at=16:15", "explain?agent=12&at=16:14"] {
        says(&callpane, path, "rule-none", sentence).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_with_too_many_rings_to_look_at_all_of_them_is_no_time_without_any() {
    let callpane = in_paris().rules(QUIET).start().await;
    callpane.desktop(13).rings("0199005577", "trucks").await;
    others_events(&callpane, "SELECT MIN(id) FROM event", 20_100).await;
    let sentence = "No request from agent 12 was found between 16:13 and 16:18, but Callpane received too many \
                    requests to look at all of them.";
    says(&callpane, "explain?agent=12&at=16:15", "no-ring", sentence).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_id_and_an_agent_id_that_are_the_same_are_two_people() {
    let callpane = in_paris().rules(QUIET).start().await;
    rings_at(&callpane, 12, 40, "Nadia Ferrer", "0199005501").await;
    rings_at(&callpane, 30, 12, "Omar Haddad", "0199005502").await;
    let both =
        "“12” means several agents here: Nadia Ferrer (xivo:user:12), Omar Haddad (xivo:user:30).";
    for path in ["explain?agent=12&at=16:15", "explain?agent=12"] {
        says(&callpane, path, "several", both).await;
        let found = explained(&callpane, path).await;
        assert_eq!(found["also"].as_array().unwrap().len(), 2, "{found}");
    }
    for (agent, name) in [("xivo:user:12", "Nadia Ferrer"), ("omar%20haddad", "Omar Haddad")] {
        let path = format!("explain?agent={agent}&at=16:15");
        let sentence =
            format!("Nothing opened for {name} at 16:15:23: rule 2 “quiet” says to open nothing.");
        says(&callpane, &path, "rule-none", &sentence).await;
        assert_eq!(explained(&callpane, &path).await["notes"], json!([]));
    }
    // Only one of them was rung then: it is said that the other one exists.
    callpane.clock.advance(Duration::from_mins(10));
    rings_at(&callpane, 30, 12, "Omar Haddad", "0199005502").await;
    let found = explained(&callpane, "explain?agent=12&at=16:25").await;
    assert_eq!(found["agent"]["name"], "Omar Haddad");
    assert_eq!(found["notes"], json!(["“12” also means Nadia Ferrer (xivo:user:12)."]));
    // And where nobody was.
    let nobody = "No request from agent 12 between 16:18 and 16:22; the newest one: 16:25.";
    says(&callpane, "explain?agent=12&at=16:20:30", "no-ring", nobody).await;
    let found = explained(&callpane, "explain?agent=12&at=16:20:30").await;
    let several =
        "“12” means several agents here: Nadia Ferrer (xivo:user:12), Omar Haddad (xivo:user:30).";
    assert_eq!(found["notes"], json!([several]));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_rings_of_one_agent_in_a_minute_are_all_named() {
    let callpane = in_paris().rules(QUIET).start().await;
    callpane.desktop(12).rings_with("0199005501", "trucks", "1.1").await;
    callpane.clock.advance(Duration::from_secs(20));
    callpane.desktop(12).rings_with("0199005502", "cars", "1.2").await;
    callpane.clock.advance(Duration::from_secs(5));
    callpane.desktop(12).rings_with("0199005502", "trucks", "1.2").await;
    let path = "explain?agent=12&at=16:15:23";
    let first = "Nothing opened for Agent 12 at 16:15:23: rule 2 “quiet” says to open nothing.";
    says(&callpane, path, "rule-none", first).await;
    let found = explained(&callpane, path).await;
    let also = found["also"].as_array().unwrap();
    let texts: Vec<&str> = also.iter().map(|ring| ring["text"].as_str().unwrap()).collect();
    assert_eq!(
        texts,
        [
            "The phone of Agent 12 also rang at 16:15:43.",
            "The phone of Agent 12 also rang at 16:15:48."
        ]
    );
    // Each of them is explained by its own id, also of two rings of one call.
    let mut admin = Browser::with_role(&callpane, "anna", "admin").await;
    let page = admin.opens(&format!("/console/{path}")).await;
    for (ring, at) in also.iter().zip(["16:15:43", "16:15:48"]) {
        let id = ring["ring"].as_str().unwrap();
        assert!(page.text.contains(&format!("/console/calls/{id}")), "{}", page.text);
        let (_, sentence) = verdict(&callpane, &format!("calls/{id}/explain")).await;
        assert!(sentence.contains(at), "{sentence}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_that_could_not_be_written_is_found_by_whatever_is_known_of_it() {
    let setup = SECRETS.into_iter().fold(in_paris(), |setup, (name, value)| setup.set(name, value));
    let setup = setup.rules(&format!("{LAB}[[rule]]\nname = \"hosted\"\n")).expects_errors();
    let callpane = setup.set("CALLPANE_RING_DEADLINE", "300ms").start().await;
    callpane.desktop(12).rings_with("0199005570", "trucks", "1.6").await;
    callpane.clock.advance(Duration::from_mins(5));
    let hold = Hold::everything(&callpane.database).await;
    let answer = callpane.desktop(12).rings_with("0199005577", "trucks", "1.7").await;
    assert_eq!(answer["action"], "none");
    hold.release();
    let start = "Nothing opened for Agent 12 at 16:20:23: the database could not be reached (";
    for path in [
        "explain?number=0199005577&at=16:20",
        "calls/1.7/explain",
        "calls/xivo:1.7/explain?agent=12",
        "explain?agent=12",
        "explain?agent=12&at=16:20",
    ] {
        let sentence = eventually(path, async || {
            let (status, answer) = asks(&callpane, path).await;
            let is_away = status == 200 && answer["verdict"]["kind"] == "away";
            is_away.then(|| answer["verdict"]["text"].as_str().unwrap().to_owned())
        })
        .await;
        assert!(sentence.starts_with(start), "{path}: {sentence}");
    }
    let id = explained(&callpane, "calls/1.7/explain").await["ring"]["id"].clone();
    let by_id = format!("calls/{}/explain", id.as_str().unwrap());
    assert_eq!(verdict(&callpane, &by_id).await.0, "away");
    assert_eq!(verdict(&callpane, "calls/1.7/explain?agent=13").await.0, "other-agent");
    // Where the phone system tells of the call, too, the desktop did ask.
    callpane.pbx("lab").says(lab("ring", "a7", "+33199005577", "1012")).await;
    for path in ["calls/a7/explain", "calls/a7/explain?agent=12", "calls/1.7/explain"] {
        assert_eq!(verdict(&callpane, path).await.0, "away", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_rings_again_after_many_events() {
    let callpane = in_paris().rules(QUIET).start().await;
    callpane.desktop(12).rings_with("0199005577", "trucks", "1.7").await;
    others_events(&callpane, "SELECT MAX(id) FROM event", 20_100).await;
    callpane.clock.advance(Duration::from_mins(1));
    callpane.desktop(13).rings_with("0199005577", "trucks", "1.7").await;
    callpane.clock.advance(Duration::from_hours(5));
    callpane.desktop(14).rings_with("0199005577", "cars", "1.7").await;
    let quiet = "Nothing opened for Agent 13 at 16:16:23: rule 2 “quiet” says to open nothing.";
    says(&callpane, "calls/1.7/explain?agent=13", "rule-none", quiet).await;
    let cars = "The desktop of Agent 14 was told at 21:16:23 to open a page, as rule 1 “cars” says; it has \
                not opened it yet.";
    says(&callpane, "calls/1.7/explain?agent=14", "pending", cars).await;
    let found = explained(&callpane, "calls/1.7/explain").await;
    assert_eq!(found["agent"]["name"], "Agent 14");
    assert_eq!(found["others"].as_array().unwrap().len(), 2, "{found}");
    // What is on record no more is said to be that.
    callpane.sql("DELETE FROM event RETURNING 1").await;
    let gone = "Nothing about this call, which began at 16:15:23, is on record any more.";
    for path in ["calls/1.7/explain", "calls/1.7/explain?agent=12"] {
        says(&callpane, path, "not-on-record", gone).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_of_which_nothing_is_on_record_is_not_one_without_a_server() {
    let callpane = in_paris().set("CALLPANE_RETENTION", "2d").start().await;
    eventually("the server has said that it is there", async || {
        let path = "explain?agent=12&at=15:00";
        let sentence =
            "Nothing is on record for agent 12 at 15:00: Callpane’s records begin at 16:15.";
        let found = verdict(&callpane, path).await;
        assert_ne!(found.0, "not-running", "{}", found.1);
        (found == ("not-on-record".to_owned(), sentence.to_owned())).then_some(())
    })
    .await;
    let forgotten = "Nothing is on record any more for agent 12 on 2026-09-10 at 10:00: what is older than \
                     2026-09-19 16:15 has been deleted.";
    says(&callpane, "explain?agent=12&at=2026-09-10%2010:00", "not-on-record", forgotten).await;
    // Unless calls of before are there, as of a database that was filled from elsewhere.
    callpane.desktop(12).rings("0199005577", "trucks").await;
    callpane.clock.advance(Duration::from_mins(20));
    callpane.sql("DELETE FROM ring_count").await;
    let answer = "No request from agent 13 between 16:23 and 16:28; none is on record.";
    says(&callpane, "explain?agent=13&at=16:25", "no-ring", answer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desktop_beside_a_phone_system_is_read_by_every_list() {
    let setup = SECRETS.into_iter().fold(in_paris(), |setup, (name, value)| setup.set(name, value));
    let callpane = setup.rules(&format!("{QUIET}{LAB}")).start().await;
    callpane.pbx("lab").says(lab("ring", "a1", "+33199005577", "1012")).await;
    callpane.desktop(12).rings("0199005577", "trucks").await;
    let (_, found) = asks(&callpane, "calls?agent=Agent%2012").await;
    assert_eq!(found["calls"].as_array().unwrap().len(), 1, "{found}");
    let (_, live) = asks(&callpane, "live").await;
    let agents: Vec<&Value> =
        live["calls"].as_array().unwrap().iter().map(|it| &it["agent"]).collect();
    assert!(agents.contains(&&json!("Agent 12 (1012)")), "{live}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_and_notes_are_part_of_what_happened() {
    let callpane = in_paris().rules("[[rule]]\nname = \"hosted\"\n").start().await;
    let answer = callpane.desktop(12).rings_with("0199005577", "trucks", "1.7").await;
    let page = callpane.opens(&answer).await;
    callpane.clock.advance(Duration::from_secs(5));
    let card = callpane.http.post(callpane.url("/api/v1/calls/1.7/cards")).bearer_auth(TOKEN);
    let card = card.header("content-type", "application/json");
    let card = card.body(json!({ "title": "Order A-1207" }).to_string()).send().await.unwrap();
    assert_eq!(card.status().as_u16(), 201);
    callpane.clock.advance(Duration::from_secs(2));
    assert_eq!(page.notes("wants a blue one", 0).await.0, 200);
    let path = "calls/1.7/explain";
    let found = explained(&callpane, path).await;
    assert_eq!(steps(&found), ["asked", "decided", "answered", "fetched", "card", "noted"]);
    let texts = |found: &Value| -> Vec<String> {
        let all = found["timeline"].as_array().unwrap().iter();
        all.map(|step| step["text"].as_str().unwrap().to_owned()).collect()
    };
    let draft = "Notes were saved; Done has not been pressed";
    let posted = "CALLPANE_API_TOKEN posted the card “Order A-1207”";
    assert_eq!(texts(&found)[4..], [posted, draft]);
    assert_eq!(found["timeline"][4]["at"], "2026-09-21T14:15:28.000Z");
    assert_eq!(found["timeline"][5]["at"], "2026-09-21T14:15:30.000Z");
    assert_eq!(found["timeline"][5]["gap_ms"], 2000.0);
    callpane.clock.advance(Duration::from_secs(5));
    assert_eq!(page.done("wants a blue one", None).await.0, 200);
    let found = explained(&callpane, path).await;
    let after = ["asked", "decided", "answered", "fetched", "card", "noted", "finished"];
    assert_eq!(steps(&found), after);
    assert_eq!(texts(&found)[5..], ["Notes were saved", "Done, with notes"]);
    assert!(!found.to_string().contains("blue"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_of_the_list_is_explained_for_its_own_agent() {
    let setup = SECRETS.into_iter().fold(in_paris(), |setup, (name, value)| setup.set(name, value));
    let callpane = setup.rules(&format!("{QUIET}{XUC}")).start().await;
    for line in ["1012", "1014"] {
        callpane.pbx("xuc").says(xuc_event("EventRinging", line, "0199005577", "1.7")).await;
    }
    let told = listed(&callpane, "1012").await;
    callpane.desktop(12).rings_with("0199005577", "trucks", "1.7").await;
    let ring = listed(&callpane, "Agent%2012").await;
    let other = listed(&callpane, "1014").await;
    assert!(told != ring && ring != other, "{told}, {ring}, {other}");
    // The phone system told of both; only the desktop of agent 12 asked.
    for id in [&ring, &told] {
        let found = explained(&callpane, &format!("calls/{id}/explain")).await;
        assert_eq!(
            (&found["verdict"]["kind"], &found["agent"]["name"]),
            (&json!("rule-none"), &json!("Agent 12"))
        );
    }
    for path in [format!("calls/{other}/explain"), format!("calls/{other}/explain?agent=1014")] {
        let found = explained(&callpane, &path).await;
        assert_eq!(found["verdict"]["kind"], "not-asked", "{path}: {found}");
        assert_eq!(found["agent"]["id"], "1014", "{path}: {found}");
    }
    // Asked about somebody else, it is no answer.
    let path = format!("calls/{other}/explain?agent=Agent%2012");
    assert_eq!(verdict(&callpane, &path).await.0, "rule-none");
}

/// The id of the only line that the list of calls has of an agent.
async fn listed(callpane: &Callpane, agent: &str) -> String {
    let (_, found) = asks(callpane, &format!("calls?agent={agent}")).await;
    let [line] = found["calls"].as_array().unwrap().as_slice() else { panic!("{found}") };
    line["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_whom_only_other_numbers_rang_was_rung() {
    let callpane = in_paris().rules(QUIET).start().await;
    callpane.desktop(12).rings_with("0199005501", "trucks", "1.1").await;
    callpane.clock.advance(Duration::from_secs(20));
    callpane.desktop(12).rings_with("0199005502", "trucks", "1.2").await;
    let also = async |path: &str| -> Vec<String> {
        let found = explained(&callpane, path).await;
        let also = found["also"].as_array().unwrap().iter();
        also.map(|ring| ring["text"].as_str().unwrap().to_owned()).collect()
    };
    let both = [
        "The phone of Agent 12 also rang at 16:15:23.",
        "The phone of Agent 12 also rang at 16:15:43.",
    ];
    let path = "explain?agent=12&at=16:15&number=0199005577";
    let sentence = "Between 16:13 and 16:18, the phone of Agent 12 rang, but not from this number.";
    says(&callpane, path, "no-ring", sentence).await;
    assert_eq!(also(path).await, both);
    assert_eq!(explained(&callpane, path).await["causes"], json!([]));
    // Whom that number did ring is still said.
    callpane.desktop(13).rings_with("0199005577", "trucks", "1.3").await;
    let other = "Nothing opened for Agent 12 at 16:15:43: the call rang for Agent 13.";
    says(&callpane, path, "other-agent", other).await;
    assert_eq!(also(path).await, both);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_phone_number_is_refused_at_its_field() {
    let callpane = in_paris().rules(QUIET).start().await;
    callpane.desktop(12).rings("0199005577", "trucks").await;
    let mut admin = Browser::with_role(&callpane, "anna", "admin").await;
    for asked in ["agent=12&at=16:15", "at=16:15"] {
        let path = format!("explain?{asked}&number=nobody");
        let (status, problem) = asks(&callpane, &path).await;
        let code = problem["type"].as_str().unwrap();
        assert!(status == 422 && code.ends_with("not-a-number"), "{path}: {status} {problem}");
        let page = admin.opens(&format!("/console/{path}")).await;
        assert_eq!(page.status, 200);
        for shown in [
            "This is not a phone number.",
            "value=\"nobody\" autocomplete=\"off\" aria-invalid=\"true\"",
        ] {
            assert!(page.text.contains(shown), "{path}: {}", page.text);
        }
    }
    let page = admin.opens("/console/explain?agent=12&at=16:15&number=0199005577").await;
    assert!(!page.text.contains("aria-invalid"), "{}", page.text);
}
