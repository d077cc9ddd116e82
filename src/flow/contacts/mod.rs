//! Contacts: who has a number, as far as imported lists, CRMs and agents tell.

pub mod import;
pub mod known;
pub mod lookup;
