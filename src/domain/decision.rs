//! What the desktop shall do with a ring.

use super::word::Word;

/// How a page is opened; the words are those that XucMgt uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// In the agent application, as a pane.
    Open,
    /// In a window of its own.
    Popup,
    /// As a program on the agent's computer (desktop assistant only).
    Run,
    /// Not at all.
    None,
}

/// When it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// As soon as the phone rings.
    Ringing,
    /// When the agent answers.
    Answered,
    /// When the call has ended.
    Ended,
}

impl Word for Action {
    const ALL: &'static [(&'static str, Self)] =
        &[("open", Self::Open), ("popup", Self::Popup), ("run", Self::Run), ("none", Self::None)];
}

impl Word for Moment {
    const ALL: &'static [(&'static str, Self)] =
        &[("ringing", Self::Ringing), ("answered", Self::Answered), ("ended", Self::Ended)];
}

/// Where the agent is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A page that Callpane hosts, by its template's name.
    Page(String),
    /// Somebody else's page; for [`Action::Run`] a program.
    Address(String),
    /// Somebody else's page, in a frame on a page that Callpane hosts.
    Wrapped(String),
}

/// The page that frames somebody else's.
pub const WRAPPER: &str = "wrapper";

impl Target {
    /// The page that Callpane hosts, and the address of somebody else's.
    pub fn parts(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Page(page) => (Some(page), None),
            Self::Address(address) => (None, Some(address)),
            Self::Wrapped(address) => (Some(WRAPPER), Some(address)),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// How.
    pub action: Action,
    /// When.
    pub moment: Moment,
    /// Where to.
    pub target: Target,
    /// Whether the agent is paused until the pane is closed.
    pub autopause: bool,
    /// The tab's title.
    pub title: Option<String>,
    /// Whether a popup gets a window of its own each time.
    pub multitab: bool,
}

/// Why nothing is opened where the rules themselves want it so; in other cases something went wrong, and the
/// reason says what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nothing {
    RuleSaysSo,
    EndpointSaysSo,
    NoRule,
    NoRuleForOutbound,
    Panicked,
}

impl Word for Nothing {
    const ALL: &'static [(&'static str, Self)] = &[
        ("the rule says so", Self::RuleSaysSo),
        ("the rule's endpoint says so", Self::EndpointSaysSo),
        ("no rule matches", Self::NoRule),
        ("no rule is for outbound calls", Self::NoRuleForOutbound),
        ("the rules panicked over this ring", Self::Panicked),
    ];
}

impl Nothing {
    /// Why, in the end, by a reason that may tell before it what was tried.
    pub fn in_the_end(reason: &str) -> Option<Self> {
        Self::ALL.iter().find(|(word, _)| reason.ends_with(word)).map(|(_, why)| *why)
    }
}

impl From<Nothing> for String {
    fn from(why: Nothing) -> Self {
        why.word().to_owned()
    }
}

/// The first rule that matches decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The rule that decided; none when no rule is configured, or none matched.
    pub rule: Option<String>,
    /// What is opened, if anything.
    pub opening: Option<Opening>,
    /// Why nothing is opened, or why something is other than the rule says.
    pub reason: Option<String>,
}

impl Decision {
    /// Nothing is opened, for this reason.
    pub fn nothing(rule: Option<String>, reason: impl Into<String>) -> Self {
        Self { rule, opening: None, reason: Some(reason.into()) }
    }
}
