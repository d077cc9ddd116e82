//! Where requests go, and how they show who sends them: what destinations and lookups share.

use std::time::Duration;

use data_encoding::BASE64;

use super::secret::Secret;

/// The way to another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Where requests go.
    pub endpoint: Endpoint,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Values that stand in requests as `%name%` and are shown to nobody.
    pub hidden: Vec<(String, Secret)>,
}

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// To the address that each request names.
    Http(Authentication),
    /// Into a queue.
    Sqs(SqsQueue),
}

/// How a request over HTTP shows who sends it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Authentication {
    /// It does not.
    #[default]
    None,
    Header {
        name: String,
        /// Its value, in which a secret stands for a name in percent signs.
        value: Secret,
    },
    /// By a token that is fetched with a client's id and secret, and kept until it expires.
    ClientCredentials {
        /// Where it is fetched.
        token_url: String,
        client_id: String,
        client_secret: Secret,
        /// What it is asked for.
        scope: Option<String>,
    },
}

/// A queue of Amazon SQS, and who may use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqsQueue {
    /// The queue's address.
    pub url: String,
    /// Its region, as `eu-central-1`.
    pub region: String,
    /// The access key's id.
    pub key: Secret,
    /// The secret access key.
    pub secret: Secret,
    /// Another server than Amazon's.
    pub server: Option<String>,
}

/// The value of Basic authentication.
pub fn basic(user: &str, password: &Secret) -> Secret {
    let pair = format!("{user}:{}", password.expose());
    Secret::new(format!("Basic {}", BASE64.encode(pair.as_bytes())))
}
