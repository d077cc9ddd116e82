//! `/thirdparty`: the agent application asks what to open.

use std::panic::AssertUnwindSafe;

use actix_web::http::header;
use actix_web::web::{Data, Json};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};

use futures_util::FutureExt;

use super::body::{self, Body};
use super::problem::Problem;
use super::rights::FromDesktop;
use super::state::AppState;
use crate::desktop::xucmgt::{self, Answer};
use crate::domain::problem::Code;
use crate::flow::calls::ring::RingAnswer;

/// What `callpane check URL` sends with its sample ring: it is answered as any, and nothing is kept of
/// it. No page in a browser may send it.
const CHECK: &str = "callpane-check";

/// A phone rings. Whatever breaks off over a ring is answered with a problem and its CORS headers,
/// not with a broken connection.
pub(super) async fn ring(
    _: FromDesktop,
    request: HttpRequest,
    body: Body,
    app: Data<AppState>,
) -> Result<Json<Answer>, Problem> {
    let answer = AssertUnwindSafe(answer(request, body, app)).catch_unwind().await;
    answer.unwrap_or_else(|_| {
        tracing::error!("answering a ring panicked");
        Err(Problem::internal())
    })
}

async fn answer(
    request: HttpRequest,
    body: Body,
    app: Data<AppState>,
) -> Result<Json<Answer>, Problem> {
    json_only(&request)?;
    let body = body.read(&body::EVENT).await?;
    let origin = request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let reported = xucmgt::decode(&body, origin, app.flow.context.options().region);
    let reported = reported.map_err(|error| Problem::malformed(error.to_string()))?;
    let answered = if request.headers().contains_key(CHECK) {
        app.flow.rings.try_out(&reported.ring)
    } else {
        app.flow.rings.ring(reported.ring, reported.token).await
    };
    Ok(Json(match answered {
        RingAnswer::Opens(shown) => Answer::open(shown),
        RingAnswer::Nothing { keep_pause, .. } => Answer::none(keep_pause),
    }))
}

/// Anything but POST and OPTIONS.
pub(super) async fn wrong_method() -> Result<HttpResponse, Problem> {
    Err(Problem::new(
        Code::WrongMethod,
        "XucMgt POSTs a ring here: put this address into THIRD_PARTY_URL, and try it with \
         `callpane check URL`",
    ))
}

/// Refuses types that are certainly something else; clients that name none are believed.
fn json_only(request: &HttpRequest) -> Result<(), Problem> {
    let named = request.headers().contains_key(header::CONTENT_TYPE);
    match request.content_type().to_ascii_lowercase().as_str() {
        "application/json" => Ok(()),
        "" if !named => Ok(()),
        other => Err(Problem::new(
            Code::WrongContentType,
            format!(
                "the body's content type is \"{other}\", where the contract requires \
                 application/json"
            ),
        )),
    }
}
