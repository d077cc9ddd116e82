//! Contacts: who has a number, as far as imported lists, CRMs and agents tell.

mod find;
pub mod import;
pub(crate) mod known;
pub mod lookup;
mod presence;

pub use find::{Contacts, FindError, Found, FoundIn, Questions};
