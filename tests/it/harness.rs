//! What the tests speak of: a Callpane, a desktop that rings, a page that is open.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use callpane::inside::{
    Actor, Clock, Opener, Running, Secret, StillClock, SystemClock, Timestamp, View,
    apply as apply_document, hex_hmac, open, read_settings, start, surroundings,
};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Map, Value, json};

use crate::leftovers::Leftovers;

/// The moment that still clocks show: 21 September 2026.
pub(crate) const THEN: Timestamp = Timestamp(1_790_000_123_000);

/// The servers have a runtime of their own, so that they go on while a test waits or ends.
static SERVERS: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap());

/// A running server with a database of its own.
pub(crate) struct Callpane {
    /// First, so that it looks while the server still runs.
    _leftovers: Leftovers,
    pub(crate) running: Running,
    pub(crate) http: reqwest::Client,
    pub(crate) database: Database,
    pub(crate) clock: Arc<StillClock>,
    given: BTreeMap<String, String>,
    /// The cookie of each agent who has signed in.
    cookies: tokio::sync::Mutex<BTreeMap<String, String>>,
}

/// Settings of one server.
#[derive(Default)]
pub(crate) struct Setup {
    given: BTreeMap<String, String>,
    rules: Option<String>,
    ticking: bool,
    later: Duration,
    database: Option<Database>,
    expects_errors: bool,
    leaves_deliveries: bool,
}

impl Setup {
    pub(crate) fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.given.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn rules(mut self, toml: &str) -> Self {
        self.rules = Some(toml.to_owned());
        self
    }

    /// With the system's clock instead of one that stands still: for browsers.
    pub(crate) fn ticking(mut self) -> Self {
        self.ticking = true;
        self
    }

    /// With a clock that shows a later moment.
    pub(crate) fn later(mut self, span: Duration) -> Self {
        self.later = span;
        self
    }

    /// On a database that another server has left.
    pub(crate) fn on(mut self, database: Database) -> Self {
        self.database = Some(database);
        self
    }

    /// What it does to the server is logged as an error.
    pub(crate) fn expects_errors(mut self) -> Self {
        self.expects_errors = true;
        self
    }

    /// At its end something is owed that was never to arrive.
    pub(crate) fn leaves_deliveries(mut self) -> Self {
        self.leaves_deliveries = true;
        self
    }

    pub(crate) async fn start(self) -> Callpane {
        let database = match self.database {
            Some(database) => database,
            None => Database::new().await,
        };
        let mut given = self.given;
        given.insert("CALLPANE_DATABASE".into(), database.url.clone());
        given.insert("CALLPANE_BIND".into(), "127.0.0.1:0".into());
        given.insert("CALLPANE_DEMO_BIND".into(), "127.0.0.1:0".into());
        // A busy machine is no reason to answer rings without the database.
        given.entry("CALLPANE_RING_DEADLINE".into()).or_insert_with(|| "30s".into());
        let settings = read_settings(&given).expect("good settings");
        if let Some(rules) = self.rules {
            apply(&given, &rules).await;
        }
        let clock = Arc::new(StillClock::at(THEN.plus(self.later)));
        let shown: Arc<dyn Clock> = if self.ticking {
            Arc::new(SystemClock::default())
        } else {
            Arc::<StillClock>::clone(&clock)
        };
        let leftovers = Leftovers::watch(&database, self.expects_errors, self.leaves_deliveries);
        let started = SERVERS.spawn(async move { start(&settings, shown).await });
        let running = started.await.unwrap().expect("a server that starts");
        Callpane {
            _leftovers: leftovers,
            running,
            http: client(),
            database,
            clock,
            given,
            cookies: tokio::sync::Mutex::default(),
        }
    }
}

/// Puts rules in force.
async fn apply(given: &BTreeMap<String, String>, rules: &str) {
    let settings = read_settings(given).unwrap();
    let view = View::new("", settings.templates.as_deref()).unwrap();
    let surroundings = surroundings(&settings, &view);
    let store = open(&settings, Opener::Command).await.unwrap();
    let clock = StillClock::at(THEN);
    let applied = apply_document(&store, &clock, rules.into(), "test".into(), &surroundings);
    applied.await.expect("good rules");
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()
        .unwrap()
}

impl Callpane {
    pub(crate) fn setup() -> Setup {
        Setup::default()
    }

    pub(crate) async fn start() -> Self {
        Setup::default().start().await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.address)
    }

    /// The agent application of one agent.
    pub(crate) fn desktop(&self, user: u32) -> Desktop<'_> {
        Desktop { callpane: self, user, origin: "https://xucmgt.example.com".into() }
    }

    /// A page by the address that a desktop was given.
    pub(crate) async fn opens(&self, answer: &Value) -> Page<'_> {
        self.opens_in(answer, "en").await
    }

    pub(crate) async fn opens_in(&self, answer: &Value, language: &str) -> Page<'_> {
        let url = answer["url"].as_str().expect("an answer with a url");
        let path = url.strip_prefix(&self.running.public_url).expect("a page of ours");
        let request = self.http.get(self.url(path)).header("accept-language", language);
        let reply = request.send().await.unwrap();
        let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
        Page {
            callpane: self,
            path: path.to_owned(),
            status,
            headers,
            html: reply.text().await.unwrap(),
        }
    }

    /// A query on the database itself, as `a|b` lines.
    pub(crate) async fn sql(&self, sql: &str) -> Vec<String> {
        self.database.query(sql).await
    }
}

/// A certificate for localhost that nobody has issued, and its key.
pub(crate) struct SelfSigned {
    _folder: tempfile::TempDir,
    /// The paths of their files.
    pub(crate) cert: String,
    pub(crate) key: String,
    pub(crate) der: rustls::pki_types::CertificateDer<'static>,
}

impl SelfSigned {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let names = vec!["localhost".to_owned()];
        let certified = rcgen::generate_simple_self_signed(names).unwrap();
        let file = |name: &str, text: String| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let cert = file("cert.pem", certified.cert.pem());
        let key = file("key.pem", certified.signing_key.serialize_pem());
        Self { _folder: folder, cert, key, der: certified.cert.der().clone() }
    }
}

/// Whoever runs commands on the server.
pub(crate) fn operator() -> Actor {
    Actor::at_command_line(Some("olga".to_owned()))
}

/// The phone systems and agents that tests speak of.
pub(crate) const PHONE_SYSTEMS: &str = r#"
[[source]]
name = "office"
kind = "wildix"
secrets = ["env:OLD_WILDIX_SECRET", "env:WILDIX_SECRET"]

[[source]]
name = "voip"
kind = "voipcloud"
region = "AU"
secrets = ["env:PBX_TOKEN"]

[[source]]
name = "melbourne"
kind = "telair"
region = "AU"
auth = { token = "env:TELAIR_TOKEN" }

[[source]]
name = "ccaas"
kind = "xima"
region = "US"
auth = { header = { name = "X-Bridge-Key", value = "env:XIMA_KEY" } }

[[source]]
name = "xuc"
kind = "xuc"
auth = { query = { name = "key", value = "env:XUC_KEY" } }

[[source]]
name = "lab"
kind = "mapped"
auth = { header = { name = "X-Key", value = "env:LAB_KEY" } }
event = "/event/name"
events = { ring = "call.ringing", answer = "call.answered", hangup = "call.ended" }
keys = { call = "/call/uuid", caller = "/call/from", agent = "/call/ext", queue = "/call/queue" }

[[agent]]
id = "priya"
name = "Priya Nair"
at = { office = ["310", "priya@example.test"], voip = "101", melbourne = "205", ccaas = "154", lab = "310" }

[[agent]]
id = "marcus"
name = "Marcus Lee"
at = { office = "311", lab = "311" }
"#;

/// The secrets that those phone systems have.
pub(crate) const SECRETS: [(&str, &str); 7] = [
    ("OLD_WILDIX_SECRET", "the-secret-before-the-rotation"),
    ("WILDIX_SECRET", "vector-secret-7Qd2mB0sYt4LxR9kWc5VhJ1pZ8"),
    ("PBX_TOKEN", "vector-pbx-token"),
    ("TELAIR_TOKEN", "vector-token"),
    ("XIMA_KEY", "vector"),
    ("XUC_KEY", "vector-xuc"),
    ("LAB_KEY", "vector-lab"),
];

impl Setup {
    /// With phone systems, and more of the configuration.
    pub(crate) fn phone_systems(self, more: &str) -> Self {
        let set = SECRETS.into_iter().fold(self, |setup, (name, value)| setup.set(name, value));
        set.rules(&format!("{PHONE_SYSTEMS}\n{more}"))
    }
}

impl Callpane {
    /// Puts another configuration in force, and waits until the server has taken it up.
    pub(crate) async fn applies(&self, document: &str) {
        let before = self.running.flow.context.in_force().version;
        apply(&self.given, document).await;
        eventually("the new configuration is in force", async || {
            (self.running.flow.context.in_force().version > before).then_some(())
        })
        .await;
    }

    pub(crate) fn clock_now(&self) -> i64 {
        self.clock.now().0
    }

    /// Time goes by, and a server that runs sees it go by.
    pub(crate) async fn hours_pass(&self, hours: u32) {
        for _ in 0..hours {
            self.clock.advance(Duration::from_hours(1));
            self.running.flow.retention.check_clock().await.unwrap();
        }
    }

    /// Waits until no delivery is under way. One that is claimed is given back unsent if the clock jumps
    /// ahead before it is sent: on a slow machine, again and again.
    pub(crate) async fn rests(&self) {
        eventually("no delivery is under way", async || {
            let under_way = "SELECT id FROM delivery d WHERE settled_at IS NULL
                AND attempts > (SELECT COUNT(*) FROM attempt a WHERE a.delivery_id = d.id)";
            self.sql(under_way).await.is_empty().then_some(())
        })
        .await;
    }

    /// A phone system.
    pub(crate) fn pbx(&self, source: &'static str) -> Pbx<'_> {
        Pbx { callpane: self, source }
    }

    /// The personal link of an agent, as a path.
    pub(crate) fn personal_link(&self, agent: &str) -> String {
        let in_force = self.running.flow.context.in_force();
        let agents = in_force.configuration.agents();
        let agent = agents.iter().find(|known| known.id == agent).expect("an agent");
        let link = self.running.flow.sessions.link_of(agent);
        link.strip_prefix(&self.running.public_url).unwrap().to_owned()
    }

    /// Opens an agent's personal link in a new browser; answers the cookie that it gets.
    pub(crate) async fn signs_in(&self, agent: &str) -> String {
        let link = self.url(&self.personal_link(agent));
        let reply = self.http.get(link).send().await.unwrap();
        assert_eq!(reply.status(), 303);
        let cookie = reply.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// The cookie of an agent's browser, which signs in once.
    pub(crate) async fn cookie_of(&self, agent: &str) -> String {
        let mut cookies = self.cookies.lock().await;
        if !cookies.contains_key(agent) {
            cookies.insert(agent.to_owned(), self.signs_in(agent).await);
        }
        cookies[agent].clone()
    }

    /// What a page shows now, as its templates see it.
    pub(crate) async fn shown(&self, path: &str) -> Value {
        let request = self.http.get(self.url(&format!("{path}/state")));
        let reply = request.header("accept", "application/json").send().await.unwrap();
        serde_json::from_str(&reply.text().await.unwrap()).unwrap()
    }

    /// What the built-in desktop of an agent shows now.
    pub(crate) async fn built_in_desktop(&self, agent: &str) -> Value {
        let request =
            self.http.get(self.url("/desktop/state")).header("accept", "application/json");
        let reply = request.header("cookie", self.cookie_of(agent).await).send();
        serde_json::from_str(&reply.await.unwrap().text().await.unwrap()).unwrap()
    }
}

/// A phone system that tells of calls.
pub(crate) struct Pbx<'a> {
    callpane: &'a Callpane,
    source: &'static str,
}

impl Pbx<'_> {
    /// Sends a request to this path below the source's address.
    pub(crate) async fn sends(
        &self,
        method: &str,
        below: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> (u16, Value) {
        let url = self.callpane.url(&format!("/hooks/{}{below}", self.source));
        let mut request = self.callpane.http.request(method.parse().unwrap(), url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply = request.body(body).send().await.unwrap();
        let status = reply.status().as_u16();
        (status, serde_json::from_str(&reply.text().await.unwrap()).unwrap_or_default())
    }

    /// Sends a JSON body with whatever proves it.
    pub(crate) async fn tells(&self, body: &Value) -> (u16, Value) {
        let body = body.to_string();
        let signature = wildix_signature(body.as_bytes());
        let (name, value, below) = match self.source {
            "office" => ("x-signature", signature.as_str(), ""),
            "voip" => ("x-pbx-token", "vector-pbx-token", ""),
            "lab" => ("x-key", "vector-lab", ""),
            "xuc" => ("x-none", "", "?key=vector-xuc"),
            other => panic!("{other} has no JSON of its own"),
        };
        let headers = [("content-type", "application/json"), (name, value)];
        self.sends("POST", below, &headers, body).await
    }

    /// The same, and it must be taken.
    pub(crate) async fn says(&self, body: Value) {
        let (status, answer) = self.tells(&body).await;
        assert_eq!(status, 202, "{answer}");
    }
}

/// As the phone system signs.
pub(crate) fn wildix_signature(body: &[u8]) -> String {
    let secret = Secret::new("vector-secret-7Qd2mB0sYt4LxR9kWc5VhJ1pZ8");
    hex_hmac(&secret, body)
}

/// A phone system whose events [`lab`] makes; its ids are not the desktop's.
pub(crate) const LAB: &str = r#"
[[source]]
name = "lab"
kind = "mapped"
auth = { header = { name = "X-Key", value = "env:LAB_KEY" } }
event = "/event/name"
events = { start = "call.started", ring = "call.ringing", answer = "call.answered", hangup = "call.ended" }
keys = { call = "/call/uuid", caller = "/call/from", agent = "/call/ext", queue = "/call/queue" }
"#;

/// What a phone system described by data says of a call.
pub(crate) fn lab(event: &str, call: &str, from: &str, ext: &str) -> Value {
    json!({ "event": { "name": event }, "call": { "uuid": call, "from": from, "ext": ext, "queue": "trucks" } })
}

/// What XuC pushes.
pub(crate) fn xuc_event(kind: &str, line: &str, other: &str, linked_id: &str) -> Value {
    json!({
        "username": "imarchetti",
        "message": { "msgType": "PhoneEvent", "ctiMessage": {
            "eventType": kind, "DN": line, "otherDN": other, "linkedId": linked_id,
            "uniqueId": linked_id, "callDirection": "Incoming",
        } },
    })
}

/// An agent application in a browser.
pub(crate) struct Desktop<'a> {
    callpane: &'a Callpane,
    user: u32,
    origin: String,
}

impl Desktop<'_> {
    /// A ring from this caller, to a queue.
    pub(crate) async fn rings(&self, caller: &str, queue: &str) -> Value {
        self.posts(&self.ring(caller, queue)).await
    }

    /// A ring of a call that the phone system knows by this id.
    pub(crate) async fn rings_with(&self, caller: &str, queue: &str, call: &str) -> Value {
        let mut ring = self.ring(caller, queue);
        ring["callDataCallId"] = call.into();
        self.posts(&ring).await
    }

    pub(crate) fn ring(&self, caller: &str, queue: &str) -> Value {
        json!({
            "user": { "userId": self.user, "agentId": self.user + 100, "fullName": format!("Agent {}", self.user) },
            "callee": format!("10{}", self.user),
            "caller": caller,
            "queue": { "id": 2, "name": queue, "displayName": format!("The {queue} desk"), "number": "3001" },
            "userData": { "XIVO_DSTNUM": "3001", "USR_customer": "C-20418" },
        })
    }

    pub(crate) async fn posts(&self, ring: &Value) -> Value {
        let (status, headers, body) = self.sends(ring.to_string()).await;
        assert_eq!(status, 200, "{body}");
        assert!(headers.contains_key("access-control-allow-origin"));
        serde_json::from_str(&body).unwrap()
    }

    pub(crate) async fn sends(&self, body: impl Into<reqwest::Body>) -> (u16, HeaderMap, String) {
        let request = self.callpane.http.post(self.callpane.url("/thirdparty"));
        let reply = request
            .header("origin", &self.origin)
            .header("content-type", "application/json;charset=utf-8")
            .header("accept", "application/json, text/plain, */*")
            .body(body)
            .send();
        let reply = reply.await.unwrap();
        let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
        (status, headers, reply.text().await.unwrap())
    }
}

/// An open page.
pub(crate) struct Page<'a> {
    callpane: &'a Callpane,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) html: String,
}

impl Page<'_> {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value: &HeaderValue| value.to_str().unwrap())
    }

    pub(crate) async fn notes(&self, notes: &str, version: i64) -> (u16, Value) {
        self.saves(json!({ "notes": notes, "version": version })).await
    }

    pub(crate) async fn done(&self, notes: &str, disposition: Option<&str>) -> (u16, Value) {
        self.sends(json!({ "notes": notes, "disposition": disposition })).await
    }

    /// What the page puts while the agent writes.
    pub(crate) async fn saves(&self, body: Value) -> (u16, Value) {
        let url = self.callpane.url(&format!("{}/notes", self.path));
        answer(self.callpane.http.put(url), body).await
    }

    /// What the page posts when the agent is done.
    pub(crate) async fn sends(&self, body: Value) -> (u16, Value) {
        let url = self.callpane.url(&format!("{}/complete", self.path));
        answer(self.callpane.http.post(url), body).await
    }
}

async fn answer(request: reqwest::RequestBuilder, body: Value) -> (u16, Value) {
    let request = request.header("content-type", "application/json").body(body.to_string());
    let reply = request.send().await.unwrap();
    let status = reply.status().as_u16();
    (status, serde_json::from_str(&reply.text().await.unwrap()).unwrap_or_default())
}

/// A database of one test's own.
#[derive(Clone)]
pub(crate) struct Database {
    pub(crate) url: String,
    /// Kept as long as the test runs.
    _folder: Option<Arc<tempfile::TempDir>>,
}

impl Database {
    pub(crate) async fn new() -> Self {
        match std::env::var("TEST_POSTGRES") {
            Ok(server) => Self::on_postgres(server).await,
            Err(_) => Self::on_sqlite(),
        }
    }

    pub(crate) fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        Self { url, _folder: Some(Arc::new(folder)) }
    }

    pub(crate) async fn on_postgres(server: String) -> Self {
        let name = format!("t{}", uuid::Uuid::new_v4().simple());
        let (create, admin) = (format!("CREATE DATABASE {name}"), format!("{server}/postgres"));
        tokio::task::spawn_blocking(move || {
            let mut client = postgres::Client::connect(&admin, postgres::NoTls).unwrap();
            client.batch_execute(&create).unwrap();
        })
        .await
        .unwrap();
        Self { url: format!("{server}/{name}"), _folder: None }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    pub(crate) fn path(&self) -> &str {
        self.url.strip_prefix("sqlite:").expect("an SQLite database")
    }

    pub(crate) async fn query(&self, sql: &str) -> Vec<String> {
        let (database, sql) = (self.clone(), sql.to_owned());
        tokio::task::spawn_blocking(move || database.query_now(&sql)).await.unwrap()
    }

    /// From now on, no row of a table can be written (`INSERT`, `UPDATE`) while a condition holds.
    pub(crate) async fn refuses(&self, verb: &str, table: &str, condition: &str) {
        let trigger = format!("CREATE TRIGGER refused BEFORE {verb} ON {table}");
        if self.is_sqlite() {
            let refuse = format!("SELECT RAISE(ABORT, 'refused') WHERE {condition};");
            self.query(&format!("{trigger} BEGIN {refuse} END")).await;
            return;
        }
        let refuse = format!("IF {condition} THEN RAISE EXCEPTION 'refused'; END IF; RETURN NEW;");
        let function = "CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql";
        self.query(&format!("{function} AS $$ BEGIN {refuse} END $$")).await;
        self.query(&format!("{trigger} FOR EACH ROW EXECUTE FUNCTION refused()")).await;
    }

    /// Its rows can be written again.
    pub(crate) async fn takes(&self, table: &str) {
        let on = if self.is_sqlite() { String::new() } else { format!(" ON {table}") };
        self.query(&format!("DROP TRIGGER refused{on}")).await;
    }

    /// What is owed to destinations.
    pub(crate) fn owed(&self) -> Vec<String> {
        let database = self.clone();
        let owed = "SELECT destination, kind, attempts FROM delivery WHERE outcome IS NULL";
        // Beside the test's runtime, which PostgreSQL's client would not run in.
        std::thread::spawn(move || database.query_now(owed)).join().unwrap()
    }

    fn query_now(&self, sql: &str) -> Vec<String> {
        if self.is_sqlite() { query_sqlite(&self.url, sql) } else { query_postgres(&self.url, sql) }
    }
}

fn query_sqlite(url: &str, sql: &str) -> Vec<String> {
    let path = url.strip_prefix("sqlite:").unwrap();
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut lines = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let cells = (0..columns).map(|at| match row.get_ref(at).unwrap() {
            rusqlite::types::ValueRef::Null => String::new(),
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            other => other.as_str().unwrap().to_owned(),
        });
        lines.push(cells.collect::<Vec<_>>().join("|"));
    }
    lines
}

fn query_postgres(url: &str, sql: &str) -> Vec<String> {
    let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
    let messages = client.simple_query(sql).unwrap();
    let rows = messages.iter().filter_map(|message| match message {
        postgres::SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let line = |row: &postgres::SimpleQueryRow| {
        (0..row.len()).map(|at| row.get(at).unwrap_or_default()).collect::<Vec<_>>().join("|")
    };
    rows.map(line).collect()
}

/// The moment by the machine's clock, which a server goes by that ticks.
pub(crate) fn real_now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_millis()).unwrap()
}

/// How long anything may take on a busy machine before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Asks until it is so; the one place that waits, and it waits for something.
pub(crate) async fn eventually<T, F: AsyncFnMut() -> Option<T>>(what: &str, mut ask: F) -> T {
    let started = std::time::Instant::now();
    while started.elapsed() < PATIENCE {
        if let Some(found) = ask().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never: {what}")
}

/// A vector's bytes.
pub(crate) fn vector(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/vectors/xivo/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn vector_json(name: &str) -> Value {
    serde_json::from_slice(&vector(name)).unwrap()
}

/// An answer with its address taken out, for comparing.
pub(crate) fn without_url(answer: &Value) -> Value {
    let mut members: Map<String, Value> = answer.as_object().unwrap().clone();
    if members.contains_key("url") {
        members.insert("url".into(), "…".into());
    }
    Value::Object(members)
}
