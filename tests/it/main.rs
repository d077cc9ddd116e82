//! The whole program, from the outside: real HTTP, a real database, real browsers.
//!
//! Runs on SQLite, or on the PostgreSQL server that `TEST_POSTGRES` names; `tests/run`
//! does both. Every test has its own server on a free port and its own database.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test may fail at once, and talks to the system itself"
)]

mod accepted;
mod api_reference;
mod architecture;
mod ask;
mod away;
mod browser;
mod browser_access;
mod browser_console;
mod browser_contacts;
mod browser_desk;
mod browser_first_screen;
mod browser_keyboard;
mod browser_live;
mod browser_single_sign_on;
mod browser_wrapper;
mod cards;
mod checks;
mod commands;
mod configuration;
mod console_access;
mod console_calls;
mod console_deliveries;
mod contact_answers;
mod contact_lists;
mod contacts;
mod contract;
mod correlation;
mod crash;
mod crm;
mod cuts;
mod deliveries;
mod demo_crm;
mod demo_live;
mod demo_local;
mod ends;
mod explain;
mod explain_found;
mod explain_moments;
mod explain_undecided;
mod guard;
mod harness;
mod headers;
mod held;
mod hold;
mod hooks;
mod idempotency;
mod keeping;
mod leftovers;
mod limits;
mod listed;
mod live;
mod live_now;
mod nowhere;
mod panes;
mod phone_vectors;
mod pictures;
mod presence;
mod presets;
mod problems;
mod raw;
mod roles;
mod sample;
mod server;
mod server_keys;
mod sessions;
mod sight;
mod single_sign_on;
mod slow_crm;
mod sqs;
mod stop;
mod together;
mod unreported;
mod vectors;
mod vendor;
mod xuc;
