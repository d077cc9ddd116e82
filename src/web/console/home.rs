//! `/console`: whether it works, what is left to set up, today beside yesterday.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::page;
use crate::domain::actor::Actor;
use crate::domain::role::Role;
use crate::domain::time::Timestamp;
use crate::flow::setup::{self, Setup};
use crate::view::console::{Day, Home, Step};
use crate::web::problem::Problem;
use crate::web::state::AppState;

/// The first page.
pub(in crate::web) async fn show(
    request: HttpRequest,
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let setup = setup::read(&app.flow.context).await?;
    let public_url = app.flow.context.options().public_url.clone();
    let knows_key = actor.role == Role::Admin;
    let home = Home {
        third_party_url: knows_key.then(|| app.guard.third_party_url(&public_url)),
        steps: steps(&app, &setup),
        is_set_up: setup.is_complete(),
        today: Day::default(),
        yesterday: Day::default(),
        open_pages: app.flow.lives.count_open_pages().await?,
        public_url,
    };
    page::answer(&request, &app, &actor, "home", home).await
}

fn steps(app: &AppState, setup: &Setup) -> Vec<Step> {
    let origins = setup.origins.as_ref();
    let origin = Step {
        name: "origin",
        is_done: origins.is_some(),
        at: None,
        value: origins.map(|origins| origins.join(", ")),
    };
    let step = |name, at: Option<Timestamp>| Step {
        name,
        is_done: at.is_some(),
        at: at.map(|at| page::moment(app, at)),
        value: None,
    };
    let others = [("ring", setup.ring), ("page", setup.page), ("delivery", setup.delivery)];
    std::iter::once(origin).chain(others.map(|(name, at)| step(name, at))).collect()
}
