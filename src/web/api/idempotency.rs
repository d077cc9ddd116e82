//! `Idempotency-Key`: a POST that is sent again with its key is not carried out again, and gets the answer that it
//! had.
//!
//! This stands around the endpoints, so that none forgets it. A refusal that came before anything was done, and
//! that may pass, leaves the key free. After any other failure nobody knows what was done: a database may fail to
//! say that it has committed. Then the key stays in use.

use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{
    FromRequest as _, HttpMessage as _, HttpRequest, HttpResponse, ResponseError as _,
};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::domain::actor::{Actor, Via};
use crate::domain::problem::Code;
use crate::flow::cause;
use crate::flow::idempotency::{Begun, Key};
use crate::web::body::{self, Body, Whole};
use crate::web::problem::Problem;
use crate::web::state::AppState;

/// The header of the key.
pub(super) const KEY: &str = "idempotency-key";

/// What it looks like.
pub(super) const PATTERN: &str = r#"^("[ !#-~]{1,255}"|[!#-~]{1,255})$"#;

/// Says that an answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Carries out a request once for each key.
pub(in crate::web) async fn once(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> actix_web::Result<ServiceResponse<BoxBody>> {
    let asked = match request.method() {
        &Method::POST => Asked::read(&mut request).await,
        _ => Ok(None),
    };
    match asked {
        Ok(None) => Ok(next.call(request).await?.map_into_boxed_body()),
        Ok(Some(asked)) => to_the_end(asked.answer(request, next)).await,
        Err(problem) => Ok(request.error_response(problem)),
    }
}

/// To the end, even if nobody waits for the answer any more.
#[expect(
    clippy::disallowed_methods,
    reason = "it ends with the request, however the connection ends"
)]
async fn to_the_end(
    answer: impl Future<Output = actix_web::Result<ServiceResponse<BoxBody>>> + 'static,
) -> actix_web::Result<ServiceResponse<BoxBody>> {
    actix_web::rt::spawn(answer).await.map_err(|_broke| Problem::internal())?
}

/// A request with a key.
struct Asked {
    app: Data<AppState>,
    key: Key,
    body: Whole,
}

impl Asked {
    /// None where there is no key.
    async fn read(request: &mut ServiceRequest) -> Result<Option<Self>, Problem> {
        let Some(key) = read_key(request.request())? else { return Ok(None) };
        let app = AppState::of(request.request())?.clone();
        let body = whole(request).await?;
        Ok(Some(Self { app, key, body }))
    }

    /// The answer that it had, or else what carrying it out comes to.
    async fn answer(
        self,
        mut request: ServiceRequest,
        next: Next<impl MessageBody + 'static>,
    ) -> actix_web::Result<ServiceResponse<BoxBody>> {
        match self.begin(request.request()).await {
            Ok(None) => {
                request.set_payload(again(&self.body));
                let response = next.call(request).await?.map_into_boxed_body();
                keep(&self.app, self.key, response).await
            }
            Ok(Some(before)) => Ok(request.into_response(before)),
            Err(problem) => Ok(request.error_response(problem)),
        }
    }

    /// Takes the key, unless the request is known by it: then what was answered.
    async fn begin(&self, request: &HttpRequest) -> Result<Option<HttpResponse>, Problem> {
        let digest = digest(request, &self.body);
        match self.app.flow.idempotency.begin(self.key.clone(), digest).await? {
            Begun::New => Ok(None),
            Begun::Answered(answer) => replayed(&answer).map(Some),
            Begun::InUse => Err(in_use()),
            Begun::Reused => Err(reused()),
        }
    }
}

/// The key of a request; as a string of a structured field, or bare.
fn read_key(request: &HttpRequest) -> Result<Option<Key>, Problem> {
    let mut sent = request.headers().get_all(KEY);
    let (Some(key), more) = (sent.next(), sent.next()) else { return Ok(None) };
    let sent = key.to_str().unwrap_or_default();
    let quoted = sent.strip_prefix('"').and_then(|key| key.strip_suffix('"'));
    let (key, first) = quoted.map_or((sent, b'!'), |key| (key, b' '));
    let printable = |letter: u8| (first..=b'~').contains(&letter) && letter != b'"';
    if more.is_some() || !(1..=255).contains(&key.len()) || !key.bytes().all(printable) {
        let detail = "Idempotency-Key: send one, of 1 to 255 printable characters";
        return Err(Problem::malformed(detail));
    }
    let key = key.to_owned();
    Ok(actor(request).map(|actor| Key { actor, key }))
}

/// Whose key it is. Forms of the console have none.
fn actor(request: &HttpRequest) -> Option<String> {
    match &request.extensions().get::<Actor>()?.via {
        Via::Token(Some(id)) => Some(id.clone()),
        Via::Token(None) => Some("CALLPANE_API_TOKEN".to_owned()),
        Via::Session(_) | Via::CommandLine => None,
    }
}

/// The body, as far as what programs ask for may be long.
async fn whole(request: &mut ServiceRequest) -> Result<Whole, Problem> {
    let (http, payload) = request.parts_mut();
    let Ok(body) = Body::from_request(http, payload).await;
    body.read(&body::COMMAND).await
}

/// The body once more.
fn again(body: &Whole) -> Payload {
    let bytes = body.bytes();
    Payload::Stream { payload: Box::pin(stream::once(async move { Ok(bytes) })) }
}

/// What is asked: the same request has the same digest.
fn digest(request: &HttpRequest, body: &[u8]) -> String {
    let address = request.uri().path_and_query().map_or("", |address| address.as_str());
    let asked = [request.method().as_str().as_bytes(), address.as_bytes(), body];
    let mut digest = Sha256::new();
    for part in asked {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    data_encoding::HEXLOWER.encode(&digest.finalize())
}

/// An answer that is given once, and kept nowhere.
struct Secret;

/// Marks an answer that holds a secret.
pub(super) fn secret(mut answer: HttpResponse) -> HttpResponse {
    answer.extensions_mut().insert(Secret);
    answer
}

/// An answer, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Kept {
    fn of(response: &HttpResponse<()>, body: &[u8]) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: written(response.headers()),
            body: String::from_utf8_lossy(body).into_owned(),
        }
    }
}

/// What becomes of the key after an answer.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    /// The answer is kept, and given again.
    Kept,
    /// Nothing was done, and may be done later.
    Free,
    /// Nobody knows what was done.
    InUse,
}

/// By the status and, of a refusal, its code.
fn fate(status: StatusCode, refusal: Option<Code>) -> Fate {
    const EARLY: [Code; 9] = [
        Code::Unauthorized,
        Code::NotAllowed,
        Code::BodyTooSlow,
        Code::BodyTooLarge,
        Code::WrongContentType,
        Code::TooManyGuesses,
        Code::TooManyBodies,
        Code::TooManyRequests,
        Code::TooManyStreams,
    ];
    match refusal {
        Some(code) if EARLY.contains(&code) => Fate::Free,
        _ if status.is_server_error() => Fate::InUse,
        _ => Fate::Kept,
    }
}

/// Keeps the answer, if that is the key's fate.
async fn keep(
    app: &AppState,
    key: Key,
    response: ServiceResponse<BoxBody>,
) -> actix_web::Result<ServiceResponse<BoxBody>> {
    let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
    match fate(response.status(), problem.map(Problem::code)) {
        Fate::Kept => {}
        Fate::Free => {
            release(app, key).await;
            return Ok(response);
        }
        Fate::InUse => return Ok(response),
    }
    let (request, response) = response.into_parts();
    let (response, body) = response.into_parts();
    let body = to_bytes(body).await.map_err(|_error| Problem::internal())?;
    let is_secret = response.extensions().get::<Secret>().is_some();
    let kept = if is_secret {
        let problem = not_kept().error_response();
        let (problem, body) = problem.into_parts();
        Kept::of(&problem, &to_bytes(body).await.unwrap_or_default())
    } else {
        Kept::of(&response, &body)
    };
    let kept = serde_json::to_string(&kept).unwrap_or_default();
    if let Err(error) = app.flow.idempotency.answer(key, kept).await {
        // It was done: the answer is right, and the key stays in use.
        tracing::error!(
            error = cause(&error),
            "an answer could not be kept for its idempotency key"
        );
    }
    Ok(ServiceResponse::new(request, response.set_body(BoxBody::new(body))))
}

async fn release(app: &AppState, key: Key) {
    if let Err(error) = app.flow.idempotency.release(key).await {
        tracing::error!(error = cause(&error), "an idempotency key could not be released");
    }
}

fn written(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    headers.iter().filter_map(|(name, value)| Some((name.to_string(), text(value)?))).collect()
}

/// The answer that was given before.
fn replayed(answer: &str) -> Result<HttpResponse, Problem> {
    let kept: Kept = serde_json::from_str(answer).map_err(|_error| Problem::internal())?;
    let status = StatusCode::from_u16(kept.status).map_err(|_error| Problem::internal())?;
    let mut answer = HttpResponse::build(status);
    for (name, value) in kept.headers {
        answer.insert_header((name, value));
    }
    Ok(answer.insert_header((REPLAYED, "true")).body(kept.body))
}

fn not_kept() -> Problem {
    let detail = "this was done, and its answer, which holds a secret, was given then";
    Problem::new(Code::AnswerNotKept, detail)
}

fn in_use() -> Problem {
    let detail = "the first request with this key is being carried out, or was interrupted: see whether it was done";
    Problem::new(Code::IdempotencyKeyInUse, detail)
}

fn reused() -> Problem {
    let detail = "this key came with another method, address or body";
    Problem::new(Code::IdempotencyKeyReused, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::word::Word as _;

    #[test]
    fn only_what_was_refused_before_anything_was_done_may_be_sent_again() {
        for (_, code) in Code::ALL {
            let status = Problem::new(*code, "").status_code();
            let expected = match (status.as_u16(), code) {
                (408 | 413 | 415 | 429, _)
                | (401, Code::Unauthorized)
                | (403, Code::NotAllowed)
                | (503, Code::TooManyBodies | Code::TooManyRequests | Code::TooManyStreams) => {
                    Fate::Free
                }
                (500.., _) => Fate::InUse,
                _ => Fate::Kept,
            };
            assert_eq!(fate(status, Some(*code)), expected, "{code:?}");
        }
        assert_eq!(fate(StatusCode::OK, None), Fate::Kept);
        assert_eq!(fate(StatusCode::INTERNAL_SERVER_ERROR, None), Fate::InUse);
    }
}
