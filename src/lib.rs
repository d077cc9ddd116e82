//! Callpane answers the agent's desktop when a call rings, opens the right page for that call,
//! listens to the phone system, and tells the CRM.
//!
//! A module imports only modules of lower layers (`ARCHITECTURE.md` has the picture, `domain` the
//! glossary). From outside there is the command line; everything else is the library's own.

mod domain;

mod desktop;
mod pbx;
mod store;
mod telemetry;
mod template;
mod transport;

mod configuration;
mod crm;
mod view;

mod flow;

mod web;

mod demo;

mod app;
mod cli;
mod settings;

pub use cli::run;

/// What the tests and the benchmark use of the inside, and nobody else may.
pub mod inside {
    pub use crate::app::{Running, open, start, surroundings};
    pub use crate::domain::actor::Actor;
    pub use crate::domain::delivery::Settled;
    pub use crate::domain::ids::Id;
    pub use crate::domain::role::{Need, Role};
    pub use crate::domain::secret::Secret;
    pub use crate::domain::time::{
        Clock, LocalTime, NamedTime, StillClock, SystemClock, Timestamp, Zone,
    };
    pub use crate::flow::configuration::apply::apply;
    pub use crate::flow::explain::Question;
    pub use crate::flow::operators::Browser;
    pub use crate::pbx::hex_hmac;
    pub use crate::settings::read as read_settings;
    pub use crate::store::{NewDelivery, Next, Opener, Options as Database, Store};
    pub use crate::view::sentence::Clock as WrittenClock;
    pub use crate::view::{
        Banner, Call, Choice, Contact, Datum, Detail, EarlierCall, Ending, Language, Page, Pane,
        PanePage, Progress, View, find_asset,
    };
    pub use crate::web::{Endpoint, tabled as endpoints};
}
