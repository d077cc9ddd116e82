//! What do we remember?
//!
//! Everything is written in units of work: a closure over a [`Tx`], all of it or nothing. The
//! caller is answered when its unit is on disk. Units that wait share a
//! transaction (group commit): on SQLite on one writer thread, on PostgreSQL on a few connections. The
//! SQL is the same text for both. A unit never waits for anything but the database.

mod accepted;
mod attention;
mod audit;
mod calls;
mod cards;
mod configurations;
mod contacts;
mod database;
mod deliveries;
mod delivery_lists;
mod engine;
mod error;
mod events;
mod explain;
mod idempotency;
mod identities;
mod listed;
mod live;
mod migrations;
mod milestones;
mod namespace;
mod notifier;
mod operators;
mod options;
mod panes;
mod pending;
mod postgres;
mod presence;
mod refusals;
mod replies;
mod retention;
mod rings;
mod server_keys;
mod sessions;
mod settings;
mod sqlite;
mod tokens;
mod tx;

pub use accepted::AcceptedRow;
pub use audit::{AuditFilter, AuditRow};
pub use calls::{CallState, Candidate, LockedCall, MOST_CANDIDATES};
pub use cards::CardRow;
pub use configurations::ConfigurationRow;
pub use contacts::{ContactListRow, ContactRow, LookedUpRow};
pub use database::Store;
pub use deliveries::{
    AttemptRow, Claimed, DeliveryFilter, DeliveryRow, DestinationRow, NewDelivery, Next,
};
pub use delivery_lists::{Counted, DeliveryPage, FailureRow, OutcomeRow};
pub use engine::Prefetch;
pub use error::Error;
pub use events::{Decided, EventRow, NewPage, Reported};
pub use explain::{AgentSought, HeardCall, HeardPage, HeardRow};
pub use listed::{ListedCall, ListedPage, ListedRing, MOST_KEYS, Near, RingFilter, RungAgent};
pub use live::{LiveCallRow, LiveRingRow, LiveRings, PausingRow};
pub use milestones::Milestone;
pub use notifier::{Notification, Notifier, Topic};
pub use operators::{ConsoleSessionRow, OperatorRow, ProviderRow};
pub use options::{Opener, Options};
pub use panes::{DesktopRow, Earlier, Newest, PaneRow};
pub use refusals::RefusalRow;
pub use rings::{RingCountRow, TurnedAwayRow, UnwrittenFilter, UnwrittenRow};
pub use sessions::SessionRow;
pub use tokens::TokenRow;
pub use tx::Tx;
