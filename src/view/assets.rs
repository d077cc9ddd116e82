//! The files inside the binary: templates, texts, and static files with their content's digest in
//! their address, so that a browser may keep them for ever.

use std::borrow::Cow;

use data_encoding::HEXLOWER;
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "templates"]
struct Templates;

#[derive(RustEmbed)]
#[folder = "static"]
struct Static;

/// A static file.
#[derive(Debug)]
pub struct Asset {
    /// Its content.
    pub bytes: Cow<'static, [u8]>,
    /// Its type.
    pub content_type: &'static str,
}

/// The page templates with their file names.
pub(super) fn templates() -> impl Iterator<Item = (String, String)> {
    let pages = Templates::iter().filter(|name| name.ends_with(".html"));
    pages.filter_map(|name| text(&name).map(|text| (name.into_owned(), text)))
}

/// A file of the templates folder.
pub(super) fn text(name: &str) -> Option<String> {
    let file = Templates::get(name)?;
    String::from_utf8(file.data.into_owned()).ok()
}

/// The address of a static file: its digest, then its name.
pub(super) fn address(base: &str, name: &str) -> Option<String> {
    let file = Static::get(name)?;
    Some(format!("{base}/static/{}/{name}", digest(&file)))
}

/// The beginning of a file's SHA-256.
fn digest(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    HEXLOWER.encode(hash.get(..6).unwrap_or_default())
}

/// The static file of an address.
pub fn find_asset(wanted: &str, name: &str) -> Option<Asset> {
    let content_type = match name.rsplit('.').next()? {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        _ => return None,
    };
    let file = Static::get(name).filter(|file| digest(file) == wanted)?;
    Some(Asset { bytes: file.data, content_type })
}
