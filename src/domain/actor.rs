//! Who does something: an operator in the console, a program with a token, or somebody at the command
//! line.

use super::role::Role;

/// Who asks, once that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The operator's or the token's name.
    pub name: String,
    /// What they may do, as it is now.
    pub role: Role,
    pub via: Via,
    /// The address that it comes from, where it comes over a network.
    pub from: Option<String>,
}

/// By which way somebody came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// The console: the digest of their session's token.
    Session(String),
    /// The API, with a token: its id, unless it is that of `CALLPANE_API_TOKEN`.
    Token(Option<String>),
    /// A command on the server itself.
    CommandLine,
}

impl Actor {
    /// Whoever runs a command on the server may do everything there.
    pub fn at_command_line(user: Option<String>) -> Self {
        let name = user.unwrap_or_else(|| "command line".to_owned());
        Self { name, role: Role::Admin, via: Via::CommandLine, from: None }
    }
}

impl Via {
    /// In a word, as the audit keeps it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Session(_) => "console",
            Self::Token(_) => "token",
            Self::CommandLine => "command",
        }
    }
}
