//! The contacts of the stand-in CRM: a few invented people, and whoever is created while it runs.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Contacts that it keeps at most.
const KEPT: usize = 200;

/// The longest that each of a contact's fields is kept.
const LONGEST: usize = 200;

/// Digits that tell a number from another one without its country code.
const TELLING: usize = 7;

/// Somebody whom the stand-in CRM knows.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Contact {
    pub(super) id: String,
    pub(super) name: String,
    /// Where they work.
    pub(super) company: String,
    /// Their e-mail address.
    pub(super) email: String,
    /// Their number.
    pub(super) phone: String,
    /// yes or no.
    pub(super) vip: String,
}

/// Somebody new.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct New {
    name: String,
    company: String,
    email: String,
    phone: String,
    vip: String,
}

/// Everybody whom it knows.
#[derive(Debug, Clone)]
pub(super) struct Contacts {
    #[expect(clippy::disallowed_types, reason = "held to add or to read, never across an await")]
    all: Arc<std::sync::Mutex<Vec<Contact>>>,
}

impl Default for Contacts {
    fn default() -> Self {
        Self { all: Arc::new(people().into()) }
    }
}

impl Contacts {
    pub(super) fn all(&self) -> Vec<Contact> {
        self.all.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Those with this number, however it is written.
    pub(super) fn with(&self, phone: &str) -> Vec<Contact> {
        let all = self.all();
        all.into_iter().filter(|contact| is_same(&contact.phone, phone)).collect()
    }

    /// Adds one; answers its id, or nothing when there are enough of them.
    pub(super) fn add(&self, new: New) -> Option<String> {
        let mut all = self.all.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if all.len() >= KEPT {
            return None;
        }
        let id = (all.len() + 1).to_string();
        let kept = |text: String| text.chars().take(LONGEST).collect();
        let New { name, company, email, phone, vip } = new;
        let [name, company, email, phone, vip] = [name, company, email, phone, vip].map(kept);
        all.push(Contact { id: id.clone(), name, company, email, phone, vip });
        Some(id)
    }
}

/// The people whom it knows at first; the last three share a switchboard.
pub(super) fn people() -> Vec<Contact> {
    [
        ("Zoë Brûlé", "Brûlé & Fils", "zoe@example.com", "+33199005577", "yes"),
        ("Owen Hartley", "Hartley Haulage", "owen@example.com", "+441632960001", "no"),
        ("Dana Whitfield", "Potomac Cold Storage", "dana@example.com", "+12025550143", "no"),
        ("Camille Aubry", "Transports Lenoir", "camille@example.com", "+33199005500", "yes"),
        ("Karim Benali", "Transports Lenoir", "karim@example.com", "+33199005500", "no"),
        ("Inès Lenoir", "Transports Lenoir", "ines@example.com", "+33199005500", "no"),
    ]
    .into_iter()
    .enumerate()
    .map(|(before, (name, company, email, phone, vip))| Contact {
        id: (before + 1).to_string(),
        name: name.to_owned(),
        company: company.to_owned(),
        email: email.to_owned(),
        phone: phone.to_owned(),
        vip: vip.to_owned(),
    })
    .collect()
}

/// Whether two spellings mean one number: with its country code, with the zeros dialled before it,
/// or with neither.
fn is_same(one: &str, other: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (one, other) = (digits(one), digits(other));
    let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
    let (long, short) = if one.len() >= other.len() { (one, other) } else { (other, one) };
    !short.is_empty() && (long == short || short.len() >= TELLING && long.ends_with(short))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::pages::DesktopPage;
    use crate::view::Page as _;

    #[test]
    fn a_number_is_known_in_its_spellings_and_no_other_is() {
        let stored = "+33199005577";
        for spelling in
            ["+33199005577", "0199005577", "0033 1 99 00 55 77", "199005577", "33199005577"]
        {
            assert!(is_same(stored, spelling), "{spelling}");
        }
        for other in ["", "77", "005577", "+33199005578", "+44199005577", "anonymous", "000"] {
            assert!(!is_same(stored, other), "{other}");
        }
    }

    #[test]
    fn of_the_demos_callers_one_is_unknown_and_one_is_three() {
        let contacts = Contacts::default();
        let callers = DesktopPage::samples().remove(0).callers;
        let count = |label| {
            let caller = callers.iter().find(|caller| caller.label == label).unwrap();
            contacts.with(caller.number).len()
        };
        let counts = ["Paris", "abroad", "overseas", "switchboard", "unknown"].map(count);
        assert_eq!(counts, [1, 1, 1, 3, 0]);
    }
}
