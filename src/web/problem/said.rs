//! What serde says of what it cannot read, in words for whoever sent it: the names of our types mean nothing to
//! them.

use std::fmt::Display;

/// What is wrong with a body.
pub(in crate::web) fn of_body(error: &impl Display) -> String {
    let said = error.to_string();
    missing(&said).map_or_else(|| without_types(&said), |name| format!("{name} is missing"))
}

/// What is wrong with the query of an address.
pub(in crate::web) fn of_query(error: &impl Display) -> String {
    let said = error.to_string();
    let said = said.strip_prefix("Query deserialize error: ").unwrap_or(&said);
    missing(said)
        .map_or_else(|| without_types(said), |name| format!("the parameter {name} is missing"))
}

/// The name of what is not there.
fn missing(said: &str) -> Option<&str> {
    said.strip_prefix("missing field `")?.strip_suffix('`')
}

/// Where one of our types was expected, an object is.
fn without_types(said: &str) -> String {
    let Some((before, after)) = said.split_once("expected struct ") else { return said.to_owned() };
    // A list was sent instead, however long.
    let before = if before.starts_with("invalid length") { "" } else { before };
    let rest = after.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
    let rest = rest.split_once(" element").map_or(rest, |(_, rest)| rest.trim_start_matches('s'));
    format!("{before}expected an object{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_types_are_not_named() {
        for (error, said) in [
            ("invalid length 0, expected struct Again with 4 elements", "expected an object"),
            ("invalid length 0, expected struct One with 1 element", "expected an object"),
            ("invalid type: null, expected struct Line", "invalid type: null, expected an object"),
            ("missing field `name`", "name is missing"),
            ("unknown field `x`", "unknown field `x`"),
        ] {
            assert_eq!(of_body(&error), said);
        }
        let error = "Query deserialize error: missing field `q`";
        assert_eq!(of_query(&error), "the parameter q is missing");
    }
}
