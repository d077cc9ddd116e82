//! Every answer of every endpoint says what a browser may do with it, and none is given to whoever has no
//! right to it.

use reqwest::Method;
use reqwest::header::HeaderMap;

use callpane::inside::{Endpoint, endpoints};

use crate::harness::Callpane;

const TOKEN: &str = "token-of-the-api-0123456789abcdef";

/// Every route of src/web/routes.rs, with a request that it takes or refuses. Those of the API and the console
/// are in a table of their own: see `tabled`.
const ROUTES: [(&str, &str, &str); 27] = [
    ("/thirdparty", "POST", "/thirdparty"),
    ("/thirdparty/", "OPTIONS", "/thirdparty/"),
    ("/thirdparty/{key}", "POST", "/thirdparty/any"),
    ("/thirdparty/{key}/", "POST", "/thirdparty/any/"),
    ("/pane/check", "GET", "/pane/check"),
    ("/pane/{token}", "GET", "PANE"),
    ("/stream", "GET", "PANE/stream"),
    ("/state", "GET", "PANE/state"),
    ("/notes", "PUT", "PANE/notes"),
    ("/contact", "POST", "PANE/contact"),
    ("/complete", "POST", "PANE/complete"),
    ("/hooks", "POST", "/hooks"),
    ("/{source}", "POST", "/hooks/lab"),
    ("/{source}/{event:.*}", "GET", "/hooks/lab/ring"),
    ("/desktop", "GET", "/desktop"),
    ("/stream", "GET", "/desktop/stream"),
    ("/state", "GET", "/desktop/state"),
    ("/close", "POST", "/desktop/close"),
    ("/sign-out", "POST", "/desktop/sign-out"),
    ("/signed-out", "GET", "/desktop/signed-out"),
    ("/{link}", "GET", "LINK"),
    ("/api", "GET", "/api"),
    ("/api/openapi.json", "GET", "/api/openapi.json"),
    ("/sheet", "GET", "/sheet?caller=0199005577"),
    ("/sheet/{key}", "GET", "/sheet/any?caller=0199005577"),
    ("/health/live", "GET", "/health/live"),
    ("/health/ready", "GET", "/health/ready"),
];

/// Endpoints of the demo, on either listener.
const DEMO_ROUTES: [(&str, &str, &str); 7] = [
    ("/demo", "GET", "/demo"),
    ("/demo/desktop", "GET", "/demo/desktop"),
    ("/demo/crm", "GET", "/demo/crm"),
    ("/demo/crm/api/contacts", "GET", "/demo/crm/api/contacts?phone=0199005577"),
    ("/demo/crm/api/{tail:.*}", "POST", "/demo/crm/api/calls"),
    ("/", "GET", "/"),
    ("/demo/play", "POST", "/demo/play"),
];

/// A request to every endpoint of the table in src/web/access, with its need.
pub(crate) fn tabled() -> Vec<(&'static Endpoint, String)> {
    let filled = endpoints().map(|(path, endpoint)| {
        let parts = path.split('/').map(|part| match part {
            part if part.starts_with('{') => "nobodys",
            part => part,
        });
        let query = if path.ends_with("/contacts") { "?number=0199005577" } else { "" };
        (endpoint, parts.collect::<Vec<_>>().join("/") + query)
    });
    filled.collect()
}

/// Every route: how it is called here, its method, and a request.
fn walked() -> Vec<(String, String, String)> {
    let listed = ROUTES.iter().map(|(route, method, path)| {
        ((*route).to_owned(), (*method).to_owned(), (*path).to_owned())
    });
    let tabled = tabled().into_iter();
    let tabled = tabled.map(|(endpoint, path)| (path.clone(), endpoint.method.to_owned(), path));
    listed.chain(tabled).collect()
}

/// Every address that is registered, as the source says.
fn registered() -> Vec<String> {
    let source =
        concat!(include_str!("../../src/web/routes.rs"), include_str!("../../src/demo/mod.rs"));
    let strings = source.split('"').skip(1).step_by(2).filter(|text| text.starts_with('/'));
    strings.map(str::to_owned).collect()
}

fn says(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned()
}

fn assert_private(endpoint: &str, path: &str, headers: &HeaderMap) {
    // The console's own forms say where they are from.
    let told = if path.starts_with("/console") { "same-origin" } else { "no-referrer" };
    assert_eq!(says(headers, "cache-control"), "no-store", "{endpoint}");
    assert_eq!(says(headers, "x-content-type-options"), "nosniff", "{endpoint}");
    assert_eq!(says(headers, "referrer-policy"), told, "{endpoint}");
    assert_eq!(says(headers, "strict-transport-security"), "", "{endpoint}");
}

#[tokio::test]
async fn no_answer_is_kept_or_guessed_at_whichever_endpoint_gives_it() {
    let setup = Callpane::setup().phone_systems("").set("CALLPANE_API_TOKEN", TOKEN);
    let callpane = setup.set("CALLPANE_DEMO", "true").start().await;
    let ring = callpane.desktop(12).rings("0199005577", "q").await;
    let page = callpane.opens(&ring).await.path;
    let link = callpane.personal_link("priya");
    let cookie = callpane.cookie_of("priya").await;
    let demo = callpane.running.demo_url.clone().unwrap();
    let demos = DEMO_ROUTES.map(|(route, method, path)| (route.into(), method.into(), path.into()));
    for (route, method, path) in walked().into_iter().chain(demos) {
        let path = path.replace("PANE", &page).replace("LINK", &link);
        let on_demo = matches!(route.as_str(), "/" | "/demo/play" | "/demo/desktop");
        let url = if on_demo { format!("{demo}{path}") } else { callpane.url(&path) };
        // With every right, and with none.
        for rights in [true, false] {
            let method: Method = method.parse().unwrap();
            let mut request = callpane.http.request(method, &url);
            if rights {
                request =
                    request.header("cookie", &cookie).header("content-type", "application/json");
                request = request.header("authorization", format!("Bearer {TOKEN}")).body("{}");
            }
            let reply = request.send().await.unwrap();
            let endpoint = format!("{route} {rights} {}", reply.status());
            assert!(reply.status().as_u16() < 500, "{endpoint}");
            assert_private(&endpoint, &path, reply.headers());
        }
    }
    let nowhere = callpane.http.get(callpane.url("/nowhere")).send().await.unwrap();
    assert_private("nowhere", "/nowhere", nowhere.headers());
}

/// Endpoints that everybody may ask: they tell nothing of any call.
const OPEN: [(&str, &str); 8] = [
    ("OPTIONS", "/thirdparty/"),
    ("GET", "/pane/check"),
    ("POST", "/sign-out"),
    ("GET", "/signed-out"),
    ("GET", "/api"),
    ("GET", "/api/openapi.json"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
];

#[tokio::test]
async fn no_endpoint_answers_whoever_has_no_right() {
    let setup = Callpane::setup().phone_systems("").set("CALLPANE_API_TOKEN", TOKEN);
    // An identity provider that is not there: what leads to it is open all the same.
    let provider = [
        ("ISSUER", "http://127.0.0.1:9"),
        ("CLIENT_ID", "callpane"),
        ("CLIENT_SECRET", "secret"),
        ("ROLES", "groups:all=viewer"),
    ];
    let setup = provider
        .into_iter()
        .fold(setup, |setup, (name, value)| setup.set(&format!("CALLPANE_OIDC_{name}"), value));
    let callpane =
        setup.set("CALLPANE_DESKTOP_KEY", "key-of-desktops-0123456789abcdef").start().await;
    let open_by_table = tabled().into_iter().filter(|(endpoint, _)| endpoint.need.is_none());
    let open_by_table: Vec<_> =
        open_by_table.map(|(endpoint, path)| (endpoint.method.to_owned(), path)).collect();
    for (route, method, path) in walked() {
        let path = path.replace("PANE", "/pane/nobodys").replace("LINK", "/desktop/nobodys");
        let request = callpane.http.request(method.parse().unwrap(), callpane.url(&path));
        let request = request.header("content-type", "application/json").body("{}");
        let status = request.send().await.unwrap().status().as_u16();
        let is_open = OPEN.contains(&(&method, &route))
            || open_by_table.contains(&(method.clone(), route.clone()));
        let to_sign_in = status == 303 && path.starts_with("/console");
        let refused = to_sign_in || matches!(status, 401 | 403 | 404 | 429);
        assert_eq!(refused, !is_open, "{method} {route} is answered {status}");
    }
}

#[test]
fn every_route_is_walked_here() {
    let walked: Vec<&str> = ROUTES.iter().chain(&DEMO_ROUTES).map(|(route, ..)| *route).collect();
    let routes = registered();
    for route in routes.iter().filter(|route| !route.starts_with("/static/")) {
        assert!(walked.contains(&route.as_str()), "{route} has no line in ROUTES");
    }
    for endpoint in walked {
        assert!(routes.iter().any(|route| route == endpoint), "{endpoint} is not a route any more");
    }
}

#[tokio::test]
async fn a_static_file_is_kept_for_ever() {
    let callpane = Callpane::start().await;
    let ring = callpane.desktop(12).rings("0199005577", "q").await;
    let html = callpane.opens(&ring).await.html;
    let (_, rest) = html.split_once("href=\"/static/").unwrap();
    let (asset, _) = rest.split_once('"').unwrap();
    let reply = callpane.http.get(callpane.url(&format!("/static/{asset}"))).send().await.unwrap();
    assert_eq!(reply.status(), 200);
    let kept = "public, max-age=31536000, immutable";
    assert_eq!(says(reply.headers(), "cache-control"), kept);
    assert_eq!(says(reply.headers(), "x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn pages_and_files_are_sent_compressed_to_whoever_takes_that() {
    let callpane = Callpane::start().await;
    let ring = callpane.desktop(12).rings("0199005577", "q").await;
    let page = callpane.opens(&ring).await;
    let (_, rest) = page.html.split_once("href=\"/static/").unwrap();
    let (asset, _) = rest.split_once('"').unwrap();
    let ask = async |path: &str, takes: &str| {
        let request = callpane.http.get(callpane.url(path)).header("accept-encoding", takes);
        let reply = request.send().await.unwrap();
        assert_eq!(reply.status(), 200);
        let how = says(reply.headers(), "content-encoding");
        let vary = says(reply.headers(), "vary");
        (how, vary, reply.bytes().await.unwrap())
    };
    let asset = format!("/static/{asset}");
    let (how, vary, plain) = ask(&asset, "br, gzip;q=0").await;
    assert_eq!((how.as_str(), vary.as_str()), ("", "Accept-Encoding"));
    let (how, vary, packed) = ask(&asset, "gzip, deflate, br").await;
    assert_eq!((how.as_str(), vary.as_str()), ("gzip", "Accept-Encoding"));
    assert!(packed.starts_with(&[0x1f, 0x8b]) && packed.len() < plain.len());
    let (how, vary, html) = ask(&page.path, "br").await;
    assert_eq!((how.as_str(), vary.as_str()), ("", "Accept-Language, Accept-Encoding"));
    assert!(html.starts_with(b"<!doctype html>"));
    let (how, vary, packed) = ask(&page.path, "gzip").await;
    assert_eq!((how.as_str(), vary.as_str()), ("gzip", "Accept-Language, Accept-Encoding"));
    assert!(packed.starts_with(&[0x1f, 0x8b]) && packed.len() < html.len() / 2);
}

/// What a proxy that ends https passes on.
async fn hsts(public_url: &str, host: &str, scheme: &str, path: &str) -> String {
    let callpane = Callpane::setup().set("CALLPANE_PUBLIC_URL", public_url).start().await;
    let request = callpane.http.get(callpane.url(path)).header("host", host);
    let reply = request.header("x-forwarded-proto", scheme).send().await.unwrap();
    says(reply.headers(), "strict-transport-security")
}

#[tokio::test]
async fn only_https_is_asked_for_where_the_host_is_our_own() {
    let (own, year) = ("https://callpane.example.com", "max-age=31536000");
    let live = "/health/live";
    assert_eq!(hsts(own, "callpane.example.com", "https", live).await, year);
    assert_eq!(hsts(own, "Callpane.Example.com:443", "https", "/nowhere").await, year);
    assert_eq!(hsts(own, "callpane.example.com", "http", live).await, "", "not over http");
    assert_eq!(hsts(own, "pbx.example.com", "https", live).await, "", "not for another host");
    let shared = "https://callpane.example.com:8443";
    assert_eq!(hsts(shared, "callpane.example.com:8443", "https", live).await, "", "a port");
    let below = "https://intranet.example.com/callpane";
    assert_eq!(hsts(below, "intranet.example.com", "https", live).await, "", "a path");
}
