//! A page of a call without Callpane behind it: the test says what its stream tells and what its
//! requests are answered.

#![expect(clippy::disallowed_types, reason = "shared with a server of the test's own")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer};
use callpane::inside::{Contact, Language, Page as _, PanePage, View, find_asset};
use serde_json::{Value, json};
use tokio::sync::watch;

/// What Callpane's own pages are allowed.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'";

pub(crate) struct Sample {
    pub(crate) url: String,
    inside: Arc<Inside>,
}

struct Inside {
    html: Mutex<String>,
    state: watch::Sender<String>,
    answers: Mutex<VecDeque<(u16, Answer)>>,
    got: Mutex<Vec<Value>>,
}

/// What a request about the contact is answered.
enum Answer {
    /// The page as it is with this contact.
    Contact(Box<Contact>),
    /// A refusal.
    Refusal(Value),
}

/// A page's first sample, with what contacts know.
pub(crate) fn page(contact: Contact) -> PanePage {
    PanePage { vip: contact.vip, contact, newest: None, ..PanePage::samples().remove(0) }
}

/// One of the samples of what contacts know.
pub(crate) fn contact(state: &str, chosen: bool) -> Contact {
    let mut all = PanePage::samples().into_iter().map(|page| page.contact);
    all.find(|contact| contact.state == state && contact.chosen == chosen).unwrap()
}

impl Sample {
    pub(crate) fn start() -> Self {
        let first = page(contact("known", false));
        let inside = Arc::new(Inside {
            html: Mutex::default(),
            state: watch::Sender::new(parts(&first, Language::En)),
            answers: Mutex::default(),
            got: Mutex::default(),
        });
        let shared = Data::from(Arc::clone(&inside));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .route("/pane/sample", web::get().to(show))
                .route("/pane/sample/stream", web::get().to(stream))
                .route("/pane/sample/contact", web::post().to(choose))
                .route("/pane/sample/notes", web::put().to(save))
                .route("/pane/sample/complete", web::post().to(complete))
                .route("/static/{digest}/{name:.*}", web::get().to(asset))
        });
        let server = server.workers(1).shutdown_timeout(0).disable_signals();
        let server = server.bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/pane/sample", server.addrs()[0]);
        tokio::spawn(server.run());
        Self { url, inside }
    }

    /// Is this page from now on, also when its stream is listened to.
    pub(crate) fn is(&self, page: &PanePage, language: Language) {
        *self.inside.html.lock().unwrap() = view().render(page, language).unwrap();
        self.inside.state.send_replace(parts(page, language));
    }

    /// Tells the open page that contacts know this now.
    pub(crate) fn tells(&self, contact: Contact) {
        self.inside.state.send_replace(parts(&page(contact), Language::En));
    }

    /// Refuses the next request about the contact so.
    pub(crate) fn refuses(&self, status: u16, problem: Value) {
        self.inside.answers.lock().unwrap().push_back((status, Answer::Refusal(problem)));
    }

    /// Takes the next request about the contact, which is this one then.
    pub(crate) fn takes(&self, contact: Contact) {
        let answer = Answer::Contact(Box::new(contact));
        self.inside.answers.lock().unwrap().push_back((200, answer));
    }

    /// What was asked about the contact so far.
    pub(crate) fn got(&self) -> Vec<Value> {
        self.inside.got.lock().unwrap().clone()
    }
}

fn view() -> View {
    View::new("", None).unwrap()
}

/// What is sent of a page while it is open.
fn parts(page: &PanePage, language: Language) -> String {
    let html = view().render_pane_parts(page, language).unwrap();
    format!("<div data-now=\"1790000130000\">\n{html}</div>")
}

async fn show(inside: Data<Inside>) -> HttpResponse {
    let html = inside.html.lock().unwrap().clone();
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header(("content-security-policy", POLICY))
        .body(html)
}

async fn stream(inside: Data<Inside>) -> HttpResponse {
    let mut states = inside.state.subscribe();
    states.mark_changed();
    let told = futures_util::stream::unfold(states, |mut states| async {
        states.changed().await.ok()?;
        let lines = states.borrow_and_update().replace('\n', "\ndata: ");
        let event = Bytes::from(format!("event: state\ndata: {lines}\n\n"));
        Some((Ok::<_, actix_web::Error>(event), states))
    });
    HttpResponse::Ok().content_type("text/event-stream").streaming(told)
}

async fn choose(inside: Data<Inside>, body: web::Json<Value>) -> HttpResponse {
    inside.got.lock().unwrap().push(body.into_inner());
    let (status, answer) = inside.answers.lock().unwrap().pop_front().expect("an answer");
    let mut reply = HttpResponse::build(status.try_into().unwrap());
    match answer {
        Answer::Refusal(problem) => reply.json(problem),
        Answer::Contact(contact) => {
            let html = parts(&page(*contact), Language::En);
            inside.state.send_replace(html.clone());
            reply.content_type("text/html").body(html)
        }
    }
}

async fn save(body: web::Json<Value>) -> HttpResponse {
    let version = body["version"].as_i64().unwrap() + 1;
    HttpResponse::Ok().json(json!({ "version": version, "saved_at": "2026-09-21T14:15:23Z" }))
}

async fn complete() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "completed": true }))
}

async fn asset(path: web::Path<(String, String)>) -> HttpResponse {
    let (digest, name) = path.into_inner();
    let Some(asset) = find_asset(&digest, &name) else { return HttpResponse::NotFound().finish() };
    HttpResponse::Ok().content_type(asset.content_type).body(asset.bytes.clone())
}
