//! `/console`: whether it works, what is left to set up, today beside yesterday.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::page;
use crate::domain::role::Role;
use crate::domain::time::Timestamp;
use crate::flow::calls::journal::Figures;
use crate::flow::setup::{self, Setup};
use crate::view::console::{Day, Home, Step};
use crate::web::problem::Problem;
use crate::web::rights::ConsoleSession;
use crate::web::state::AppState;

/// The first page.
pub(in crate::web) async fn show(
    request: HttpRequest,
    session: ConsoleSession,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let setup = setup::read(&app.flow.context).await?;
    let [today, yesterday] = app.flow.journal.today_and_yesterday().await?;
    let public_url = app.flow.context.options().public_url.clone();
    let knows_key = session.actor.role == Role::Admin;
    let home = Home {
        third_party_url: knows_key.then(|| app.guard.third_party_url(&public_url)),
        steps: steps(&app, &setup),
        is_set_up: setup.is_complete(),
        today: day(&today),
        yesterday: day(&yesterday),
        open_pages: app.flow.lives.count_open_pages().await?,
    };
    page::console_page(&app, &request, &session, "home", home).await
}

fn day(figures: &Figures) -> Day {
    Day {
        rings: figures.rings,
        opened: figures.opened,
        errors: figures.errors,
        p50: figures.p50().map(page::millis),
        p99: figures.p99().map(page::millis),
    }
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
