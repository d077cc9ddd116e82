//! The endpoints of `/console`.

use actix_web::web::to;

use super::Endpoint;
use crate::domain::role::Need::{Administer, See, Supervise};
use crate::web::console::{
    access, account, audit, calls, deliveries, events, explain, home, live, refusals, sign_in,
    single_sign_on,
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("", See, || to(home::show)),
    Endpoint::get("/explain", See, || to(explain::ring)),
    Endpoint::get("/calls", See, || to(calls::list)),
    Endpoint::get("/calls.csv", See, || to(crate::web::api::calls::csv)),
    Endpoint::get("/search", See, || to(calls::search)),
    Endpoint::get("/calls/{id}", See, || to(explain::call)),
    Endpoint::get("/live", See, || to(live::show)),
    Endpoint::get("/live/stream", See, || to(live::follow)).headless().watching(),
    Endpoint::get("/live/state", See, || to(live::state)).watching(),
    Endpoint::post("/live/close", Supervise, || to(live::close)),
    Endpoint::get("/deliveries", See, || to(deliveries::list)),
    Endpoint::post("/deliveries/resend", Supervise, || to(deliveries::resend)),
    Endpoint::get("/deliveries/{id}", See, || to(deliveries::show)),
    Endpoint::post("/destinations/pause", Supervise, || to(deliveries::pause)),
    Endpoint::post("/destinations/resume", Supervise, || to(deliveries::resume)),
    Endpoint::get("/events", See, || to(events::show)),
    Endpoint::get("/refusals", See, || to(refusals::show)),
    Endpoint::get("/sign-in", See, || to(sign_in::show)).open(),
    Endpoint::post("/sign-in", See, || to(sign_in::enter)).open(),
    // Each begins or ends something.
    Endpoint::get("/sign-in/oidc", See, || to(single_sign_on::begin)).open().headless(),
    Endpoint::get("/sign-in/oidc/callback", See, || to(single_sign_on::finish)).open().headless(),
    // Whoever only looks whether a link leads somewhere is told nothing of it.
    Endpoint::get("/sign-in/{link}", See, || to(sign_in::show_link)).open().headless(),
    Endpoint::post("/sign-in/{link}", See, || to(sign_in::enter_by_link)).open(),
    Endpoint::post("/sign-out", See, || to(sign_in::sign_out)),
    Endpoint::get("/account", See, || to(account::show)),
    Endpoint::post("/account/password", See, || to(account::change_password)),
    Endpoint::post("/account/sessions/{id}/end", See, || to(account::end_session)),
    Endpoint::get("/access", Administer, || to(access::show)),
    Endpoint::post("/access/operators", Administer, || to(access::add_operator)),
    Endpoint::post("/access/operators/{name}/role", Administer, || to(access::change_role)),
    Endpoint::post("/access/operators/{name}/link", Administer, || to(access::make_link)),
    Endpoint::post("/access/operators/{name}/remove", Administer, || to(access::remove_operator)),
    Endpoint::post("/access/tokens", Administer, || to(access::add_token)),
    Endpoint::post("/access/tokens/{id}/revoke", Administer, || to(access::revoke_token)),
    Endpoint::post("/access/sessions/{id}/end", Administer, || to(access::end_session)),
    Endpoint::get("/audit", Administer, || to(audit::show)),
];
