//! Cross-origin requests to `/thirdparty`: a browser on the desktop's origin asks first.
//!
//! actix-cors answers the preflights. It leaves alone what is not a preflight to a browser's eye (an
//! OPTIONS by hand, a request without Origin); those get the same headers here, so that whoever
//! checks the contract with curl sees it whole.

use actix_cors::Cors;
use actix_web::HttpResponse;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::guard::foreign_origin;
use super::state::AppState;
use crate::domain::origin::DesktopOrigins;

/// The least that the contract asks for, and what proxies and browsers are known to add.
const HEADERS: [&str; 8] = [
    "Origin",
    "X-Requested-With",
    "Content-Type",
    "Accept",
    "Authorization",
    "Cache-Control",
    "Pragma",
    "X-XSRF-TOKEN",
];

/// How long a browser may remember the permission: the most that Chromium grants.
const MAX_AGE: usize = 7200;

/// Answers preflights, and marks every other answer for the origin that asked.
pub(super) fn preflight(origins: &DesktopOrigins) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["POST", "OPTIONS"])
        .allowed_headers(HEADERS)
        .max_age(MAX_AGE)
        .allow_private_network_access()
        .block_on_origin_mismatch(false);
    match origins {
        DesktopOrigins::Any => cors.allow_any_origin().send_wildcard().disable_vary_header(),
        DesktopOrigins::Listed(listed) => {
            listed.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
        }
    }
}

/// Marks the answers that actix-cors leaves alone: those to requests without an Origin, and its own
/// refusals.
pub(super) async fn complete(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> actix_web::Result<ServiceResponse<impl MessageBody>> {
    let app = request.app_data::<Data<AppState>>();
    if let Some(app) = app {
        note_foreign(app, &request);
    }
    let any = app.is_some_and(|app| app.flow.context.options().origins == DesktopOrigins::Any);
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    if any && !headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    if !any && !headers.contains_key(header::VARY) {
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    }
    Ok(response)
}

/// A browser on a foreign page is told by the answer to its preflight that it may not send its ring, which
/// is then never seen: whoever asks why nothing opened hears of it.
fn note_foreign(app: &AppState, request: &ServiceRequest) {
    let headers = request.headers();
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let is_preflight = headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let origins = &app.flow.context.options().origins;
    if let Some(origin) = origin.filter(|origin| is_preflight && !origins.admit(origin)) {
        let problem = foreign_origin(origin);
        app.flow.journal.refused(problem.code(), problem.detail());
    }
}

/// An OPTIONS that is not a preflight: somebody looks by hand.
pub(super) async fn options() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((header::ALLOW, "POST, OPTIONS"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "POST, OPTIONS"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS.join(", ")))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, MAX_AGE))
        .finish()
}
