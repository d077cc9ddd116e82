//! "Why did nothing open?", where the rules were not asked, or could not have opened anything: a phone system's
//! own reasons, and those of the rules while the database was away.

use std::time::Duration;

use serde_json::json;

use crate::console_access::Browser;
use crate::explain::{QUIET, asks, explained, in_paris, says, verdict};
use crate::harness::{Callpane, LAB, SECRETS, Setup, eventually, lab, xuc_event};
use crate::hold::Hold;

fn with_secrets() -> Setup {
    SECRETS.into_iter().fold(in_paris(), |setup, (name, value)| setup.set(name, value))
}

const NADIA: &str = r#"
[[agent]]
id = "nadia"
name = "Nadia Ferrer"
at = { lab = "1012" }
[[rule]]
name = "hosted"
"#;

/// The sentence of a verdict that a phone system's event opened nothing, after its beginning, which has to be this.
async fn why(callpane: &Callpane, path: &str, beginning: &str) -> String {
    let (kind, sentence) = verdict(callpane, path).await;
    assert_eq!(kind, "not-asked", "{path}: {sentence}");
    assert_eq!(explained(callpane, path).await["causes"], json!([]), "{path}");
    let why = sentence.strip_prefix(beginning).unwrap_or_else(|| panic!("{path}: {sentence}"));
    why.trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_system_without_a_desktop_opens_nothing_for_its_own_reasons() {
    let callpane = with_secrets().rules(&format!("{LAB}{NADIA}")).leaves_deliveries().start().await;
    let mut admin = Browser::with_role(&callpane, "anna", "admin").await;
    callpane.pbx("lab").says(lab("ring", "a2", "+33199005578", "1014")).await;
    let stranger = "Nothing opened for agent 1014 at 16:15:23, when lab reported the call.";
    let events = admin.opens("/console/events").await.text;
    for path in ["explain?agent=1014&at=16:15", "calls/a2/explain"] {
        let why = why(&callpane, path, stranger).await;
        let entry = "at = { lab = \"1014\" }";
        let text = why.strip_suffix(entry).unwrap_or_else(|| panic!("{why}"));
        assert!(!text.is_empty() && events.contains(text.trim()), "{text}: {events}");
    }
    // Who has a page already gets none for the same call.
    callpane.pbx("lab").says(lab("ring", "a1", "+33199005577", "1012")).await;
    callpane.clock.advance(Duration::from_mins(5));
    callpane.pbx("lab").says(lab("ring", "a1", "+33199005577", "1012")).await;
    let again = "Nothing opened for Nadia Ferrer at 16:20:23, when lab reported the call.";
    let paged = why(&callpane, "explain?agent=nadia&at=16:20", again).await;
    let events = admin.opens("/console/events").await.text;
    assert!(!paged.is_empty() && events.contains(&paged), "{paged}: {events}");
}

pub(crate) const XUC: &str = r#"
[[source]]
name = "xuc"
kind = "xuc"
auth = { query = { name = "key", value = "env:XUC_KEY" } }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_desktop_whose_phone_system_told_of_the_call_should_have_asked() {
    let callpane = with_secrets().rules(XUC).start().await;
    callpane.pbx("xuc").says(xuc_event("EventRinging", "1012", "0199005577", "1.7")).await;
    let sentence = "Nothing opened for agent 1012 at 16:15:23: xuc reported the call, but no desktop of \
                    this agent asked what to open.";
    for path in ["explain?agent=1012&at=16:15", "calls/1.7/explain"] {
        says(&callpane, path, "not-asked", sentence).await;
        let causes = explained(&callpane, path).await["causes"].to_string();
        assert!(causes.contains("THIRD_PARTY_URL"), "{causes}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_no_desktop_asked_about_is_not_taken_for_the_one_before() {
    let callpane = with_secrets().rules(&format!("{QUIET}{XUC}")).start().await;
    callpane.desktop(12).rings_with("0199005577", "trucks", "1.7").await;
    callpane.clock.advance(Duration::from_mins(2));
    callpane.pbx("xuc").says(xuc_event("EventRinging", "1012", "0199005578", "1.8")).await;
    let unasked = "Nothing opened for agent 1012 at 16:17:23: xuc reported the call, but no desktop of this \
                   agent asked what to open.";
    let path = "explain?agent=1012&at=16:17";
    says(&callpane, path, "not-asked", unasked).await;
    assert_eq!(explained(&callpane, path).await["also"].as_array().unwrap().len(), 1);
    let before = "Nothing opened for Agent 12 at 16:15:23: rule 2 “quiet” says to open nothing.";
    says(&callpane, "explain?agent=1012&at=16:15", "rule-none", before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_for_nobody_configured_is_found_by_its_number() {
    let callpane = with_secrets().rules(&format!("{LAB}{NADIA}")).leaves_deliveries().start().await;
    callpane.pbx("lab").says(lab("ring", "a2", "+33199005578", "1014")).await;
    let stranger = "Nothing opened for agent 1014 at 16:15:23, when lab reported the call.";
    for path in ["explain?number=0199005578&at=16:15", "explain?agent=1014"] {
        why(&callpane, path, stranger).await;
    }
    let calls = asks(&callpane, "calls?number=0199005578").await.1;
    assert_eq!(calls["calls"].as_array().unwrap().len(), 1, "{calls}");
    let live = asks(&callpane, "live").await.1;
    assert_eq!(
        live["calls"].as_array().unwrap().len(),
        1,
        "once, not as a ring and as a part: {live}"
    );
    // Of several reports the nearest is meant.
    callpane.clock.advance(Duration::from_secs(90));
    callpane.pbx("lab").says(lab("ring", "a3", "+33199005579", "1014")).await;
    let second = "Nothing opened for agent 1014 at 16:16:53, when lab reported the call.";
    why(&callpane, "explain?agent=1014&at=16:16:50", second).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_for_what_it_is() {
    let callpane = with_secrets().rules(&format!("{LAB}{NADIA}")).leaves_deliveries().start().await;
    // The ends of a span name their days only where these are two.
    for (at, span) in [
        ("16:15", "between 16:13 and 16:18"),
        ("00:00", "between yesterday at 23:58 and 00:03"),
        ("2026-09-20+16:15", "between 16:13 and 16:18 yesterday"),
        ("2026-09-20+00:00", "between 2026-09-19 23:58 and yesterday at 00:03"),
    ] {
        let none = format!("No call from this number is on record {span}.");
        says(&callpane, &format!("explain?number=0199005599&at={at}"), "no-ring", &none).await;
    }
    let future = "That time has not come yet: you asked about a call on 2030-01-01 at 10:42, and it is 16:15 now.";
    says(&callpane, "explain?agent=nadia&at=2030-01-01+10:42", "not-on-record", future).await;
    let causes = async |agent: &str| {
        explained(&callpane, &format!("explain?agent={agent}")).await["causes"][0].to_string()
    };
    assert!(causes("nadia").await.contains("lab reported no call for this agent"));
    assert!(causes("nobody").await.contains("Nobody is known here by that name"));
}

const NAMESAKES: &str = r#"
[[agent]]
id = "marc"
name = "Marc Dubois"
at = { lab = "311" }
[[agent]]
id = "marc2"
name = "Marc Dubois"
at = { lab = "312" }
[[rule]]
name = "hosted"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_shares_a_name_is_named_and_none_is_picked() {
    let callpane =
        with_secrets().rules(&format!("{LAB}{NAMESAKES}")).leaves_deliveries().start().await;
    callpane.pbx("lab").says(lab("ring", "a1", "+33199005577", "311")).await;
    callpane.clock.advance(Duration::from_secs(10));
    callpane.pbx("lab").says(lab("ring", "a2", "+33199005578", "312")).await;
    for path in ["explain?agent=marc+dubois", "explain?agent=Marc%20Dubois&at=16:15"] {
        let answer = explained(&callpane, path).await;
        assert_eq!(answer["verdict"]["kind"], "several", "{path}: {answer}");
        let also = answer["also"].as_array().unwrap();
        assert_eq!(also.len(), 2, "{path}: {answer}");
    }
    let (kind, _) = verdict(&callpane, "explain?agent=marc2").await;
    assert_ne!(kind, "several", "that is an id");
}

const AWAY: &str = r#"
[[rule]]
name = "hosted"
when = { queue = "cars" }
[[rule]]
name = "quiet"
when = { queue = "trucks" }
action = "none"
[[rule]]
name = "program"
when = { queue = "program" }
action = "run"
url = 'C:\Crm\crm.exe'
[[rule]]
name = "crm"
when = { queue = "crm" }
url = "https://crm.example.com/"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_database_is_blamed_only_for_what_would_have_opened() {
    let setup = in_paris().rules(AWAY).expects_errors();
    let callpane = setup.set("CALLPANE_RING_DEADLINE", "300ms").start().await;
    let hold = Hold::everything(&callpane.database).await;
    for (user, queue) in [(12, "trucks"), (13, "vans"), (14, "program"), (15, "crm"), (16, "cars")]
    {
        callpane.desktop(user).rings("0199005577", queue).await;
    }
    hold.release();
    eventually("all are written down", async || {
        let written = asks(&callpane, "explain?agent=16&at=16:15").await.1;
        (written["verdict"]["kind"] == "away").then_some(())
    })
    .await;
    let quiet = "Nothing opened for Agent 12 at 16:15:23: rule 2 “quiet” says to open nothing.";
    says(&callpane, "explain?agent=12", "rule-none", quiet).await;
    let none = "Nothing opened for Agent 13 at 16:15:23: no rule matches this call (rules: 4).";
    says(&callpane, "explain?agent=13", "no-rule", none).await;
    for path in ["explain?agent=12", "explain?agent=13"] {
        let notes = explained(&callpane, path).await["notes"].to_string();
        assert!(notes.contains("In addition, the database could not be reached"), "{notes}");
    }
    let told = "The desktop of Agent 14 was told at 16:15:23 to run a program, as rule 3 “program” says; the \
                database could not be reached (";
    let page = "The desktop of Agent 15 was told at 16:15:23 to open another system’s page, as rule 4 “crm” \
                says; the database could not be reached (";
    for (path, start) in [("explain?agent=14", told), ("explain?agent=15", page)] {
        let (kind, sentence) = verdict(&callpane, path).await;
        assert!(kind == "away" && sentence.starts_with(start), "{sentence}");
        assert_eq!(explained(&callpane, path).await["notes"], json!([]));
    }
}
