//! `/static`: styles, scripts and pictures. They are compressed for whoever takes that, and nothing else is:
//! a page has its own secret address in it beside what callers and agents say, which a compressed length
//! could tell of (BREACH), and compressing it anew each time would cost more than rendering it.

use actix_web::http::header::{self, AcceptEncoding, ContentEncoding, Encoding, Header as _};
use actix_web::web::{self as actix};
use actix_web::{HttpRequest, HttpResponse, Responder, Route, guard};

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
    match asset.gzip().filter(|_| takes_gzip(&request)) {
        Some(packed) => answer.insert_header(ContentEncoding::Gzip).body(packed),
        None => answer.body(asset.bytes.clone()),
    }
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let ours = [Encoding::gzip(), Encoding::identity()];
    let taken = AcceptEncoding::parse(request).ok();
    taken.and_then(|taken| taken.negotiate(ours.iter())) == Some(Encoding::gzip())
}
