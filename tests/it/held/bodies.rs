//! Bodies that nobody should send, at every door that reads one: whatever they are, the answer says
//! that they are wrong, or takes them; it never says that we broke.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use reqwest::Method;

use super::figure;
use crate::harness::{Callpane, SECRETS, lab, wildix_signature};

const TOKEN: &str = "token-of-the-api-0123456789abcdef";

/// Every door that reads a body or a query, and what opens it; P is a page's token.
const ROUTES: [(&str, &str); 26] = [
    ("POST", "/thirdparty"),
    ("PUT", "/pane/P/notes"),
    ("POST", "/pane/P/contact"),
    ("POST", "/pane/P/complete"),
    ("POST", "/desktop/close"),
    ("POST", "/hooks/office"),
    ("POST", "/hooks/voip"),
    ("POST", "/hooks/melbourne"),
    ("POST", "/hooks/ccaas/ring"),
    ("POST", "/hooks/xuc?key=vector-xuc"),
    ("POST", "/hooks/lab"),
    ("POST", "/hooks/nobody"),
    ("POST", "/api/v1/deliveries/resend"),
    ("POST", "/api/v1/destinations/crm/test"),
    ("POST", "/api/v1/destinations/crm/pause"),
    ("PUT", "/api/v1/contacts/lists/clients"),
    ("POST", "/api/v1/lookups/nobody/test"),
    ("POST", "/api/v1/sources/lab/try"),
    ("POST", "/api/v1/sources/office/try"),
    ("GET", "/api/v1/contacts"),
    ("POST", "/api/v1/operators"),
    ("PUT", "/api/v1/operators/nobody"),
    ("POST", "/api/v1/tokens"),
    ("GET", "/api/v1/audit"),
    ("POST", "/console/sign-in"),
    ("POST", "/console/sign-in/nobodys"),
];

/// Members that somebody reads.
const NAMES: [&str; 25] = [
    "user",
    "caller",
    "userData",
    "queue",
    "callDataCallId",
    "notes",
    "version",
    "disposition",
    "name",
    "book",
    "id",
    "email",
    "ids",
    "since",
    "destination",
    "event",
    "call",
    "data",
    "type",
    "time",
    "body",
    "headers",
    "message",
    "ctiMessage",
    "phone",
];

/// An object of them, with whatever values.
fn members() -> impl Strategy<Value = String> {
    let values = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| number.to_string()),
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        Just("1e999999".to_owned()),
        Just("\"\\ud800\"".to_owned()),
        Just("\"\\u0000\\r\\n\"".to_owned()),
        Just("[".repeat(200)),
        Just(format!("{}1{}", "{\"caller\":".repeat(100), "}".repeat(100))),
        Just("null".to_owned()),
        Just("{\"token\":\":\",\"token\":1}".to_owned()),
        Just(format!("\"{}\"", "9".repeat(5000))),
    ];
    let member = (prop::sample::select(&NAMES[..]).prop_map(str::to_owned), values);
    prop::collection::vec(member, 0..8).prop_map(|members| {
        let members = members.iter().map(|(name, value)| format!("\"{name}\":{value}"));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    })
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => members().prop_map(String::into_bytes),
        2 => (members(), any::<prop::sample::Index>()).prop_map(|(text, at)| {
            let mut bytes = text.into_bytes();
            let length = at.index(bytes.len() + 1);
            bytes.truncate(length);
            bytes
        }),
        2 => prop::collection::vec(any::<u8>(), 0..300),
        1 => any::<String>().prop_map(|text| format!("name,phone\n\"{text},+33199005577\n").into_bytes()),
        1 => any::<String>().prop_map(|text| format!("notes={text}&%ZZ=%00").into_bytes()),
        1 => Just(vec![b'['; 100_000]),
        1 => Just(vec![b'a'; 300_000]),
    ]
}

fn types() -> impl Strategy<Value = &'static str> {
    prop::sample::select(
        &[
            "application/json",
            "application/x-www-form-urlencoded",
            "text/csv",
            "text/plain;charset=utf-7",
            "multipart/form-data; boundary=",
            "",
        ][..],
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn no_body_at_any_door_makes_it_break() {
    let destination = "[[destination]]\nname = \"crm\"\non = [\"call.ended\"]\n\
         url = \"https://crm.example.com/\"\njson = {}\n";
    let setup = Callpane::setup().set("CALLPANE_API_TOKEN", TOKEN);
    let callpane = setup.phone_systems(destination).start().await;
    callpane.pbx("lab").says(lab("ring", "c1", "0199005577", "310")).await;
    let link = callpane.personal_link("priya");
    let cookie = format!("callpane_desktop={}", link.rsplit_once('/').unwrap().1);
    let mut runner = TestRunner::deterministic();
    let (cases, mut refused, mut page) = (figure(600, 22_000), 0, String::new());
    for case in 0..cases {
        let (method, path) = ROUTES[case % ROUTES.len()];
        if case % 200 == 0 {
            // The one before may have been completed.
            let answer = callpane.desktop(12).rings("0199005577", "q").await;
            let url = answer["url"].as_str().unwrap().to_owned();
            page = url.rsplit_once('/').unwrap().1.to_owned();
        }
        let (body, kind) = (bodies(), types()).new_tree(&mut runner).unwrap().current();
        let mut url = callpane.url(&path.replace("/P/", &format!("/{page}/")));
        if *method == *"GET" {
            let asked = &body[..body.len().min(500)];
            let asked = url::form_urlencoded::byte_serialize(asked).collect::<String>();
            url = format!("{url}?phone={asked}");
        }
        let method: Method = method.parse().unwrap();
        let mut request = callpane.http.request(method.clone(), url).header("content-type", kind);
        request = request.header("cookie", &cookie).bearer_auth(TOKEN);
        request = request.header("x-signature", wildix_signature(&body));
        request = SECRETS.iter().fold(request, |request, (_, secret)| {
            request.header("x-pbx-token", *secret).header("x-key", *secret)
        });
        let shown = String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned();
        let request = request.body(body);
        let again = request.try_clone().unwrap();
        let answer = match request.send().await {
            Ok(answer) => Ok(answer),
            // A connection may end that has been quiet for long; a fault comes again.
            Err(_) => again.send().await,
        };
        let answer = answer.unwrap_or_else(|error| panic!("{method} {path}: {error}: {shown}"));
        let status = answer.status().as_u16();
        assert!(status < 500, "{method} {path}: {status}: {shown}");
        refused += usize::from(status >= 400);
    }
    assert!(refused > cases / 3 && refused < cases, "{refused} of {cases} were refused");
    assert_eq!(callpane.desktop(12).rings("0199005577", "q").await["action"], "open");
}
