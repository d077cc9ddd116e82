//! Contacts: who has a number, as far as imported lists, CRMs and agents tell.

mod anybody;
mod find;
pub mod import;
pub(crate) mod known;
pub mod lookup;

pub use find::{Contacts, FindError, Found, FoundIn, Questions};
