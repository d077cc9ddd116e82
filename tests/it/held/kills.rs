//! `kill -9`, again and again, while rings, events and notes come in: whatever was acknowledged is
//! there when everything is over.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{figure, http, program};
use crate::harness::{Database, PHONE_SYSTEMS, SECRETS, eventually, lab};
use crate::server::Server;

/// What was acknowledged: calls that rang, calls that a phone system told of, and notes.
#[derive(Default)]
struct Acknowledged {
    rings: Vec<String>,
    hooks: Vec<String>,
    notes: Vec<String>,
}

impl Acknowledged {
    fn add(&mut self, other: Self) {
        self.rings.extend(other.rings);
        self.hooks.extend(other.hooks);
        self.notes.extend(other.notes);
    }
}

/// Who asks, until nobody answers any more.
#[derive(Clone)]
struct Asker {
    http: reqwest::Client,
    address: String,
    name: String,
    answered: Arc<AtomicUsize>,
}

impl Asker {
    /// Posts once, as JSON.
    async fn post(&self, path: &str, body: &Value) -> Option<Value> {
        self.send(self.http.post(format!("http://{}{path}", self.address)), body).await
    }

    /// The answer, null if it acknowledges nothing; none once nobody answers any more.
    async fn send(&self, request: reqwest::RequestBuilder, body: &Value) -> Option<Value> {
        let request =
            request.header("content-type", "application/json").header("x-key", "vector-lab");
        let reply = request.body(body.to_string()).send().await.ok()?;
        if !reply.status().is_success() {
            return Some(Value::Null);
        }
        let answer = serde_json::from_str(&reply.text().await.ok()?).ok()?;
        self.answered.fetch_add(1, Ordering::SeqCst);
        Some(answer)
    }

    /// A ring, then its page's notes, again and again.
    async fn rings(self) -> Acknowledged {
        let mut had = Acknowledged::default();
        for number in 0.. {
            let call = format!("{}-{number}", self.name);
            let ring = json!({
                "user": { "userId": number % 50 }, "caller": "0199005577", "callDataCallId": call,
            });
            let Some(answer) = self.post("/thirdparty", &ring).await else { break };
            let page = answer["url"].as_str().and_then(|url| url.split_once("/pane/"));
            let Some((_, page)) = page else { continue };
            let put = self.http.put(format!("http://{}/pane/{page}/notes", self.address));
            let notes = format!("notes of {call}");
            had.rings.push(call);
            let Some(saved) = self.send(put, &json!({ "notes": notes, "version": 0 })).await else {
                break;
            };
            if saved["version"] == 1 {
                had.notes.push(notes);
            }
        }
        had
    }

    /// The events of calls.
    async fn tells(self) -> Acknowledged {
        let mut had = Acknowledged::default();
        for number in 0.. {
            let call = format!("{}-{number}", self.name);
            let told = self.post("/hooks/lab", &lab("ring", &call, "0199005577", "310")).await;
            let Some(answer) = told else { break };
            if answer["events"] == 1 {
                had.hooks.push(call);
            }
        }
        had
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_acknowledged_survives_every_kill() {
    let database = Database::new().await;
    let command =
        SECRETS.iter().fold(program(&database), |command, (name, value)| command.set(name, value));
    let file = command.file("phones.toml", PHONE_SYSTEMS);
    assert!(command.run(&["apply", &file]).await.success);
    let mut had = Acknowledged::default();
    for round in 0..figure(3, 40) {
        let mut server = Server::start(&command);
        let answered = Arc::new(AtomicUsize::new(0));
        let asker = |kind: &str, number: usize| Asker {
            http: http(),
            address: server.address.clone(),
            name: format!("{kind}{round}-{number}"),
            answered: Arc::clone(&answered),
        };
        let rings = (0..8).map(|number| tokio::spawn(asker("ring", number).rings()));
        let hooks = (0..4).map(|number| tokio::spawn(asker("hook", number).tells()));
        let tasks: Vec<_> = rings.chain(hooks).collect();
        eventually("enough are acknowledged", async || {
            (answered.load(Ordering::SeqCst) >= figure(150, 700)).then_some(())
        })
        .await;
        server.kill();
        join_all(tasks).await.into_iter().for_each(|ended| had.add(ended.unwrap()));
    }
    drop(Server::start(&command));
    let column = async |sql: &str| database.query(sql).await.into_iter().collect::<HashSet<_>>();
    let panes = "SELECT call.external_id FROM pane JOIN call ON call.id = pane.call_id";
    // An event's call may be one that rang.
    let calls = "SELECT external_id FROM call UNION SELECT external_id FROM call_alias";
    let notes = "SELECT notes FROM pane WHERE notes <> ''";
    for (sql, had) in [(panes, &had.rings), (calls, &had.hooks), (notes, &had.notes)] {
        let kept = column(sql).await;
        let lost: Vec<&String> = had.iter().filter(|one| !kept.contains(*one)).collect();
        assert!(!had.is_empty() && lost.is_empty(), "lost of {}: {lost:?}", had.len());
        println!("{} were acknowledged and are there: {sql}", had.len());
    }
}
