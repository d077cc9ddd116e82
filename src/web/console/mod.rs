//! `/console`: what operators see and do in a browser. One file a page.

#[expect(dead_code, reason = "the pages that send forms follow")]
pub(super) mod form;
