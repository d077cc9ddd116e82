//! The files inside the binary: templates, texts, and static files with their content's digest in
//! their address, so that a browser may keep them for ever.

use std::borrow::Cow;

use data_encoding::HEXLOWER;
use rust_embed::RustEmbed;

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
    let digest: Vec<u8> = file.metadata.sha256_hash().iter().take(6).copied().collect();
    Some(format!("{base}/static/{}/{name}", HEXLOWER.encode(&digest)))
}

/// The static file of a name; the digest before it only makes addresses differ.
pub fn find_asset(name: &str) -> Option<Asset> {
    let content_type = match name.rsplit('.').next()? {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        _ => return None,
    };
    Some(Asset { bytes: Static::get(name)?.data, content_type })
}
