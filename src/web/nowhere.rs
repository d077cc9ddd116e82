//! Addresses that lead nowhere: a small page for people, a problem for programs.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::frame;
use super::problem::Problem;
use super::state::AppState;
use crate::domain::problem::Code;
use crate::view;

/// Nothing is at this address.
pub(super) async fn unknown(
    request: HttpRequest,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let problem = Problem::new(Code::NoSuchAddress, "nothing is at this address");
    told(&app, &request, StatusCode::NOT_FOUND, "address", problem)
}

/// A page for a browser, which says what to do instead; else the problem.
pub(super) fn told(
    app: &AppState,
    request: &HttpRequest,
    status: StatusCode,
    reason: &'static str,
    problem: Problem,
) -> Result<HttpResponse, Problem> {
    let base = &app.flow.context.options().base;
    let is_api =
        request.path().strip_prefix(base.as_str()).is_some_and(|path| path.starts_with("/api/"));
    if is_api || !wants_page(request) {
        return Err(problem);
    }
    let page = view::Nowhere { reason, base: app.flow.context.options().base.clone() };
    frame::framed(app, request, status, &page)
}

/// Whether whoever asks is told by a page: somebody in a browser, who says so.
pub(super) fn wants_page(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}
