//! Who has a number, and the lists and lookups that say so, as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use super::deliveries::Request;
use super::moment;
use crate::domain::contact::{self, Entry};
use crate::domain::word::Word as _;
use crate::flow::contacts::import::Imported;
use crate::flow::contacts::lookup::{LookupStatus, TestedLookup};
use crate::flow::contacts::{Found, FoundIn};
use crate::store::ContactListRow;
use crate::web::schema;

/// One request of a lookup, and its answer if it was sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookupTest<'a> {
    request: Request<'a>,
    /// The same as a command.
    curl: String,
    /// If it was sent: what was answered.
    pub answer: Option<LookupAnswer<'a>>,
}

/// What a lookup answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookupAnswer<'a> {
    status: Option<u16>,
    body: &'a str,
    /// Whom the answer names.
    contacts: Option<Vec<Contact<'a>>>,
    /// Why it is no answer.
    reason: Option<&'a str>,
}

impl<'a> From<&'a TestedLookup> for LookupTest<'a> {
    fn from(tested: &'a TestedLookup) -> Self {
        let answer = tested.answer.as_ref().map(|answer| LookupAnswer {
            status: answer.status,
            body: &answer.body,
            contacts: answer.understood.as_deref().ok().map(contacts),
            reason: answer.understood.as_ref().err().map(String::as_str),
        });
        Self { request: Request::from(&tested.request), curl: tested.request.as_curl(), answer }
    }
}

/// A lookup with what came of asking it last.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lookup)]
pub struct ListedLookup<'a> {
    name: &'a str,
    /// The preset that it is made of.
    preset: Option<&'a str>,
    /// When it was asked last.
    #[schema(format = DateTime)]
    asked: Option<String>,
    /// When it answered that.
    #[schema(format = DateTime)]
    answered: Option<String>,
    /// Why it did not.
    reason: Option<&'a str>,
}

impl<'a> From<&'a LookupStatus> for ListedLookup<'a> {
    fn from(status: &'a LookupStatus) -> Self {
        let last = status.last.as_ref();
        Self {
            name: &status.name,
            preset: status.preset.as_deref(),
            asked: moment(last.map(|row| row.asked_at)),
            answered: moment(last.and_then(|row| row.answered_at)),
            reason: last.and_then(|row| row.reason.as_deref()),
        }
    }
}

/// Somebody who has a number; what is not known of them is left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Contact<'a> {
    /// Their id in the list, or in the CRM.
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    company: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    email: Option<&'a str>,
    /// Their page in the CRM.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    link: Option<&'a str>,
    /// Pairs of whatever else is known: key and value.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    data: &'a [(String, String)],
    /// The preset whose lookup found them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    preset: Option<&'a str>,
}

impl<'a> From<&'a contact::Contact> for Contact<'a> {
    fn from(contact: &'a contact::Contact) -> Self {
        Self {
            id: &contact.id,
            name: contact.name.as_deref(),
            company: contact.company.as_deref(),
            email: contact.email.as_deref(),
            link: contact.link.as_deref(),
            data: &contact.data,
            preset: contact.preset.as_deref(),
        }
    }
}

fn contacts(all: &[contact::Contact]) -> Vec<Contact<'_>> {
    all.iter().map(Contact::from).collect()
}

/// Who has a number.
#[derive(Debug, Serialize, ToSchema)]
pub struct Who<'a> {
    /// Whether one contact is known to have the number, several, or none.
    #[schema(value_type = schema::WhoState)]
    state: &'static str,
    /// The contact that pages show.
    contact: Option<Contact<'a>>,
    /// If several have the number: the one that an agent chose last.
    last: Option<Last<'a>>,
    /// Every list and lookup that knows something of the number.
    books: Vec<Source<'a>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Last<'a> {
    book: &'a str,
    contact: Contact<'a>,
}

impl<'a> From<&'a Entry> for Last<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self { book: &entry.book, contact: Contact::from(&entry.contact) }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Book)]
struct Source<'a> {
    /// The list, or the lookup.
    book: &'a str,
    /// Those who have the number there.
    contacts: Vec<Contact<'a>>,
    /// A lookup: when it was asked.
    #[schema(format = DateTime)]
    asked: Option<String>,
    /// A lookup: when it answered.
    #[schema(format = DateTime)]
    answered: Option<String>,
    /// A lookup: why it has no answer.
    reason: Option<&'a str>,
}

impl<'a> From<&'a FoundIn> for Source<'a> {
    fn from(found: &'a FoundIn) -> Self {
        Self {
            book: &found.name,
            contacts: contacts(&found.contacts),
            asked: moment(found.asked_at),
            answered: moment(found.answered_at),
            reason: found.reason.as_deref(),
        }
    }
}

impl<'a> From<&'a Found> for Who<'a> {
    fn from(found: &'a Found) -> Self {
        let last = found.who.several().and_then(|several| several.last.as_ref());
        Self {
            state: found.who.state().word(),
            contact: found.who.entry().map(|entry| Contact::from(&entry.contact)),
            last: last.map(Last::from),
            books: found.sources.iter().map(Source::from).collect(),
        }
    }
}

/// A list of contacts.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<'a> {
    name: &'a str,
    /// When it was imported.
    #[schema(format = DateTime)]
    imported: String,
    /// How many it has.
    contacts: i64,
}

impl<'a> From<&'a ContactListRow> for List<'a> {
    fn from(row: &'a ContactListRow) -> Self {
        Self { name: &row.name, imported: row.imported_at.to_string(), contacts: row.contacts }
    }
}

/// What was imported of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Import<'a> {
    list: &'a str,
    /// How many were imported.
    contacts: usize,
    /// How many numbers they have.
    numbers: usize,
    /// The encoding in which the file was read.
    encoding: &'static str,
    /// What each column was taken for.
    columns: Vec<Column<'a>>,
    /// Lines that were left out.
    passed_over: Vec<PassedOver<'a>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Column<'a> {
    column: &'a str,
    is: &'a str,
}

#[derive(Debug, Serialize, ToSchema)]
struct PassedOver<'a> {
    line: u64,
    reason: &'a str,
}

impl<'a> Import<'a> {
    pub fn of(list: &'a str, imported: &'a Imported) -> Self {
        let columns = imported.read.columns.iter();
        let passed_over = imported.read.passed_over.iter();
        Self {
            list,
            contacts: imported.contacts,
            numbers: imported.numbers,
            encoding: imported.read.encoding,
            columns: columns.map(|(column, is)| Column { column, is }).collect(),
            passed_over: passed_over
                .map(|(line, reason)| PassedOver { line: *line, reason })
                .collect(),
        }
    }
}
