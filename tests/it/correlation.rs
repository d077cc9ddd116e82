//! Two agents, and calls from one switchboard's number at the same moment: whatever is reported in
//! whichever order, no call is ever made of both.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{Callpane, LAB, lab};

/// Both agents, by the names that both systems have for them.
const BOTH: &str = r#"
[[agent]]
id = "priya"
at = { xivo = "87", lab = "310" }

[[agent]]
id = "marcus"
at = { xivo = "88", lab = "311" }
"#;

/// Nobody is configured: XiVO's line and the other system's extension are the same number.
const NOBODY: &str = "";

async fn callpane(agents: &str) -> Callpane {
    Callpane::setup().rules(&format!("{LAB}{agents}")).set("LAB_KEY", "vector-lab").start().await
}

/// Every order of these reports.
fn orders(reports: &[usize]) -> Vec<Vec<usize>> {
    if reports.is_empty() {
        return vec![Vec::new()];
    }
    let begun_with = |first: &usize| {
        let rest: Vec<usize> = reports.iter().copied().filter(|one| one != first).collect();
        let first = *first;
        orders(&rest).into_iter().map(move |rest| [vec![first], rest].concat())
    };
    reports.iter().flat_map(begun_with).collect()
}

/// Which reports were taken for one call: for each call, who was told of in its events.
async fn calls(callpane: &Callpane) -> BTreeMap<String, Vec<String>> {
    let mut calls: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let told = "SELECT DISTINCT call_id, agent FROM event WHERE agent IS NOT NULL ORDER BY 1, 2";
    for row in callpane.sql(told).await {
        let (call, agent) = row.split_once('|').unwrap();
        calls.entry(call.to_owned()).or_default().push(agent.to_owned());
    }
    calls
}

#[tokio::test]
async fn two_agents_calls_from_one_number_are_never_made_one_in_any_order() {
    for (agents, extensions) in [(BOTH, ["310", "311"]), (NOBODY, ["1087", "1088"])] {
        let callpane = callpane(agents).await;
        let all = orders(&[0, 1, 2, 3]);
        for (at, order) in all.iter().enumerate() {
            let caller = format!("+331990055{at:02}");
            for report in order {
                let call = report % 2;
                let id = format!("{at}.{call}");
                if *report < 2 {
                    let desktop = callpane.desktop(if call == 0 { 87 } else { 88 });
                    desktop.rings_with(&caller, "trucks", &id).await;
                } else {
                    callpane.pbx("lab").says(lab("ring", &id, &caller, extensions[call])).await;
                }
            }
            for (call, extension) in extensions.into_iter().enumerate() {
                let id = format!("{at}.{call}");
                callpane.pbx("lab").says(lab("answer", &id, &caller, extension)).await;
            }
        }
        let expected: [&[&str]; 2] = if agents.is_empty() {
            [&["lab:line:1087", "xivo:user:87"], &["lab:line:1088", "xivo:user:88"]]
        } else {
            [&["agent:priya"], &["agent:marcus"]]
        };
        let calls = calls(&callpane).await;
        assert_eq!(
            calls.len(),
            2 * all.len(),
            "and each agent's reports are of one call: {calls:?}"
        );
        for told in calls.values() {
            assert!(
                expected.contains(&&*told.iter().map(String::as_str).collect::<Vec<_>>()),
                "{told:?}"
            );
        }
    }
}

/// A report that names neither an agent nor a queue.
fn bare(call: &str, caller: &str) -> Value {
    json!({ "event": { "name": "start" }, "call": { "uuid": call, "from": caller } })
}

#[tokio::test]
async fn a_number_alone_makes_no_report_part_of_a_call() {
    let callpane = callpane(BOTH).await;
    callpane.desktop(87).rings_with("+33199005577", "trucks", "x1").await;
    callpane.pbx("lab").says(bare("c1", "+33199005577")).await;
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM call").await, ["2"]);
    callpane.pbx("lab").says(bare("c2", "+33199005578")).await;
    callpane.desktop(87).rings_with("+33199005578", "trucks", "x2").await;
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM call").await, ["4"]);
}

#[tokio::test]
async fn of_two_calls_that_could_be_meant_none_is() {
    let callpane = callpane(BOTH).await;
    callpane.desktop(87).rings_with("+33199005577", "trucks", "x1").await;
    callpane.desktop(87).rings_with("+33199005577", "trucks", "x2").await;
    callpane.pbx("lab").says(lab("ring", "c1", "+33199005577", "310")).await;
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM call").await, ["3"]);
}

#[tokio::test]
async fn among_very_many_calls_of_one_number_none_is_looked_for() {
    let callpane = callpane(BOTH).await;
    for call in 0..19 {
        callpane.desktop(88).rings_with("+33199005577", "trucks", &format!("x{call}")).await;
    }
    callpane.desktop(87).rings_with("+33199005577", "trucks", "x19").await;
    callpane.pbx("lab").says(lab("ring", "c1", "+33199005577", "310")).await;
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM call").await, ["21"]);
}
