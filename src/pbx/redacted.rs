//! What was kept of a request, for people's eyes: without the source's secrets, and without what is named
//! as a secret is.

use serde_json::Value;

use super::{Auth, Source, xml};
use crate::domain::secret::Secret;

/// A body as it may be shown; `source` has told it, if it is still configured.
pub fn redacted(body: &str, source: Option<&Source>) -> String {
    let mut text = match serde_json::from_str(body) {
        Ok(mut json) => {
            if hide(&mut json) {
                json.to_string()
            } else {
                body.to_owned()
            }
        }
        Err(_) if body.trim_start().starts_with('<') => markup(body),
        Err(_) => form(body),
    };
    for secret in source.into_iter().flat_map(secrets) {
        let secret = secret.expose();
        if !secret.is_empty() {
            text = text.replace(secret, &mark(secret));
        }
    }
    text
}

/// Every secret that the source may show.
fn secrets(source: &Source) -> impl Iterator<Item = &Secret> {
    let of_auth: &[Secret] = match &source.auth {
        Auth::None => &[],
        Auth::Basic { password, .. } => std::slice::from_ref(password),
        Auth::Token(values) | Auth::Header { values, .. } | Auth::Query { values, .. } => values,
    };
    source.secrets.iter().chain(of_auth)
}

fn mark(secret: &str) -> String {
    format!("[{} characters]", secret.chars().count())
}

fn is_named_as_one(name: &str) -> bool {
    let name = name.to_lowercase();
    ["token", "secret", "key", "password", "authorization"].iter().any(|word| name.contains(word))
}

/// Hides what is named as a secret is; answers whether anything was.
fn hide(json: &mut Value) -> bool {
    match json {
        Value::Object(members) => {
            let hidden = members.iter_mut().filter_map(|(name, value)| match value {
                Value::Null => None,
                value if is_named_as_one(name) => {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    *value = Value::String(mark(&text));
                    Some(())
                }
                value => hide(value).then_some(()),
            });
            hidden.count() > 0
        }
        Value::Array(list) => list.iter_mut().filter_map(|one| hide(one).then_some(())).count() > 0,
        _ => false,
    }
}

/// The same of XML; a body that only looks like XML is hidden whole.
fn markup(body: &str) -> String {
    let Some(places) = xml::places(body, is_named_as_one) else { return mark(body) };
    let mut shown = body.to_owned();
    for place in places {
        let secret = mark(body.get(place.clone()).unwrap_or_default());
        shown.replace_range(place, &secret);
    }
    shown
}

/// The same of a form or a query.
fn form(body: &str) -> String {
    let pairs = || url::form_urlencoded::parse(body.as_bytes());
    if !pairs().any(|(name, _)| is_named_as_one(&name)) {
        return body.to_owned();
    }
    let mut shown = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs() {
        let value = if is_named_as_one(&name) { mark(&value).into() } else { value };
        shown.append_pair(&name, &value);
    }
    shown.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pbx::tests::with_secrets;

    #[test]
    fn secrets_are_hidden_and_everything_else_stays_as_it_came() {
        let source = with_secrets("wildix", &["s3cr3t"]);
        for (body, shown) in [
            (r#"{"a": 1,  "b": "x"}"#, r#"{"a": 1,  "b": "x"}"#),
            (
                r#"{"a":{"accessToken":"abcd"},"b":["x"]}"#,
                r#"{"a":{"accessToken":"[4 characters]"},"b":["x"]}"#,
            ),
            (r#"{"note":"it is s3cr3t"}"#, r#"{"note":"it is [6 characters]"}"#),
            ("caller=0199&event=ring+now", "caller=0199&event=ring+now"),
            ("caller=0199&password=abc", "caller=0199&password=%5B3+characters%5D"),
            (r#"{"pin":{"key":[4711]}}"#, r#"{"pin":{"key":"[6 characters]"}}"#),
            ("<xml/>", "<xml/>"),
            (
                "<call><password>hunter2</password><from key='k'>0199</from><a>s3cr3t</a></call>",
                "<call><password>[7 characters]</password><from key='[1 characters]'>0199</from>\
                 <a>[6 characters]</a></call>",
            ),
            ("<password>hunter2", "[17 characters]"),
            ("", ""),
        ] {
            assert_eq!(redacted(body, Some(&source)), shown);
        }
        assert_eq!(redacted("s3cr3t", None), "s3cr3t", "of whom nobody knows any secret");
    }
}
