//! The endpoints of `/console`.

use actix_web::web::to;

use super::Endpoint;
use crate::domain::role::Need::{See, Supervise};
use crate::web::console::{home, live};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("", See, || to(home::show)),
    Endpoint::get("/live", See, || to(live::show)),
    Endpoint::get("/live/stream", See, || to(live::follow)).endless(),
    Endpoint::get("/live/state", See, || to(live::state)),
    Endpoint::post("/live/close", Supervise, || to(live::close)),
];
