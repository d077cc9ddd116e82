//! `/console`: what operators see and do in a browser. One file a page.

pub(super) mod access;
pub(super) mod account;
pub(super) mod audit;
pub(super) mod calls;
pub(super) mod deliveries;
pub(super) mod events;
pub(super) mod explain;
mod form;
pub(super) mod home;
pub(super) mod live;
mod page;
pub(super) mod refusals;
pub(super) mod refused;
pub(super) mod sign_in;
pub(super) mod single_sign_on;
