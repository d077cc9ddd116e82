//! What is owed to other systems arrives there: once or more, in order, as it was written.

use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::crm::Crm;
use crate::harness::{Callpane, SelfSigned, Setup, eventually, lab, operator};
use crate::slow_crm::SlowCrm;

const CALLER: &str = "+33199005577";

/// Phone systems, and these destinations, which may be inside the house.
fn setup(destinations: &str) -> Setup {
    let setup = Callpane::setup().phone_systems(destinations);
    setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8").set("CRM_TOKEN", "crm-token")
}

async fn states(callpane: &Callpane) -> Vec<String> {
    callpane.sql("SELECT kind, attempts, COALESCE(outcome, 'owed') FROM delivery ORDER BY id").await
}

async fn settled(callpane: &Callpane, count: usize) {
    eventually("everything is settled", async || {
        let done = callpane.sql("SELECT id FROM delivery WHERE settled_at IS NOT NULL").await;
        (done.len() == count).then_some(())
    })
    .await;
}

async fn call(callpane: &Callpane, id: &str, events: &[&str]) {
    for event in events {
        callpane.pbx("lab").says(lab(event, id, CALLER, "310")).await;
        callpane.clock.advance(Duration::from_secs(10));
    }
}

#[tokio::test]
async fn an_ended_call_is_told_as_it_was_written() {
    let crm = Crm::start();
    let callpane = setup(&format!(
        r#"
        [[destination]]
        name = "journal"
        on = ["call.ended"]
        when = {{ queue = "trucks" }}
        method = "PUT"
        url = "{}/calls/{{{{ caller.e164 }}}}?a=1"
        query = {{ q = "{{{{ queue.name }}}} & more" }}
        headers = {{ "X-Team" = "{{{{ agent.name }}}}" }}
        auth = {{ bearer = "env:CRM_TOKEN" }}
        json = {{ id = "{{{{ call.id }}}}", seconds = "{{{{ call.talk_seconds | number }}}}", none = "{{{{ call.cause | optional }}}}", list = ["{{{{ caller.digits }}}}", 7, true], at = "{{{{ call.ended_at_text }}}}" }}
        "#,
        crm.url
    ));
    let callpane = callpane.start().await;
    call(&callpane, "c \"1\"", &["ring", "answer", "hangup"]).await;
    let got = crm.gets(1).await.remove(0);
    assert_eq!((got.method.as_str(), got.header("authorization")), ("PUT", "Bearer crm-token"));
    assert_eq!(got.path, "/calls/%2B33199005577?a=1&q=trucks%20%26%20more");
    assert_eq!(got.header("x-team"), "Priya Nair");
    let said = got.json();
    let expected = json!({
        "id": "c \"1\"", "seconds": 10, "list": ["33199005577", 7, true], "at": "2026-09-21 14:15:43",
    });
    assert_eq!(said, expected);
    settled(&callpane, 1).await;
    assert_eq!(states(&callpane).await, ["call.ended|1|delivered"]);
    let kept = callpane.sql("SELECT request FROM attempt").await;
    assert!(!kept[0].contains("crm-token"), "{}", kept[0]);
}

#[tokio::test]
async fn conditions_off_and_silent_are_heeded() {
    let crm = Crm::start();
    let destination = |name: &str, more: &str| {
        format!(
            "[[destination]]\nname = \"{name}\"\non = [\"call.ended\"]\nurl = \"{}/{name}\"\n{more}\n",
            crm.url
        )
    };
    let all = [
        destination("other", "when = { queue = \"cars\" }"),
        destination("off", "state = \"off\""),
        destination("silent", "state = \"silent\"\njson = { who = \"{{ caller.e164 }}\" }"),
        destination("unless", "unless = { agent = \"priya\" }"),
        destination("heard", ""),
    ];
    let callpane = setup(&all.concat()).start().await;
    call(&callpane, "c1", &["ring", "hangup"]).await;
    settled(&callpane, 2).await;
    assert_eq!(crm.got().iter().map(|got| got.path.clone()).collect::<Vec<_>>(), ["/heard"]);
    let silent = callpane
        .sql("SELECT d.outcome, a.request FROM delivery d JOIN attempt a ON a.delivery_id = d.id WHERE d.destination = 'silent'")
        .await;
    assert!(silent[0].starts_with("silent|") && silent[0].contains(CALLER), "{silent:?}");
}

#[tokio::test]
async fn order_is_kept_within_a_call_and_a_repeat_bears_the_same_id() {
    let crm = Crm::start();
    let callpane = setup(&format!(
        "[[destination]]\nname = \"all\"\ntimeout = \"1h\"\non = [\"call.*\"]\nurl = \"{}/\"\nsign = \"env:CRM_TOKEN\"\n\
         json = {{ kind = \"{{{{ event.kind }}}}\", call = \"{{{{ call.id }}}}\" }}",
        crm.url
    ));
    let callpane = callpane.start().await;
    crm.answers(503, None, "");
    let says = async |event, id| callpane.pbx("lab").says(lab(event, id, CALLER, "310")).await;
    says("ring", "c1").await;
    crm.gets(1).await;
    says("answer", "c1").await;
    says("hangup", "c1").await;
    says("ring", "c2").await;
    let kinds = |all: Vec<crate::crm::Got>| -> Vec<String> {
        all.iter()
            .map(|got| {
                format!(
                    "{} {}",
                    got.json()["call"].as_str().unwrap(),
                    got.json()["kind"].as_str().unwrap()
                )
            })
            .collect()
    };
    // A call that waits holds up no other; its own later events wait behind it.
    crm.gets(2).await;
    assert_eq!(kinds(crm.got()), ["c1 call.ringing", "c2 call.ringing"]);
    callpane.clock.advance(Duration::from_mins(1));
    let all = crm.gets(5).await;
    let of_first: Vec<String> =
        kinds(all.clone()).into_iter().filter(|kind| kind.starts_with("c1")).collect();
    assert_eq!(
        of_first,
        ["c1 call.ringing", "c1 call.ringing", "c1 call.answered", "c1 call.ended"]
    );
    let ids: Vec<&str> = all
        .iter()
        .filter(|got| got.json() == json!({ "kind": "call.ringing", "call": "c1" }))
        .map(|got| got.header("webhook-id"))
        .collect();
    assert_eq!((ids.len(), ids[0]), (2, ids[1]));
    settled(&callpane, 4).await;
}

#[tokio::test]
async fn what_is_refused_is_not_repeated_and_can_be_sent_again() {
    let crm = Crm::start();
    let callpane = setup(&format!(
        "[[destination]]\nname = \"crm\"\non = [\"call.ended\"]\nurl = \"{}/\"\njson = {{}}",
        crm.url
    ));
    let callpane = callpane.start().await;
    crm.answers(422, None, "{\"error\":\"no such field\"}");
    call(&callpane, "c1", &["ring", "hangup"]).await;
    settled(&callpane, 1).await;
    assert_eq!(states(&callpane).await, ["call.ended|1|rejected"]);
    let kept = callpane.sql("SELECT a.status, a.answer, d.reason FROM attempt a JOIN delivery d ON d.id = a.delivery_id").await;
    assert_eq!(kept, ["422|{\"error\":\"no such field\"}|the answer was 422"]);
    let id = callpane.sql("SELECT id FROM delivery").await.remove(0);
    let id = callpane::inside::Id::from_number(id.parse().unwrap());
    assert_eq!(callpane.running.flow.outbox.resend(&operator(), vec![id], None).await.unwrap(), 1);
    crm.gets(2).await;
    settled(&callpane, 1).await;
    assert_eq!(states(&callpane).await, ["call.ended|2|delivered"]);
}

#[tokio::test]
async fn a_receiver_that_says_when_is_asked_no_sooner() {
    let crm = Crm::start();
    let callpane = setup(&format!(
        "[[destination]]\nname = \"crm\"\non = [\"call.ended\"]\nurl = \"{}/\"\njson = {{}}",
        crm.url
    ));
    let callpane = callpane.leaves_deliveries().start().await;
    crm.answers(429, Some(600), "");
    call(&callpane, "c1", &["ring", "hangup"]).await;
    crm.gets(1).await;
    let due = eventually("the next attempt is due", async || {
        let rows = callpane
            .sql("SELECT due_at FROM delivery WHERE attempts = 1 AND reason IS NOT NULL")
            .await;
        rows.first().map(|due| due.parse::<i64>().unwrap())
    })
    .await;
    assert!(due - callpane.clock_now() >= 590_000, "{}", due - callpane.clock_now());
}

#[tokio::test]
async fn a_crm_that_is_away_for_a_day_gets_everything_in_order_when_it_is_back() {
    let crm = Crm::start();
    let callpane = setup(&format!(
        "[[destination]]\nname = \"crm\"\ntimeout = \"12h\"\non = [\"call.*\"]\nurl = \"{}/\"\njson = {{ kind = \"{{{{ event.kind }}}}\", call = \"{{{{ call.id }}}}\" }}",
        crm.url
    ));
    let callpane = callpane.expects_errors().start().await;
    crm.always_answers(503);
    for hour in 0..24 {
        call(&callpane, &format!("c{hour}"), &["ring", "answer", "hangup"]).await;
        callpane.clock.advance(Duration::from_mins(59));
    }
    let paused = "SELECT name FROM destination WHERE paused_at IS NOT NULL";
    eventually("it is paused", async || {
        callpane.rests().await;
        let is_paused = callpane.sql(paused).await == ["crm"];
        if !is_paused {
            callpane.clock.advance(Duration::from_mins(6));
        }
        is_paused.then_some(())
    })
    .await;
    assert!(callpane.sql("SELECT id FROM delivery WHERE settled_at IS NOT NULL").await.is_empty());
    let before = crm.got().len();
    crm.always_answers(200);
    eventually("everything has arrived", async || {
        callpane.rests().await;
        callpane.clock.advance(Duration::from_mins(6));
        let owed = callpane.sql("SELECT id FROM delivery WHERE settled_at IS NULL").await;
        owed.is_empty().then_some(())
    })
    .await;
    let arrived: Vec<Value> =
        crm.got().split_off(before).iter().map(crate::crm::Got::json).collect();
    for hour in 0..24 {
        let of_call = arrived.iter().filter(|said| said["call"] == format!("c{hour}"));
        let kinds: Vec<&str> = of_call.map(|said| said["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["call.ringing", "call.answered", "call.ended"], "c{hour}");
    }
    assert!(callpane.sql(paused).await.is_empty());
}

#[tokio::test]
async fn deliveries_reach_no_private_network_that_is_not_listed() {
    let crm = Crm::start();
    let by_name = crm.url.replace("127.0.0.1", "localhost");
    let document = format!(
        "[[destination]]\nname = \"a\"\non = [\"call.ended\"]\nurl = \"{}/\"\njson = {{}}\n\
         [[destination]]\nname = \"b\"\non = [\"call.ended\"]\nurl = \"{by_name}/\"\njson = {{}}\n",
        crm.url
    );
    let callpane = Callpane::setup().phone_systems(&document).leaves_deliveries().start().await;
    call(&callpane, "c1", &["ring", "hangup"]).await;
    let reasons = eventually("both were tried", async || {
        let rows = callpane.sql("SELECT reason FROM attempt").await;
        (rows.len() >= 2).then_some(rows)
    })
    .await;
    assert!(reasons.iter().all(|why| why.contains("CALLPANE_PRIVATE_TARGETS")), "{reasons:?}");
    assert!(crm.got().is_empty());
}

#[tokio::test]
async fn an_update_changes_the_entry_that_the_crm_made() {
    let crm = Crm::start();
    let callpane = setup(&format!(
        r#"
        [[destination]]
        name = "crm"
        on = ["call.ended", "pane.completed"]
        url = "{0}/calls"
        json = {{ notes = "{{{{ pane.notes }}}}" }}
        entry = "/data/id"
        update = {{ method = "PATCH", url = "{0}/calls/{{{{ entry.id }}}}", json = {{ notes = "{{{{ pane.notes }}}}", outcome = "{{{{ pane.disposition }}}}" }} }}
        "#,
        crm.url
    ));
    let callpane = callpane.start().await;
    crm.answers(201, None, "{\"data\":{\"id\":4711}}");
    call(&callpane, "c1", &["ring", "answer", "hangup"]).await;
    crm.gets(1).await;
    settled(&callpane, 1).await;
    let shown = callpane.built_in_desktop("priya").await;
    let path = shown["panes"][0]["url"].as_str().unwrap();
    let done = callpane.http.post(callpane.url(&format!("{path}/complete")));
    let done =
        done.header("content-type", "application/json").body("{\"notes\":\"Two \\\"trucks\\\"\"}");
    assert_eq!(done.send().await.unwrap().status(), 200);
    let got = crm.gets(2).await;
    assert_eq!((got[0].method.as_str(), got[0].path.as_str()), ("POST", "/calls"));
    assert_eq!((got[1].method.as_str(), got[1].path.as_str()), ("PATCH", "/calls/4711"));
    assert_eq!(got[1].json(), json!({ "notes": "Two \"trucks\"", "outcome": "" }));
}

/// Its database, as a command opens it.
async fn store_of(callpane: &Callpane) -> callpane::inside::Store {
    let address = ("CALLPANE_DATABASE".to_owned(), callpane.database.url.clone());
    let settings = callpane::inside::read_settings(&[address].into()).unwrap();
    callpane::inside::open(&settings, callpane::inside::Opener::Command).await.unwrap()
}

#[tokio::test]
async fn facts_are_forgotten_with_the_last_delivery_that_is_owed_of_their_call() {
    use callpane::inside::{Clock, Id, NewDelivery, Next, Settled};
    let callpane = Callpane::setup().phone_systems("").leaves_deliveries().start().await;
    let store = store_of(&callpane).await;
    let now = callpane.clock.now();
    let (told, call, facts) = (Id::mint(now), Id::mint(now), [Id::mint(now), Id::mint(now)]);
    let owed = store.write(move |tx| {
        for (destination, call_id, facts) in
            [("x", told, facts[0]), ("x", call, facts[1]), ("y", call, facts[1])]
        {
            let (id, kind) = (Id::mint(now), "call.ended");
            if destination == "x" {
                tx.insert_facts(facts, call_id, "{}")?;
            }
            let (line, call_id) = (call_id, Some(call_id));
            tx.insert_delivery(&NewDelivery { id, destination, call_id, line, kind, facts }, now)?;
        }
        tx.claim_deliveries("x", false, now, now.plus(Duration::from_secs(45)), 10)
    });
    let claimed = owed.await.unwrap();
    assert_eq!(claimed.len(), 2);
    let ids: Vec<Id> = claimed.iter().map(|claimed| claimed.id).collect();
    let later = now.plus(Duration::from_hours(1));
    let forgotten = store.write(move |tx| {
        for id in &ids {
            tx.settle_delivery(*id, 1, Next::Settled(Settled::Delivered), None, now)?;
        }
        tx.remove_before(later, 10)
    });
    forgotten.await.unwrap();
    let kept = callpane.sql("SELECT COUNT(*) FROM delivery_facts").await;
    assert_eq!(kept, ["1"], "those of whom nobody is owed anything are gone");
    let left = store.write(move |tx| tx.claim_deliveries("y", false, now, later, 10));
    let left = left.await.unwrap();
    assert_eq!(left.iter().map(|left| left.facts.as_str()).collect::<Vec<_>>(), ["{}"]);
}

#[tokio::test]
async fn a_claim_holds_until_its_lease_ends_and_an_overtaken_attempt_settles_nothing() {
    use callpane::inside::{Clock, Id, NewDelivery, Next, Settled, Timestamp};
    let callpane = Callpane::setup().phone_systems("").leaves_deliveries().start().await;
    let store = store_of(&callpane).await;
    let now = callpane.clock.now();
    let lease = now.plus(Duration::from_secs(45));
    let (call, ids) = (Id::mint(now), [Id::mint(now), Id::mint(now)]);
    let owed = store.write(move |tx| {
        let facts = Id::mint(now);
        tx.insert_facts(facts, call, "{}")?;
        for id in ids {
            let new = NewDelivery {
                id,
                destination: "x",
                call_id: Some(call),
                line: call,
                kind: "call.ended",
                facts,
            };
            tx.insert_delivery(&new, now)?;
        }
        Ok(())
    });
    owed.await.unwrap();
    let claim = async |repeated: bool, at: Timestamp| {
        let claimed = store
            .write(move |tx| tx.claim_deliveries("x", repeated, at, lease.plus(at.since(now)), 10));
        claimed
            .await
            .unwrap()
            .iter()
            .map(|claimed| (claimed.id, claimed.attempt))
            .collect::<Vec<_>>()
    };
    assert_eq!(claim(false, now).await, [(ids[0], 1)], "only the head of the line");
    assert_eq!(claim(false, now).await, []);
    assert_eq!(claim(true, now).await, [], "it is held");
    let later = lease.plus(Duration::from_millis(1));
    assert_eq!(claim(true, later).await, [(ids[0], 2)], "whoever held it is gone");
    let settle = async |attempt: i64| {
        let settled = store.write(move |tx| {
            tx.settle_delivery(ids[0], attempt, Next::Settled(Settled::Delivered), None, later)
        });
        settled.await.unwrap()
    };
    assert!(!settle(1).await, "the first holder was overtaken");
    assert!(settle(2).await);
    assert_eq!(claim(false, later).await, [(ids[1], 1)], "then the next one");
    let give_back = async |attempt: i64| {
        store.write(move |tx| tx.give_back_delivery(ids[1], attempt)).await.unwrap();
    };
    give_back(2).await;
    assert_eq!(claim(false, later).await, [], "only who has it can give it back");
    give_back(1).await;
    assert_eq!(claim(false, later).await, [(ids[1], 1)], "as if it had never been claimed");
}

#[tokio::test]
async fn somebody_elses_verifiers_accept_our_signatures() {
    let crm = Crm::start();
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let document = format!(
        "[[destination]]\nname = \"hook\"\non = [\"call.ended\"]\nurl = \"{}/\"\nsign = \"env:SIGN\"\nx_signature = \"env:CRM_TOKEN\"\njson = {{ who = \"{{{{ caller.name or 'Zoë' }}}}\" }}",
        crm.url
    );
    let callpane = setup(&document).set("SIGN", secret).ticking().start().await;
    call(&callpane, "c1", &["ring", "hangup"]).await;
    let got = crm.gets(1).await.remove(0);
    let headers = json!({
        "webhook-id": got.header("webhook-id"),
        "webhook-timestamp": got.header("webhook-timestamp"),
        "webhook-signature": got.header("webhook-signature"),
    })
    .to_string();
    let root = env!("CARGO_MANIFEST_DIR");
    let python = "import sys, json; from standardwebhooks.webhooks import Webhook; \
                  Webhook(sys.argv[1]).verify(sys.argv[2].encode(), json.loads(sys.argv[3]))";
    let node = "const { Webhook } = require('standardwebhooks'); \
                new Webhook(process.argv[1]).verify(process.argv[2], JSON.parse(process.argv[3]));";
    for (program, arguments) in
        [(format!("{root}/tests/.venv/bin/python"), ["-c", python]), ("node".into(), ["-e", node])]
    {
        let verify = |body: &str| {
            let mut command = Command::new(&program);
            command.args(arguments).args([secret, body, &headers]);
            command.current_dir(format!("{root}/tests")).output().unwrap()
        };
        let good = verify(&got.body);
        assert!(good.status.success(), "{program}: {}", String::from_utf8_lossy(&good.stderr));
        assert!(!verify("{}").status.success(), "{program} accepts anything");
    }
    let key = callpane::inside::Secret::new("crm-token");
    assert_eq!(got.header("x-signature"), callpane::inside::hex_hmac(&key, got.body.as_bytes()));
}

#[tokio::test]
async fn programs_and_commands_see_try_and_send_again() {
    let crm = Crm::start();
    let token = "a-token-of-programs-0";
    let callpane = setup(&format!(
        "[[destination]]\nname = \"crm\"\non = [\"call.ended\"]\nurl = \"{}/it's\"\nauth = {{ bearer = \"env:CRM_TOKEN\" }}\njson = {{ who = \"{{{{ caller.display }}}}\" }}",
        crm.url
    ));
    let callpane = callpane.set("CALLPANE_API_TOKEN", token).start().await;
    crm.answers(400, None, "no");
    call(&callpane, "c1", &["ring", "hangup"]).await;
    settled(&callpane, 1).await;
    let ask = async |method: &str, path: &str, body: &str| {
        let request = callpane.http.request(method.parse().unwrap(), callpane.url(path));
        let request = request.header("authorization", format!("Bearer {token}"));
        let reply = request.header("content-type", "application/json").body(body.to_owned()).send();
        let reply = reply.await.unwrap();
        let status = reply.status().as_u16();
        (status, serde_json::from_str::<Value>(&reply.text().await.unwrap()).unwrap())
    };
    let (_, listed) = ask("GET", "/api/v1/deliveries?state=rejected", "").await;
    let id = listed["deliveries"][0]["id"].as_str().unwrap().to_owned();
    let (_, one) = ask("GET", &format!("/api/v1/deliveries/{id}"), "").await;
    assert_eq!(one["attempts_made"][0]["answer"], "no");
    assert_eq!(one["attempts_made"][0]["request"]["body"], "{\"who\":\"01 99 00 55 77\"}");
    let (_, tried) = ask("POST", "/api/v1/destinations/crm/test", "{}").await;
    assert_eq!(tried["answer"], Value::Null);
    assert!(tried["curl"].as_str().unwrap().contains("/it'\\''s"), "{tried}");
    assert!(!tried.to_string().contains("crm-token"));
    let wrong = "{\"event\":\"call.endet\"}";
    let (status, refused) = ask("POST", "/api/v1/destinations/crm/test", wrong).await;
    assert_eq!((status, &refused["code"]), (422, &json!("not-to-be-written")));
    assert!(refused["detail"].as_str().unwrap().contains("did you mean call.ended"), "{refused}");
    let (_, tried) = ask("POST", "/api/v1/destinations/crm/test", "{\"send\":true}").await;
    assert_eq!(tried["answer"]["status"], 200);
    assert_eq!(crm.got().last().unwrap().header("authorization"), "Bearer crm-token");
    let (_, resent) =
        ask("POST", "/api/v1/deliveries/resend", &json!({ "ids": [id] }).to_string()).await;
    assert_eq!(resent["resent"], 1);
    crm.gets(3).await;
    settled(&callpane, 1).await;
    let (_, all) = ask("GET", "/api/v1/destinations", "").await;
    assert_eq!(
        (&all["destinations"][0]["name"], &all["destinations"][0]["owed"]),
        (&json!("crm"), &json!(0))
    );
    assert_eq!(ask("POST", "/api/v1/destinations/crm/pause", "").await.1["paused"], true);
    call(&callpane, "c2", &["ring", "hangup"]).await;
    let (_, all) = ask("GET", "/api/v1/destinations", "").await;
    assert_eq!(all["destinations"][0]["owed"], 1);
    let mut command = crate::checks::Command::beside(&callpane).set("CRM_TOKEN", "crm-token");
    for (name, value) in crate::harness::SECRETS {
        command = command.set(name, value);
    }
    let said = command.run(&["deliveries", "--state", "owed"]).await;
    assert!(said.stdout.contains("crm  call.ended  owed"), "{said:?}");
    assert!(command.run(&["resume", "crm"]).await.success);
    crm.gets(4).await;
    let said = command.run(&["delivery", &id]).await;
    assert!(said.stdout.contains("\"delivered\""), "{said:?}");
    let said = command.run(&["test", "crm", "--event", "call.ended"]).await;
    assert!(said.stdout.contains("curl -X POST"), "{said:?}");
    assert!(!command.run(&["resend"]).await.success);
    assert_eq!(
        callpane.http.get(callpane.url("/api/v1/destinations")).send().await.unwrap().status(),
        401
    );
}

#[tokio::test]
async fn a_body_is_everything_nothing_or_well_formed() {
    let crm = Crm::start();
    let one = |name: &str, more: &str| {
        format!(
            "[[destination]]\nname = \"{name}\"\non = \"call.ended\"\nurl = \"{}/{name}\"\n{more}\n",
            crm.url
        )
    };
    let xml = "content_type = \"application/soap+xml\"\n\
               body = \"<call id='{{ call.id }}'>{{ call.id or caller.name }}</call>\"";
    let plain = "body = \"{{ call.id }}\"";
    let update = "entry = \"/id\"\nupdate = { method = \"PATCH\", url = \"https://x.example/\" }";
    let document = [
        one("everything", ""),
        one("updated", update),
        one("nothing", "body = \"\""),
        one("xml", xml),
        one("plain", plain),
        one("query", "method = \"GET\"\nquery = { id = \"{{ call.id }}\" }"),
    ];
    let callpane = setup(&document.concat()).start().await;
    let id = "c<&>\"'1";
    call(&callpane, id, &["ring", "hangup"]).await;
    let got = crm.gets(6).await;
    let at = |name: &str| got.iter().find(|got| got.path.starts_with(&format!("/{name}"))).unwrap();
    for name in ["everything", "updated"] {
        assert_eq!(at(name).header("content-type"), "application/json");
        let all = at(name).json();
        assert_eq!(
            (&all["event"]["kind"], &all["call"]["id"], &all["caller"]["e164"]),
            (&json!("call.ended"), &json!(id), &json!(CALLER))
        );
    }
    assert_eq!((&*at("nothing").method, &*at("nothing").body), ("POST", ""));
    let escaped = "c&lt;&amp;&gt;&quot;&#39;1";
    assert_eq!(at("xml").body, format!("<call id='{escaped}'>{escaped}</call>"));
    assert_eq!(at("plain").body, id);
    assert_eq!((&*at("query").method, &*at("query").body), ("GET", ""));
}

#[tokio::test]
async fn a_request_that_is_tried_out_is_shown_with_its_signatures() {
    let crm = Crm::start();
    let document = format!(
        "[[destination]]\nname = \"hook\"\non = [\"call.ended\"]\nurl = \"{}/\"\nsign = \"env:SIGN\"\n\
         x_signature = \"env:CRM_TOKEN\"\nauth = {{ bearer = \"env:CRM_TOKEN\" }}",
        crm.url
    );
    let callpane = setup(&document).set("SIGN", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let callpane = callpane.start().await;
    let tested = callpane.running.flow.outbox.test("hook", None, None, true).await.unwrap();
    let got = crm.gets(1).await.remove(0);
    let shown = |name: &str| {
        let mut headers = tested.request.headers.iter();
        headers.find(|(known, _)| known == name).map_or("", |(_, value)| value)
    };
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature", "x-signature"] {
        assert!(!shown(name).is_empty() && shown(name) == got.header(name), "{name}: {tested:?}");
    }
    assert_eq!(shown("authorization"), "%secret%");
    assert!(tested.request.as_curl().contains("webhook-signature: v1,"), "{tested:?}");
}

#[tokio::test]
async fn two_nodes_deliver_each_once_and_in_order() {
    let crm = Crm::start();
    let document = format!(
        "[[destination]]\nname = \"crm\"\ntimeout = \"1h\"\non = [\"call.*\"]\nurl = \"{}/\"\njson = {{ kind = \"{{{{ event.kind }}}}\", call = \"{{{{ call.id }}}}\" }}",
        crm.url
    );
    let first = setup(&document).start().await;
    if first.database.is_sqlite() {
        return; // serves one node
    }
    let second = setup(&document).on(first.database.clone()).start().await;
    for at in 0..20 {
        let node = if at % 2 == 0 { &first } else { &second };
        for event in ["ring", "answer", "hangup"] {
            node.pbx("lab").says(lab(event, &format!("c{at}"), CALLER, "310")).await;
        }
    }
    settled(&first, 60).await;
    let got: Vec<Value> = crm.got().iter().map(crate::crm::Got::json).collect();
    assert_eq!(got.len(), 60, "nothing twice");
    for at in 0..20 {
        let of_call = got.iter().filter(|said| said["call"] == format!("c{at}"));
        let kinds: Vec<&str> = of_call.map(|said| said["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["call.ringing", "call.answered", "call.ended"], "c{at}");
    }
}

#[tokio::test]
async fn why_nothing_was_answered_is_kept_in_words_that_a_reader_knows() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let closing = TcpListener::bind("127.0.0.1:0").unwrap();
    let closes = closing.local_addr().unwrap();
    std::thread::spawn(move || closing.incoming().for_each(drop));
    let own = SelfSigned::new();
    let stranger = Callpane::setup()
        .set("CALLPANE_TLS_CERT", &own.cert)
        .set("CALLPANE_TLS_KEY", &own.key)
        .start()
        .await;
    let of = [
        ("closes", format!("http://{closes}"), "the connection was closed before an answer came"),
        ("nobody", format!("http://{nobody}"), "connection refused"),
        ("nowhere", "http://nowhere.invalid".to_owned(), "the host name could not be resolved"),
        (
            "stranger",
            stranger.running.public_url.clone(),
            "the TLS certificate was issued by an unknown authority",
        ),
        (
            "within",
            "http://10.1.2.3".to_owned(),
            "10.1.2.3 leads into a private network; if that is intended, add the network to \
             CALLPANE_PRIVATE_TARGETS",
        ),
    ];
    let destinations = of.iter().map(|(name, url, _)| {
        format!("[[destination]]\nname = \"{name}\"\non = [\"call.ended\"]\nurl = \"{url}/\"\njson = {{}}\n")
    });
    let callpane = setup(&destinations.collect::<String>()).leaves_deliveries().start().await;
    call(&callpane, "c1", &["ring", "hangup"]).await;
    let kept = eventually("each was tried once", async || {
        let rows = "SELECT d.destination, a.reason FROM attempt a JOIN delivery d ON d.id = \
                    a.delivery_id WHERE a.number = 1 ORDER BY d.destination";
        let rows = callpane.sql(rows).await;
        (rows.len() == of.len()).then_some(rows)
    })
    .await;
    assert_eq!(kept, of.map(|(name, _, reason)| format!("{name}|{reason}")));
}

/// Or an attempt outlives its claim, and the same delivery is sent beside itself.
#[tokio::test]
async fn whoever_waits_for_a_token_waits_no_longer_than_for_an_answer() {
    let (crm, authority) = (Crm::start(), SlowCrm::start().await);
    let callpane = setup(&format!(
        "[[destination]]\nname = \"crm\"\ntimeout = \"1s\"\non = [\"call.ended\"]\nurl = \"{}/\"\njson = {{}}\n\
         auth = {{ oauth2 = {{ token_url = \"{}/\", client_id = \"us\", client_secret = \"env:CRM_TOKEN\" }} }}",
        crm.url, authority.url
    ));
    let callpane = callpane.ticking().leaves_deliveries().start().await;
    for at in 0..4 {
        call(&callpane, &format!("c{at}"), &["ring", "hangup"]).await;
    }
    let kept = eventually("all four have given up", async || {
        let rows = callpane.sql("SELECT millis, reason FROM attempt").await;
        (rows.len() == 4).then_some(rows)
    })
    .await;
    for attempt in &kept {
        let (millis, reason) = attempt.split_once('|').unwrap();
        assert!(millis.parse::<i64>().unwrap() < 3000, "one after the other: {kept:?}");
        assert_eq!(reason, "the authorization server did not answer in time");
    }
    assert!(crm.got().is_empty());
}

#[tokio::test]
async fn what_a_hand_has_paused_only_a_hand_resumes() {
    let crm = Crm::start();
    let callpane = setup(&format!(
        "[[destination]]\nname = \"crm\"\non = [\"call.ended\"]\nurl = \"{}/\"\njson = {{}}",
        crm.url
    ));
    let callpane = callpane.start().await;
    let command = crate::checks::Command::beside(&callpane);
    let paused = command.run(&["pause", "crm"]).await;
    assert!(paused.stdout.starts_with("crm is paused"), "{paused:?}");
    call(&callpane, "c1", &["ring", "hangup"]).await;
    callpane.clock.advance(Duration::from_hours(1));
    let status = callpane.running.flow.outbox.destinations().await.unwrap().remove(0);
    assert_eq!((status.owed, status.health.reason.as_deref()), (1, Some("paused by hand")));
    assert!(crm.got().is_empty());
    let resumed = command.run(&["resume", "crm"]).await;
    assert_eq!(resumed.stdout, "crm is no longer paused.\n", "{resumed:?}");
    crm.gets(1).await;
}

#[tokio::test]
async fn what_cannot_be_read_is_rejected_with_the_reason() {
    let crm = Crm::start();
    let callpane = setup(&format!(
        "[[destination]]\nname = \"crm\"\non = [\"call.ended\"]\nurl = \"{}/\"\njson = {{ kind = \"{{{{ event.kind }}}}\" }}",
        crm.url
    ));
    let callpane = callpane.start().await;
    crm.answers(503, None, "");
    call(&callpane, "c1", &["ring", "hangup"]).await;
    crm.gets(1).await;
    callpane.sql("UPDATE delivery_facts SET facts = '{}'").await;
    eventually("the second attempt has ended", async || {
        callpane.rests().await;
        callpane.clock.advance(Duration::from_mins(1));
        let rows = callpane.sql("SELECT outcome, reason FROM delivery").await;
        rows[0].starts_with("rejected|the stored event cannot be read").then_some(())
    })
    .await;
    assert_eq!(crm.got().len(), 1, "nothing was sent instead");
}
