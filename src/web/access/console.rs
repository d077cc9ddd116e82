//! The endpoints of `/console`.

use actix_web::web::to;

use super::Endpoint;
use crate::domain::role::Need::{See, Supervise};
use crate::web::console::{explain, home, live};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("", See, || to(home::show)),
    Endpoint::get("/explain", See, || to(explain::ring)),
    Endpoint::get("/calls/{id}", See, || to(explain::call)),
    Endpoint::get("/live", See, || to(live::show)),
    Endpoint::get("/live/stream", See, || to(live::follow)).endless(),
    Endpoint::get("/live/state", See, || to(live::state)),
    Endpoint::post("/live/close", Supervise, || to(live::close)),
];
