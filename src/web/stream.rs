//! Server-sent events: whatever changes on a page, rendered anew, at once and again whenever it has changed;
//! in between a beat, so that a reader notices a dead connection. A reader that comes back says what it has
//! (`Last-Event-ID`), and is not sent the same again.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use serde_json::{Value, json};

use super::frame;
use super::problem::Problem;
use super::sight::Sight;
use super::state::AppState;
use crate::domain::session::SessionToken;
use crate::domain::time::Timestamp;
use crate::flow::hub::{Look, Read, Snapshot, State, StreamSubscription, Unread, Written};
use crate::flow::panes::{Error, HEARTBEAT};
use crate::view::Language;
use crate::view::console::Live;

/// How long to wait before the database is asked again that just failed.
const AGAIN: Duration = Duration::from_secs(1);

/// Whose state it is.
pub(super) enum Subject {
    /// One page, by its token.
    Pane(String),
    /// The desktop of whoever shows this.
    Desktop(SessionToken),
    /// What goes on, for the session at the console whose token has this digest.
    Live(String),
}

impl Subject {
    /// Whether its address still leads anywhere, as far as it tells by itself. Whether a session has ended,
    /// the store knows.
    fn is_good(&self, app: &AppState) -> bool {
        match self {
            Self::Pane(token) => app.flow.panes.check(token).is_ok(),
            Self::Desktop(_) | Self::Live(_) => true,
        }
    }

    /// The state now; none when the address leads nowhere any more, or the session has ended.
    async fn read(&self, app: &AppState) -> Read {
        match self {
            Self::Pane(token) => match app.flow.panes.state(token).await {
                Ok(state) => Ok(Some(state)),
                Err(Error::Gone(_)) => Ok(None),
                Err(error) => Err(unread(&error)),
            },
            Self::Desktop(token) => {
                app.flow.desktops.state(token).await.map_err(|error| unread(&error))
            }
            Self::Live(session) => {
                let actor = app.flow.operators.watching(session).await;
                let Some(actor) = actor.map_err(|error| unread(&error))? else { return Ok(None) };
                app.flow.lives.state(actor.role).await
            }
        }
    }
}

fn unread(error: &dyn std::error::Error) -> Unread {
    tracing::warn!(error = crate::flow::cause(error), "streams wait for the database");
    Unread
}

/// Somebody has a page on a screen, as it is now.
pub(super) fn note_on_screen(app: &AppState, token: &str, state: &State) {
    if let State::Pane(page) = state
        && page.pane.autopause
        && !page.pane.completed
    {
        app.flow.panes.note_on_screen(token);
    }
}

/// A state in a reader's language; none if its templates fail over it.
fn written<'a>(app: &AppState, language: Language, state: &'a Snapshot) -> Option<&'a Written> {
    state.written(language, |state| {
        let html = match state {
            State::Pane(page) => app.view.render_pane_parts(page, language),
            State::Desktop(calls) => app.view.render_desktop_parts(calls, language),
            State::Live { page, sees_numbers } => {
                app.view.render_live_parts(&live_values(page, *sees_numbers), language)
            }
        };
        let html = html.inspect_err(|error| {
            tracing::error!(%error, "a change could not be rendered");
        });
        // As a browser reads it; a carriage return would end a line of the stream.
        html.ok().map(|html| html.replace("\r\n", "\n").replace('\r', "\n"))
    })
}

/// Writes out a state that takes long, for all its readers of a language, where no other request waits for it.
pub(super) async fn write_beside(app: &Data<AppState>, language: Language, state: &Arc<Snapshot>) {
    if matches!(state.state, State::Live { .. }) && !state.is_written(language) {
        let (app, state) = (app.clone(), Arc::clone(state));
        let write = move || written(&app, language, &state).is_some();
        // If it broke, it is written where it is needed.
        drop(tokio::task::spawn_blocking(write).await);
    }
}

/// What goes on, as its reader may see it.
fn live_values(page: &Live, sees_numbers: bool) -> Value {
    let sight = if sees_numbers { Sight::Whole } else { Sight::Masked };
    let mut values = json!(page);
    sight.apply(&mut values);
    values
}

/// With the time it is sent at, so that the reader's timers go by our clock.
fn stamped(html: &str, now: Timestamp) -> String {
    format!("<div data-now=\"{}\">\n{html}</div>", now.0)
}

fn event(written: &Written, now: Timestamp) -> Bytes {
    let lines = stamped(&written.html, now).replace('\n', "\ndata: ");
    format!("event: state\nid: {}\ndata: {lines}\n\n", written.tag).into()
}

/// What is sent next.
struct EventStream {
    app: Data<AppState>,
    language: Language,
    subject: Subject,
    streaming: StreamSubscription,
    /// The state that the reader has.
    last: Option<String>,
    /// Whether anything was sent on this connection yet.
    begun: bool,
    over: bool,
}

/// An endless answer.
pub(super) fn answer(
    request: &HttpRequest,
    app: Data<AppState>,
    subject: Subject,
    streaming: StreamSubscription,
) -> HttpResponse {
    let last = request.headers().get("last-event-id").and_then(|id| id.to_str().ok());
    let last = last.map(str::to_owned);
    let language = app.language(request);
    let reader = EventStream { app, language, subject, streaming, last, begun: false, over: false };
    let body = stream::unfold(reader, async |mut reader| {
        if reader.over {
            return None;
        }
        let next = reader.next().await?;
        Some((Ok::<_, std::convert::Infallible>(next), reader))
    });
    HttpResponse::Ok()
        .content_type("text/event-stream; charset=utf-8")
        // Proxies that collect answers would hold these for ever.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(Box::pin(body))
}

impl EventStream {
    /// The next piece; none when the server stops.
    async fn next(&mut self) -> Option<Bytes> {
        let mut patience = HEARTBEAT;
        loop {
            let first = !std::mem::replace(&mut self.begun, true);
            if !first && self.streaming.next(patience).await == Look::Over {
                return None;
            }
            match self.look().await {
                Ok(None) => {
                    self.over = true;
                    return Some(Bytes::from_static(b"event: gone\ndata: {}\n\n"));
                }
                Ok(Some(state)) => {
                    write_beside(&self.app, self.language, &state).await;
                    let Some(written) = written(&self.app, self.language, &state) else {
                        patience = HEARTBEAT;
                        continue;
                    };
                    if self.last.as_ref() != Some(&written.tag) {
                        self.last = Some(written.tag.clone());
                        return Some(event(written, self.app.flow.context.now()));
                    }
                    if first {
                        let tag = &written.tag;
                        let same = format!("retry: 2000\nevent: same\nid: {tag}\ndata: {{}}\n\n");
                        return Some(same.into());
                    }
                    if patience == HEARTBEAT {
                        return Some(Bytes::from_static(b"event: beat\ndata: 1\n\n"));
                    }
                    patience = HEARTBEAT;
                }
                Err(_) => patience = AGAIN,
            }
        }
    }

    /// The state, read once for all whose subject it is.
    async fn look(&mut self) -> Read {
        let read = self.read().await;
        if let (Ok(Some(state)), Subject::Pane(token)) = (&read, &self.subject) {
            note_on_screen(&self.app, token, &state.state);
        }
        read
    }

    async fn read(&mut self) -> Read {
        if !self.subject.is_good(&self.app) {
            return Ok(None);
        }
        self.streaming.latest(self.subject.read(&self.app)).await
    }
}

/// The state once, for readers that ask now and then: what a stream would send or, for those who ask for
/// JSON, what the templates are filled in with.
pub(super) fn once(
    request: &HttpRequest,
    app: &AppState,
    state: &Snapshot,
) -> Result<HttpResponse, Problem> {
    let says = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    if says(header::ACCEPT).is_some_and(|accept| accept.starts_with("application/json")) {
        return Ok(match &state.state {
            State::Pane(page) => HttpResponse::Ok().json(page),
            State::Desktop(calls) => HttpResponse::Ok().json(calls),
            State::Live { page, sees_numbers } => {
                HttpResponse::Ok().json(live_values(page, *sees_numbers))
            }
        });
    }
    let written = written(app, app.language(request), state).ok_or_else(Problem::internal)?;
    let tag = format!("\"{}\"", written.tag);
    let known = says(header::IF_NONE_MATCH).is_some_and(|has| has.contains(&tag));
    let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.insert_header((header::ETAG, tag));
    if known {
        return Ok(answer.finish());
    }
    let parts = stamped(&written.html, app.flow.context.now());
    Ok(frame::parts(&mut answer, parts))
}
