//! One HTTP request, its answer read up to a limit, redirects seen and not followed.

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode};

use super::vetting::{Forbidden, PrivateTargets};

/// The largest answer that is read.
const LIMIT: usize = 1 << 20;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It did not get there, or nothing came back.
    #[error("no answer")]
    NoAnswer(#[source] reqwest::Error),
    /// The answer is too large.
    #[error("the answer is larger than {LIMIT} bytes")]
    TooLarge,
    /// The method does not exist.
    #[error("there is no such method")]
    NoSuchMethod,
    /// The address is none.
    #[error("\"{0}\" is not an address")]
    NoAddress(String),
    /// The address leads where deliveries may not go.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
}

impl From<reqwest::Error> for Error {
    /// Without the address, which may hold a key, or somebody's number.
    fn from(error: reqwest::Error) -> Self {
        Self::NoAnswer(error.without_url())
    }
}

/// A request out.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// GET, POST, …
    pub method: &'a str,
    /// Where to.
    pub url: &'a str,
    /// Header names and values.
    pub headers: &'a [(&'a str, &'a str)],
    pub body: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// Header names, in lower case, and values.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    /// A header's value; several of one name are joined as HTTP allows.
    pub fn header(&self, name: &str) -> Option<String> {
        let values = self.headers.iter().filter(|(known, _)| known == name);
        let values: Vec<&str> = values.map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// Whether the status is 200 to 299.
    pub fn is_success(&self) -> bool {
        StatusCode::from_u16(self.status).is_ok_and(|status| status.is_success())
    }
}

/// Sends requests.
#[derive(Debug, Clone)]
pub struct Http {
    client: Client,
    /// Where it may go; none for wherever it is sent.
    targets: Option<PrivateTargets>,
}

impl Http {
    /// A client that reaches the open internet, and of private networks only these.
    pub fn vetted(targets: PrivateTargets) -> Result<Self, Error> {
        let client = Client::builder().redirect(Policy::none()).no_proxy().user_agent("callpane");
        let client = client.dns_resolver(Arc::new(targets.clone())).build()?;
        Ok(Self { client, targets: Some(targets) })
    }

    /// A client that gives every request this long.
    pub fn new(patience: Duration) -> Result<Self, Error> {
        let client = Client::builder().timeout(patience).redirect(Policy::none()).no_proxy();
        Ok(Self { client: client.user_agent("callpane").build()?, targets: None })
    }

    pub async fn send(&self, request: Request<'_>) -> Result<Reply, Error> {
        let method: Method = request.method.parse().ok().ok_or(Error::NoSuchMethod)?;
        let url = url::Url::parse(request.url).ok();
        let url = url.ok_or_else(|| Error::NoAddress(request.url.to_owned()))?;
        if let Some(targets) = &self.targets {
            targets.vet_literal(url.host().as_ref())?;
        }
        let mut builder = self.client.request(method, url);
        for (name, value) in request.headers {
            builder = builder.header(*name, *value);
        }
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        let mut answer = builder.send().await?;
        let text = |value: &reqwest::header::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        let headers = answer.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), text(value))).collect();
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > LIMIT {
                return Err(Error::TooLarge);
            }
        }
        Ok(Reply { status, headers, body })
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn why_there_is_no_answer_says_nothing_of_the_address() {
        let url = "http://127.0.0.1:0/hidden?phone=%2B33199005577";
        let http = Http::vetted(PrivateTargets::parse("127.0.0.1").unwrap()).unwrap();
        let request = Request { method: "GET", url, headers: &[], body: None };
        let error = http.send(request).await.unwrap_err();
        let why = crate::flow::cause(&error);
        assert!(why.starts_with("no answer: "), "{why}");
        assert!(!why.contains("hidden") && !why.contains("33199005577"), "{why}");
    }
}
