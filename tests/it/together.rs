//! Rings that come at the same moment, some of the same call, at one node or at two: they share
//! transactions, and each is kept as if it had come alone.

use futures_util::future::join_all;
use serde_json::Value;

use crate::harness::{Callpane, LAB, Setup, lab};

const CALLS: u32 = 40;
const AGENTS: u32 = 5;

const RULES: &str = r#"
[[rule]]
name = "pausing"
when = { queue = "pausing" }
autopause = true
[[rule]]
name = "any"
when = { queue = "any" }
[[rule]]
name = "silent"
when = { queue = "silent" }
action = "none"
"#;

/// One node, and where the engine serves several, another.
async fn nodes_of(setup: impl Fn() -> Setup) -> Vec<Callpane> {
    let first = setup().start().await;
    let database = first.database.clone();
    let mut nodes = vec![first];
    if !database.is_sqlite() {
        nodes.push(setup().on(database).start().await);
    }
    nodes
}

async fn nodes() -> Vec<Callpane> {
    nodes_of(|| Callpane::setup().phone_systems("").rules(RULES)).await
}

/// Every call rings at every agent, all at once, in turn at each node.
async fn all_ring(nodes: &[Callpane], queue: &str, series: u32) -> Vec<Value> {
    let rings = (0..CALLS * AGENTS).map(|at| async move {
        let (call, agent) = (at / AGENTS, at % AGENTS);
        let node = &nodes[usize::try_from(at).unwrap() % nodes.len()];
        node.desktop(agent).rings_with("0199005577", queue, &format!("{series}.{call}")).await
    });
    join_all(rings).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rings_of_one_call_at_the_same_moment_are_one_call() {
    let nodes = nodes().await;
    for series in 0..3 {
        let answers = all_ring(&nodes, "any", series).await;
        assert!(answers.iter().all(|answer| answer["action"] == "open"), "{answers:?}");
    }
    let calls = nodes[0].sql("SELECT COUNT(*), MIN(rings), MAX(rings) FROM call").await;
    assert_eq!(calls, [format!("{}|{AGENTS}|{AGENTS}", CALLS * 3)]);
    let events = nodes[0]
        .sql("SELECT call_id, COUNT(*), COUNT(DISTINCT agent), COUNT(DISTINCT pane_id) FROM event GROUP BY call_id")
        .await;
    assert_eq!(events.len(), usize::try_from(CALLS * 3).unwrap());
    for of_call in &events {
        let each = format!("|{AGENTS}|{AGENTS}|{AGENTS}");
        assert!(of_call.ends_with(&each), "a page for each agent: {of_call}");
    }
    let orphans = "SELECT COUNT(*) FROM event WHERE call_id NOT IN (SELECT id FROM call)";
    assert_eq!(nodes[0].sql(orphans).await, ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_ring_of_each_agent_is_one_of_theirs_and_so_is_the_one_before() {
    let nodes = nodes().await;
    all_ring(&nodes, "any", 0).await;
    let newest = nodes[0]
        .sql(
            "SELECT n.agent FROM newest_ring n
             JOIN event e ON e.id = n.event_id AND e.call_id = n.call_id AND e.agent = n.agent
             JOIN event b ON b.id = n.before_event_id AND b.call_id = n.before_call_id
                         AND b.agent = n.agent AND b.call_id <> e.call_id",
        )
        .await;
    assert_eq!(newest.len(), usize::try_from(AGENTS).unwrap(), "{newest:?}");
    // And once all is quiet, whatever rings is the newest.
    nodes[0].desktop(3).rings_with("0199005577", "any", "last").await;
    let last = "SELECT c.external_id FROM newest_ring n JOIN call c ON c.id = n.call_id
                WHERE n.event_id = (SELECT MAX(id) FROM event)";
    assert_eq!(nodes[0].sql(last).await, ["last"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_pause_is_carried_to_every_ring_that_comes_after_it() {
    let nodes = nodes().await;
    let before = all_ring(&nodes, "silent", 0).await;
    assert!(before.iter().all(|answer| answer["autopause"] != true), "{before:?}");
    for agent in 0..AGENTS - 1 {
        nodes[0].desktop(agent).rings_with("0199005577", "pausing", "pausing").await;
    }
    let after = all_ring(&nodes, "silent", 1).await;
    for (at, answer) in (0_u32..).zip(&after) {
        assert_eq!(answer["autopause"] == true, at % AGENTS < AGENTS - 1, "{at}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_and_an_event_that_come_at_the_same_moment_are_one_call() {
    let nodes = nodes_of(|| Callpane::setup().rules(LAB).set("LAB_KEY", "vector-lab")).await;
    let nodes = &nodes;
    let both = (0..CALLS * 2).map(|at| async move {
        let (call, is_event) = (at / 2, at % 2 == 1);
        let node = &nodes[usize::try_from(at / 3).unwrap() % nodes.len()];
        let (caller, id) = (format!("+331990055{call:02}"), format!("id-{call}"));
        if is_event {
            node.pbx("lab").says(lab("ring", &id, &caller, "1087")).await;
        } else {
            node.desktop(87).rings_with(&caller, "trucks", &id).await;
        }
    });
    join_all(both).await;
    let calls = "SELECT call_id, COUNT(*) FROM event GROUP BY call_id";
    let calls = nodes[0].sql(calls).await;
    assert_eq!(calls.len(), usize::try_from(CALLS).unwrap(), "{calls:?}");
    assert!(calls.iter().all(|call| call.ends_with("|2")), "{calls:?}");
}
