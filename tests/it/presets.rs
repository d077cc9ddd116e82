//! Every preset that comes along, in conversation with its vendor's stand-in: what Callpane says of
//! some calls, what is answered, and what became of each delivery.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Callpane, eventually};
use crate::vendor::{Script, Vendor};

/// The phone system, and what else the calls need.
const OFFICE: &str = r#"
[[source]]
name = "office"
kind = "mapped"
auth = { header = { name = "X-Key", value = "env:LAB_KEY" } }
event = "/event"
events = { ring = "call.ringing", answer = "call.answered", hangup = "call.ended", update = "call.updated", recording = "recording.ready", voicemail = "voicemail.left" }
keys = { call = "/call", caller = "/from", "caller.name" = "/name", dialled = "/to", agent = "/ext", queue = "/queue", direction = "/way", recording = "/wav", tags = "/tags" }

[[agent]]
id = "priya"
name = "Priya Nair"
at = { office = "310" }

[[rule]]
name = "every call"
when = { "call.direction" = "*" }

[[disposition]]
options = ["Sold", "Call back"]
"#;

/// The files, by name.
fn files() -> Vec<(String, String)> {
    let folder = format!("{}/presets", env!("CARGO_MANIFEST_DIR"));
    let mut all: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    all.sort_unstable();
    all
}

/// A Callpane that knows one preset, and the vendor's stand-ins: one is told, one is asked.
struct Conversation {
    callpane: Callpane,
    vendor: Vendor,
    book: Vendor,
    /// Callers that have been looked up; none where the preset looks nobody up.
    asked: Option<usize>,
    /// Whether the preset makes contacts.
    adds: bool,
    secrets: Vec<String>,
    told: String,
    settled: usize,
    /// Kept as long as the preset's files are needed.
    _folder: tempfile::TempDir,
}

impl Conversation {
    async fn begin(name: &str) -> Self {
        let script = Script::read(name);
        let files = files();
        let (_, text) = files.iter().find(|(known, _)| known == name).unwrap();
        let preset: toml::Table = text.parse().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (vendor, book) = (Vendor::start(&script), Vendor::start(&script));
        let mut callpane = Callpane::setup()
            .set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8")
            .set("LAB_KEY", "vector-lab");
        let hidden = preset.get("secret").and_then(toml::Value::as_array);
        let hidden: Vec<&str> =
            hidden.into_iter().flatten().map(|name| name.as_str().unwrap()).collect();
        let mut secrets = Vec::new();
        for (key, value) in script.setup.iter().filter(|(key, _)| hidden.contains(&key.as_str())) {
            callpane = callpane.set(&variable(key), value);
            secrets.push(value.clone());
        }
        let mut document = OFFICE.to_owned();
        for (part, stand_in, table) in
            [("request", &vendor, "destination"), ("lookup", &book, "lookup")]
        {
            if !preset.contains_key(part) {
                continue;
            }
            let named = if script.hosts.is_empty() {
                name.to_owned()
            } else {
                let copy = folder.path().join(part).join(format!("{name}.toml"));
                std::fs::create_dir(copy.parent().unwrap()).unwrap();
                std::fs::write(&copy, redirected(text, &script.hosts, &stand_in.url)).unwrap();
                format!("file:{}", copy.display())
            };
            let setup = script.setup.iter().map(|(key, value)| {
                let shown = value.replace("{vendor}", &stand_in.url);
                let secret = format!("env:{}", variable(key));
                format!(
                    "{key} = \"{}\"",
                    if hidden.contains(&key.as_str()) { secret } else { shown }
                )
            });
            let setup: Vec<String> = setup.collect();
            write!(
                document,
                "[[{table}]]\nname = \"vendor\"\npreset = \"{named}\"\nsetup = {{ {} }}\n",
                setup.join(", ")
            )
            .unwrap();
        }
        let asked = preset.contains_key("lookup").then_some(0);
        if asked.is_some() {
            document.push_str("deadline = \"1m\"\n");
        }
        let callpane = callpane.rules(&document).start().await;
        let (adds, told) = (request(&preset, "contact.created").is_some(), String::new());
        Self { callpane, vendor, book, asked, adds, secrets, told, settled: 0, _folder: folder }
    }

    fn part(&mut self, title: &str) {
        writeln!(self.told, "\n== {title}").unwrap();
    }

    /// The phone system says something of a call, some seconds after the last thing.
    async fn says(&mut self, kind: &str, call: &Value, more: Value, seconds: u64) {
        self.callpane.clock.advance(Duration::from_secs(seconds));
        let mut body = call.clone();
        body["event"] = kind.into();
        let members = more.as_object().into_iter().flatten();
        body.as_object_mut()
            .unwrap()
            .extend(members.map(|(name, value)| (name.clone(), value.clone())));
        let headers = [("content-type", "application/json"), ("x-key", "vector-lab")];
        let office = self.callpane.pbx("office");
        let (status, answer) = office.sends("POST", "", &headers, body.to_string()).await;
        assert_eq!(status, 202, "{answer}");
        self.settles().await;
    }

    /// A call rings; whoever it is from is looked up, and the page shows who it is.
    async fn rings(&mut self, call: &Value, more: Value, seconds: u64) {
        self.says("ring", call, more, seconds).await;
        let Some(asked) = self.asked.as_mut() else { return };
        *asked += 1;
        let asked = asked.to_string();
        eventually("the caller was looked up", async || {
            let count = self.callpane.sql("SELECT COUNT(*) FROM looked_up").await;
            (count == [asked.as_str()]).then_some(())
        })
        .await;
        let contact = self.contact().await;
        self.shows(contact);
    }

    /// Somebody whom an agent has added calls again: by now the lookup knows them.
    async fn rings_again(&mut self, call: &Value, seconds: u64) {
        self.says("ring", call, json!({}), seconds).await;
        if self.asked.is_none() {
            return;
        }
        let contact = eventually("the lookup knows them", async || {
            Some(self.contact().await).filter(|contact| contact["book"] == "vendor")
        });
        let contact = contact.await;
        self.shows(contact);
    }

    /// What the page of the call that rings knows of the caller.
    async fn contact(&self) -> Value {
        let path = self.page(|pane| pane["phase"] == "ringing").await;
        self.callpane.shown(&path).await["contact"].clone()
    }

    /// Writes down what was asked, and what the page shows of it.
    fn shows(&mut self, mut contact: Value) {
        self.told.push_str(&self.book.heard());
        let nothing = |value: &Value| match value {
            Value::Array(list) => list.is_empty(),
            value => value.is_null() || *value == json!(false),
        };
        contact.as_object_mut().unwrap().retain(|_, value| !nothing(value));
        let contact = serde_json::to_string_pretty(&contact).unwrap();
        writeln!(self.told, "The page shows {contact}").unwrap();
    }

    /// The path of the page of a call.
    async fn page(&self, wanted: impl Fn(&Value) -> bool) -> String {
        let shown = self.callpane.built_in_desktop("priya").await;
        let pane = shown["panes"].as_array().unwrap().iter().find(|pane| wanted(pane));
        pane.unwrap_or_else(|| panic!("{shown}"))["url"].as_str().unwrap().to_owned()
    }

    /// The agent adds the caller to the contacts.
    async fn adds(&mut self, caller: &str, new: Value) {
        self.callpane.clock.advance(Duration::from_secs(20));
        let path = self.page(|pane| pane["caller"] == caller).await;
        writeln!(self.told, "The agent adds {new}").unwrap();
        let added = self.callpane.http.post(self.callpane.url(&format!("{path}/contact")));
        let added = added.header("content-type", "application/json").body(new.to_string());
        assert_eq!(added.send().await.unwrap().status(), 200);
        self.settles().await;
        assert!(!self.told.contains("\"refused\":"), "{}", self.told);
    }

    /// The agent is done with the page of a caller's call.
    async fn completes(&mut self, caller: &str, notes: &str) {
        self.callpane.clock.advance(Duration::from_secs(20));
        let path = self.page(|pane| pane["caller"] == caller).await;
        self.done(&path, notes, "Call back").await;
    }

    async fn done(&mut self, path: &str, notes: &str, disposition: &str) {
        let body = json!({ "notes": notes, "disposition": disposition }).to_string();
        let done = self.callpane.http.post(self.callpane.url(&format!("{path}/complete")));
        let done = done.header("content-type", "application/json").body(body).send().await.unwrap();
        assert_eq!(done.status(), 200);
        self.settles().await;
    }

    /// Waits until all that is owed has come to an end, and writes down what was said.
    async fn settles(&mut self) {
        let callpane = &self.callpane;
        eventually("everything is settled", async || {
            let owed = callpane.sql("SELECT id FROM delivery WHERE settled_at IS NULL").await;
            owed.is_empty().then_some(())
        })
        .await;
        let rows = callpane
            .sql(
                "SELECT d.kind, d.outcome, COALESCE(d.reason, ''), COALESCE(e.entry_id, '') FROM delivery d \
                 LEFT JOIN entry e ON e.destination = d.destination AND e.call_id = d.call_id \
                 ORDER BY d.id",
            )
            .await;
        self.told.push_str(&self.vendor.heard());
        for row in rows.iter().skip(self.settled) {
            let [kind, outcome, reason, entry] = row.splitn(4, '|').collect::<Vec<_>>()[..] else {
                panic!("{row}")
            };
            let entry = if entry.is_empty() { String::new() } else { format!(", entry {entry}") };
            writeln!(self.told, "{kind}: {outcome}{entry} {reason}").unwrap();
        }
        self.settled = rows.len();
    }

    /// Everything that was said; nothing was refused, and no secret was kept.
    async fn ends(self) -> String {
        let kept = self.callpane.sql("SELECT request FROM attempt").await.concat();
        for secret in &self.secrets {
            assert!(!kept.contains(secret.as_str()), "a secret is kept: {kept}");
        }
        let outcomes = self.callpane.sql("SELECT DISTINCT outcome FROM delivery").await;
        let told = self
            .told
            .replace(&self.vendor.url, "https://vendor.example.com")
            .replace(&self.book.url, "https://vendor.example.com");
        let told = numbered(&told);
        let fine = |outcome: &String| ["delivered", "skipped"].contains(&outcome.as_str());
        assert!(outcomes.iter().all(fine), "{outcomes:?}\n{told}");
        assert!(!told.contains("\"refused\":"), "{told}");
        told.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }
}

/// A preset's request that names such an event.
fn request<'a>(preset: &'a toml::Table, kind: &str) -> Option<&'a toml::Table> {
    let requests = preset.get("request").and_then(toml::Value::as_array);
    let names = |request: &&toml::Table| {
        request["on"].as_array().unwrap().iter().any(|wanted| wanted.as_str() == Some(kind))
    };
    requests.into_iter().flatten().filter_map(toml::Value::as_table).find(names)
}

/// The environment variable of a secret.
fn variable(key: &str) -> String {
    format!("PRESET_{}", key.to_uppercase())
}

/// A preset whose vendor has moved.
fn redirected(text: &str, hosts: &[String], url: &str) -> String {
    hosts.iter().fold(text.to_owned(), |text, host| {
        assert!(text.contains(host), "it names no {host}");
        text.replace(host, url)
    })
}

/// Ids, which no two runs share, as numbers in the order they appear.
fn numbered(told: &str) -> String {
    let is_id = |word: &&str| word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut known: Vec<&str> = Vec::new();
    let words = told.split(|c: char| !c.is_ascii_alphanumeric());
    for word in words.filter(is_id) {
        if !known.contains(&word) {
            known.push(word);
        }
    }
    known
        .iter()
        .enumerate()
        .fold(told.to_owned(), |told, (at, id)| told.replace(id, &format!("[id {}]", at + 1)))
}

/// Plays the calls of an afternoon.
async fn play(name: &str) {
    let mut vendor = Conversation::begin(name).await;
    let call = |id: &str, from: &str, who: &str, way: &str| {
        json!({
            "call": id, "from": from, "name": who, "to": "+33199001200", "ext": "310",
            "queue": "support", "way": way,
        })
    };
    vendor.part("A call is answered, and its page completed");
    let first = call("exchange-1", "+33199005577", "Camille \"Cam\" Laurent", "inbound");
    vendor.rings(&first, json!({}), 0).await;
    vendor.says("answer", &first, json!({}), 7).await;
    vendor.says("hangup", &first, json!({}), 66).await;
    vendor.says("update", &first, json!({ "tags": ["renewal"] }), 5).await;
    let wav = "https://pbx.example.com/recordings/1.wav?a=1&b=2";
    vendor.says("recording", &first, json!({ "wav": wav }), 30).await;
    vendor
        .completes("01 99 00 55 77", "Wants the <new> invoice & a call back.\nBefore noon.")
        .await;

    vendor.part("Nobody answers, and the caller leaves a message");
    let second = call("exchange-2", "+441632960123", "", "inbound");
    vendor.rings(&second, json!({}), 300).await;
    vendor.says("hangup", &second, json!({}), 25).await;
    let wav = "https://pbx.example.com/voicemails/2.wav";
    vendor.says("voicemail", &second, json!({ "wav": wav }), 40).await;

    vendor.part("An agent calls somebody, and completes the page before the end");
    let third = call("exchange-3", "+33199005578", "", "outbound");
    vendor.rings(&third, json!({ "to": "+33199005578" }), 300).await;
    vendor.says("answer", &third, json!({ "to": "+33199005578" }), 9).await;
    vendor.completes("01 99 00 55 78", "Nobody can say.").await;
    vendor.says("hangup", &third, json!({ "to": "+33199005578" }), 120).await;

    vendor.part("XucMgt alone tells of a call, and of no end; its number is withheld");
    let answer = vendor.callpane.desktop(12).rings("anonymous", "support").await;
    vendor.settles().await;
    let path = vendor.callpane.opens(&answer).await.path;
    eventually("it is known that the page was opened", async || {
        let opened = vendor.callpane.sql("SELECT id FROM pane WHERE opened_at IS NOT NULL").await;
        (opened.len() == 1).then_some(())
    })
    .await;
    vendor.settles().await;
    vendor.callpane.clock.advance(Duration::from_secs(90));
    vendor.done(&path, "Would not say who they are.", "Sold").await;

    if vendor.adds {
        adds_callers(&mut vendor, call).await;
    }
    let told = vendor.ends().await;
    insta::with_settings!({ snapshot_suffix => name, omit_expression => true }, {
        insta::assert_snapshot!("conversation", told.trim());
    });
}

/// Nobody knows who is calling: agents add them to the contacts.
async fn adds_callers(vendor: &mut Conversation, call: impl Fn(&str, &str, &str, &str) -> Value) {
    vendor.part("Nobody knows the caller: an agent adds them, with nothing but a name");
    let fourth = call("exchange-4", "+441632960124", "", "inbound");
    vendor.rings(&fourth, json!({}), 300).await;
    vendor.says("answer", &fourth, json!({}), 5).await;
    vendor.adds("+44 1632 960124", json!({ "name": "Ilse Marchetti" })).await;
    vendor.says("hangup", &fourth, json!({}), 40).await;

    vendor.part("An agent adds the caller, with everything, and the caller calls again");
    let fifth = call("exchange-5", "+33199005579", "", "inbound");
    vendor.rings(&fifth, json!({}), 300).await;
    vendor.says("answer", &fifth, json!({}), 5).await;
    let new = json!({ "name": "Noémie d'Arvor", "company": "Arvor & Fils", "email": "noemie@example.com" });
    vendor.adds("01 99 00 55 79", new).await;
    vendor.says("hangup", &fifth, json!({}), 40).await;
    vendor.completes("01 99 00 55 79", "Moves in May.").await;
    let sixth = call("exchange-6", "+33199005579", "", "inbound");
    vendor.rings_again(&sixth, 300).await;
    vendor.says("hangup", &sixth, json!({}), 20).await;
}

/// One test for each preset, and the list of them.
macro_rules! presets {
    ($($test:ident $name:literal),* $(,)?) => {
        const PLAYED: &[&str] = &[$($name),*];
        $(
            #[tokio::test]
            async fn $test() {
                play($name).await;
            }
        )*
    };
}

presets! {
    bitrix24 "bitrix24",
    dolibarr "dolibarr",
    espocrm "espocrm",
    espocrm_voip "espocrm-voip",
    frappe_crm "frappe-crm",
    freshdesk "freshdesk",
    hubspot "hubspot",
    mattermost "mattermost",
    odoo "odoo",
    pipedrive "pipedrive",
    servicenow "servicenow",
    slack "slack",
    standard_webhook "standard-webhook",
    suitecrm "suitecrm",
    vtiger "vtiger",
    zammad "zammad",
    zammad_users "zammad-users",
    zendesk "zendesk",
}

#[test]
fn every_preset_is_played() {
    let files: Vec<String> = files().into_iter().map(|(name, _)| name).collect();
    assert_eq!(files, PLAYED);
}

#[test]
fn the_handbook_has_the_marks_of_the_files() {
    let handbook = include_str!("../../docs/presets.md");
    let (told, asked) = handbook.split_once("## Who is calling").unwrap();
    let (asked, added) = asked.split_once("## Whom agents add").unwrap();
    let (added, _) = added.split_once("\n## ").unwrap();
    let mut makers = Vec::new();
    for (name, text) in files() {
        let preset: toml::Table = text.parse().unwrap();
        let mark = |part: &toml::Table| part.get("mark").unwrap_or(&preset["mark"]).clone();
        let lookup = preset.get("lookup").and_then(toml::Value::as_table);
        let requests = preset.get("request").map(|_| (told, preset["mark"].clone()));
        let maker = request(&preset, "contact.created").map(|request| (added, mark(request)));
        makers.extend(maker.as_ref().map(|_| name.clone()));
        let lookup = lookup.map(|lookup| (asked, mark(lookup)));
        for (table, mark) in requests.into_iter().chain(lookup).chain(maker) {
            let begins = format!("| `{name}` |");
            let row = table.lines().find(|line| line.starts_with(&begins));
            let row = row.unwrap_or_else(|| panic!("{name} has no line"));
            let mark = format!("| {} |", mark.as_str().unwrap());
            assert!(row.contains(&mark), "{row}: the file says {mark}");
        }
    }
    let rows = added.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, makers.len(), "{makers:?}");
}

#[tokio::test]
async fn a_preset_that_lacks_something_says_what() {
    let command = crate::checks::Command::new();
    let file = command.file(
        "wrong.toml",
        "[[destination]]\nname = \"a\"\npreset = \"zamad\"\n\
         [[destination]]\nname = \"b\"\npreset = \"zammad\"\nsetup = { base = \"https://a.example.com\" }\nurl = \"https://b.example.com\"\n\
         [[destination]]\nname = \"c\"\non = [\"call.end\"]\nurl = \"https://{{ data.host }}/\"\njson = { a = \"{{ call.nmae }}\" }\n\
         [[destination]]\nname = \"d\"\npreset = \"bitrix24\"\nsetup = { base = \"https://a.example.com\" }\n\
         [[lookup]]\nname = \"e\"\npreset = \"zammad\"\nsetup = { base = \"https://a.example.com\" }\n\
         [[lookup]]\nname = \"f\"\npreset = \"slack\"\n",
    );
    let refused = command.run(&["apply", &file]).await;
    assert!(!refused.success);
    let said = refused.stderr.replace(&file, "wrong.toml");
    let unneeded = "destination[2].setup.access_token";
    assert!(!said.contains(unneeded), "it is for lookups only\n{said}");
    for expected in [
        "wrong.toml:3: destination[1].preset \"zamad\" is not a preset; did you mean zammad?",
        "destination[2].setup.token is missing",
        "destination[3].on \"call.end\" is not an event",
        "destination[3].url has a template in its host",
        "`call.nmae` is not known here",
        "destination[4] receives no event",
        "lookup[1].setup.access_token is missing",
        "lookup[2].preset has no [lookup]",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
}
