//! Why a pane does not do what was asked.

use crate::domain::identity::Identity;
use crate::domain::token::Gone;
use crate::flow::hub::TooMany;
use crate::store::{Error as StoreError, PaneRow};

/// Why a pane does not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address leads nowhere.
    #[error("there is no page at this address")]
    Gone(Gone),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No stream is left.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// Somebody else saved in between.
    #[error("somebody else saved version {version} in between")]
    Conflict {
        /// What is saved.
        notes: String,
        version: i64,
    },
    /// The agent is done with this pane.
    #[error("this page has been completed and accepts no more notes")]
    Completed,
    /// An outcome must be chosen.
    #[error("choose an outcome first: {}", .0.join(", "))]
    DispositionRequired(Vec<String>),
    /// The queue does not offer this outcome.
    #[error("\"{chosen}\" is not one of the outcomes: {}", .offered.join(", "))]
    UnknownDisposition {
        chosen: String,
        /// What may be.
        offered: Vec<String>,
    },
    /// This contact does not have the caller's number.
    #[error("this contact does not have this number")]
    NoSuchContact,
    /// A contact needs a name.
    #[error("a contact needs a name")]
    ContactNameMissing,
    /// The agent is not confirmed, so nothing that they write is taken.
    #[error("{}", unconfirmed(*.0))]
    NotConfirmed(Identity),
}

impl Error {
    pub(crate) fn unknown() -> Self {
        Self::Gone(Gone::Unknown)
    }

    pub(crate) fn in_between(pane: PaneRow) -> Self {
        Self::Conflict { notes: pane.notes, version: pane.version }
    }
}

/// Why nothing is taken, and what to do.
fn unconfirmed(identity: Identity) -> &'static str {
    match identity {
        Identity::Pending => "XuC is still confirming who you are; this is saved as soon as it has",
        Identity::Away => {
            "XuC cannot be reached to confirm who you are; this is saved as soon as it has"
        }
        Identity::Unconfirmed | Identity::Confirmed => {
            "XuC does not recognise your session: sign in to XucMgt again, so that what you write \
             is saved"
        }
    }
}
