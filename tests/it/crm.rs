//! A CRM of the tests: records what it gets, and answers as it is told.

#![expect(clippy::disallowed_types, reason = "shared with a server of the test's own")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::Value;
use tokio::sync::watch;

use crate::harness::eventually;

/// One request that it got.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// What it answers next: a status, a Retry-After, a body.
type Answer = (u16, Option<u32>, String);

#[derive(Default)]
struct Inside {
    got: Mutex<Vec<Got>>,
    next: Mutex<VecDeque<Answer>>,
    usual: Mutex<Option<Answer>>,
    /// Whether it holds its answers back.
    held: watch::Sender<bool>,
}

/// Answers are held back until this is dropped.
pub(crate) struct Hold(Arc<Inside>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.held.send_replace(false);
    }
}

pub(crate) struct Crm {
    pub(crate) url: String,
    inside: Arc<Inside>,
}

impl Crm {
    pub(crate) fn start() -> Self {
        let inside = Arc::new(Inside::default());
        let shared = Arc::clone(&inside);
        let server = HttpServer::new(move || {
            let inside = Arc::clone(&shared);
            App::new().default_service(web::to(move |request: HttpRequest, body: web::Bytes| {
                inside.records(&request, &body);
                let inside = Arc::clone(&inside);
                async move {
                    let mut held = inside.held.subscribe();
                    held.wait_for(|held| !held).await.unwrap();
                    inside.answer()
                }
            }))
        });
        let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.run());
        Self { url, inside }
    }

    /// Answers this once, before anything usual.
    pub(crate) fn answers(&self, status: u16, retry_after: Option<u32>, body: &str) {
        self.inside.next.lock().unwrap().push_back((status, retry_after, body.to_owned()));
    }

    /// Takes requests, and holds its answers back.
    pub(crate) fn holds(&self) -> Hold {
        self.inside.held.send_replace(true);
        Hold(Arc::clone(&self.inside))
    }

    /// Answers this from now on.
    pub(crate) fn always_answers(&self, status: u16) {
        *self.inside.usual.lock().unwrap() = Some((status, None, String::new()));
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.inside.got.lock().unwrap().clone()
    }

    /// Waits until it has got so many requests.
    pub(crate) async fn gets(&self, count: usize) -> Vec<Got> {
        let what = format!("the CRM gets {count} requests");
        eventually(&what, async || (self.got().len() >= count).then(|| self.got())).await
    }
}

impl Inside {
    fn records(&self, request: &HttpRequest, body: &[u8]) {
        let headers = request.headers().iter();
        self.got.lock().unwrap().push(Got {
            method: request.method().to_string(),
            path: request.uri().to_string(),
            headers: headers
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect(),
            body: String::from_utf8(body.to_vec()).unwrap(),
        });
    }

    fn answer(&self) -> HttpResponse {
        let next = self.next.lock().unwrap().pop_front();
        let next = next.or_else(|| self.usual.lock().unwrap().clone());
        let (status, retry_after, body) = next.unwrap_or((200, None, "{}".to_owned()));
        let mut answer = HttpResponse::build(status.try_into().unwrap());
        if let Some(seconds) = retry_after {
            answer.insert_header(("retry-after", seconds.to_string()));
        }
        answer.content_type("application/json").body(body)
    }
}
