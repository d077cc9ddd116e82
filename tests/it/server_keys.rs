//! The key that addresses are signed with is rotated while pages are open.

use std::time::Duration;

use callpane::inside::{Clock as _, Id, SystemClock};

use crate::checks::Command;
use crate::harness::{Callpane, SECRETS, THEN, eventually};

/// The page of a new ring, as a path.
async fn rings(callpane: &Callpane) -> String {
    let answer = callpane.desktop(12).rings("0199005577", "q").await;
    callpane.opens(&answer).await.path
}

async fn status(callpane: &Callpane, path: &str) -> u16 {
    callpane.http.get(callpane.url(path)).send().await.unwrap().status().as_u16()
}

/// Opens a personal link in a browser that has a session already.
async fn enters(callpane: &Callpane, link: &str, cookie: &str) -> u16 {
    let request = callpane.http.get(callpane.url(link)).header("cookie", cookie);
    request.send().await.unwrap().status().as_u16()
}

fn command(callpane: &Callpane) -> Command {
    let beside = Command::beside(callpane).set("CALLPANE_PUBLIC_URL", &callpane.running.public_url);
    SECRETS.into_iter().fold(beside, |command, (name, value)| command.set(name, value))
}

async fn keys(callpane: &Callpane) -> Vec<String> {
    callpane.sql("SELECT secret FROM server_key ORDER BY signs_from").await
}

/// The personal link that the command line prints.
async fn printed_link(callpane: &Callpane) -> String {
    let said = command(callpane).run(&["agents"]).await;
    let line = said.stdout.lines().find(|line| line.starts_with("priya")).expect("a link");
    let url = line.split_whitespace().last().unwrap();
    url.strip_prefix(&callpane.running.public_url).unwrap().to_owned()
}

#[tokio::test]
async fn open_pages_and_sessions_outlive_a_rotation_and_old_links_do_not() {
    // The command reads the system's clock: this one shows the same time, and stands still.
    let passed = SystemClock::default().now().since(THEN);
    let callpane = Callpane::setup().phone_systems("").later(passed).start().await;
    let old_page = rings(&callpane).await;
    let (old_link, cookie) = (callpane.personal_link("priya"), callpane.signs_in("priya").await);
    let said = command(&callpane).run(&["rotate-key"]).await;
    assert!(said.success && said.stdout.contains("CALLPANE_PANE_LIFETIME"), "{said:?}");
    assert_eq!(keys(&callpane).await.len(), 2);
    let link = printed_link(&callpane).await;
    assert_ne!(link, old_link);
    eventually("the new key verifies", async || {
        (status(&callpane, &link).await == 303).then_some(())
    })
    .await;
    assert_eq!(status(&callpane, &old_link).await, 303, "the old key still verifies");
    let token = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let id = Id::from_number(callpane.sql("SELECT id FROM pane").await[0].parse().unwrap());
    callpane.clock.advance(Duration::from_mins(1));
    eventually("the new key signs", async || {
        (callpane.running.flow.context.pane_token(id).to_string() != token(&old_page)).then_some(())
    })
    .await;
    assert_eq!(status(&callpane, &old_page).await, 200, "a page that is open goes on");
    let new_page = rings(&callpane).await;
    let database = callpane.database.clone();
    callpane.running.stop().await;
    // Hours later, on the same database.
    let passed = passed + Duration::from_hours(11);
    let later = Callpane::setup().phone_systems("").on(database).later(passed).start().await;
    assert_eq!(status(&later, &old_page).await, 200);
    assert_eq!(status(&later, &new_page).await, 200);
    later.clock.advance(Duration::from_mins(90));
    eventually("the old key goes", async || {
        (enters(&later, &old_link, &cookie).await == 401).then_some(())
    })
    .await;
    assert_eq!(enters(&later, &link, &cookie).await, 303);
    let desk = later.http.get(later.url("/desktop")).header("cookie", cookie).send().await.unwrap();
    assert_eq!(desk.status(), 200, "whoever is signed in stays so");
    later.running.flow.retention.forget().await.unwrap();
    assert_eq!(keys(&later).await.len(), 1);
}

#[tokio::test]
async fn a_compromised_key_takes_pages_links_and_sessions_with_it() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let page = rings(&callpane).await;
    let (link, cookie) = (callpane.personal_link("priya"), callpane.signs_in("priya").await);
    let said = command(&callpane).run(&["rotate-key"]).await;
    assert!(said.success, "{said:?}");
    let said = command(&callpane).run(&["rotate-key", "--compromised"]).await;
    assert!(said.success && said.stdout.contains("all sessions are no longer valid"), "{said:?}");
    assert_eq!(keys(&callpane).await.len(), 1, "none of those before is left");
    eventually("the old key is gone", async || {
        (status(&callpane, &page).await == 404).then_some(())
    })
    .await;
    assert_eq!(status(&callpane, &link).await, 401);
    let desk = callpane.http.get(callpane.url("/desktop")).header("cookie", cookie);
    assert_eq!(desk.send().await.unwrap().status(), 401);
    assert_eq!(status(&callpane, &printed_link(&callpane).await).await, 303);
}

#[tokio::test]
async fn a_key_that_the_environment_sets_is_rotated_there() {
    let (old, new) = ("an old key of a decent length", "a new key of a decent length");
    let callpane =
        Callpane::setup().phone_systems("").set("CALLPANE_SERVER_KEY", old).start().await;
    let (page, link) = (rings(&callpane).await, callpane.personal_link("priya"));
    assert!(keys(&callpane).await.is_empty(), "what is set is not kept in the database");
    let said = command(&callpane).set("CALLPANE_SERVER_KEY", old).run(&["rotate-key"]).await;
    assert!(!said.success && said.stderr.contains("CALLPANE_SERVER_KEY=NEW,OLD"), "{said:?}");
    let database = callpane.database.clone();
    callpane.running.stop().await;
    let both = Callpane::setup().phone_systems("").on(database.clone());
    let both = both.set("CALLPANE_SERVER_KEY", format!("{new},{old}")).start().await;
    assert_eq!(status(&both, &page).await, 200);
    assert_eq!(status(&both, &link).await, 303);
    let (new_page, new_link) = (rings(&both).await, both.personal_link("priya"));
    both.running.stop().await;
    let alone = Callpane::setup().phone_systems("").on(database);
    let alone = alone.set("CALLPANE_SERVER_KEY", new).start().await;
    assert_eq!(status(&alone, &page).await, 404);
    assert_eq!(status(&alone, &new_page).await, 200);
    assert_eq!(status(&alone, &link).await, 401);
    assert_eq!(status(&alone, &new_link).await, 303);
}

#[tokio::test]
async fn two_nodes_that_start_at_once_have_one_key() {
    let first = Callpane::setup().phone_systems("").start().await;
    if first.database.is_sqlite() {
        return; // serves one node
    }
    let second = Callpane::setup().phone_systems("").on(first.database.clone()).start().await;
    assert_eq!(keys(&first).await.len(), 1);
    assert_eq!(status(&second, &rings(&first).await).await, 200);
}
