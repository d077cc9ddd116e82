//! Server-sent events: the whole state at once, and again whenever it has changed; in between a beat,
//! so that a reader notices a dead connection. A reader that comes back says what it has
//! (`Last-Event-ID`), and is not told the same again.

use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;

use super::Door;
use crate::domain::session::SessionToken;
use crate::flow::hub::{Look, Read, Snapshot, Streaming};
use crate::flow::panes::{Error, HEARTBEAT};

/// How long to wait before the database is asked again that just failed.
const AGAIN: Duration = Duration::from_secs(1);

/// Whose state it is.
pub(super) enum Subject {
    /// One page, by its token.
    Pane(String),
    /// The desktop of whoever shows this.
    Desktop(SessionToken),
}

impl Subject {
    /// Whether its address still leads anywhere, as far as it tells by itself. Whether a session has ended,
    /// the store knows.
    fn is_good(&self, door: &Door) -> bool {
        match self {
            Self::Pane(token) => door.flow.panes.check(token).is_ok(),
            Self::Desktop(_) => true,
        }
    }

    /// The state now; none when the address leads nowhere any more, or the session has ended.
    pub(super) async fn read(&self, door: &Door) -> Result<Option<Snapshot>, Error> {
        match self {
            Self::Pane(token) => match door.flow.panes.state(token).await {
                Ok(state) => Ok(Some(state)),
                Err(Error::Gone(_)) => Ok(None),
                Err(error) => Err(error),
            },
            Self::Desktop(token) => Ok(door.flow.desktops.state(token).await?),
        }
    }
}

/// What is sent next.
struct Reader {
    door: Data<Door>,
    subject: Subject,
    streaming: Streaming,
    /// The state that the reader has.
    last: Option<String>,
    /// Whether anything was sent on this connection yet.
    begun: bool,
    over: bool,
}

/// An endless answer.
pub(super) fn answer(
    request: &HttpRequest,
    door: Data<Door>,
    subject: Subject,
    streaming: Streaming,
) -> HttpResponse {
    let last = request.headers().get("last-event-id").and_then(|id| id.to_str().ok());
    let last = last.map(str::to_owned);
    let reader = Reader { door, subject, streaming, last, begun: false, over: false };
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

impl Reader {
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
                    let known = self.last.as_deref() == Some(&state.tag);
                    if !known {
                        self.last = Some(state.tag.clone());
                        let json = state.json(self.door.flow.context.now());
                        return Some(
                            format!("event: state\nid: {}\ndata: {json}\n\n", state.tag).into(),
                        );
                    }
                    if first {
                        let same =
                            format!("retry: 2000\nevent: same\nid: {}\ndata: {{}}\n\n", state.tag);
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
        if !self.subject.is_good(&self.door) {
            return Ok(None);
        }
        let read = async {
            let read = self.subject.read(&self.door).await;
            read.inspect_err(|error| {
                tracing::warn!(error = crate::flow::cause(error), "streams wait for the database");
            })
        };
        self.streaming.latest(read).await
    }
}

/// The state once, for readers that ask now and then.
pub(super) async fn once(
    request: &HttpRequest,
    door: &Door,
    subject: &Subject,
) -> Result<Option<HttpResponse>, Error> {
    let Some(state) = subject.read(door).await? else { return Ok(None) };
    let tag = format!("\"{}\"", state.tag);
    let has = request.headers().get(header::IF_NONE_MATCH).and_then(|tag| tag.to_str().ok());
    let known = has.is_some_and(|has| has.contains(&tag));
    let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.content_type("application/json").insert_header((header::ETAG, tag));
    Ok(Some(if known { answer.finish() } else { answer.body(state.json(door.flow.context.now())) }))
}
