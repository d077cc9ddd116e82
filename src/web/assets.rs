//! `/static`: styles, scripts and pictures, compressed once for everybody who takes that.

use actix_web::http::header::{self, ContentEncoding};
use actix_web::web::{self as actix};
use actix_web::{HttpRequest, HttpResponse, Responder, Route, guard};

use super::compression;

/// A page or a file is also there for those who only ask for its head, as monitors do.
pub(crate) fn get() -> Route {
    actix::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// A static file. Its address changes with its content; the address of another version, as during
/// an upgrade of several nodes, leads nowhere rather than to the wrong one.
pub(crate) async fn asset(
    request: HttpRequest,
    path: actix::Path<(String, String)>,
) -> impl Responder {
    let (digest, name) = path.into_inner();
    let Some(asset) = crate::view::find_asset(&digest, &name) else {
        return HttpResponse::NotFound().finish();
    };
    let mut answer = HttpResponse::Ok();
    answer
        .content_type(asset.content_type)
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::VARY, "Accept-Encoding"));
    match asset.gzip().filter(|_| compression::accepted(&request)) {
        Some(packed) => answer.insert_header(ContentEncoding::Gzip).body(packed),
        None => answer.body(asset.bytes.clone()),
    }
}
