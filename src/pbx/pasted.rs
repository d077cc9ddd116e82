//! A request as somebody pastes it to try it out: an HTTP request as text, or only its body.

use super::Inbound;
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pasted {
    method: String,
    event: Option<String>,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Pasted {
    /// Reads it. A text that does not begin with a request line is a body.
    pub fn read(text: &str) -> Self {
        let text = text.replace("\r\n", "\n");
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let mut words = first.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next());
        let Some(target) = target.filter(|_| matches!(method, "GET" | "POST")) else {
            return Self { method: "POST".to_owned(), body: text, ..Self::default() };
        };
        let (head, body) = match rest.strip_prefix('\n') {
            Some(body) => ("", body),
            None => rest.split_once("\n\n").unwrap_or((rest, "")),
        };
        let headers = head.lines().filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_lowercase(), value.trim().to_owned()))
        });
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (_, named) = path.split_once("/hooks/").unwrap_or(("", ""));
        Self {
            method: method.to_owned(),
            event: named.split_once('/').map(|(_, event)| event.to_owned()),
            query: query.to_owned(),
            headers: headers.collect(),
            body: body.to_owned(),
        }
    }

    /// The same as a request that arrives now.
    pub fn inbound(&self, at: Timestamp) -> Inbound<'_> {
        Inbound {
            method: &self.method,
            event: self.event.as_deref(),
            query: &self.query,
            headers: &self.headers,
            body: self.body.as_bytes(),
            at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_request_and_a_bare_body_are_read() {
        let whole = Pasted::read(
            "POST /hooks/office/ring?a=1 HTTP/1.1\r\nX-Key: k: 1\r\n\r\n{\"call\":\n\n1}",
        );
        assert_eq!((whole.method.as_str(), whole.query.as_str()), ("POST", "a=1"));
        assert_eq!(whole.event.as_deref(), Some("ring"));
        assert_eq!(whole.headers, [("x-key".to_owned(), "k: 1".to_owned())]);
        assert_eq!(whole.body, "{\"call\":\n\n1}");
        let bare = Pasted::read("{\"call\": 1}");
        assert_eq!((bare.method.as_str(), bare.body.as_str()), ("POST", "{\"call\": 1}"));
        let get = Pasted::read("GET /hooks/office?call=1");
        assert_eq!((get.query.as_str(), get.event), ("call=1", None));
        let no_head = Pasted::read("POST /hooks/office\n\ncall=1");
        assert_eq!(no_head.body, "call=1");
    }
}
