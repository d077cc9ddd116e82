//! One HTTP request, its answer read up to a limit, redirects seen and not followed.

use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode};
use rustls::CertificateError;
use url::Url;

use super::vetting::{Forbidden, PrivateTargets, Unresolved};
use crate::domain::reason::Failure;

/// The largest answer that is read: 1 MiB, as [`Failure::TooLarge`] says.
const LIMIT: usize = 1 << 20;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It did not get there, or nothing came back, in a way that has a name.
    #[error("{0}")]
    Failure(Failure),
    /// The same in a way that has none.
    #[error("no answer")]
    NoAnswer(#[source] reqwest::Error),
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
        let mut inner: Option<&(dyn std::error::Error + 'static)> = error.source();
        while let Some(error) = inner {
            if let Some(forbidden) = error.downcast_ref::<Forbidden>() {
                return Self::Forbidden(forbidden.clone());
            }
            if let Some(failure) = failure(error) {
                return Self::Failure(failure);
            }
            inner = error.source();
        }
        Self::NoAnswer(error.without_url())
    }
}

/// What one of the errors behind a missing answer is called.
fn failure(error: &(dyn std::error::Error + 'static)) -> Option<Failure> {
    if error.is::<Unresolved>() {
        return Some(Failure::Unresolved);
    }
    if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message) {
        return Some(Failure::Closed);
    }
    let error = error.downcast_ref::<io::Error>()?;
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(Failure::Refused),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Some(Failure::Unreachable)
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(Failure::Closed),
        _ => handshake(error),
    }
}

/// A handshake that failed comes within an error of the connection, or within two.
fn handshake(error: &io::Error) -> Option<Failure> {
    let within = error.get_ref()?;
    match within.downcast_ref() {
        Some(rustls::Error::InvalidCertificate(why)) => Some(certificate(why)),
        _ => handshake(within.downcast_ref()?),
    }
}

fn certificate(why: &CertificateError) -> Failure {
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Failure::Expired,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Failure::OtherName
        }
        CertificateError::UnknownIssuer => Failure::UnknownIssuer,
        _ => Failure::Certificate,
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
    headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    /// A header's value; several of one name are joined as HTTP allows.
    pub fn header(&self, name: &str) -> Option<String> {
        let values = self.headers.get_all(name).iter();
        let values: Vec<_> =
            values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// Status, headers and body.
    pub(super) fn into_parts(self) -> (u16, HeaderMap, Vec<u8>) {
        (self.status, self.headers, self.body)
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
    /// The address of the newest request, and what it says.
    latest: Arc<ArcSwapOption<(String, Url)>>,
}

impl Http {
    /// A client that reaches the open internet, and of private networks only these.
    pub fn vetted(targets: PrivateTargets) -> Result<Self, Error> {
        let client = Client::builder().redirect(Policy::none()).no_proxy().user_agent("callpane");
        let client = client.dns_resolver(Arc::new(targets.clone())).build()?;
        Ok(Self { client, targets: Some(targets), latest: Arc::default() })
    }

    /// A client that gives every request this long.
    pub fn new(patience: Duration) -> Result<Self, Error> {
        let client = Client::builder().timeout(patience).redirect(Policy::none()).no_proxy();
        let client = client.user_agent("callpane").build()?;
        Ok(Self { client, targets: None, latest: Arc::default() })
    }

    /// The address in its parts. Whoever sends to one place does so again and again, and taking an
    /// address apart costs as much as filling it in.
    fn parsed(&self, address: &str) -> Result<Url, Error> {
        if let Some(known) = self.latest.load().as_ref().filter(|known| known.0 == address) {
            return Ok(known.1.clone());
        }
        let no_address = || Error::NoAddress(address.to_owned());
        let url = Url::parse(address).ok().ok_or_else(no_address)?;
        self.latest.store(Some(Arc::new((address.to_owned(), url.clone()))));
        Ok(url)
    }

    pub async fn send(&self, request: Request<'_>) -> Result<Reply, Error> {
        let method: Method = request.method.parse().ok().ok_or(Error::NoSuchMethod)?;
        let url = self.parsed(request.url)?;
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
        let headers = std::mem::take(answer.headers_mut());
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > LIMIT {
                return Err(Error::Failure(Failure::TooLarge));
            }
        }
        Ok(Reply { status, headers, body })
    }
}
#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    #[tokio::test]
    async fn why_there_is_no_answer_says_nothing_of_the_address() {
        let answers_nonsense = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = answers_nonsense.local_addr().unwrap();
        let url = format!("http://{at}/hidden?phone=%2B33199005577");
        let http = Http::vetted(PrivateTargets::parse("127.0.0.1").unwrap()).unwrap();
        let request = Request { method: "GET", url: &url, headers: &[], body: None };
        let answer = async {
            let (mut stream, _) = answers_nonsense.accept().await.unwrap();
            stream.write_all(b"nonsense\r\n\r\n").await.unwrap();
        };
        let (reply, ()) = tokio::join!(http.send(request), answer);
        let why = crate::flow::cause(&reply.unwrap_err());
        assert!(why.starts_with("no answer: "), "{why}");
        assert!(!why.contains("hidden") && !why.contains("33199005577"), "{why}");
    }
}
