//! Callpane answers the agent's desktop when a call rings, opens the right page for that call,
//! listens to the phone system, and tells the CRM.
//!
//! The rooms, from the inside out; a room imports only rooms above it in this list
//! (`ARCHITECTURE.md` has the picture, `domain` the glossary).

pub mod domain;

pub mod app;
pub mod cli;
pub mod configuration;
pub mod crm;
pub mod demo;
pub mod desktop;
pub mod flow;
pub mod pbx;
pub mod settings;
pub mod store;
pub mod telemetry;
pub mod template;
pub mod transport;
pub mod view;
pub mod web;
