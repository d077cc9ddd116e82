//! Which pages in a browser may ask us, frame us, and hear that a page is done.

use std::fmt;

/// The origins that agents' desktops live at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DesktopOrigins {
    Any,
    /// These, each as `https://host` or `https://host:port`.
    Listed(Vec<String>),
}

impl DesktopOrigins {
    /// Reads `*` or a comma list.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let origins: Result<Vec<String>, String> = entries.map(origin).collect();
        match origins?.as_slice() {
            [] => Err("names no origin; write * or https://xucmgt.example.com".to_owned()),
            listed => Ok(Self::Listed(listed.to_vec())),
        }
    }

    /// Whether a desktop of this origin may ask.
    pub fn admit(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(listed) => listed.iter().any(|entry| entry == origin),
        }
    }

    /// Where a page posts its message: to the desktop that asked for it, if it may; else to the only
    /// one there is; else to whoever frames it.
    pub fn message_target(&self, asked_from: Option<&str>) -> String {
        let Self::Listed(listed) = self else {
            return asked_from.filter(|origin| *origin != "null").unwrap_or("*").to_owned();
        };
        let known = asked_from.filter(|origin| listed.iter().any(|entry| entry == origin));
        let only = if let [only] = listed.as_slice() { Some(only.as_str()) } else { None };
        known.or(only).unwrap_or("*").to_owned()
    }
}

/// One origin, in the spelling that browsers send.
fn origin(entry: &str) -> Result<String, String> {
    let wrong = || format!("\"{entry}\" is not an origin; write https://host or https://host:port");
    let parsed = url::Url::parse(entry).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let parsed = parsed.ok_or_else(wrong)?;
    let bare = parsed.path() == "/" && parsed.query().is_none() && parsed.fragment().is_none();
    if bare { Ok(parsed.origin().ascii_serialization()) } else { Err(wrong()) }
}

/// As `frame-ancestors` wants it: separated by spaces.
impl fmt::Display for DesktopOrigins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Listed(listed) => f.write_str(&listed.join(" ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_in_every_spelling_and_kept_in_one() {
        assert_eq!(DesktopOrigins::parse(" * "), Ok(DesktopOrigins::Any));
        let listed = DesktopOrigins::parse("HTTPS://Xuc.example.com/, http://b.example.com:8080");
        assert_eq!(
            listed.unwrap().to_string(),
            "https://xuc.example.com http://b.example.com:8080"
        );
        for wrong in ["", "xuc.example.com", "https://a.example.com/path", "ftp://a.example.com"] {
            assert!(DesktopOrigins::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_page_speaks_to_the_desktop_that_asked_for_it() {
        let two = DesktopOrigins::parse("https://a.example.com,https://b.example.com").unwrap();
        assert_eq!(two.message_target(Some("https://b.example.com")), "https://b.example.com");
        assert_eq!(two.message_target(Some("https://evil.example.com")), "*");
        let one = DesktopOrigins::parse("https://a.example.com").unwrap();
        assert_eq!(one.message_target(None), "https://a.example.com");
        assert_eq!(
            DesktopOrigins::Any.message_target(Some("https://c.example.com")),
            "https://c.example.com"
        );
        assert_eq!(DesktopOrigins::Any.message_target(Some("null")), "*");
    }
}
