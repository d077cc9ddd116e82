//! What operators and programs do that the audit keeps: a closed set of acts.

use super::word::Word;

/// Something that somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    SignedIn,
    SignedOut,
    SessionEnded,
    OperatorAdded,
    OperatorChanged,
    OperatorRemoved,
    PasswordSet,
    SignInLinkMade,
    TokenAdded,
    TokenRevoked,
    AgentSignedOut,
    ServerKeyRotated,
    ConfigurationApplied,
    DeliveriesResent,
    DestinationPaused,
    DestinationResumed,
    ListImported,
    ListForgotten,
    PageClosed,
    CardPosted,
    CardRemoved,
}

impl Word for Act {
    const ALL: &'static [(&'static str, Self)] = &[
        ("signed-in", Self::SignedIn),
        ("signed-out", Self::SignedOut),
        ("session-ended", Self::SessionEnded),
        ("operator-added", Self::OperatorAdded),
        ("operator-changed", Self::OperatorChanged),
        ("operator-removed", Self::OperatorRemoved),
        ("password-set", Self::PasswordSet),
        ("sign-in-link-made", Self::SignInLinkMade),
        ("token-added", Self::TokenAdded),
        ("token-revoked", Self::TokenRevoked),
        ("agent-signed-out", Self::AgentSignedOut),
        ("server-key-rotated", Self::ServerKeyRotated),
        ("configuration-applied", Self::ConfigurationApplied),
        ("deliveries-resent", Self::DeliveriesResent),
        ("destination-paused", Self::DestinationPaused),
        ("destination-resumed", Self::DestinationResumed),
        ("list-imported", Self::ListImported),
        ("list-forgotten", Self::ListForgotten),
        ("page-closed", Self::PageClosed),
        ("card-posted", Self::CardPosted),
        ("card-removed", Self::CardRemoved),
    ];
}
