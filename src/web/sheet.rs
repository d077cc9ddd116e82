//! `/sheet`: the same decision for desktops that can only open a URL.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};

use super::problem::Problem;
use super::rights::FromSheet;
use super::state::AppState;
use super::{frame, nowhere};
use crate::desktop::sheet;
use crate::domain::decision::Action;
use crate::flow::calls::ring::RingAnswer;
use crate::view;

/// Takes the agent to the page of the call in the query.
pub(super) async fn open(
    _: FromSheet,
    request: HttpRequest,
    pairs: Query<Vec<(String, String)>>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let pairs = pairs.into_inner();
    if !sheet::says_anything(&pairs) {
        let problem = Problem::malformed(format!(
            "the address has no parameters; it takes {}, and others, which become call data",
            sheet::KNOWN.join(", ")
        ));
        return nowhere::told(&app, &request, StatusCode::BAD_REQUEST, "sheet", problem);
    }
    let token = sheet::token(&pairs);
    let ring = sheet::decode(pairs, app.flow.context.options().region);
    let answered = app.flow.rings.ring(ring, token).await;
    let (status, reason) = match answered {
        // A browser can open a page, and cannot run a program.
        RingAnswer::Opens(shown) if shown.action != Action::Run => {
            let location = (header::LOCATION, shown.url);
            return Ok(HttpResponse::SeeOther().insert_header(location).finish());
        }
        RingAnswer::Nothing { away: true, .. } => (StatusCode::SERVICE_UNAVAILABLE, "away"),
        _ => (StatusCode::OK, "nothing"),
    };
    let desktop_origin = app.flow.context.options().origins.message_target(None);
    let page = view::Gone { reason, desktop_origin };
    frame::framed(&app, &request, status, &page)
}
