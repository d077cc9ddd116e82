//! What did the agent's desktop ask, and how is it answered? Pure: bytes in, bytes out.

mod credentials;
pub mod endpoint;
mod members;
pub mod sheet;
pub mod xucmgt;

use crate::domain::phone::Region;
use crate::domain::ring::Ring;

/// Reads a desktop's ring again from the body that was kept of it. `source` is that of its call: a call that a
/// phone system told of first has that one's name, and then the body itself says which desktop sent it.
pub fn reread(source: &str, body: &str, region: Region) -> Option<Ring> {
    if source == sheet::SOURCE || source != xucmgt::SOURCE && sheet::is_body(body) {
        return sheet::reread(body, region);
    }
    xucmgt::decode(body.as_bytes(), None, region).ok().map(|read| read.ring)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_body_is_read_whoever_told_of_its_call_first() {
        let region = Region::parse("FR").unwrap();
        let sheet = r#"{"caller":"0199005577","queue":"cars","user":"12","userData":{"a":"b"}}"#;
        let xivo = r#"{"caller":"0199005577","user":{"userId":12},"queue":{"name":"cars"}}"#;
        for (source, body, read) in [
            ("lab", sheet, "sheet"),
            ("sheet", sheet, "sheet"),
            ("lab", xivo, "xivo"),
            ("xivo", xivo, "xivo"),
        ] {
            let ring = reread(source, body, region).unwrap();
            assert_eq!((ring.source.as_str(), ring.agent.user_id.as_deref()), (read, Some("12")));
            assert_eq!(ring.queue.unwrap().name.as_deref(), Some("cars"), "{source} {body}");
        }
    }
}
