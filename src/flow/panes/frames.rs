//! May somebody else's page be framed? Asked of each site that rules frame, again and again, so that no
//! agent waits for the answer.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use url::Url;

use crate::domain::framing::FrameHeaders;
use crate::domain::origin::DesktopOrigins;
use crate::domain::reason::Reason;
use crate::flow::context::{Context, InForce, Options, cause};
use crate::transport::http::{Http, Request};
use crate::transport::vetting::PrivateTargets;

/// How long an answer counts.
const AGAIN: Duration = Duration::from_mins(10);

/// How long a site is given, with all of its redirects.
const PATIENCE: Duration = Duration::from_secs(10);

/// Redirects that are followed.
const REDIRECTS: usize = 5;

/// What is known of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Framing {
    Allowed,
    /// It refuses, in these words.
    Refused(String),
    /// It could not be asked.
    Unknown(String),
}

/// Who frames: Callpane's own page, and the desktop around it where it is known.
#[derive(Debug)]
pub struct Frame {
    http: Http,
    ancestors: Vec<String>,
}

impl Frame {
    pub fn new(
        public_url: &str,
        origins: &DesktopOrigins,
        targets: &PrivateTargets,
    ) -> Result<Self, String> {
        let desktops =
            if let DesktopOrigins::Listed(listed) = origins { listed.as_slice() } else { &[] };
        let ancestors = origin(public_url).into_iter().chain(desktops.iter().cloned()).collect();
        let http = Http::vetted(targets.clone()).map_err(|error| cause(&error))?;
        Ok(Self { http, ancestors })
    }

    /// Whether a page may be shown in it.
    pub async fn may_show(&self, address: &str) -> Framing {
        let asked = tokio::time::timeout(PATIENCE, self.ask(address)).await;
        let late = || Err(Reason::Late(PATIENCE.as_secs()).to_string());
        match asked.unwrap_or_else(|_late| late()) {
            Ok(None) => Framing::Allowed,
            Ok(Some(refusal)) => Framing::Refused(refusal),
            Err(why) => Framing::Unknown(why),
        }
    }

    async fn ask(&self, address: &str) -> Result<Option<String>, String> {
        let mut url = Url::parse(address).map_err(|error| error.to_string())?;
        let site = url.origin();
        for _ in 0..=REDIRECTS {
            let secure = self.ancestors.iter().any(|origin| origin.starts_with("https:"));
            if secure && url.scheme() == "http" {
                return Ok(Some("it is http, which browsers refuse within https".to_owned()));
            }
            let request = Request { method: "GET", url: url.as_str(), headers: &[], body: None };
            let reply = self.http.send(request).await.map_err(|error| cause(&error))?;
            let location = reply.header("location").filter(|_| (300..400).contains(&reply.status));
            let Some(location) = location else {
                let policy = reply.header("content-security-policy");
                let options = reply.header("x-frame-options");
                let headers =
                    FrameHeaders { policy: policy.as_deref(), options: options.as_deref() };
                return Ok(headers.refusal(&url, &self.ancestors));
            };
            url = url.join(&location).map_err(|error| error.to_string())?;
            // A sign-in page elsewhere may refuse frames; whoever has signed in is not sent there.
            if url.origin() != site {
                return Err(format!("it redirects to {}", url.origin().ascii_serialization()));
            }
        }
        Err(format!("it redirects more than {REDIRECTS} times"))
    }
}

/// The origin of an address, as browsers write it.
pub(crate) fn origin(address: &str) -> Option<String> {
    Url::parse(address).ok().map(|url| url.origin().ascii_serialization())
}

/// What is known of every site that rules frame.
#[derive(Debug)]
pub struct Frames {
    context: Arc<Context>,
    frame: Result<Frame, String>,
    /// The origins of sites that refuse.
    refused: ArcSwap<HashSet<String>>,
}

impl Frames {
    pub(crate) fn new(context: &Arc<Context>) -> Self {
        let Options { public_url, origins, private_targets, .. } = &context.options;
        Self {
            context: Arc::clone(context),
            frame: Frame::new(public_url, origins, private_targets),
            refused: ArcSwap::default(),
        }
    }

    /// Whether a page is to be tried in a frame: what is not known to refuse is.
    pub(crate) fn may_frame(&self, address: &str) -> bool {
        origin(address).is_some_and(|origin| !self.refused.load().contains(&origin))
    }

    /// Asks every site, when the configuration has changed and every ten minutes. Never ends.
    pub async fn watch(&self) {
        /// How often it is looked whether the configuration has changed.
        const LOOK: Duration = Duration::from_secs(1);
        let mut asked = None;
        let mut ticks = tokio::time::interval(LOOK);
        loop {
            ticks.tick().await;
            let (in_force, now) = (self.context.in_force(), self.context.clock.elapsed());
            let is_due = |(version, then): (i64, Duration)| {
                version != in_force.version || now.saturating_sub(then) >= AGAIN
            };
            if asked.is_none_or(is_due) {
                self.ask_all(&in_force).await;
                asked = Some((in_force.version, now));
            }
        }
    }

    async fn ask_all(&self, in_force: &InForce) {
        let Ok(frame) = &self.frame else { return };
        let sites: HashMap<String, (&str, String)> = in_force
            .configuration
            .wrapped()
            .filter_map(|(rule, address)| Some((origin(&address)?, (rule, address))))
            .collect();
        let mut refused = HashSet::new();
        for (site, (rule, address)) in sites {
            match frame.may_show(&address).await {
                Framing::Allowed => {}
                Framing::Refused(why) => {
                    tracing::warn!(rule, site, why, "a page that a rule frames refuses frames");
                    refused.insert(site);
                }
                Framing::Unknown(why) => {
                    // What was known before is the best guess.
                    refused.extend(self.refused.load().get(&site).cloned());
                    tracing::info!(
                        rule,
                        site,
                        why,
                        "whether a page may be framed could not be checked"
                    );
                }
            }
        }
        self.refused.store(Arc::new(refused));
    }
}
