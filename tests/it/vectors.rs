//! Every recorded request and answer of XiVO, as bytes: each file is a test.

use serde_json::{Value, json};

use crate::harness::{Callpane, eventually, vector, vector_json, without_url};

/// Each file and what tests it; a file more is a test more.
const TESTED: &[&str] = &[
    "phone_event.dialing.json",
    "phone_event.established.json",
    "phone_event.on_hold.json",
    "phone_event.released.json",
    "phone_event.ringing.json",
    "preflight.http.json",
    "sheet_popup.json",
    "third_party_post.http.json",
    "third_party_request.2016.json",
    "third_party_request.2017_03.json",
    "third_party_request.2024_05_direct_call.json",
    "third_party_request.2024_05_queue.json",
    "third_party_request.ring_again_same_call.json",
    "third_party_request.usr_data.json",
    "third_party_response.none.json",
    "third_party_response.none_keep_pause.json",
    "third_party_response.open.json",
    "third_party_response.open_on_released.json",
    "third_party_response.open_on_ringing.json",
    "third_party_response.popup.json",
    "third_party_response.run.json",
    "xuc_auth_check.ok.json",
    "xuc_auth_login.error.json",
    "xuc_event_push.dialing.json",
];

#[test]
fn every_vector_is_tested() {
    let folder = format!("{}/tests/vectors/xivo", env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort_unstable();
    assert_eq!(files, TESTED);
}

/// Posts a recorded body, opens the page, and answers both.
async fn rings(callpane: &Callpane, name: &str) -> (Value, String) {
    let (status, _, body) = callpane.desktop(0).sends(vector(name)).await;
    assert_eq!(status, 200, "{name}: {body}");
    let answer: Value = serde_json::from_str(&body).unwrap();
    let page = callpane.opens(&answer).await;
    (answer, page.html)
}

#[tokio::test]
async fn every_edition_of_the_request_opens_its_page() {
    let cases = [
        ("third_party_request.2016.json", "01 99 00 55 01", "Fleet desk", "||2004|xivo:user:12"),
        (
            "third_party_request.2017_03.json",
            "01 99 00 55 01",
            "Fleet desk",
            "1489658488.233||2004|xivo:user:12",
        ),
        (
            "third_party_request.2024_05_direct_call.json",
            "1013",
            "Ilse Marchetti",
            "1790000400.4530||1087|xivo:user:87",
        ),
        (
            "third_party_request.2024_05_queue.json",
            "01 99 00 55 77",
            "Support France",
            "1790000123.4521||1087|xivo:user:87",
        ),
        (
            "third_party_request.usr_data.json",
            "01 99 00 55 77",
            "C-20418",
            "1790000123.4521||1087|xivo:user:87",
        ),
    ];
    for (name, caller, shown, row) in cases {
        let callpane = Callpane::start().await;
        let (answer, html) = rings(&callpane, name).await;
        assert_eq!(answer["title"], caller, "{name}");
        assert!(html.contains(caller) && html.contains(shown), "{name}");
        let stored = "SELECT c.external_id, c.caller_name, p.callee, p.agent FROM call c JOIN pane p ON p.call_id = c.id";
        assert_eq!(callpane.sql(stored).await, [row], "{name}");
        let body = callpane.sql("SELECT body FROM event WHERE kind = 'call.ringing'").await;
        let mut sent = vector_json(name);
        sent["user"].as_object_mut().unwrap().shift_remove("token");
        assert_eq!(serde_json::from_str::<Value>(&body[0]).unwrap(), sent, "{name}: kept whole");
    }
}

#[tokio::test]
async fn letters_of_every_kind_reach_the_page() {
    let callpane = Callpane::start().await;
    let (_, html) = rings(&callpane, "third_party_request.usr_data.json").await;
    assert!(html.contains("Zoë") && html.contains("Brûlé") && html.contains("_019900XXXX"));
}

#[tokio::test]
async fn a_call_that_rings_again_is_the_same_call() {
    let callpane = Callpane::start().await;
    let (first, _) = rings(&callpane, "third_party_request.2024_05_queue.json").await;
    let (again, _) = rings(&callpane, "third_party_request.ring_again_same_call.json").await;
    assert_eq!(first, again);
    assert_eq!(callpane.sql("SELECT rings FROM call").await, ["2"]);
}

#[tokio::test]
async fn the_recorded_post_is_answered() {
    let callpane = Callpane::start().await;
    let recorded = vector_json("third_party_post.http.json");
    let body = recorded["body_file"].as_str().unwrap().strip_prefix("xivo/").unwrap();
    let mut request = callpane.http.post(callpane.url("/thirdparty")).body(vector(body));
    for (name, value) in recorded["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    let reply = request.send().await.unwrap();
    assert_eq!(reply.status().as_u16(), 200);
    assert_eq!(reply.headers()["access-control-allow-origin"], "*");
    assert_eq!(reply.headers()["content-type"], "application/json");
}

#[tokio::test]
async fn the_recorded_preflight_is_granted() {
    let recorded = vector_json("preflight.http.json");
    let origin = recorded["headers"]["Origin"].as_str().unwrap();
    for origins in ["*", origin] {
        let callpane = Callpane::setup().set("CALLPANE_DESKTOP_ORIGINS", origins).start().await;
        let mut request =
            callpane.http.request(reqwest::Method::OPTIONS, callpane.url("/thirdparty"));
        for (name, value) in recorded["headers"].as_object().unwrap() {
            request = request.header(name, value.as_str().unwrap());
        }
        let reply =
            request.header("access-control-request-private-network", "true").send().await.unwrap();
        assert!(
            recorded["expect"]["status"]
                .as_array()
                .unwrap()
                .contains(&json!(reply.status().as_u16()))
        );
        let header = |name: &str| reply.headers()[name].to_str().unwrap().to_lowercase();
        assert_eq!(header("access-control-allow-origin"), origins);
        assert_eq!(header("access-control-allow-private-network"), "true");
        assert_eq!(header("access-control-max-age"), "7200");
        for (name, least) in recorded["expect"]["headers"].as_object().unwrap() {
            if name != "Access-Control-Allow-Origin" {
                let granted = header(name);
                for word in least.as_str().unwrap().split(", ") {
                    assert!(
                        granted.contains(&word.to_lowercase()),
                        "{name}: {granted} lacks {word}"
                    );
                }
            }
        }
    }
}

/// A rule, and the recorded answer that has its form.
#[tokio::test]
async fn every_recorded_form_of_the_answer_is_given() {
    let opened = |moment: &str, action: &str, more: &str, title: &str| {
        format!(
            "[[rule]]\nname = \"r\"\nmoment = \"{moment}\"\naction = \"{action}\"\ntitle = \"{title}\"\n{more}"
        )
    };
    let cases = [
        (
            "third_party_response.open.json",
            opened("answered", "open", "autopause = true", "Customer 20418"),
        ),
        (
            "third_party_response.open_on_released.json",
            opened("ended", "open", "autopause = true", "Wrap-up"),
        ),
        ("third_party_response.open_on_ringing.json", opened("ringing", "open", "", "Incoming")),
        (
            "third_party_response.popup.json",
            opened("ringing", "popup", "multitab = true", "Customer 20418"),
        ),
        (
            "third_party_response.run.json",
            opened("answered", "run", r"url = 'C:\Program Files\Crm\crm.exe'", "CRM"),
        ),
        ("third_party_response.none.json", "[[rule]]\nname = \"r\"\naction = \"none\"".to_owned()),
    ];
    for (name, rule) in cases {
        let callpane = Callpane::setup().rules(&rule).start().await;
        let answer = callpane.desktop(12).rings("0199005577", "any").await;
        let recorded = vector_json(name);
        // The recording leaves autopause out where it is false; the client reads both alike.
        let mut answer_form = without_url(&answer);
        if recorded.get("autopause").is_none() && answer_form["autopause"] == false {
            answer_form.as_object_mut().unwrap().shift_remove("autopause");
        }
        assert_eq!(answer_form, without_url(&recorded), "{name}");
        if name.contains("run") {
            assert_eq!(answer["url"], recorded["url"]);
        }
    }
}

#[tokio::test]
async fn the_recorded_none_that_keeps_the_pause_is_given() {
    let rules = "[[rule]]\nname = \"p\"\nwhen = { queue = \"q\" }\nautopause = true";
    let callpane = Callpane::setup().rules(rules).start().await;
    let desktop = callpane.desktop(12);
    desktop.rings("0199005577", "q").await;
    let answer = desktop.rings("0199005578", "other").await;
    assert_eq!(answer, vector_json("third_party_response.none_keep_pause.json"));
}

/// The client fires on the phone's own event names: ours must be those, to the letter.
#[tokio::test]
async fn events_are_named_as_the_phone_names_them() {
    for (moment, name) in [
        ("ringing", "phone_event.ringing.json"),
        ("answered", "phone_event.established.json"),
        ("ended", "phone_event.released.json"),
    ] {
        let rule = format!("[[rule]]\nname = \"r\"\nmoment = \"{moment}\"");
        let callpane = Callpane::setup().rules(&rule).start().await;
        let (answer, _) = rings(&callpane, "third_party_request.2024_05_queue.json").await;
        let event = vector_json(name);
        assert_eq!(answer["event"], event["eventType"]);
        let call = callpane.sql("SELECT external_id, caller_raw, queue FROM call").await;
        let expected = ["linkedId", "otherDN", "queueName"].map(|key| event[key].as_str().unwrap());
        assert_eq!(call, [expected.join("|")], "the phone's event is of the same call");
    }
}

/// Dialling and holding open nothing: no rule can name such a moment.
#[tokio::test]
async fn no_answer_waits_for_an_event_that_opens_nothing() {
    let callpane = Callpane::start().await;
    for name in ["phone_event.dialing.json", "phone_event.on_hold.json"] {
        let event = vector_json(name)["eventType"].as_str().unwrap().to_owned();
        let answer = callpane.desktop(12).rings("0199005577", "any").await;
        assert_ne!(answer["event"], event.as_str());
    }
}

/// A push that an administrator pointed at the wrong door does no harm there.
#[tokio::test]
async fn an_event_push_at_the_wrong_door_is_a_ring_of_nobody() {
    let callpane = Callpane::start().await;
    let (status, _, _) = callpane.desktop(0).sends(vector("xuc_event_push.dialing.json")).await;
    assert_eq!(status, 200);
    let rows = callpane.sql("SELECT agent, kind FROM event").await;
    assert_eq!(rows, ["|call.ringing"]);
}

/// XiVO's client joins popupUrl and folderNumber after it filled the token and the user in.
#[tokio::test]
async fn a_recorded_sheet_opens_a_page_and_leaves_no_token() {
    let callpane = Callpane::start().await;
    let sheet = vector_json("sheet_popup.json");
    let info = sheet["payload"]["profile"]["user"]["sheetInfo"].as_array().unwrap();
    let value = |name: &str| {
        let field = info.iter().find(|field| field["name"] == name).unwrap();
        field["value"].as_str().unwrap().to_owned()
    };
    let url = format!("{}{}", value("popupUrl"), value("folderNumber"));
    let url = url.replace("{xuc-token}", "secret.token").replace("{xuc-username}", "imarchetti");
    let path = url.strip_prefix("https://bridge.example.test").unwrap();
    let reply = callpane.http.get(callpane.url(path)).send().await.unwrap();
    assert_eq!(reply.status().as_u16(), 303);
    let page =
        callpane.opens(&json!({ "url": reply.headers()["location"].to_str().unwrap() })).await;
    assert!(page.html.contains("C-20418"));
    let stored = callpane.sql("SELECT body, agent FROM event").await.join("\n");
    assert!(stored.contains("sheet:user:imarchetti") && !stored.contains("secret.token"));
}

/// XuC's recorded answers to auth/check: see `xuc.rs` for the rest of that walk.
#[tokio::test]
async fn recorded_answers_of_xuc_confirm_or_do_not() {
    for (name, status, expected) in [
        ("xuc_auth_check.ok.json", 200, "confirmed"),
        ("xuc_auth_login.error.json", 401, "unconfirmed"),
        ("xuc_auth_login.error.json", 200, "unconfirmed"),
    ] {
        let xuc = crate::xuc::Stub::answering(status, vector(name));
        let callpane = Callpane::setup().set("CALLPANE_XUC_URL", &xuc.url).start().await;
        let (answer, _) = rings(&callpane, "third_party_request.2024_05_queue.json").await;
        assert_eq!(answer["action"], "open");
        let identity = eventually("XuC's answer is kept", async || {
            let settled = "SELECT identity FROM pane WHERE identity <> 'pending'";
            callpane.sql(settled).await.into_iter().next()
        });
        assert_eq!(identity.await, expected, "{name} {status}");
    }
}
