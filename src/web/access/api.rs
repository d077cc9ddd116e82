//! The endpoints of `/api/v1`.

use actix_web::web::to;

use super::Endpoint;
use crate::domain::role::Need::{Administer, Cards, See, Supervise};
use crate::web::api::{
    agents, audit, calls, cards, contacts, deliveries, destinations, events, explain, live,
    lookups, operators, refusals, search, sessions, sources, tokens,
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/agents", See, || to(agents::list)),
    Endpoint::delete("/agents/{id}/sessions", Supervise, || to(agents::sign_out)),
    Endpoint::get("/attention", See, || to(search::attention)),
    Endpoint::get("/calls", See, || to(calls::list)),
    Endpoint::get("/calls.csv", See, || to(calls::csv)),
    Endpoint::get("/calls/{id}", See, || to(calls::show)),
    Endpoint::get("/calls/{id}/cards", See, || to(cards::list)),
    Endpoint::post("/calls/{id}/cards", Cards, || to(cards::post)),
    Endpoint::delete("/calls/{id}/cards/{card}", Cards, || to(cards::remove)),
    Endpoint::get("/live", See, || to(live::show)),
    Endpoint::post("/pages/{id}/close", Supervise, || to(live::close)),
    Endpoint::get("/calls/{id}/explain", See, || to(explain::call)),
    Endpoint::get("/explain", See, || to(explain::ring)),
    Endpoint::get("/search", See, || to(search::find)),
    Endpoint::get("/events", See, || to(events::list)),
    Endpoint::get("/refusals", See, || to(refusals::list)),
    Endpoint::get("/deliveries", See, || to(deliveries::list)),
    Endpoint::post("/deliveries/resend", Supervise, || to(deliveries::resend)),
    Endpoint::get("/deliveries/groups", See, || to(deliveries::groups)),
    Endpoint::get("/deliveries/{id}", See, || to(deliveries::show)),
    Endpoint::get("/destinations", See, || to(destinations::list)),
    Endpoint::post("/destinations/{name}/test", Supervise, || to(destinations::test)),
    Endpoint::post("/destinations/{name}/pause", Supervise, || to(destinations::pause)),
    Endpoint::post("/destinations/{name}/resume", Supervise, || to(destinations::resume)),
    Endpoint::get("/contacts", See, || to(contacts::find)),
    Endpoint::get("/contacts/lists", See, || to(contacts::lists)),
    Endpoint::put("/contacts/lists/{name}", Supervise, || to(contacts::import)),
    Endpoint::delete("/contacts/lists/{name}", Supervise, || to(contacts::forget)),
    Endpoint::get("/lookups", See, || to(lookups::list)),
    Endpoint::post("/lookups/{name}/test", Supervise, || to(lookups::test)),
    Endpoint::post("/sources/{source}/try", Supervise, || to(sources::try_out)),
    Endpoint::get("/operators", Administer, || to(operators::list)),
    Endpoint::post("/operators", Administer, || to(operators::add)),
    Endpoint::put("/operators/{name}", Administer, || to(operators::change)),
    Endpoint::delete("/operators/{name}", Administer, || to(operators::remove)),
    Endpoint::post("/operators/{name}/sign-in-link", Administer, || to(operators::make_link)),
    Endpoint::get("/sessions", Administer, || to(sessions::list)),
    Endpoint::delete("/sessions/{id}", Administer, || to(sessions::end)),
    Endpoint::get("/tokens", Administer, || to(tokens::list)),
    Endpoint::post("/tokens", Administer, || to(tokens::add)),
    Endpoint::delete("/tokens/{id}", Administer, || to(tokens::revoke)),
    Endpoint::get("/audit", Administer, || to(audit::list)),
];
