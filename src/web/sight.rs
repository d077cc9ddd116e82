//! Whether somebody sees telephone numbers whole. A viewer does not: whatever reads like a number is masked
//! here, where an answer leaves, so that no handler and no template has to think of it.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError as _};
use serde::Serialize;
use serde_json::Value;

use super::problem::Problem;
use crate::domain::actor::Actor;

/// What stands in the place of all but the last two digits.
const HIDDEN: &str = "•• •• •• ";

/// So many digits are a number; fewer are an extension, a count, a time.
const DIGITS: usize = 7;

/// So many characters may stand between two digits of one number.
const BETWEEN: usize = 4;

/// Where a page of the console has what its reader typed; and what proves their forms, which is random and
/// may look like anything.
const TYPED: [&str; 3] = ["/page/typed", "/shell/typed", "/shell/csrf"];

/// How telephone numbers are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Sight {
    Whole,
    Masked,
}

impl Sight {
    /// What this actor's role shows.
    pub(in crate::web) fn of(actor: &Actor) -> Self {
        if actor.role.sees_numbers() { Self::Whole } else { Self::Masked }
    }

    /// Masks every number in a value: in texts, in JSON that is kept as a text, as numbers, in names.
    pub(in crate::web) fn apply(self, value: &mut Value) {
        if self == Self::Masked {
            mask(value, "");
        }
    }

    /// The same of a page. What its reader typed into the address stays as they typed it: it tells them
    /// nothing, and whoever masks it sends them looking for a number that nobody has. A link with a number in
    /// it would lead nowhere without it, and is left out.
    pub(in crate::web) fn apply_to_page(self, page: &mut Value) {
        if self == Self::Whole {
            return;
        }
        let kept = TYPED.map(|place| page.pointer_mut(place).map(Value::take));
        mask(page, "");
        unlink(page);
        for (place, kept) in TYPED.iter().zip(kept) {
            if let (Some(member), Some(kept)) = (page.pointer_mut(place), kept) {
                *member = kept;
            }
        }
    }

    /// The same of one text.
    pub(in crate::web) fn text(self, text: &str) -> Cow<'_, str> {
        let hidden = if self == Self::Masked { masked(text) } else { None };
        hidden.map_or(Cow::Borrowed(text), Cow::Owned)
    }

    /// A refusal.
    pub(in crate::web) fn problem(self, mut problem: Problem) -> Problem {
        let (detail, more) = problem.texts();
        *detail = self.text(detail).into_owned();
        more.values_mut().for_each(|value| self.apply(value));
        problem
    }

    /// The same of one cell of a table, which may be a phone system's id of a call.
    pub(in crate::web) fn cell(self, text: &str) -> Cow<'_, str> {
        if is_call_id(text) { Cow::Borrowed(text) } else { self.text(text) }
    }

    /// A value as this actor may see it.
    pub(in crate::web) fn value(self, value: &impl Serialize) -> Result<Value, Problem> {
        let mut value = written(value)?;
        self.apply(&mut value);
        Ok(value)
    }

    /// A page as this actor may see it.
    pub(in crate::web) fn page(self, page: &impl Serialize) -> Result<Value, Problem> {
        let mut page = written(page)?;
        self.apply_to_page(&mut page);
        Ok(page)
    }
}

fn written(value: &impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(value).map_err(|error| {
        tracing::error!(%error, "an answer could not be written");
        Problem::internal()
    })
}

/// Whether there is something in a text that some may not see.
pub(in crate::web) fn has_number(text: &str) -> bool {
    masked(text).is_some()
}

/// What the API answers, as this actor may see it.
pub(in crate::web) fn answer_json(actor: &Actor, value: impl Serialize) -> HttpResponse {
    answer_json_with(actor, StatusCode::OK, value)
}

/// The same with another status.
pub(in crate::web) fn answer_json_with(
    actor: &Actor,
    status: StatusCode,
    value: impl Serialize,
) -> HttpResponse {
    match Sight::of(actor) {
        Sight::Whole => HttpResponse::build(status).json(value),
        sight @ Sight::Masked => match sight.value(&value) {
            Ok(value) => HttpResponse::build(status).json(value),
            Err(problem) => problem.error_response(),
        },
    }
}

fn mask(value: &mut Value, key: &str) {
    match value {
        Value::String(text) => {
            if !(is_id(key) && is_call_id(text))
                && let Some(hidden) = masked_json(text).or_else(|| masked(text))
            {
                *text = hidden;
            }
        }
        Value::Number(number) => {
            let text = number.to_string();
            if !is_measure(key)
                && !is_moment(&text)
                && let Some(hidden) = masked(&text)
            {
                *value = Value::String(hidden);
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|value| mask(value, key)),
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                mask(value, name);
            }
            if members.keys().any(|name| masked(name).is_some()) {
                let all = std::mem::take(members).into_iter();
                *members =
                    all.map(|(name, value)| (masked(&name).unwrap_or(name), value)).collect();
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// Takes out the links that a number was masked in.
fn unlink(value: &mut Value) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(unlink),
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                let is_link = name == "href" || name == "query";
                if is_link && value.as_str().is_some_and(|link| link.contains(HIDDEN)) {
                    *value = Value::Null;
                } else {
                    unlink(value);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// JSON that is kept as it was received: its escapes could hide digits.
fn masked_json(text: &str) -> Option<String> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let whole: Value = serde_json::from_str(text).ok()?;
    let mut hidden = whole.clone();
    mask(&mut hidden, "");
    (hidden != whole).then(|| hidden.to_string())
}

fn is_id(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.ends_with("id") || key == "call"
}

/// What Asterisk calls a call: the second in which it began, a dot, a count.
fn is_call_id(text: &str) -> bool {
    let id = text.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '-' || c == '_');
    let Some((second, count)) = id.split_once('.') else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    second.len() == 10
        && second.starts_with('1')
        && digits(second)
        && count.len() < DIGITS
        && digits(count)
}

/// Numbers of our own that may be long.
fn is_measure(key: &str) -> bool {
    let places = ["latitude", "longitude"];
    let sizes = ["bytes", "version", "gap_ms", "millis"];
    let counts = ["owed", "count", "delivered", "failed", "rings", "opened"];
    places.contains(&key) || sizes.contains(&key) || counts.contains(&key)
}

/// A millisecond of these decades: no telephone number has thirteen digits that begin so.
fn is_moment(text: &str) -> bool {
    text.len() == 13
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.get(..2).is_some_and(|first| ("15".."21").contains(&first))
}

/// One step through a text, and how many bytes it has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Digit(char),
    Between,
    Other,
}

/// A text without its numbers; none if there are none in it.
fn masked(text: &str) -> Option<String> {
    let mut out = String::new();
    let (mut rest, mut before, mut hides) = (text, None, false);
    while !rest.is_empty() {
        let (length, shown) = if let Some(length) = known(rest, before) {
            (length, None)
        } else {
            match run(rest) {
                Some(run) if run.digits >= DIGITS => (run.length, Some(run.last)),
                Some(run) => (run.length, None),
                None => (step(rest).1, None),
            }
        };
        let (piece, remaining) = rest.split_at_checked(length)?;
        match shown {
            Some(last) => {
                hides = true;
                out.push_str(HIDDEN);
                out.extend(last);
            }
            None => out.push_str(piece),
        }
        (rest, before) = (remaining, piece.chars().next_back());
    }
    hides.then_some(out)
}

/// Digits, with what may stand between those of one number.
struct Run {
    length: usize,
    digits: usize,
    last: [char; 2],
}

/// The run of digits that a text begins with.
fn run(text: &str) -> Option<Run> {
    let mut run = Run { length: 0, digits: 0, last: ['•'; 2] };
    let (mut at, mut between) = (0, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (step, length) = step(rest);
        at += length;
        match step {
            Step::Digit(digit) => {
                run.digits += 1;
                run.length = at;
                let [_, last] = run.last;
                run.last = [last, digit];
                between = 0;
            }
            Step::Between if run.digits > 0 && between < BETWEEN => between += 1,
            Step::Between | Step::Other => break,
        }
    }
    (run.digits > 0).then_some(run)
}

/// The next character, also where it is written as an escape of an address or of JSON.
fn step(text: &str) -> (Step, usize) {
    let escaped = |prefix: &str, digits: usize| {
        let code = text.strip_prefix(prefix)?.get(..digits)?;
        let known = u32::from_str_radix(code, 16).ok().and_then(char::from_u32)?;
        Some((what(known), prefix.len() + digits))
    };
    let spaces = ["%C2%A0", "%E2%80%AF", "%c2%a0", "%e2%80%af"];
    if let Some(space) = spaces.iter().find(|space| text.starts_with(**space)) {
        return (Step::Between, space.len());
    }
    if let Some(step) = escaped("%", 2).or_else(|| escaped("\\u", 4)) {
        return step;
    }
    text.chars().next().map_or((Step::Other, 1), |c| (what(c), c.len_utf8()))
}

fn what(c: char) -> Step {
    match c {
        '\n' | '\r' => Step::Other,
        '+' | '.' | '-' | '/' | '(' | ')' | '[' | ']' | '*' | '_' | '~' | '·' | '−' => {
            Step::Between
        }
        // Invisible ones, and dashes of every length.
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}'
        | '\u{2010}'..='\u{2015}' => Step::Between,
        c if c.is_whitespace() => Step::Between,
        c if c.is_numeric() => Step::Digit(c),
        _ => Step::Other,
    }
}

/// How long the id or the moment is that a text begins with, if it is one and nothing else.
fn known(text: &str, before: Option<char>) -> Option<usize> {
    if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '+' | '(')) {
        return None;
    }
    let length = id(text).or_else(|| moment(text)).or_else(|| day(text))?;
    let after = text.get(length..)?.chars().next();
    (!after.is_some_and(char::is_alphanumeric)).then_some(length)
}

/// An id of ours, a UUID or a digest: 32 hexadecimal digits or more.
fn id(text: &str) -> Option<usize> {
    let is_hex = |byte: &u8| byte.is_ascii_hexdigit();
    let plain = text.bytes().take_while(is_hex).count();
    if plain >= 32 {
        return Some(plain);
    }
    shaped(text, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh")
}

/// A day, with a time after it or without.
fn moment(text: &str) -> Option<usize> {
    let day = shaped(text, "dddd-dd-dd").filter(|_| is_year(text.get(..4)))?;
    is_month_and_day(text.get(5..7), text.get(8..10)).then_some(())?;
    let rest = text.get(day..)?;
    let minute = shaped(rest, "Tdd:dd").or_else(|| shaped(rest, " dd:dd"));
    let Some(minute) = minute else { return Some(day) };
    let mut length = day + minute;
    length += text.get(length..).and_then(|rest| shaped(rest, ":dd")).unwrap_or(0);
    if let Some(fraction) = text.get(length..).and_then(|rest| rest.strip_prefix('.')) {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        length += if (1..=9).contains(&digits) { 1 + digits } else { 0 };
    }
    let rest = text.get(length..)?;
    let zone = ["Z", "+dd:dd", "-dd:dd"].iter().find_map(|zone| shaped(rest, zone));
    Some(length + zone.unwrap_or(0))
}

/// A day as people write it.
fn day(text: &str) -> Option<usize> {
    let written = shaped(text, "dd/dd/dddd").or_else(|| shaped(text, "dd.dd.dddd"))?;
    let (one, two) = (text.get(..2), text.get(3..5));
    let is_day = is_month_and_day(one, two) || is_month_and_day(two, one);
    (is_day && is_year(text.get(6..10))).then_some(written)
}

fn is_year(text: Option<&str>) -> bool {
    text.is_some_and(|year| year.starts_with("19") || year.starts_with("20"))
}

fn is_month_and_day(month: Option<&str>, day: Option<&str>) -> bool {
    let read = |text: Option<&str>| text.and_then(|text| text.parse::<u8>().ok()).unwrap_or(0);
    (1..=12).contains(&read(month)) && (1..=31).contains(&read(day))
}

/// How long a pattern is that a text begins with: d is a digit, h a hexadecimal one, all else itself.
fn shaped(text: &str, pattern: &str) -> Option<usize> {
    let text = text.as_bytes().get(..pattern.len())?;
    let fits = text.iter().zip(pattern.bytes()).all(|(byte, wanted)| match wanted {
        b'd' => byte.is_ascii_digit(),
        b'h' => byte.is_ascii_hexdigit(),
        other => *byte == other,
    });
    fits.then_some(pattern.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn seen(mut value: Value) -> Value {
        Sight::Masked.apply(&mut value);
        value
    }

    #[test]
    fn numbers_keep_their_last_two_digits_and_nothing_else() {
        for spelt in [
            "+33 1 99 00 55 77",
            "+33199005577",
            "0199005577",
            "01.99.00.55.77",
            "01\u{202f}99\u{a0}00-55 77",
            "+33 (0)1 99 00 55 77",
            "%2B33199005577",
            "01%2099%2000%2055%2077",
            "01+99+00+55+77",
            "\\u0030199005577",
            "٠١٩٩٠٠٥٥77",
            "9905577",
        ] {
            let hidden = Sight::Masked.text(spelt);
            let hidden = hidden.trim_start_matches(['+', '(']).replace("%2B", "");
            assert_eq!(hidden, "•• •• •• 77", "{spelt}");
            assert_eq!(Sight::Whole.text(spelt), spelt);
        }
        let sentence = Sight::Masked.text("tel:+1 202 555 0143, then 0199005577!");
        assert_eq!(sentence, "tel:+•• •• •• 43, then •• •• •• 77!");
    }

    #[test]
    fn ids_moments_and_short_numbers_stay() {
        for kept in [
            "01a0c4524c787a008000000000000004",
            "4f9619ff-8b86-4011-b42d-00c04fc964ff",
            "2026-09-21T14:15:23Z",
            "2026-09-21T14:15:23.123+02:00",
            "2026-09-21 10:42:07",
            "21/09/2026 10:42:07",
            "0.1.0",
            "agent 1088 at 10:42:07",
            "/console/calls/01a0c4524c787a008000000000000004?page=2",
            "310",
        ] {
            assert_eq!(Sight::Masked.text(kept), kept);
        }
        let kept = json!({ "id": "xivo-1790000123.45", "at": 1_790_000_123_000_i64, "millis": 12_345,
            "latitude": 48.856_613, "delivered": 1_990_055, "failed": 1_990_055, "rings": 1_990_055, "opened": 1_990_055, "calls": [{ "call": "1790000123.45" }] });
        assert_eq!(seen(kept.clone()), kept);
    }

    #[test]
    fn numbers_are_masked_wherever_they_stand_in_a_value() {
        let body = r#"{"from":"\u002b\u0033\u0033199005577","ext":310,"to":33199005500}"#;
        let all = seen(json!({ "id": "0199005577", "body": body, "n": 33_199_005_577_i64,
            "of": { "0199005577": ["x 0199005577"] } }));
        assert_eq!(all["id"], "•• •• •• 77");
        assert_eq!(all["n"], "•• •• •• 77");
        assert_eq!(all["body"], r#"{"from":"+•• •• •• 77","ext":310,"to":"•• •• •• 00"}"#);
        assert_eq!(all["of"], json!({ "•• •• •• 77": ["x •• •• •• 77"] }));
    }

    fn digits_of(text: &str) -> Vec<String> {
        let runs = text.split(|c: char| !c.is_ascii_digit());
        runs.filter(|run| !run.is_empty()).map(str::to_owned).collect()
    }

    proptest! {
        #[test]
        fn no_number_survives_in_any_spelling(
            digits in prop::collection::vec(0_u8..10, 7..15),
            between in prop::collection::vec(
                prop::sample::select(vec!["", "", " ", ".", "-", "/", " (", ") ", "\u{a0}", "\u{202f}", "%20", " - "]),
                15,
            ),
            before in prop::sample::select(vec!["", "+", "tel:", "Zoë ", "from=", "%2B", "(", "a", "x9 a"]),
            after in prop::sample::select(vec!["", ",", " z", "\"", "&b=1", ">", "\n12"]),
        ) {
            let mut spelt = String::new();
            for (digit, between) in digits.iter().zip(&between) {
                if !spelt.is_empty() {
                    spelt.push_str(between);
                }
                spelt.push_str(&digit.to_string());
            }
            // What reads as a day is one.
            prop_assume!(moment(&spelt).is_none() && day(&spelt).is_none());
            let text = format!("{before}{spelt}{after}");
            let hidden = seen(json!([text.as_str(), { "data": text.as_str() }]));
            for place in ["/0", "/1/data"] {
                let hidden = hidden.pointer(place).and_then(Value::as_str).unwrap_or_default();
                let shown: usize = digits_of(hidden).iter().map(String::len).sum();
                prop_assert!(shown <= 2 + 3, "{text:?} is shown as {hidden:?}");
                prop_assert!(hidden.contains(HIDDEN), "{text:?} is shown as {hidden:?}");
            }
        }

        #[test]
        fn ids_survive(id in "[0-9a-f]{32}", uuid in "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}") {
            let value = json!({ "id": id, "link": format!("/console/calls/{id}?after={uuid}"), "uuid": uuid });
            prop_assert_eq!(seen(value.clone()), value);
        }
    }
}
