//! `/api/v1`: what programs may read and do. One file a resource.

#![expect(
    unused_qualifications,
    single_use_lifetimes,
    reason = "what describes handlers and types to the document is generated"
)]

pub(super) mod agents;
pub(super) mod audit;
pub(super) mod calls;
pub(super) mod cards;
pub(super) mod contacts;
pub(super) mod contract;
pub(super) mod deliveries;
pub(super) mod destinations;
mod document;
pub(super) mod events;
pub(super) mod explain;
pub(super) mod idempotency;
pub(super) mod live;
pub(super) mod lookups;
pub(super) mod operators;
mod paging;
pub(super) mod reference;
pub(super) mod refusals;
pub(super) mod search;
pub(super) mod sessions;
pub(super) mod sources;
pub(super) mod tokens;

use actix_web::HttpResponse;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::ids::Id;
use crate::domain::problem::Code;
use crate::domain::role::Role;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::web::body::{self, Body};
use crate::web::problem::{Problem, said};

/// What this API has, as an OpenAPI document.
pub(super) async fn document() -> HttpResponse {
    HttpResponse::Ok().json(document::document())
}

/// What a program asks for.
async fn command<T: DeserializeOwned>(body: Body) -> Result<T, Problem> {
    read(sent(body).await?).map_err(Problem::malformed)
}

/// What a program sends.
async fn sent(body: Body) -> Result<Value, Problem> {
    let sent: Value = body.read(&body::COMMAND).await?.json()?;
    if has_nul(&sent) {
        return Err(Problem::malformed("the character U+0000 is refused"));
    }
    Ok(sent)
}

/// What that says; complains of what cannot be read.
fn read<T: DeserializeOwned>(sent: Value) -> Result<T, String> {
    // serde would take a list for an object, too.
    if !sent.is_object() {
        return Err("the body: expected an object".to_owned());
    }
    T::deserialize(sent).map_err(|error| said::of_body(&error))
}

/// Whether a text has a character that databases refuse.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members.values().any(has_nul),
        _ => false,
    }
}

/// An id; none for one that was not made by this installation.
fn id(text: &str) -> Result<Option<Id>, Problem> {
    let digit = |letter: u8| letter.is_ascii_digit() || (b'a'..=b'f').contains(&letter);
    if text.len() == 32 && text.bytes().all(digit) {
        return Ok(Id::parse(text));
    }
    let detail = format!("{text:?} is not an id: they have 32 digits, 0 to 9 and a to f");
    Err(Problem::malformed(detail))
}

/// The id of something that may be there.
fn known_id(text: &str, missing: impl FnOnce() -> Problem) -> Result<Id, Problem> {
    id(text)?.ok_or_else(missing)
}

/// A time, as RFC 3339 writes it.
fn moment(text: &str) -> Result<Timestamp, Problem> {
    let written = text.contains(['T', 't']) && !text.contains('[');
    let moment = Timestamp::parse(text).filter(|_| written);
    moment.ok_or_else(|| {
        Problem::malformed(format!("{text:?} is not a time; write 2026-09-21T14:15:23Z"))
    })
}

/// One of these roles.
fn role(word: &str, allowed: impl Iterator<Item = Role>) -> Result<Role, Problem> {
    let allowed: Vec<Role> = allowed.collect();
    let known = Role::read(word).filter(|role| allowed.contains(role));
    known.ok_or_else(|| {
        let words: Vec<&str> = allowed.iter().map(|role| role.word()).collect();
        Problem::new(
            Code::InvalidValue,
            format!("role: \"{word}\" is not one of {}", words.join(", ")),
        )
    })
}
