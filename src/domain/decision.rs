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
