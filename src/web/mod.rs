//! Who asks, and what may they see? Handlers of a few lines; what all answers have in common stands
//! in the middlewares.

mod access;
pub mod answers;
mod api;
mod assets;
mod body;
mod compression;
mod console;
mod cors;
mod desktop;
pub mod explained;
mod frame;
mod guard;
mod guesses;
mod headers;
mod health;
mod hooks;
pub mod listed;
mod live;
mod nowhere;
mod pane;
mod problem;
mod rights;
mod routes;
mod schema;
mod sheet;
mod sight;
mod state;
mod stream;
mod thirdparty;
mod traffic;

pub use access::{Endpoint, endpoints as tabled};
pub(crate) use assets::{asset, get};
pub(crate) use body::{Body, COMMAND};
pub(crate) use frame::{framed, framing};
pub use guard::Guard;
pub use guesses::Guesses;
pub use headers::complete as complete_headers;
pub use problem::Problem;
pub use routes::{endpoints, hook_endpoints};
pub use state::AppState;
pub use traffic::{Traffic, connected, count};
