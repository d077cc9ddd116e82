//! Compressed answers, for whoever takes them.
//!
//! What is compressed beside a secret tells of it by its length (BREACH), if a stranger can have it asked
//! for again and again with a text of their choice in it. The one secret of a page is its own address:
//! whoever can have that asked for knows it. The built-in desktop's page has none.

use std::io::Write as _;

use actix_web::http::header::{AcceptEncoding, ContentEncoding, Encoding, Header as _};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Whether gzip is what is wanted.
pub(super) fn accepted(request: &HttpRequest) -> bool {
    let ours = [Encoding::gzip(), Encoding::identity()];
    let accepted = AcceptEncoding::parse(request).ok();
    accepted.and_then(|accepted| accepted.negotiate(ours.iter())) == Some(Encoding::gzip())
}

/// A page; made smaller anew each time, since it is another one each time.
pub(super) fn answer(
    request: &HttpRequest,
    answer: &mut HttpResponseBuilder,
    html: String,
) -> HttpResponse {
    match accepted(request).then(|| packed(&html)) {
        Some(Ok(packed)) => answer.insert_header(ContentEncoding::Gzip).body(packed),
        _ => answer.body(html),
    }
}

fn packed(html: &str) -> std::io::Result<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::with_capacity(html.len() / 2), Compression::default());
    packer.write_all(html.as_bytes())?;
    packer.finish()
}
