//! XuC, XiVO's server side: is this token good?

use std::time::Duration;

use super::http::{Error, Http, Request};
use crate::domain::secret::Secret;

/// How long XuC has, as its own client gives it.
const TIMEOUT: Duration = Duration::from_secs(5);

/// An XuC server.
#[derive(Debug, Clone)]
pub struct Xuc {
    http: Http,
    check: String,
}

impl Xuc {
    /// The server at this address.
    pub fn new(address: &str) -> Result<Self, Error> {
        let check = format!("{}/xuc/api/2.0/auth/check", address.trim_end_matches('/'));
        Ok(Self { http: Http::new(TIMEOUT)?, check })
    }

    /// Whether XuC knows this token. It answers with the user's login, or with an error object.
    pub async fn knows(&self, token: &Secret) -> Result<bool, Error> {
        let bearer = format!("Bearer {}", token.expose());
        let headers = [("authorization", bearer.as_str()), ("accept", "application/json")];
        let check = Request { method: "GET", url: &self.check, headers: &headers, body: None };
        let reply = self.http.send(check).await?;
        let said: serde_json::Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        Ok(reply.is_success() && said.get("login").is_some_and(serde_json::Value::is_string))
    }
}
