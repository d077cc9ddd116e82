//! Why a server does not start, in words for an operator.

use std::net::SocketAddr;

use crate::configuration::Complaint;
use crate::flow::cause;
use crate::flow::configuration::apply;
use crate::flow::server_keys;

/// Why it does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody can listen on an address.
    #[error("{setting}: cannot listen on {address}: {error}")]
    Bind {
        /// The setting that named it.
        setting: &'static str,
        address: SocketAddr,
        /// What the system said.
        error: std::io::Error,
    },
    /// The database.
    #[error("CALLPANE_DATABASE: {}", cause(.0))]
    Store(#[from] crate::store::Error),
    /// The configuration that is kept in the database.
    #[error("the configuration in the database is not valid:\n{}", lines(.0))]
    Configuration(Vec<Complaint>),
    #[error("CALLPANE_TEMPLATES: {0}")]
    Template(#[from] crate::template::Error),
    /// Certificate or key.
    #[error("CALLPANE_TLS_CERT, CALLPANE_TLS_KEY: {0}")]
    Tls(String),
    /// Another configuration was quicker.
    #[error("{0}")]
    Overtaken(String),
    /// XuC's address.
    #[error("CALLPANE_XUC_URL: {}", cause(.0))]
    Xuc(#[from] crate::transport::http::Error),
    /// The client that asks the identity provider.
    #[error("CALLPANE_OIDC_ISSUER: {}", cause(.0))]
    Oidc(#[source] crate::transport::http::Error),
    /// The system.
    #[error("the server could not start: {0}")]
    Io(#[from] std::io::Error),
}

fn lines(complaints: &[Complaint]) -> String {
    complaints.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl From<server_keys::Error> for Error {
    fn from(error: server_keys::Error) -> Self {
        match error {
            server_keys::Error::Store(error) => Self::Store(error),
            server_keys::Error::Random(error) => Self::Io(error),
        }
    }
}

impl From<apply::Error> for Error {
    fn from(error: apply::Error) -> Self {
        match error {
            apply::Error::Wrong(complaints) => Self::Configuration(complaints),
            apply::Error::Overtaken(_) => Self::Overtaken(error.to_string()),
            apply::Error::Store(error) => Self::Store(error),
        }
    }
}
