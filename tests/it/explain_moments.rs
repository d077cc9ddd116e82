//! "Why did nothing open?", asked about pages that open later than the ring: as long as their moment may
//! still come, once it has come, and where nobody tells whether it has.

use std::time::Duration;

use serde_json::json;

use crate::explain::{explained, in_paris, says, verdict};
use crate::explain_undecided::XUC;
use crate::harness::{Callpane, LAB, SECRETS, Setup, lab, xuc_event};

const LATER: &str = r#"
[[rule]]
name = "crm"
when = { queue = "crm" }
url = "https://crm.example.com/?p={{ caller.e164 }}"
moment = "answered"
[[rule]]
name = "summary"
when = { queue = "summary" }
moment = "ended"
[[rule]]
name = "later"
moment = "answered"
"#;

const CALLER: &str = "+33199005577";

fn beside_a_phone_system() -> Setup {
    let setup = SECRETS.into_iter().fold(in_paris(), |setup, (name, value)| setup.set(name, value));
    setup.rules(&format!("{LATER}{LAB}"))
}

/// XuC tells of a desktop's calls by the id that the desktop gives them.
fn beside_xuc() -> Setup {
    let setup = SECRETS.into_iter().fold(in_paris(), |setup, (name, value)| setup.set(name, value));
    setup.rules(&format!("{LATER}{XUC}"))
}

/// The phone system and the desktop both say that this call rings at agent 12, on line 1012.
async fn rings(callpane: &Callpane, queue: &str) {
    callpane.pbx("lab").says(lab("ring", "a1", CALLER, "1012")).await;
    callpane.desktop(12).rings("0199005577", queue).await;
}

const PATH: &str = "explain?agent=12&at=16:15:23";

#[tokio::test(flavor = "multi_thread")]
async fn what_no_phone_system_reports_is_not_awaited_for_ever() {
    let callpane = in_paris().rules(LATER).start().await;
    callpane.desktop(12).rings("0199005577", "trucks").await;
    callpane.desktop(13).rings("0199005577", "summary").await;
    callpane.desktop(14).rings("0199005577", "crm").await;
    callpane.clock.advance(Duration::from_mins(90));
    let answered = "Nothing opened for Agent 12 at 16:15:23: rule 3 “later” opens its page when the call \
                    is answered, and Callpane cannot tell whether it was: no phone system reports this call.";
    says(&callpane, PATH, "unreported", answered).await;
    let causes = explained(&callpane, PATH).await["causes"].to_string();
    assert!(causes.contains("did not answer") && causes.contains("[[source]]"), "{causes}");
    let ended = "Nothing opened for Agent 13 at 16:15:23: rule 2 “summary” opens its page when an answered \
                 call has ended, and Callpane cannot tell whether it has: no phone system reports this call.";
    says(&callpane, "explain?agent=13&at=16:15:23", "unreported", ended).await;
    let crm = "The desktop of Agent 14 was told at 16:15:23 to open a page at crm.example.com when the call \
               is answered, as rule 1 “crm” says; Callpane cannot see whether it did.";
    says(&callpane, "explain?agent=14&at=16:15:23", "external", crm).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_system_that_is_configured_and_tells_nothing_of_the_call_is_named() {
    let callpane = beside_a_phone_system().start().await;
    callpane.desktop(12).rings("0199005577", "trucks").await;
    callpane.clock.advance(Duration::from_mins(10));
    let causes = explained(&callpane, PATH).await["causes"].to_string();
    assert!(causes.contains("lab reported nothing of this call"), "{causes}");
}

#[tokio::test(flavor = "multi_thread")]
async fn patience_begins_when_the_page_is_due() {
    let callpane = beside_a_phone_system().start().await;
    rings(&callpane, "trucks").await;
    callpane.clock.advance(Duration::from_secs(40));
    let waits = "The phone of Agent 12 rang at 16:15:23; nothing has opened yet: rule 3 “later” opens its page when the call is \
                 answered, and no answer has been seen.";
    says(&callpane, PATH, "waits", waits).await;
    callpane.pbx("lab").says(lab("answer", "a1", CALLER, "1012")).await;
    callpane.clock.advance(Duration::from_secs(14));
    let told = "The desktop of Agent 12 was told at 16:15:23 to open a page, as rule 3 “later” says; it has \
                not opened it yet.";
    says(&callpane, PATH, "pending", told).await;
    callpane.clock.advance(Duration::from_secs(1));
    let unused = "Nothing opened for Agent 12 at 16:15:23: the desktop was told to open a page, as rule 3 \
                  “later” says, but never did.";
    says(&callpane, PATH, "unused", unused).await;
    // The end of the call makes it no later.
    callpane.pbx("lab").says(lab("hangup", "a1", CALLER, "1012")).await;
    says(&callpane, PATH, "unused", unused).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_an_answered_call_is_a_moment_of_its_own() {
    let callpane = beside_a_phone_system().start().await;
    rings(&callpane, "summary").await;
    callpane.pbx("lab").says(lab("answer", "a1", CALLER, "1012")).await;
    callpane.clock.advance(Duration::from_mins(3));
    let waits = "The phone of Agent 12 rang at 16:15:23; nothing has opened yet: rule 2 “summary” opens its page when an \
                 answered call has ended, and no end has been seen.";
    says(&callpane, PATH, "waits", waits).await;
    callpane.pbx("lab").says(lab("hangup", "a1", CALLER, "1012")).await;
    let told = "The desktop of Agent 12 was told at 16:15:23 to open a page, as rule 2 “summary” says; it \
                has not opened it yet.";
    says(&callpane, PATH, "pending", told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_missed_has_not_come_to_its_moment() {
    let callpane = beside_a_phone_system().start().await;
    rings(&callpane, "trucks").await;
    callpane.desktop(12).rings("0199005577", "summary").await;
    callpane.clock.advance(Duration::from_secs(30));
    callpane.desktop(13).rings("0199005578", "summary").await;
    callpane.pbx("lab").says(lab("ring", "a2", "+33199005578", "1013")).await;
    for (call, caller, line) in [("a1", CALLER, "1012"), ("a2", "+33199005578", "1013")] {
        callpane.pbx("lab").says(lab("hangup", call, caller, line)).await;
    }
    callpane.clock.advance(Duration::from_mins(20));
    let ended = "Nothing opened for Agent 13 at 16:15:53: rule 2 “summary” opens its page when an answered \
                 call has ended, and this agent did not answer it.";
    says(&callpane, "explain?agent=13&at=16:15:53", "not-answered", ended).await;
    let found = explained(&callpane, "explain?agent=12&at=16:15:23").await;
    assert_eq!(found["verdict"]["kind"], "not-answered", "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_who_answered_ends_the_wait_before_the_call_ends() {
    let callpane = beside_a_phone_system().start().await;
    rings(&callpane, "trucks").await;
    callpane.pbx("lab").says(lab("ring", "a1", CALLER, "1014")).await;
    callpane.pbx("lab").says(lab("answer", "a1", CALLER, "1014")).await;
    let missed = "Nothing opened for Agent 12 at 16:15:23: rule 3 “later” opens its page when the call is \
                  answered, and this agent did not answer it.";
    says(&callpane, PATH, "not-answered", missed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_system_s_page_that_is_due_is_not_said_to_wait() {
    let callpane = beside_a_phone_system().start().await;
    rings(&callpane, "crm").await;
    let waits = "The phone of Agent 12 rang at 16:15:23; nothing has opened yet: rule 1 “crm” opens its page when the call is \
                 answered, and no answer has been seen.";
    says(&callpane, PATH, "waits", waits).await;
    callpane.pbx("lab").says(lab("answer", "a1", CALLER, "1012")).await;
    let told = "The desktop of Agent 12 was told at 16:15:23 to open a page at crm.example.com, as rule 1 \
                “crm” says; Callpane cannot see whether it did.";
    says(&callpane, PATH, "external", told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_rang_just_now_is_awaited_whoever_reports_it() {
    let callpane = in_paris().rules(LATER).start().await;
    callpane.desktop(12).rings("0199005577", "trucks").await;
    callpane.desktop(13).rings("0199005577", "summary").await;
    callpane.clock.advance(Duration::from_secs(10 * 60 - 1));
    let answered = "The phone of Agent 12 rang at 16:15:23; nothing has opened yet: rule 3 “later” opens its page when the call \
                    is answered, and no answer has been seen.";
    says(&callpane, PATH, "waits", answered).await;
    assert_eq!(explained(&callpane, PATH).await["causes"], json!([]));
    let summary = "explain?agent=13&at=16:15:23";
    assert_eq!(verdict(&callpane, summary).await.0, "waits");
    callpane.clock.advance(Duration::from_secs(1));
    for path in [PATH, summary] {
        assert_eq!(verdict(&callpane, path).await.0, "unreported", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_did_is_not_taken_for_what_the_agent_did() {
    let callpane = beside_xuc().start().await;
    // A call that rings everybody: of the last ones nothing is kept.
    for line in 0..256 {
        let line = format!("{line:04}");
        callpane.pbx("xuc").says(xuc_event("EventRinging", &line, "0199005577", "1.7")).await;
    }
    for queue in ["trucks", "summary", "crm"] {
        callpane.desktop(12).rings_with("0199005577", queue, "1.7").await;
        callpane.clock.advance(Duration::from_secs(10));
    }
    let [trucks, summary, crm] =
        ["16:15:23", "16:15:33", "16:15:43"].map(|at| format!("explain?agent=12&at={at}"));
    assert_eq!(verdict(&callpane, &trucks).await.0, "waits");
    callpane.pbx("xuc").says(xuc_event("EventEstablished", "0000", "0199005577", "1.7")).await;
    let answered = "Nothing opened for Agent 12 at 16:15:23: rule 3 “later” opens its page when the call is \
                    answered, and Callpane cannot tell whether this agent answered it: nothing is known of \
                    this agent’s part in the call.";
    says(&callpane, &trucks, "unreported", answered).await;
    // The phone system does report the call.
    let causes = explained(&callpane, &trucks).await["causes"].clone();
    assert_eq!(causes.as_array().unwrap().len(), 1, "{causes}");
    let told = "The desktop of Agent 12 was told at 16:15:43 to open a page at crm.example.com when the call \
                is answered, as rule 1 “crm” says; Callpane cannot see whether it did.";
    says(&callpane, &crm, "external", told).await;
    assert_eq!(verdict(&callpane, &summary).await.0, "waits");
    callpane.pbx("xuc").says(xuc_event("EventReleased", "0000", "0199005577", "1.7")).await;
    let ended = "Nothing opened for Agent 12 at 16:15:33: rule 2 “summary” opens its page when an answered \
                 call has ended, and Callpane cannot tell whether this agent answered it: nothing is known \
                 of this agent’s part in the call.";
    says(&callpane, &summary, "unreported", ended).await;
}
