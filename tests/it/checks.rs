//! The command line, as a person runs it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use actix_web::{App, HttpResponse, HttpServer, web};

use crate::harness::{Callpane, Database, SelfSigned};

/// The built program, in a folder of its own, beside a server's database.
pub(crate) struct Command {
    folder: tempfile::TempDir,
    given: BTreeMap<String, String>,
}

/// What it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Command {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), given: BTreeMap::new() }
    }

    pub(crate) fn beside(callpane: &Callpane) -> Self {
        Self::new().set("CALLPANE_DATABASE", &callpane.database.url)
    }

    /// A server of its own on this database, at a free port, whose log a test can read.
    pub(crate) fn serving(database: &Database) -> Self {
        let command = Self::new().set("CALLPANE_DATABASE", &database.url);
        command.set("CALLPANE_BIND", "127.0.0.1:0").set("CALLPANE_LOG_FORMAT", "json")
    }

    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.given.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn prepare(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_callpane"));
        command.args(arguments).current_dir(self.folder.path()).envs(&self.given);
        command.stdin(Stdio::null());
        command
    }

    /// The same, by way of a line of shell that ends in `exec "$0" "$@"`: in surroundings of its own.
    pub(crate) fn prepare_by(&self, line: &str, arguments: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new("sh");
        command.args(["-c", line, env!("CARGO_BIN_EXE_callpane")]).args(arguments);
        command.current_dir(self.folder.path()).envs(&self.given).stdin(Stdio::null());
        command
    }

    /// A path in its folder.
    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Said {
        let mut command = self.prepare(arguments);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        Said {
            success: output.status.success(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

#[tokio::test]
async fn our_own_door_is_a_good_one() {
    let callpane = Callpane::start().await;
    let said = Command::new().run(&["check", &callpane.url("/thirdparty")]).await;
    assert!(said.success, "{said:?}");
    let address = callpane.running.address.to_string();
    let stable = said.stdout.lines().map(|line| match line.split_once("/pane/") {
        Some((before, _)) => format!("{before}/pane/…"),
        None => line.to_owned(),
    });
    let stable = stable.collect::<Vec<_>>().join("\n").replace(&address, "ADDRESS");
    let stable = stable.replace(&callpane.running.public_url, "PUBLIC");
    let stable: Vec<&str> = stable.lines().filter(|line| !line.contains(" ms")).collect();
    // The order of headers within one line is not ours.
    let stable: Vec<&str> =
        stable.into_iter().map(|line| line.split(": \"").next().unwrap()).collect();
    insta::assert_snapshot!(stable.join("\n"));
}

/// Somebody's first PHP script, in every way that it goes wrong.
#[tokio::test]
async fn everything_that_can_be_wrong_with_an_endpoint_is_said() {
    let server = HttpServer::new(|| {
        let page =
            || async { HttpResponse::Ok().insert_header(("x-frame-options", "DENY")).body("hi") };
        let login = || async {
            HttpResponse::Found().insert_header(("location", "/login?next=x")).finish()
        };
        App::new()
            .route("/page", web::get().to(page))
            .route("/needs-login", web::get().to(login))
            .route("/silent", web::post().to(|| async { HttpResponse::Ok().body("") }))
            .route("/moved", web::to(|| async { HttpResponse::MovedPermanently().insert_header(("location", "/x")).finish() }))
            .route("/none-with-event", web::route().to(|request: actix_web::HttpRequest| async move {
                cors(&request, r#"{"action":"none","event":"EventRinging","autopause":true}"#.to_owned())
            }))
            .route("/triggered", web::route().to(|request: actix_web::HttpRequest| async move {
                let url = format!("http://{}/page", request.connection_info().host());
                cors(&request, format!(r#"{{"action":"open","event":"ringing","url":"{url}","triggered":true,"autopause":"no"}}"#))
            }))
            .route("/login", web::route().to(|request: actix_web::HttpRequest| async move {
                let url = format!("http://{}/needs-login", request.connection_info().host());
                cors(&request, format!(r#"{{"action":"open","event":"EventRinging","url":"{url}"}}"#))
            }))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let address = server.addrs()[0];
    tokio::spawn(server.run());
    let mut report = String::new();
    for path in ["silent", "moved", "none-with-event", "triggered", "login"] {
        let said = Command::new().run(&["check", &format!("http://{address}/{path}")]).await;
        assert!(!said.success, "{path} is no good endpoint");
        let failures = said.stdout.lines().filter(|line| line.starts_with("FAIL"));
        report.extend([path, "\n", &failures.collect::<Vec<_>>().join("\n"), "\n\n"]);
    }
    insta::assert_snapshot!(report.replace(&address.to_string(), "ADDRESS"));
}

fn cors(request: &actix_web::HttpRequest, body: String) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.insert_header(("access-control-allow-origin", "*"));
    answer.insert_header(("access-control-allow-methods", "POST"));
    answer.insert_header(("access-control-allow-headers", "content-type"));
    if request.method() == "OPTIONS" {
        answer.finish()
    } else {
        answer.content_type("application/json").body(body)
    }
}

#[tokio::test]
async fn a_framed_https_desktop_cannot_show_an_http_page() {
    let callpane = Callpane::start().await;
    let arguments =
        ["check", &callpane.url("/thirdparty"), "--origin", "https://xucmgt.example.com"];
    let said = Command::new().run(&arguments).await;
    assert!(!said.success && said.stdout.contains("FAIL  page: is http inside an https desktop"));
}

#[tokio::test]
async fn check_looks_at_settings_templates_database_and_configuration() {
    let callpane = Callpane::start().await;
    let good = Command::beside(&callpane).run(&["check"]).await;
    assert!(good.success, "{good:?}");
    let lines: Vec<&str> =
        good.stdout.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(
        lines,
        [
            "ok    settings",
            "ok    guard",
            "ok    templates",
            "ok    database",
            "ok    configuration"
        ]
    );

    let command = Command::beside(&callpane);
    command.file("pane.html", "<p>\n\n{{ caller.nosuch }}\n");
    let folder = command.file("x", "").replace("/x", "");
    let wrong = command.set("CALLPANE_TEMPLATES", &folder).run(&["check"]).await;
    assert!(!wrong.success && wrong.stderr.contains("pane.html, line 3"), "{wrong:?}");

    let away = Command::new()
        .set("CALLPANE_DATABASE", "sqlite:/no/such/folder/x.db")
        .run(&["check"])
        .await;
    assert!(!away.success && away.stderr.contains("CALLPANE_DATABASE"), "{away:?}");
}

#[tokio::test]
async fn settings_may_stand_in_custom_env() {
    let command = Command::new();
    command.file("custom.env", "CALLPANE_REGION=XX\nCALLPANE_LANGUAGE=fr\n");
    let said = command.run(&["check"]).await;
    assert!(!said.success);
    assert_eq!(
        said.stderr.trim(),
        "CALLPANE_REGION: \"XX\" is not an ISO 3166 country code such as FR"
    );
}

#[tokio::test]
async fn a_second_server_on_one_sqlite_file_is_refused() {
    let callpane = Callpane::start().await;
    if !callpane.database.is_sqlite() {
        return;
    }
    let command = Command::beside(&callpane).set("CALLPANE_BIND", "127.0.0.1:0");
    let said = command.run(&["serve"]).await;
    assert!(!said.success && said.stderr.contains("SQLite serves one node"), "{said:?}");
}

#[tokio::test]
async fn a_taken_port_names_its_setting() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let bind = taken.local_addr().unwrap().to_string();
    let said = Command::new().set("CALLPANE_BIND", &bind).run(&["serve"]).await;
    assert!(!said.success && said.stderr.starts_with("CALLPANE_BIND:"), "{said:?}");
}

/// Reads what a running program says until a line has this in it.
fn said_line(child: &mut std::process::Child, wanted: &str) -> String {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.find(|line| line.as_ref().unwrap().contains(wanted));
    let line = line.unwrap_or_else(|| panic!("it ended without a word of {wanted}")).unwrap();
    std::thread::spawn(move || lines.for_each(drop));
    line
}

#[tokio::test]
async fn the_demo_prints_what_to_open_and_throws_its_database_away() {
    let temporary = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let command = Command::new()
        .set("CALLPANE_BIND", &taken.local_addr().unwrap().to_string())
        .set("CALLPANE_DEMO_BIND", "127.0.0.1:0")
        .set("TMPDIR", temporary.path().to_str().unwrap());
    let mut child = command.prepare(&["demo"]).stdout(Stdio::piped()).spawn().unwrap();
    let line = said_line(&mut child, "/demo/desktop");
    let url = line.split_whitespace().find(|word| word.starts_with("http")).unwrap();
    let page = reqwest::get(url).await.unwrap().text().await.unwrap();
    assert!(page.contains("/thirdparty") && page.contains("id=\"ring\""));
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 1);
    let id = child.id().to_string();
    let stopped = std::process::Command::new("kill").arg(&id).status().unwrap();
    assert!(stopped.success() && child.wait().unwrap().success(), "SIGTERM ends it in good order");
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn https_is_served_with_a_certificate_of_ones_own() {
    let own = SelfSigned::new();
    let callpane = Callpane::setup()
        .set("CALLPANE_TLS_CERT", &own.cert)
        .set("CALLPANE_TLS_KEY", &own.key)
        .start()
        .await;
    let trusted = reqwest::Certificate::from_der(&own.der).unwrap();
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([trusted]).build().unwrap();
    let url = &callpane.running.public_url;
    assert!(url.starts_with("https://localhost:"), "{url}");
    let live = http.get(format!("{url}/health/live")).send().await.unwrap();
    assert_eq!(live.status().as_u16(), 200);

    let swapped = Command::new()
        .set("CALLPANE_TLS_CERT", &own.key)
        .set("CALLPANE_TLS_KEY", &own.cert)
        .set("CALLPANE_BIND", "127.0.0.1:0");
    let said = swapped.run(&["serve"]).await;
    assert!(
        !said.success && said.stderr.starts_with("CALLPANE_TLS_CERT, CALLPANE_TLS_KEY:"),
        "{said:?}"
    );
}

#[tokio::test]
async fn a_pasted_request_is_tried_against_a_draft_and_nothing_is_kept() {
    let command = Command::new().set("LAB_KEY", "a-key-of-the-lab");
    let draft = command.file(
        "draft.toml",
        r#"
        [[source]]
        name = "lab"
        kind = "mapped"
        auth = { header = { name = "X-Key", value = "env:LAB_KEY" } }
        event = "header:X-Event"
        events = { ring = "call.ringing" }
        keys = { call = "/call/id", caller = "/call/from", agent = "ext", "data.account" = "account" }
        values = { direction = { in = "inbound" } }
        "#,
    );
    let request = command.file(
        "request.txt",
        "POST /hooks/lab?ext=310 HTTP/1.1\nX-Key: a-key-of-the-lab\nX-Event: RING\n\n\
         {\"call\":{\"id\":7,\"from\":\"+33199005577\"},\"account\":\"C-1\"}",
    );
    let tried = command.run(&["try", "lab", &request, "--draft", &draft]).await;
    assert!(tried.success, "{tried:?}");
    let said: serde_json::Value = serde_json::from_str(&tried.stdout).unwrap();
    assert_eq!(said["authentic"], true);
    let mut event = said["events"][0].clone();
    event.as_object_mut().unwrap().shift_remove("at");
    insta::assert_snapshot!(serde_json::to_string_pretty(&event).unwrap());
    let body = command.file("body.json", "{\"call\":{}}");
    let tried = command.run(&["try", "lab", &body, "--draft", &draft]).await;
    let said: serde_json::Value = serde_json::from_str(&tried.stdout).unwrap();
    assert_eq!(said["authentic"], false);
    assert!(said["not_understood"].as_str().unwrap().contains("event"), "{said}");
    let other = command.run(&["try", "labb", &body, "--draft", &draft]).await;
    assert!(!other.success && other.stderr.contains("did you mean lab?"), "{other:?}");
}

#[tokio::test]
async fn agents_get_a_link_that_the_server_knows_and_refusals_are_listed() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let mut command = Command::beside(&callpane);
    for (name, value) in crate::harness::SECRETS {
        command = command.set(name, value);
    }
    let listed = command.set("CALLPANE_PUBLIC_URL", &callpane.running.public_url);
    let said = listed.run(&["agents"]).await;
    assert!(said.success, "{said:?}");
    let line = said.stdout.lines().find(|line| line.starts_with("priya")).unwrap();
    assert!(line.ends_with(&callpane.personal_link("priya")), "{line}");
    let none = listed.run(&["refusals"]).await;
    assert_eq!(none.stdout, "No request was refused.\n");
    callpane.pbx("lab").sends("POST", "", &[("x-key", "wrong")], "{}").await;
    callpane.pbx("voip").sends("POST", "", &[], "{}").await;
    let said = listed.run(&["refusals", "lab"]).await;
    let row = said.stdout.trim();
    assert!(row.contains("lab  401 not-authentic  the header x-key has none of"), "{row}");
    assert!(!row.contains('\n') && !row.contains("wrong"));
    let said = listed.run(&["refusals", "--json", "--limit", "1"]).await;
    let row: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(row["source"], "voip");
}
