//! Who may ask for pages? Whoever knows a number would otherwise see who calls from it: so a desktop
//! shows the key in its address, comes from the agents' networks, and from a page that may ask. Each
//! of these guards is there if the operator chose it.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header;
use url::Url;

use super::problem::Problem;
use crate::domain::network::Networks;
use crate::domain::origin::DesktopOrigins;
use crate::domain::problem::Code;
use crate::domain::secret::Secret;
use crate::domain::throttle::Throttle;

/// Lines in the log in one second about who was not let in.
const LINES: u32 = 5;

/// Who may ask for pages.
#[derive(Debug)]
pub struct Guard {
    /// The secret last part of the desktops' addresses; none where none is needed.
    pub key: Option<Secret>,
    /// Where agents' browsers are; empty: anywhere.
    pub networks: Networks,
    /// Proxies whose word on whom they speak for is believed.
    pub proxies: Networks,
    /// Who was not let in.
    pub refused: Throttle,
}

impl Default for Guard {
    fn default() -> Self {
        let (networks, proxies) = (Networks::default(), Networks::default());
        Self { key: None, networks, proxies, refused: Throttle::new(LINES) }
    }
}

impl Guard {
    /// What goes into XiVO's `THIRD_PARTY_URL`.
    pub fn third_party_url(&self, public_url: &str) -> String {
        let key = self.key.as_ref().map(|key| format!("/{}", key.expose())).unwrap_or_default();
        format!("{public_url}/thirdparty{key}")
    }

    /// Refuses who is outside of the agents' networks.
    pub(super) fn check_network(&self, request: &HttpRequest) -> Result<(), Problem> {
        if self.networks.is_empty() {
            return Ok(());
        }
        match self.client(request) {
            Some(client) if self.networks.contain(client) => Ok(()),
            client => {
                let client = client.map_or_else(|| "unknown".to_owned(), |ip| ip.to_string());
                Err(Problem::new(
                    Code::OutsideAgentNetworks,
                    format!("{client} is not in CALLPANE_AGENT_NETWORKS"),
                ))
            }
        }
    }

    /// Whose request it is: the other end of the connection or, if that is a trusted proxy, the last
    /// address in X-Forwarded-For that is not one.
    pub(super) fn client(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip();
        if !self.proxies.contain(peer) {
            return Some(peer);
        }
        let forwarded = request.headers().get_all("x-forwarded-for").rev();
        let named = forwarded.filter_map(|value| value.to_str().ok());
        let named = named.flat_map(|value| value.rsplit(',')).map(|name| name.trim().parse());
        // What a trusted proxy cannot have written ends the chain.
        let named = named.map_while(Result::<IpAddr, _>::ok);
        named.into_iter().find(|address| !self.proxies.contain(*address)).or(Some(peer))
    }

    /// Logs how many were passed over.
    pub fn report(&self) {
        if let Some(times) = self.refused.take_beyond() {
            tracing::warn!(times, "access was refused more often than is logged above");
        }
    }

    /// Refuses an address without the key.
    pub(super) fn check_key(&self, request: &HttpRequest) -> Result<(), Problem> {
        let Some(key) = &self.key else { return Ok(()) };
        let shown = request.match_info().get("key").unwrap_or_default();
        if key.is(shown) {
            return Ok(());
        }
        Err(Problem::new(
            Code::DesktopKey,
            "this address has no desktop key, or the wrong one: `callpane settings`, run on the server, \
             prints THIRD_PARTY_URL with it",
        ))
    }
}

/// Refuses a page in a browser that is not one of the listed desktops, if desktops are listed. What is
/// no browser names no origin.
pub(super) fn check_origin(request: &HttpRequest, origins: &DesktopOrigins) -> Result<(), Problem> {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return Ok(()) };
    // A page may send JSON to a foreign address only after it was allowed to; without a type it
    // would not have to ask.
    if !request.headers().contains_key(header::CONTENT_TYPE) {
        return Err(Problem::new(
            Code::WrongContentType,
            "a browser's ring needs Content-Type: application/json",
        ));
    }
    let origin = origin.to_str().unwrap_or_default();
    if origins.admit(origin) { Ok(()) } else { Err(foreign_origin(origin)) }
}

pub(super) fn foreign_origin(origin: &str) -> Problem {
    let shown: String = origin.chars().take(100).collect();
    Problem::new(
        Code::ForeignOrigin,
        format!("\"{shown}\" is not in CALLPANE_DESKTOP_ORIGINS; add it there if it is a desktop"),
    )
}

/// Refuses what only looks like somebody opening a sheet: an image or a script of a foreign page, or a
/// link on one, if desktops are listed.
pub(super) fn check_navigation(
    request: &HttpRequest,
    origins: &DesktopOrigins,
) -> Result<(), Problem> {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if text("sec-fetch-mode").is_some_and(|mode| mode != "navigate") {
        return Err(Problem::new(
            Code::NotANavigation,
            "a sheet is opened as a page, not loaded by another one",
        ));
    }
    let foreign = text("sec-fetch-site") == Some("cross-site");
    let referer = text("referer").filter(|_| foreign).and_then(|referer| Url::parse(referer).ok());
    let origin = referer.map(|referer| referer.origin().ascii_serialization());
    match origin.filter(|origin| !origins.admit(origin)) {
        Some(origin) => Err(foreign_origin(&origin)),
        None => Ok(()),
    }
}
