//! May a page be shown in a frame? As browsers decide it, by the headers of the page's answer.

use url::Url;

/// What a page's answer says of frames.
#[derive(Debug, Clone, Copy)]
pub struct FrameHeaders<'a> {
    /// `Content-Security-Policy`
    pub policy: Option<&'a str>,
    /// `X-Frame-Options`
    pub options: Option<&'a str>,
}

impl FrameHeaders<'_> {
    /// Why the page of an address refuses a frame in pages of these origins, one in the other; none if
    /// it does not.
    pub fn refusal(self, page: &Url, ancestors: &[String]) -> Option<String> {
        let own = page.origin().ascii_serialization();
        let lists: Vec<String> = frame_ancestors(self.policy.unwrap_or_default()).collect();
        // Where both are said, browsers obey frame-ancestors and ignore X-Frame-Options.
        if lists.is_empty() {
            let options = self.options?.trim().to_lowercase();
            let refused = match options.as_str() {
                "deny" => true,
                "sameorigin" => ancestors.iter().any(|origin| *origin != own),
                _ => false,
            };
            return refused.then(|| format!("X-Frame-Options: {options}"));
        }
        let admit = |list: &str, origin: &String| {
            list.split_whitespace()
                .any(|source| admits(source, origin) || source == "'self'" && *origin == own)
        };
        let refuses = |list: &&String| !ancestors.iter().all(|origin| admit(list, origin));
        let refusing = lists.iter().find(refuses);
        refusing.map(|list| format!("Content-Security-Policy: frame-ancestors{list}"))
    }
}

/// Every `frame-ancestors` list of a policy, or of several that commas join.
fn frame_ancestors(policy: &str) -> impl Iterator<Item = String> {
    policy.split([';', ',']).filter_map(|directive| {
        directive.trim().to_lowercase().strip_prefix("frame-ancestors").map(str::to_owned)
    })
}

/// Whether one source of a `frame-ancestors` list admits an origin.
pub fn admits(source: &str, origin: &str) -> bool {
    let Ok(origin) = Url::parse(origin) else { return false };
    // What admits http also admits https: browsers let a scheme be upgraded.
    let scheme_fits = |scheme: &str| {
        scheme == origin.scheme() || (scheme == "http" && origin.scheme() == "https")
    };
    if source == "*" || source.strip_suffix(':').is_some_and(scheme_fits) {
        return true;
    }
    let (scheme, rest) = match source.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, source),
    };
    let (host, port) = match rest.trim_end_matches('/').rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (rest.trim_end_matches('/'), None),
    };
    let known = origin.host_str().unwrap_or_default();
    let host_fits = host == known
        || host.strip_prefix('*').is_some_and(|end| end.starts_with('.') && known.ends_with(end));
    let port_fits = match port {
        None => origin.port().is_none(),
        Some("*") => true,
        Some(port) => origin.port_or_known_default().is_some_and(|own| own.to_string() == port),
    };
    host_fits && port_fits && scheme.is_none_or(scheme_fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_ancestors_are_matched_as_browsers_do() {
        let origin = "https://xuc.example.com";
        let cases = [
            ("*", true),
            ("https:", true),
            ("http:", true),
            ("ws:", false),
            ("https://xuc.example.com", true),
            ("https://xuc.example.com:443", true),
            ("xuc.example.com", true),
            ("*.example.com", true),
            ("https://*.example.com", true),
            ("https://xuc.example.com:8443", false),
            ("http://xuc.example.com", true),
            ("example.com", false),
            ("'self'", false),
            ("'none'", false),
        ];
        for (source, expected) in cases {
            assert_eq!(admits(source, origin), expected, "{source}");
        }
    }

    #[test]
    fn a_page_refuses_frames_as_browsers_would_have_it() {
        let page = Url::parse("https://crm.example.com/contacts").unwrap();
        let desk =
            ["https://callpane.example.com".to_owned(), "https://xuc.example.com".to_owned()];
        let own = ["https://crm.example.com".to_owned()];
        let refused = |policy: &str, options: &str, ancestors: &[String]| {
            let some = |text| Some(text).filter(|text: &&str| !text.is_empty());
            let headers = FrameHeaders { policy: some(policy), options: some(options) };
            headers.refusal(&page, ancestors).is_some()
        };
        for (policy, options, expected) in [
            ("", "", false),
            ("default-src 'self'", "", false),
            ("", "DENY", true),
            ("", " sameorigin", true),
            ("", "ALLOW-FROM https://x.example.com", false),
            ("frame-ancestors 'none'", "", true),
            ("default-src 'self'; frame-ancestors *", "DENY", false),
            ("frame-ancestors https://callpane.example.com", "", true),
            ("frame-ancestors https://callpane.example.com https://xuc.example.com", "", false),
            ("frame-ancestors *.example.com, frame-ancestors 'none'", "", true),
            ("Frame-Ancestors 'self'", "", true),
        ] {
            assert_eq!(refused(policy, options, &desk), expected, "{policy} {options}");
        }
        assert!(!refused("frame-ancestors 'self'", "", &own));
        assert!(!refused("", "SAMEORIGIN", &own) && refused("", "DENY", &own));
    }
}
