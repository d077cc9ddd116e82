//! Why no page opened, as one of a few reasons: the API and commands say it in English, the
//! console in its reader's language.

use std::fmt;

use crate::domain::decision::Nothing;
use crate::domain::word::Word as _;

/// Why no page is known to have opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// A page was opened, and its moment has not come.
    OpensWhenAnswered,
    OpensWhenEnded,
    /// The same, and its agent did not answer the call.
    NotAnswered,
    /// The same, and no phone system tells how far the call is.
    NotReported,
    /// A page was opened, and nobody has loaded it.
    NotSignedIn,
    NotLoaded,
    /// Another site's page: whether it was opened cannot be known.
    OtherSite,
    /// A program that the desktop runs: whether it did cannot be known.
    RunsProgram,
    /// The event names no call, or no agent.
    NoCall,
    NoAgent,
    /// Nobody has said what the event's name means.
    UnknownName(String),
    /// A rule opens nothing.
    RuleSaysSo(String),
    /// The endpoint that a rule asks says to open nothing.
    EndpointSaysSo(String),
    /// No rule is for such a call.
    NoRule,
    NoRuleForOutbound,
    /// A fault of ours.
    Panicked,
    /// What was decided, by which rule and for which reason.
    Decided {
        rule: Option<String>,
        reason: String,
    },
    /// The desktops of these agents ask for pages themselves.
    OwnDesktop,
    /// Nobody is called so at this source.
    NotConfigured {
        source: String,
        name: String,
    },
    AgentGone,
    Presence,
    HasPage,
    NothingRings,
    OnlyDetails,
    Over,
}

impl Why {
    /// Its word: each has a text of its own.
    pub fn word(&self) -> &'static str {
        match self {
            Self::OpensWhenAnswered => "answered",
            Self::OpensWhenEnded => "ended",
            Self::NotAnswered => "unanswered",
            Self::NotReported => "unreported",
            Self::NotSignedIn => "absent",
            Self::NotLoaded => "unloaded",
            Self::OtherSite => "elsewhere",
            Self::RunsProgram => "program",
            Self::NoCall => "callless",
            Self::NoAgent => "agentless",
            Self::UnknownName(_) => "unknown",
            Self::RuleSaysSo(_) => "quiet",
            Self::EndpointSaysSo(_) => "endpoint",
            Self::NoRule => "unmatched",
            Self::NoRuleForOutbound => "outbound",
            Self::Panicked => "panicked",
            Self::Decided { rule: Some(_), .. } => "rule",
            Self::Decided { rule: None, .. } => "decided",
            Self::OwnDesktop => "desktop",
            Self::NotConfigured { .. } => "stranger",
            Self::AgentGone => "gone",
            Self::Presence => "presence",
            Self::HasPage => "paged",
            Self::NothingRings => "started",
            Self::OnlyDetails => "updated",
            Self::Over => "over",
        }
    }
}

/// In English.
impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fixed = match self {
            Self::OpensWhenAnswered => "its page opens when the call is answered",
            Self::OpensWhenEnded => "its page opens when the call has ended",
            Self::NotAnswered => "its page did not open: the agent did not answer the call",
            Self::NotReported => {
                "its page opens later in the call, and no phone system reports the call"
            }
            Self::NotSignedIn => "its page has not been opened yet: is the agent signed in?",
            Self::NotLoaded => "its page has not been opened yet: look at the agent's desktop",
            Self::OtherSite => "its page is on another site: Callpane cannot see whether it opened",
            Self::RunsProgram => {
                "the desktop was told to run a program: Callpane cannot see whether it did"
            }
            Self::NoCall => "the event names no call",
            Self::NoAgent => "the event names no agent",
            Self::UnknownName(name) => {
                return write!(
                    f,
                    "\"{name}\" is not a known event name: add to events what it means"
                );
            }
            Self::RuleSaysSo(rule) => return write!(f, "rule \"{rule}\" opens nothing"),
            Self::EndpointSaysSo(rule) => {
                return write!(f, "rule \"{rule}\": {}", Nothing::EndpointSaysSo.word());
            }
            Self::NoRule => Nothing::NoRule.word(),
            Self::NoRuleForOutbound => Nothing::NoRuleForOutbound.word(),
            Self::Panicked => Nothing::Panicked.word(),
            Self::Decided { rule: Some(rule), reason } => {
                return write!(f, "rule \"{rule}\": {reason}");
            }
            Self::Decided { rule: None, reason } => reason,
            Self::OwnDesktop => "these agents' desktops request pages themselves",
            Self::NotConfigured { source, name } => {
                return write!(
                    f,
                    "{name} is not an agent of this source: at = {{ {source} = \"{name}\" }}"
                );
            }
            Self::AgentGone => "the agent is no longer configured",
            Self::Presence => "presence events open no page",
            Self::HasPage => "the agent already has a page for this call",
            Self::NothingRings => "no agent's phone is ringing yet",
            Self::OnlyDetails => "it only adds details to its call",
            Self::Over => "the call was already over for this agent",
        };
        f.write_str(fixed)
    }
}
