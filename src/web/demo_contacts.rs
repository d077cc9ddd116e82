//! The contacts of the stand-in CRM: a few invented people, and whoever is created while it runs.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::body::{self, Body};
use super::demo_crm::Manner;
use super::{Door, Problem};
use crate::domain::problem::Code;
use crate::view::{CrmContact, DemoCrm};

/// Contacts that it keeps at most.
const KEPT: usize = 200;

/// The longest that each of a contact's fields is kept.
const LONGEST: usize = 200;

/// Digits that tell a number from another one without its country code.
const TELLING: usize = 7;

/// Everybody whom it knows.
#[derive(Debug, Clone)]
pub(super) struct Contacts {
    #[expect(clippy::disallowed_types, reason = "held to add or to read, never across an await")]
    all: Arc<std::sync::Mutex<Vec<CrmContact>>>,
}

impl Default for Contacts {
    fn default() -> Self {
        Self { all: Arc::new(DemoCrm::people().into()) }
    }
}

impl Contacts {
    pub(super) fn all(&self) -> Vec<CrmContact> {
        self.all.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Those with this number, however it is written.
    pub(super) fn with(&self, phone: &str) -> Vec<CrmContact> {
        let all = self.all();
        all.into_iter().filter(|contact| is_same(&contact.phone, phone)).collect()
    }

    /// Adds one; answers its id, or nothing when there are enough of them.
    fn add(&self, new: New) -> Option<String> {
        let mut all = self.all.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if all.len() >= KEPT {
            return None;
        }
        let id = (all.len() + 1).to_string();
        let kept = |text: String| text.chars().take(LONGEST).collect();
        let New { name, company, email, phone, vip } = new;
        let [name, company, email, phone, vip] = [name, company, email, phone, vip].map(kept);
        all.push(CrmContact { id: id.clone(), name, company, email, phone, vip });
        Some(id)
    }
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

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    phone: String,
}

/// Who has a number.
pub(super) async fn find(
    asked: Query<Asked>,
    manner: Query<Manner>,
    door: Data<Door>,
) -> HttpResponse {
    let (status, mut answer) = manner.answer(StatusCode::OK).await;
    if !status.is_success() {
        return answer.finish();
    }
    answer.json(json!({ "contacts": door.demo_crm.contacts.with(&asked.phone) }))
}

/// Somebody new.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct New {
    name: String,
    company: String,
    email: String,
    phone: String,
    vip: String,
}

/// Takes somebody new.
pub(super) async fn create(
    request: HttpRequest,
    manner: Query<Manner>,
    body: Body,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let body = body.read(&body::COMMAND).await?;
    let (status, mut answer) = manner.answer(StatusCode::CREATED).await;
    door.demo_crm.note(&request, &body, status, &door);
    if !status.is_success() {
        return Ok(answer.finish());
    }
    let new: New = serde_json::from_slice(&body)
        .map_err(|error| Problem::malformed(format!("a contact is a JSON object: {error}")))?;
    let full = || Problem::new(Code::EnoughContacts, "the demo keeps no more contacts");
    let id = door.demo_crm.contacts.add(new).ok_or_else(full)?;
    Ok(answer.json(json!({ "id": id })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{DemoDesktop, Page as _};

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
        let callers = DemoDesktop::samples().remove(0).callers;
        let count = |label| {
            let caller = callers.iter().find(|caller| caller.label == label).unwrap();
            contacts.with(caller.number).len()
        };
        let counts = ["Paris", "abroad", "overseas", "switchboard", "unknown"].map(count);
        assert_eq!(counts, [1, 1, 1, 3, 0]);
    }
}
