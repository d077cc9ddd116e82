//! TOML values, each with its place in the text. Two are equal if the same was written, wherever it
//! stands.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(super) type Node = Spanned<Value>;
pub(super) type Table = BTreeMap<Spanned<String>, Node>;

/// An entry of a table, `data.VIP` for what is written as a table in a table.
pub(super) type Member = (Spanned<String>, Node);

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    String(String),
    /// Numbers and dates stay as they were written.
    Integer(String),
    Float(String),
    Datetime(String),
    Boolean(bool),
    Array(Vec<Node>),
    Table(Table),
}

impl Value {
    pub(super) fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    pub(super) fn as_array(&self) -> Option<&Vec<Node>> {
        if let Self::Array(list) = self { Some(list) } else { None }
    }

    pub(super) fn as_table(&self) -> Option<&Table> {
        if let Self::Table(table) = self { Some(table) } else { None }
    }

    /// A text, a number or a truth value, as a text.
    pub(super) fn plain(&self) -> Option<String> {
        match self {
            Self::String(text) | Self::Integer(text) => Some(text.clone()),
            Self::Boolean(truth) => Some(truth.to_string()),
            Self::Float(_) | Self::Datetime(_) | Self::Array(_) | Self::Table(_) => None,
        }
    }
}

/// What could be read of a text.
pub(super) fn parse_leniently(text: &str) -> Table {
    table_of(DeTable::parse_recoverable(text).0.get_ref())
}

/// What is written in a text, or what is wrong with it as TOML: where, and why.
pub(super) fn parse(text: &str) -> Result<Table, Vec<(usize, String)>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    // What the parser guessed of a text that is not TOML would only yield complaints.
    if errors.is_empty() {
        return Ok(table_of(table.get_ref()));
    }
    let place = |error: &toml::de::Error| error.span().map_or(0, |span| span.start);
    Err(errors.iter().map(|error| (place(error), error.message().to_owned())).collect())
}

fn table_of(table: &DeTable<'_>) -> Table {
    let member = |(key, node): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let key: &Spanned<std::borrow::Cow<'_, str>> = key;
        (Spanned::new(key.span(), key.get_ref().to_string()), node_of(node))
    };
    table.iter().map(member).collect()
}

fn node_of(node: &Spanned<DeValue<'_>>) -> Node {
    let value = match node.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => Value::Integer(number.as_str().to_owned()),
        DeValue::Float(number) => Value::Float(number.as_str().to_owned()),
        DeValue::Datetime(moment) => Value::Datetime(moment.to_string()),
        DeValue::Boolean(truth) => Value::Boolean(*truth),
        DeValue::Array(list) => Value::Array(list.iter().map(node_of).collect()),
        DeValue::Table(table) => Value::Table(table_of(table)),
    };
    Spanned::new(node.span(), value)
}

/// A table's entries with their dotted names.
pub(super) fn flat(table: &Table, path: &str) -> Vec<Member> {
    let mut all = Vec::new();
    for (key, node) in table {
        let name = join(path, key.get_ref());
        match node.get_ref() {
            Value::Table(inner) => all.extend(flat(inner, &name)),
            _ => all.push((Spanned::new(key.span(), name), node.clone())),
        }
    }
    all
}

pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
