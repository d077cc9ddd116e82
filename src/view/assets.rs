//! The files inside the binary: templates, texts, and static files. One digest of all of these names the
//! folder that they stand in, so that a browser may keep them for ever, and scripts import each other by
//! relative paths.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{LazyLock, OnceLock};

use bytes::Bytes;
use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "templates"]
struct Templates;

#[derive(RustEmbed)]
#[folder = "static"]
struct Static;

/// A static file.
#[derive(Debug)]
pub struct Asset {
    pub content_type: &'static str,
    /// Its content.
    pub bytes: Bytes,
    gzip: OnceLock<Option<Bytes>>,
}

impl Asset {
    fn new(name: &str) -> Option<Self> {
        let content_type = match name.rsplit('.').next()? {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            "woff2" => "font/woff2",
            _ => return None,
        };
        let bytes = Bytes::from_owner(Static::get(name)?.data);
        Some(Self { content_type, bytes, gzip: OnceLock::new() })
    }

    /// The same compressed, if that makes it smaller: done once, for the first who takes it.
    pub fn gzip(&self) -> Option<Bytes> {
        let smaller = |packed: &Vec<u8>| packed.len() < self.bytes.len();
        let packed = || packed(&self.bytes).ok().filter(smaller).map(Bytes::from);
        self.gzip.get_or_init(packed).clone()
    }
}

fn packed(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes)?;
    packer.finish()
}

/// Every static file, by its name.
static FILES: LazyLock<BTreeMap<String, Asset>> = LazyLock::new(|| {
    let files = Static::iter().filter_map(|name| Some((name.to_string(), Asset::new(&name)?)));
    files.collect()
});

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

/// The beginning of the SHA-256 of all static files.
static DIGEST: LazyLock<String> = LazyLock::new(|| {
    let mut all = Sha256::new();
    for name in Static::iter() {
        all.update(name.as_bytes());
        all.update(Static::get(&name).map(|file| file.metadata.sha256_hash()).unwrap_or_default());
    }
    HEXLOWER.encode(all.finalize().get(..6).unwrap_or_default())
});

/// The address of a static file: the digest, then its name.
pub(super) fn address(base: &str, name: &str) -> Option<String> {
    FILES.get(name).map(|_| format!("{base}/static/{}/{name}", *DIGEST))
}

/// The static file of an address.
pub fn find_asset(digest: &str, name: &str) -> Option<&'static Asset> {
    FILES.get(name).filter(|_| digest == *DIGEST)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::Read as _;

    use super::*;

    /// What a script imports, by the names of files.
    fn imports(name: &str) -> Vec<String> {
        let script = String::from_utf8(Static::get(name).unwrap().data.into_owned()).unwrap();
        let lines = script.lines().filter(|line| line.starts_with("import "));
        let named = lines.filter_map(|line| line.split_once("\"./")?.1.strip_suffix("\";"));
        named.map(str::to_owned).collect()
    }

    /// Otherwise a browser would only learn of each script from the one before.
    #[test]
    fn every_script_that_a_page_needs_is_fetched_at_once() {
        for (page, script) in [
            ("pane.html", "pane.js"),
            ("desktop.html", "desktop.js"),
            ("wrapper.html", "wrapper.js"),
        ] {
            let html = text(page).unwrap();
            let mut needed = BTreeSet::new();
            let mut next = imports(script);
            while let Some(name) = next.pop() {
                assert!(html.contains(&format!("\"{name}\"")), "{page} preloads no {name}");
                if needed.insert(name.clone()) && !name.starts_with("vendor/") {
                    next.extend(imports(&name));
                }
            }
            assert!(needed.len() > 3, "{script} imports {needed:?}");
        }
    }

    #[test]
    fn an_address_of_another_version_leads_nowhere() {
        let address = address("/base", "vendor/idiomorph-0.8.0.js").unwrap();
        let digest = address.split('/').nth(3).unwrap();
        assert!(find_asset(digest, "vendor/idiomorph-0.8.0.js").is_some());
        assert!(find_asset("000000000000", "page.js").is_none());
    }

    #[test]
    fn a_file_is_compressed_once_and_reads_the_same() {
        let file = Asset::new("pane.css").unwrap();
        let packed = file.gzip().unwrap();
        assert!(packed.len() < file.bytes.len() / 3, "{} bytes", packed.len());
        assert_eq!(packed.as_ptr(), file.gzip().unwrap().as_ptr());
        let mut read = Vec::new();
        flate2::read::GzDecoder::new(&*packed).read_to_end(&mut read).unwrap();
        assert_eq!(read, file.bytes);
    }
}
