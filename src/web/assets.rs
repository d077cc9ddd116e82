//! `/static`: styles, scripts and pictures.

use actix_web::http::header;
use actix_web::web::{self as actix};
use actix_web::{HttpResponse, Responder, Route, guard};

/// A page or a file is also there for those who only ask for its head, as monitors do.
pub(crate) fn get() -> Route {
    actix::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// A static file. Its address changes with its content; the address of another version, as during
/// an upgrade of several nodes, leads nowhere rather than to the wrong one.
pub(crate) async fn asset(path: actix::Path<(String, String)>) -> impl Responder {
    let (digest, name) = path.into_inner();
    let Some(asset) = crate::view::find_asset(&digest, &name) else {
        return HttpResponse::NotFound().finish();
    };
    HttpResponse::Ok()
        .content_type(asset.content_type)
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(asset.bytes.into_owned())
}
