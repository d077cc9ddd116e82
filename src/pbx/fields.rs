//! What all dialects read alike: a request's content whatever it is written in, and texts, numbers
//! and moments whatever type a phone system gives them.

use std::borrow::Cow;

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::BASE64URL_NOPAD;

use super::json::Json;
use super::{Authentic, Refusal, xml};
use crate::domain::event::{Outcome, Side};
use crate::domain::ring::Direction;
use crate::domain::text;
use crate::domain::time::{Timestamp, Zone};
use crate::domain::word::Word;

/// The deepest nesting that any phone system needs, and then some.
const DEEPEST: usize = 16;

/// What some programs write before a text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The longest address that is kept: one that carries its own signature is long.
const LONGEST_ADDRESS: usize = 2048;

/// The beginning of the year 2000. A moment before it is none: mostly a zero that says "never".
const EARLIEST: Timestamp = Timestamp(946_684_800_000);

/// No call lasts longer than thirty days, so a longer span is not a span.
const LONGEST_SPAN: i64 = 30 * 24 * 3600 * 1000;

/// The content of a request: its JSON, XML or form body; without a body, its query. A body's members
/// win over those of the query.
pub(super) fn content<'r>(request: &'r Authentic<'_>) -> Result<Json<'r>, Refusal> {
    let query = form(request.query.as_bytes());
    if request.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Json::Object(query));
    }
    let body = request.body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(request.body);
    let first = body.trim_ascii_start().first();
    let begins = |with: &[u8]| first.is_some_and(|first| with.contains(first));
    let named = request.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let body = if begins(b"{[") || named.contains("json") {
        json(body)?
    } else if begins(b"<") || named.contains("xml") {
        xml::read(body, DEEPEST)?
    } else if body.contains(&b'=') && !named.contains("multipart") {
        Json::Object(form(body))
    } else {
        let message = "the body is not JSON, XML or a form (application/x-www-form-urlencoded): choose one \
                       of them in the phone system";
        return Err(Refusal::NotUnderstood(message.to_owned()));
    };
    Ok(match body {
        Json::Object(members) => Json::Object(query.into_iter().chain(members).collect()),
        other => other,
    })
}

/// JSON that is not nested beyond all sense.
pub(super) fn json(bytes: &[u8]) -> Result<Json<'_>, Refusal> {
    let value = Json::read(bytes)
        .map_err(|error| Refusal::NotUnderstood(format!("the body is not JSON: {error}")))?;
    if value.depth() > DEEPEST {
        let message = format!("the body is nested deeper than {DEEPEST} levels");
        return Err(Refusal::NotUnderstood(message));
    }
    Ok(value)
}

fn form(bytes: &[u8]) -> Vec<(Cow<'_, str>, Json<'_>)> {
    let pairs = url::form_urlencoded::parse(bytes);
    pairs.map(|(name, value)| (name, Json::Text(value))).collect()
}

/// A member as text: numbers and truth values too. Null, "null" and emptiness say nothing.
pub(super) fn text(value: Option<&Json<'_>>) -> Option<String> {
    read(value).map(Cow::into_owned)
}

/// The same, for whoever only looks at it.
pub(super) fn read<'v>(value: Option<&'v Json<'_>>) -> Option<Cow<'v, str>> {
    match value? {
        Json::Text(text) => understood(text),
        Json::Number(number) => Some(number.to_string().into()),
        Json::Bool(truth) => Some(truth.to_string().into()),
        Json::Null | Json::List(_) | Json::Object(_) => None,
    }
}

/// What a text says: as texts are kept, and not longer than makes sense.
pub(super) fn said(text: &str) -> Option<String> {
    understood(text).map(Cow::into_owned)
}

fn understood(text: &str) -> Option<Cow<'_, str>> {
    let plain = match text::plain(text) {
        Cow::Borrowed(plain) if plain.len() <= text::LONGEST => Cow::Borrowed(plain.trim()),
        long_or_changed => text::short(long_or_changed.trim()).into(),
    };
    let says_nothing = plain.is_empty() || plain.eq_ignore_ascii_case("null");
    (!says_nothing).then_some(plain)
}

/// A member that is only shown: of a list, all that it says, with commas between.
pub(super) fn datum(value: Option<&Json<'_>>) -> Option<String> {
    match value? {
        list @ Json::List(_) => said(&self::list(Some(list))?.join(", ")),
        one => text(Some(one)),
    }
}

/// A latitude or longitude, as it was written.
pub(super) fn degrees(value: Option<&Json<'_>>, most: f64) -> Option<String> {
    text(value).filter(|text| text.parse().is_ok_and(|degrees: f64| degrees.abs() <= most))
}

/// The texts of a list, or of one text with commas. No list is another thing than an empty one.
pub(super) fn list(value: Option<&Json<'_>>) -> Option<Vec<String>> {
    match value? {
        Json::List(list) => {
            Some(list.iter().filter_map(|one| text(Some(one))).take(text::MOST).collect())
        }
        Json::Text(whole) => Some(whole.split(',').filter_map(said).take(text::MOST).collect()),
        one @ (Json::Number(_) | Json::Bool(_)) => Some(text(Some(one)).into_iter().collect()),
        Json::Null | Json::Object(_) => None,
    }
}

/// As many texts as make sense, each once.
pub(super) fn without_repeats(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for text in texts {
        if seen.len() < text::MOST && !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}

/// An address that a browser may open. One that is cut leads nowhere, so it is whole or none.
pub(super) fn address(value: Option<&Json<'_>>) -> Option<String> {
    let text = value?.as_text()?.trim();
    if text.len() > LONGEST_ADDRESS {
        return None;
    }
    let address = url::Url::parse(text).ok()?;
    let opens = matches!(address.scheme(), "http" | "https") && address.has_host();
    // In full, and still within the bound after what stood in it raw was escaped.
    opens.then(|| address.to_string()).filter(|address| address.len() <= LONGEST_ADDRESS)
}

/// A name of an event or of a value, however it is written: `Inbound Call-Answered` is
/// `inbound_call_answered`.
pub(super) fn word(text: &str) -> String {
    let parts = text.split(|c: char| c.is_whitespace() || c == '-' || c == '_');
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).map(str::to_lowercase).collect();
    parts.join("_")
}

/// Which way a call goes, in the words of several makes.
pub(super) fn direction(text: &str) -> Option<Direction> {
    match word(text).as_str() {
        "inbound" | "incoming" | "in" => Some(Direction::Inbound),
        "outbound" | "outgoing" | "out" => Some(Direction::Outbound),
        "internal" | "intersite" => Some(Direction::Internal),
        _ => None,
    }
}

/// How a call came out: our own words, also with a blank or an underscore in them.
pub(super) fn outcome(text: &str) -> Option<Outcome> {
    Outcome::read(&word(text).replace('_', ""))
}

/// Somebody at the other end. A number that is there and empty is withheld; a number that is not
/// there says nothing. A name that only repeats the number is none.
pub(super) fn side(number: Option<&Json<'_>>, name: Option<&Json<'_>>) -> Option<Side> {
    let withheld = number.and_then(Json::as_text).is_some_and(|text| text.trim().is_empty());
    let number = text(number);
    let name = text(name).filter(|name| number.as_ref() != Some(name));
    let known = withheld || number.is_some() || name.is_some();
    known.then(|| Side { number: number.unwrap_or_default(), name, ..Side::default() })
}

/// A member as a whole number, also where it is written as text.
pub(super) fn whole(value: Option<&Json<'_>>) -> Option<i64> {
    let text = text(value)?;
    let whole = text.parse().ok();
    whole.or_else(|| text.split_once('.').and_then(|(whole, _)| whole.parse().ok()))
}

/// A member as a moment.
pub(super) fn moment(value: Option<&Json<'_>>) -> Option<Timestamp> {
    moment_in(value, None)
}

/// The same, also without a zone of its own where it is known which one is meant.
pub(super) fn moment_in(value: Option<&Json<'_>>, zone: Option<&Zone>) -> Option<Timestamp> {
    Timestamp::parse_in(&text(value)?, zone).filter(|at| *at >= EARLIEST)
}

/// A span of seconds, in milliseconds.
pub(super) fn seconds(value: Option<&Json<'_>>) -> Option<i64> {
    whole(value).and_then(|seconds| seconds.checked_mul(1000)).filter(|ms| is_span(*ms))
}

/// A span of milliseconds.
pub(super) fn millis(value: Option<&Json<'_>>) -> Option<i64> {
    whole(value).filter(|ms| is_span(*ms))
}

fn is_span(ms: i64) -> bool {
    (0..=LONGEST_SPAN).contains(&ms)
}

/// A moment that is so many milliseconds later, or earlier.
pub(super) fn moved(at: Timestamp, ms: i64) -> Timestamp {
    Timestamp(at.0.saturating_add(ms))
}

/// What repeats of one event share: when it happened, then a digest of everything that tells it
/// from others. It begins with the time, so that an index of keys grows at its end.
pub(super) fn key(at: Option<Timestamp>, parts: &[&[u8]]) -> String {
    let mut digest = Context::new(&SHA256);
    for part in parts {
        digest.update(&part.len().to_le_bytes());
        digest.update(part);
    }
    let digest = digest.finish();
    let short = digest.as_ref().get(..15).unwrap_or_default();
    format!("{:011x}{}", at.map_or(0, |at| at.0.max(0)), BASE64URL_NOPAD.encode(short))
}
