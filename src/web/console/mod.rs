//! `/console`: what operators see and do in a browser. One file a page.

pub(super) mod form;
pub(super) mod home;
pub(super) mod live;
mod page;
