//! `/demo/…`: a stand-in agent application and a stand-in CRM, for the first minute and for tests.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};

use super::{Door, Problem, frame};
use crate::view::{DemoCrm, DemoDesktop, QueryPair};

/// The agent application.
pub(super) async fn desktop(
    request: HttpRequest,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let callpane = &door.flow.options().public_url;
    let page = DemoDesktop::at(callpane);
    let origin = callpane.trim_end_matches(&door.flow.options().base);
    frame::framing(&door, door.language(&request), &page, origin)
}

/// The agent application lives on an origin of its own.
pub(super) async fn elsewhere(door: Data<Door>) -> HttpResponse {
    let demo = door.demo.clone().unwrap_or_default();
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, format!("{demo}/demo/desktop")))
        .finish()
}

/// The CRM shows what it was opened with.
pub(super) async fn crm(
    request: HttpRequest,
    query: Query<Vec<(String, String)>>,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner().into_iter();
    let page = DemoCrm {
        query: query.map(|(key, value)| QueryPair { key, value }).collect(),
        path: request.path().to_owned(),
    };
    frame::framed(&door, door.language(&request), StatusCode::OK, &page)
}
