//! Why the store could not do it.

use std::sync::Arc;

/// What a database error was caused by.
type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// Why the store could not do it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The database cannot be reached or does not take writes.
    #[error("the database is unavailable")]
    Unavailable(#[source] Cause),
    /// There is no room for what would be written.
    #[error("the database has no room left: free some space on its disk")]
    Full(#[source] Cause),
    /// More units of work wait than may.
    #[error("the database cannot keep up: its queue is full")]
    Busy,
    /// Another server process has this SQLite file.
    #[error(
        "another callpane has the database {0} open: SQLite serves one node, PostgreSQL several"
    )]
    Taken(String),
    /// The SQLite file has several names.
    #[error(
        "{0} is a hard link: SQLite keeps a log for each name and would lose what is in the other; remove \
         the other names of the file, or name a copy"
    )]
    Linked(String),
    /// A newer version of this program changed the tables.
    #[error(
        "Callpane {by} has changed the database's tables in a way that this version, {own}, does not know: \
         start that version or a newer one, or restore the backup from before the upgrade",
        own = env!("CARGO_PKG_VERSION")
    )]
    Newer {
        /// Which version did.
        by: String,
    },
    /// A statement failed.
    #[error("a database statement failed")]
    Statement(#[source] Cause),
    /// What is stored cannot be read.
    #[error("a stored {0} cannot be read")]
    Unreadable(&'static str),
    /// A row was there after all that was found missing a moment before; it is tried again.
    #[error("another unit of work wrote the same row")]
    Overtaken,
    /// The unit of work panicked.
    #[error("a unit of work panicked")]
    Panicked,
}

impl Error {
    pub(super) fn unavailable(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Unavailable(Arc::new(cause))
    }

    pub(super) fn full(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Full(Arc::new(cause))
    }

    pub(super) fn statement(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Statement(Arc::new(cause))
    }
}
