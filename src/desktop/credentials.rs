//! What a desktop may send that opens something: told by its name, by its shape, or because it
//! holds the agent's token. It is not kept, wherever it stands.

use serde_json::Value;

/// What credentials are called: XiVO fills `{xuc-token}` in wherever it is asked to.
const NAMES: [&str; 9] = [
    "token",
    "password",
    "passwd",
    "secret",
    "authorization",
    "apikey",
    "credential",
    "cookie",
    "jwt",
];

/// A shorter token is none that opens anything, and is found in anything.
const SHORTEST: usize = 8;

/// Whether a member is called as a credential is.
pub(super) fn is_name_of_one(name: &str, token: Option<&str>) -> bool {
    is_named(name) || holds(name, token)
}

/// Whether a value is a credential, or anything in it.
pub(super) fn is_in(value: &Value, token: Option<&str>) -> bool {
    match value {
        Value::String(text) => is_in_text(text, token),
        Value::Array(list) => list.iter().any(|value| is_in(value, token)),
        Value::Object(members) => {
            members.iter().any(|(name, value)| is_name_of_one(name, token) || is_in(value, token))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The same of a text.
pub(super) fn is_in_text(text: &str, token: Option<&str>) -> bool {
    is_shaped(text) || holds(text, token)
}

/// Whether a name is one of a credential: one of its words ends with one of theirs. A secretary is
/// no secret.
fn is_named(name: &str) -> bool {
    let mut begin = 0;
    let mut before = ' ';
    for (at, c) in name.char_indices() {
        let begins = c.is_uppercase() && before.is_lowercase();
        if begins || !c.is_alphabetic() {
            if is_credential_word(name.get(begin..at).unwrap_or_default()) {
                return true;
            }
            begin = if begins { at } else { at + c.len_utf8() };
        }
        before = c;
    }
    is_credential_word(name.get(begin..).unwrap_or_default())
}

fn is_credential_word(word: &str) -> bool {
    if !word.is_ascii() {
        // A letter of another alphabet may be one of these in lower case.
        let lower = word.to_lowercase();
        return ends_with_one(lower.as_bytes());
    }
    ends_with_one(word.as_bytes())
}

fn ends_with_one(word: &[u8]) -> bool {
    let one = word.strip_suffix(b"s").or_else(|| word.strip_suffix(b"S")).unwrap_or(word);
    let last = one.last().map(u8::to_ascii_lowercase);
    // Most words end in a letter that none of these ends in.
    NAMES.iter().filter(|name| name.bytes().last() == last).any(|name| {
        let end = one.len().checked_sub(name.len()).and_then(|at| one.get(at..));
        end.is_some_and(|end| end.eq_ignore_ascii_case(name.as_bytes()))
    })
}

/// Whether a text looks like the JSON web token that XuC gives.
fn is_shaped(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("eyJ") && text.split('.').count() == 3
}

fn holds(text: &str, token: Option<&str>) -> bool {
    token.is_some_and(|token| {
        token.len() >= SHORTEST && text.len() >= token.len() && text.contains(token)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_read_by_their_words() {
        for name in [
            "token",
            "xuc_Token",
            "xucToken",
            "XUCTOKEN",
            "USR_PASSWORD",
            "client-secret-2",
            "secrets",
            "Authorization",
            "accessTokenId",
            "api_key_apikey",
            "XUC_TO\u{212a}EN",
        ] {
            assert!(is_named(name), "{name}");
        }
        for name in ["USR_secretariat", "secretary", "USR_tokenised", "name", "", "USR_KEY_ACCOUNT"]
        {
            assert!(!is_named(name), "{name}");
        }
    }

    #[test]
    fn a_credential_is_found_however_deep_it_stands() {
        let token = Some("a-live-token");
        for value in [
            json!("see a-live-token"),
            json!([1, ["a-live-token"]]),
            json!({ "a": { "token": 1 } }),
            json!({ "a-live-token": 1 }),
            json!(["eyJ0.abc.def"]),
        ] {
            assert!(is_in(&value, token), "{value}");
        }
        for value in [json!("a-live"), json!(null), json!({ "a": ["eyJ0"] })] {
            assert!(!is_in(&value, token), "{value}");
        }
        assert!(!is_in(&json!("abcd"), Some("a")), "a letter is not a token");
    }
}
