//! A one-line template that only puts values in, which takes no engine: texts, names, and names with
//! others behind them for where the first is empty.

use std::borrow::Cow;

use serde_json_borrow::Value;

use crate::domain::facts::Kept;

/// A dotted name in its parts.
pub(super) type Path = Vec<String>;

/// Such a template.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pieces(Vec<Piece>);

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    /// As it stands.
    Text(String),
    /// The first of these values that counts as true, else the last.
    FirstOf(Vec<Path>),
}

impl Pieces {
    /// Reads a template that the engine has accepted; nothing where it does more than put values in.
    pub(super) fn of(source: &str, is_name: impl Fn(&str) -> bool) -> Option<Self> {
        if source.contains("{%") || source.contains("{#") {
            return None;
        }
        let mut parts = source.split("{{");
        let mut pieces = vec![Piece::Text(parts.next()?.to_owned())];
        for part in parts {
            let (code, text) = part.split_once("}}")?;
            let names = code.split(" or ").map(str::trim);
            let paths = names.map(|name| is_name(name).then(|| path(name)));
            pieces.push(Piece::FirstOf(paths.collect::<Option<_>>()?));
            pieces.push(Piece::Text(text.to_owned()));
        }
        Some(Self(pieces))
    }

    /// Puts the values in; nothing where one of them is no plain value.
    pub(super) fn fill(
        &self,
        kept: &Kept<'_>,
        escape: impl Fn(&str) -> Option<String>,
    ) -> Option<String> {
        let mut filled = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::FirstOf(paths) => {
                    let value = plain(first_of(paths, kept))?;
                    filled.push_str(escape(&value).as_deref().unwrap_or(&value));
                }
            }
        }
        Some(filled)
    }
}

pub(super) fn path(name: &str) -> Path {
    name.split('.').map(str::to_owned).collect()
}

fn first_of<'v>(paths: &[Path], kept: &'v Kept<'_>) -> &'v Value<'v> {
    let mut values = paths.iter().map(|path| kept.find(path));
    let mut value = values.next().unwrap_or(&Value::Null);
    for next in values {
        if counts_as_true(value) {
            break;
        }
        value = next;
    }
    value
}

fn counts_as_true(value: &Value<'_>) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(_) => value.as_i64() != Some(0),
        Value::Str(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// A value as the engine writes it; nothing where that is not plain.
fn plain<'v>(value: &'v Value<'_>) -> Option<Cow<'v, str>> {
    Some(match value {
        Value::Null => "".into(),
        Value::Bool(truth) => if *truth { "true" } else { "false" }.into(),
        Value::Str(text) => text.as_ref().into(),
        Value::Number(number) => number.as_i64()?.to_string().into(),
        Value::Array(_) | Value::Object(_) => return None,
    })
}
