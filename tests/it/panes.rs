//! `/pane/{token}`: the page of one call and what is done on it.

use std::time::Duration;

use callpane::inside::{Opener, Store};
use serde_json::json;

use crate::checks::Command;
use crate::harness::Callpane;

const QUEUES: &str = r#"
[[rule]]
name = "all"
autopause = true
[[disposition]]
queue = "trucks"
options = ["Sold", "Call back"]
required = true
[[disposition]]
options = ["Done"]
"#;

async fn with_queues() -> Callpane {
    Callpane::setup().rules(QUEUES).start().await
}

#[tokio::test]
async fn the_page_shows_who_is_calling_in_the_readers_language() {
    let callpane = with_queues().await;
    let answer = callpane.desktop(12).rings("+441632960001", "trucks").await;
    let english = callpane.opens_in(&answer, "en-GB,en;q=0.9").await;
    let french = callpane.opens_in(&answer, "fr-CH, fr;q=0.9").await;
    for page in [&english, &french] {
        assert_eq!(page.status, 200);
        for text in ["+44 1632 960001", "The trucks desk", "C-20418", "Sold", "id=\"close\""] {
            assert!(page.html.contains(text), "{text}");
        }
        assert!(!page.html.contains("]<"), "a text without translation shows its [key]");
    }
    assert!(
        english.html.contains("<html lang=\"en\"") && french.html.contains("<html lang=\"fr\"")
    );
    assert_ne!(english.html, french.html);
}

#[tokio::test]
async fn a_set_language_wins_over_the_browsers() {
    let callpane = Callpane::setup().set("CALLPANE_LANGUAGE", "fr").start().await;
    let answer = callpane.desktop(12).rings("0199005577", "q").await;
    assert!(callpane.opens_in(&answer, "en").await.html.contains("<html lang=\"fr\""));
}

#[tokio::test]
async fn the_page_may_be_framed_and_runs_nothing_foreign() {
    let origins = "https://a.example.com,https://xucmgt.example.com";
    let callpane = Callpane::setup().set("CALLPANE_DESKTOP_ORIGINS", origins).start().await;
    let answer = callpane.desktop(12).rings("0199005577", "q").await;
    let page = callpane.opens(&answer).await;
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("frame-ancestors 'self' https://a.example.com https://xucmgt.example.com"),
        "{policy}"
    );
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(!page.headers.contains_key("x-frame-options"));
    assert!(!page.headers.contains_key("set-cookie"));
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(
        !page.html.contains("<style")
            && !page.html.contains(" style=")
            && !page.html.contains(" onclick=")
    );
    for part in page.html.split("<script").skip(1) {
        assert!(part.starts_with(" src=\"/static/"), "an inline or foreign script: {part}");
    }
}

#[tokio::test]
async fn data_from_the_phone_system_cannot_become_markup() {
    let callpane = Callpane::start().await;
    let desktop = callpane.desktop(12);
    let mut ring = desktop.ring("<script>alert(1)</script>", "<b>q</b>");
    ring["userData"]["USR_<i>"] = "\"><img src=x onerror=alert(1)>".into();
    ring["user"]["fullName"] = "</textarea><script>".into();
    let page = callpane.opens(&desktop.posts(&ring).await).await;
    assert_eq!(page.status, 200);
    for markup in ["<script>alert", "<b>q", "<img src=x", "</textarea><script>", "USR_<i>"] {
        assert!(!page.html.contains(markup), "{markup}");
    }
}

#[tokio::test]
async fn notes_survive_a_reload_and_nobody_overwrites_anothers() {
    let callpane = with_queues().await;
    let answer = callpane.desktop(12).rings("0199005577", "trucks").await;
    let page = callpane.opens(&answer).await;
    assert_eq!(
        page.notes("wants two <trucks>", 0).await,
        (200, json!({ "version": 1, "saved_at": "2026-09-21T14:15:23Z" }))
    );
    assert!(callpane.opens(&answer).await.html.contains("wants two &lt;trucks&gt;"));
    let (status, problem) = page.notes("another window", 0).await;
    assert_eq!(status, 409);
    assert_eq!((&problem["notes"], &problem["version"]), (&json!("wants two <trucks>"), &json!(1)));
    assert_eq!(page.notes("both", 1).await.0, 200);
    let (status, problem) =
        page.sends(json!({ "notes": "mine", "disposition": "Sold", "version": 1 })).await;
    assert_eq!((status, &problem["notes"]), (409, &json!("both")), "Done overwrites nobody either");
}

#[tokio::test]
async fn an_outcome_can_be_taken_back() {
    let callpane = with_queues().await;
    let answer = callpane.desktop(12).rings("0199005577", "trucks").await;
    let page = callpane.opens(&answer).await;
    for (body, kept) in [
        (json!({ "notes": "", "version": 0, "disposition": "Sold" }), "Sold"),
        (json!({ "notes": "", "version": 1 }), "Sold"),
        (json!({ "notes": "", "version": 2, "disposition": "" }), ""),
    ] {
        assert_eq!(page.saves(body).await.0, 200);
        assert_eq!(callpane.sql("SELECT disposition FROM pane").await, [kept]);
    }
}

#[tokio::test]
async fn done_asks_for_the_outcome_that_the_queue_requires() {
    let callpane = with_queues().await;
    let answer = callpane.desktop(12).rings("0199005577", "TRUCKS").await;
    let page = callpane.opens(&answer).await;
    let (status, problem) = page.done("n", None).await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("disposition-required")));
    let (status, problem) = page.done("n", Some("Bought")).await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("unknown-disposition")));
    assert_eq!(problem["detail"], "\"Bought\" is not one of the outcomes: Sold, Call back");
    assert_eq!(page.done("n", Some("Sold")).await, (200, json!({ "completed": true })));
    assert_eq!(page.done("n", Some("Sold")).await.0, 200, "done twice is no error");
    assert_eq!(page.sends(json!({})).await.0, 200);
    assert_eq!(page.done("other", Some("Sold")).await.0, 410, "what would be lost is refused");
    assert_eq!(callpane.sql("SELECT notes, disposition FROM pane").await, ["n|Sold"]);
    assert_eq!(page.notes("late", 1).await.0, 410);
    let events = callpane.sql("SELECT kind FROM event ORDER BY id").await;
    assert_eq!(events, ["call.ringing", "pane.opened", "pane.completed"]);
}

#[tokio::test]
async fn done_keeps_what_it_does_not_say() {
    let callpane = with_queues().await;
    let answer = callpane.desktop(12).rings("0199005577", "trucks").await;
    let page = callpane.opens(&answer).await;
    let saved = json!({ "notes": "precious", "version": 0, "disposition": "Sold" });
    assert_eq!(page.saves(saved).await.0, 200);
    let wrong = page.saves(json!({ "version": 1, "disposition": "Bought" })).await;
    assert_eq!((wrong.0, wrong.1["code"].as_str()), (422, Some("unknown-disposition")));
    assert_eq!(page.sends(json!({})).await.0, 200);
    assert_eq!(callpane.sql("SELECT notes, disposition FROM pane").await, ["precious|Sold"]);
}

#[tokio::test]
async fn a_call_that_was_passed_on_shows_each_agent_their_own_ring() {
    let callpane = with_queues().await;
    callpane.desktop(12).rings_with("0199005577", "trucks", "1.1").await;
    let second = callpane.desktop(13).rings_with("0199005511", "other", "1.1").await;
    let page = callpane.opens(&second).await;
    assert!(page.html.contains("01 99 00 55 11") && page.html.contains("The other desk"));
    assert!(!page.html.contains("01 99 00 55 77"));
    assert_eq!(page.done("", Some("Done")).await.0, 200, "the outcomes are those of its queue");
}

#[tokio::test]
async fn an_operators_page_that_fails_over_a_call_gives_way_to_ours() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.html"), "{{ data[0].value }}").unwrap();
    let templates = folder.path().to_str().unwrap();
    let rules = "[[rule]]\nname = \"m\"\npage = \"mine\"";
    let callpane = Callpane::setup()
        .set("CALLPANE_TEMPLATES", templates)
        .rules(rules)
        .expects_errors()
        .start()
        .await;
    let desktop = callpane.desktop(12);
    let mut ring = desktop.ring("0199005577", "q");
    ring["userData"] = json!({});
    let page = callpane.opens(&desktop.posts(&ring).await).await;
    assert!(page.status == 200 && page.html.contains("id=\"close\""), "{}", page.html);
}

#[tokio::test]
async fn a_page_without_scripts_can_be_finished() {
    let callpane = with_queues().await;
    let answer = callpane.desktop(12).rings("0199005577", "other").await;
    let page = callpane.opens(&answer).await;
    let request = callpane.http.post(callpane.url(&format!("{}/complete", page.path)));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let reply = request.body("notes=by+hand&disposition=Done").send().await.unwrap();
    assert_eq!(reply.status().as_u16(), 303);
    assert_eq!(reply.headers()["location"], page.path.as_str());
    assert_eq!(callpane.sql("SELECT notes, disposition FROM pane").await, ["by hand|Done"]);
}

#[tokio::test]
async fn earlier_calls_of_the_same_caller_are_shown_newest_first() {
    let callpane = with_queues().await;
    for (caller, note) in [
        ("0199005577", "older note"),
        ("+33 1 99 00 55 77", "newer note"),
        ("0199005588", "not his"),
    ] {
        let answer = callpane.desktop(12).rings(caller, "trucks").await;
        callpane.opens(&answer).await.done(note, Some("Sold")).await;
    }
    let answer = callpane.desktop(13).rings("0033199005577", "trucks").await;
    let html = callpane.opens(&answer).await.html;
    let place = |text: &str| html.find(text);
    assert!(place("newer note").unwrap() < place("older note").unwrap());
    assert_eq!(place("not his"), None);
}

#[tokio::test]
async fn an_earlier_call_shows_the_notes_of_whoever_took_it_and_ten_calls_are_shown() {
    let callpane = Callpane::start().await;
    for call in 0..11 {
        for user in 1..=4 {
            let id = format!("1.{call}");
            let answer = callpane.desktop(user).rings_with("0199005577", "q", &id).await;
            if user == 2 {
                callpane.opens(&answer).await.done(&format!("note {call}."), None).await;
            }
        }
    }
    let answer = callpane.desktop(9).rings("0199005577", "q").await;
    let html = callpane.opens(&answer).await.html;
    let noted = (0..11).filter(|call| html.contains(&format!("note {call}.")));
    assert_eq!(noted.collect::<Vec<_>>(), (1..11).collect::<Vec<_>>());
}

#[tokio::test]
async fn anonymous_callers_have_no_history_together() {
    let callpane = with_queues().await;
    let answer = callpane.desktop(12).rings("anonymous", "trucks").await;
    callpane.opens(&answer).await.done("somebody", Some("Sold")).await;
    let answer = callpane.desktop(12).rings("anonymous", "trucks").await;
    assert!(!callpane.opens(&answer).await.html.contains("somebody"));
}

#[tokio::test]
async fn a_page_opened_by_a_stale_answer_says_so_and_leads_to_the_newest_call() {
    let callpane = with_queues().await;
    let desktop = callpane.desktop(12);
    let first = desktop.rings_with("0199005577", "trucks", "1.1").await;
    assert!(!callpane.opens(&first).await.html.contains("id=\"newest\""));
    let second = desktop.rings_with("0199005588", "trucks", "2.2").await;
    let stale = callpane.opens(&first).await;
    assert!(stale.html.contains("id=\"newest\"") && stale.html.contains("01 99 00 55 88"));
    let path = second["url"].as_str().unwrap().strip_prefix(&callpane.running.public_url).unwrap();
    assert!(stale.html.contains(&format!("href=\"{path}?by=hand\"")), "{}", stale.html);
    assert!(!callpane.opens(&second).await.html.contains("id=\"newest\""));
    callpane.desktop(13).rings_with("0199005599", "trucks", "3.3").await;
    assert!(!callpane.opens(&second).await.html.contains("id=\"newest\""), "another agent's call");
    desktop.rings_with("0199005588", "trucks", "2.2").await;
    assert!(!callpane.opens(&second).await.html.contains("id=\"newest\""), "the same call again");
}

#[tokio::test]
async fn unknown_and_expired_addresses_are_friendly_and_can_close_themselves() {
    let callpane = Callpane::setup().set("CALLPANE_PANE_LIFETIME", "1h").start().await;
    let answer = callpane.desktop(12).rings("0199005577", "q").await;
    let page = callpane.opens(&answer).await;
    callpane.clock.advance(Duration::from_secs(3599));
    assert_eq!(callpane.opens(&answer).await.status, 200);
    callpane.clock.advance(Duration::from_secs(1));
    let expired = callpane.opens(&answer).await;
    assert_eq!(expired.status, 410);
    assert_eq!(page.notes("late", 0).await.0, 410);
    let forged = json!({ "url": format!("{}/pane/nonsense", callpane.running.public_url) });
    let unknown = callpane.opens(&forged).await;
    assert_eq!(unknown.status, 404);
    for page in [expired, unknown] {
        assert!(page.html.contains("id=\"close\"") && page.html.contains("/static/"));
        assert!(page.header("content-security-policy").contains("frame-ancestors 'self' *"));
    }
}

#[tokio::test]
async fn the_message_is_addressed_to_the_desktop_that_rang() {
    let callpane = Callpane::start().await;
    let answer = callpane.desktop(12).rings("0199005577", "q").await;
    let html = callpane.opens(&answer).await.html;
    assert!(html.contains("data-desktop-origin=\"https://xucmgt.example.com\""), "{html}");
}

#[tokio::test]
async fn operators_pages_replace_ours_and_rules_can_open_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("trucks.html"), "Trucks for {{ caller.display }}").unwrap();
    let rules = "[[rule]]\nname = \"t\"\npage = \"trucks\"";
    let templates = folder.path().to_str().unwrap();
    let callpane =
        Callpane::setup().set("CALLPANE_TEMPLATES", templates).rules(rules).start().await;
    let answer = callpane.desktop(12).rings("0199005577", "q").await;
    assert_eq!(callpane.opens(&answer).await.html, "Trucks for 01 99 00 55 77");
}

#[tokio::test]
async fn what_is_older_than_the_retention_is_forgotten() {
    let callpane = Callpane::setup().set("CALLPANE_RETENTION", "1d").start().await;
    callpane.desktop(12).rings("0199005577", "q").await;
    callpane.clock.advance(Duration::from_hours(24));
    callpane.desktop(12).rings("0199005588", "q").await;
    let options = callpane::inside::Database::parse(&callpane.database.url).unwrap();
    let open = move || Store::open(&options, Opener::Command).unwrap();
    let store = tokio::task::spawn_blocking(open).await.unwrap();
    let before = callpane::inside::Timestamp(crate::harness::THEN.0 + 1);
    let gone = store.write(move |tx| tx.remove_before(before, 100)).await.unwrap();
    // And a line of the journal, if that is written by now.
    let kinds = "an event with its page, a call, and which of them was the newest before";
    assert!((3..=4).contains(&gone), "{gone}: {kinds}");
    assert_eq!(callpane.sql("SELECT caller FROM call").await, ["+33199005588"]);
}

#[tokio::test]
async fn a_queue_keeps_its_colour_and_may_be_given_another() {
    let given = "[[queue]]\nname = \"Trucks\"\ncolour = \"pink\"\n";
    let callpane = Callpane::setup().rules(given).start().await;
    let colour = async |queue: &str| {
        let answer = callpane.desktop(12).rings("0199005577", queue).await;
        let page = callpane.opens(&answer).await;
        callpane.shown(&page.path).await["queue"]["colour"].clone()
    };
    assert_eq!(colour("trucks").await, "pink");
    let usual = colour("cars").await;
    assert!(usual.is_string());
    assert_eq!(colour("CARS").await, usual);
    assert_ne!(usual, colour("billing").await, "names differ, and these two colours do");
    let command = Command::new();
    let wrong = command.file(
        "wrong.toml",
        "[[queue]]\nname = \"a\"\ncolour = \"mauve\"\n[[queue]]\ncolour = \"red\"\n",
    );
    let refused = command.run(&["apply", &wrong]).await.stderr;
    for said in
        ["queue[1].colour \"mauve\" is not known", "known: red, orange", "queue[2].name is missing"]
    {
        assert!(refused.contains(said), "{refused}");
    }
}
