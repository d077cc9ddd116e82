//! Who a caller is: people and their numbers, as lists and lookups know them, and whom of several
//! an agent meant.

use serde::{Deserialize, Serialize};

use super::phone::{Line, Party, PhoneNumber, Region};
use super::text::plain;
use super::word::Word;

/// Contacts of a number that one list or lookup may have: nobody chooses among more.
pub const MOST: usize = 20;

/// The longest value that is kept of a contact, in characters.
const LONGEST: usize = 300;

/// A value of a contact as it is kept, if there is any.
pub fn kept(text: &str) -> Option<String> {
    let text: String = plain(text).trim().chars().take(LONGEST).collect();
    (!text.is_empty()).then_some(text)
}

/// Somebody with a number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Their id where they are from.
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where they work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Their e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Their own page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Whatever else is known of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<(String, String)>,
    /// The preset whose lookup found them: their id is an id of that CRM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
}

impl Contact {
    /// One of the further values.
    pub fn datum(&self, key: &str) -> Option<&str> {
        let found = self.data.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.as_str())
    }
}

/// A contact, and the list or lookup that they are from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The list's or the lookup's name.
    pub book: String,
    pub contact: Contact,
}

/// Who a caller is, as far as anybody knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Who {
    /// Nobody knows them, or nobody was asked yet.
    #[default]
    Unknown,
    /// This one.
    Known(Box<Entry>),
    /// One of several with the same number, and nobody said who on this call.
    Several(Box<Several>),
}

/// What can be said of several contacts with one number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Several {
    /// The company that all of them work for.
    pub company: Option<String>,
    /// Who it was on the last call on which an agent said so. Today it may be anybody.
    pub last: Option<Entry>,
}

/// How much is known of who a caller is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContactState {
    /// Who it is.
    Known,
    Several,
    /// Nothing.
    Unknown,
    /// Nothing yet: somebody is being asked.
    Looking,
    /// Nothing, because somebody could not be asked.
    Away,
    /// Nothing, and nobody can be asked: there is no number, or nobody who knows numbers.
    Nobody,
}

impl Word for ContactState {
    const ALL: &'static [(&'static str, Self)] = &[
        ("known", Self::Known),
        ("several", Self::Several),
        ("unknown", Self::Unknown),
        ("looking", Self::Looking),
        ("away", Self::Away),
        ("nobody", Self::Nobody),
    ];
}

impl ContactState {
    /// What rules and destinations may ask for; pages know more.
    pub const DECIDED: [Self; 3] = [Self::Known, Self::Several, Self::Unknown];
}

impl Who {
    /// How much is known.
    pub fn state(&self) -> ContactState {
        match self {
            Self::Known(_) => ContactState::Known,
            Self::Several(_) => ContactState::Several,
            Self::Unknown => ContactState::Unknown,
        }
    }

    /// The one, if they are known.
    pub fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Known(entry) => Some(entry),
            Self::Several(_) | Self::Unknown => None,
        }
    }

    /// What is known of all who may be meant, where they are several.
    pub fn several(&self) -> Option<&Several> {
        match self {
            Self::Several(several) => Some(several),
            Self::Known(_) | Self::Unknown => None,
        }
    }

    /// What they are called: their name, if they are known and have one; of several the company.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Known(entry) => entry.contact.name.as_deref(),
            Self::Several(several) => several.company.as_deref(),
            Self::Unknown => None,
        }
    }
}

/// A contact by their book and their id there.
pub type Named = (String, String);

/// Everybody who may be meant by a number: what each book has of it, the books in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidates {
    /// By book, in the order in which they count.
    pub books: Vec<(String, Vec<Contact>)>,
    /// Whom an agent chose on this call.
    pub chosen: Option<Named>,
    /// Whom an agent chose last for this number, on whichever call.
    pub last: Option<Named>,
}

impl Candidates {
    /// Whom an agent chose on this call, if that one is still there.
    pub fn chosen(&self) -> Option<Entry> {
        self.find(self.chosen.as_ref()?)
    }

    /// Whom an agent chose last for this number, if that one is still there.
    fn last(&self) -> Option<Entry> {
        self.find(self.last.as_ref()?)
    }

    fn find(&self, (book, id): &Named) -> Option<Entry> {
        let mut all = self.books.iter().filter(|(name, _)| name == book);
        let contact = all.find_map(|(_, contacts)| contacts.iter().find(|c| c.id == *id))?;
        Some(Entry { book: book.clone(), contact: contact.clone() })
    }

    /// Whether a book has somebody who is written the same, under whatever id.
    pub fn has(&self, book: &str, wanted: &Contact) -> bool {
        let said = |contact: &Contact| {
            (contact.name.clone(), contact.company.clone(), contact.email.clone())
        };
        let mut books = self.books.iter().filter(|(name, _)| name == book);
        books.any(|(_, contacts)| contacts.iter().any(|known| said(known) == said(wanted)))
    }

    /// What the first book says that knows anybody.
    pub fn offered(&self) -> Option<(&str, &[Contact])> {
        let found = self.books.iter().find(|(_, contacts)| !contacts.is_empty());
        found.map(|(book, contacts)| (book.as_str(), contacts.as_slice()))
    }

    /// Everybody whom an agent may choose among, whoever was chosen in another book too; whoever it
    /// was the last time comes first.
    pub fn choices(&self) -> Vec<Entry> {
        let (book, contacts) = self.offered().unwrap_or_default();
        let entry = |contact: &Contact| Entry { book: book.to_owned(), contact: contact.clone() };
        let mut all: Vec<Entry> = contacts.iter().map(entry).collect();
        let last = self.last();
        for named in [self.chosen(), last.clone()].into_iter().flatten() {
            if !all.contains(&named) {
                all.push(named);
            }
        }
        all.sort_by_key(|entry| Some(entry) != last.as_ref());
        all
    }

    /// Whoever is meant.
    pub fn who(&self) -> Who {
        if let Some(entry) = self.chosen() {
            return Who::Known(Box::new(entry));
        }
        let mut all = self.choices();
        match (all.pop(), all.as_slice()) {
            (None, _) => Who::Unknown,
            (Some(only), []) => Who::Known(Box::new(only)),
            (Some(one), others) => {
                let company = one.contact.company.clone();
                let same = |other: &Entry| other.contact.company == company;
                let company = company.clone().filter(|_| others.iter().all(same));
                Who::Several(Box::new(Several { company, last: self.last() }))
            }
        }
    }
}

/// Fewer digits than these at a number's end say nothing of whose it is.
const TELLING: usize = 7;

/// What a contact's number is filed under: E.164 or an extension; of a number that cannot be read
/// here, as one in the national form of another country, its digits without leading zeros.
pub fn filed_under(text: &str, region: Region) -> Option<String> {
    let party = Party::read(text.trim(), None, region);
    if let Some(key) = party.key() {
        return Some(key.to_owned());
    }
    if party.line != Line::Other {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    (TELLING..=15).contains(&digits.len()).then(|| digits.to_owned())
}

/// What a caller's contacts may be filed under, the surest first: the number itself, then its ends,
/// which are how somebody else may have written it.
pub fn keys(caller: &Party) -> Vec<String> {
    let Some(key) = caller.key() else { return Vec::new() };
    let Some(digits) = key.strip_prefix('+') else { return vec![key.to_owned()] };
    let ends = (0..=digits.len().saturating_sub(TELLING)).filter_map(|from| digits.get(from..));
    std::iter::once(key)
        .chain(ends.filter(|end| !end.starts_with('0')))
        .map(str::to_owned)
        .collect()
}

/// A way to write a number, for systems that compare texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `+33199001234`
    E164,
    /// `33199001234`
    Digits,
    /// `01 99 00 12 34`
    National,
    /// `0199001234`
    NationalDigits,
    /// `+33 1 99 00 12 34`
    International,
    /// The last digits, so many of them.
    Last(usize),
    /// An internal extension.
    Extension,
}

impl Form {
    /// Every name; `last:` stands before a number of digits.
    pub const NAMES: [&'static str; 7] =
        ["e164", "digits", "national", "national_digits", "international", "last:9", "extension"];

    /// The form of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "e164" => Self::E164,
            "digits" => Self::Digits,
            "national" => Self::National,
            "national_digits" => Self::NationalDigits,
            "international" => Self::International,
            "extension" => Self::Extension,
            _ => {
                let count = name.strip_prefix("last:")?.parse().ok()?;
                Self::Last(Some(count).filter(|count| (4..=15).contains(count))?)
            }
        })
    }

    /// A caller's number in this form, if they have one that can be written so.
    pub fn write(self, caller: &Party, region: Region) -> Option<String> {
        if let Line::Extension(digits) = &caller.line {
            return (self == Self::Extension).then(|| digits.clone());
        }
        let number = caller.e164().and_then(PhoneNumber::stored)?;
        let digits = number.e164().trim_start_matches('+');
        match self {
            Self::E164 => Some(number.e164().to_owned()),
            Self::Digits => Some(digits.to_owned()),
            Self::National => Some(number.written(region).national),
            Self::NationalDigits => {
                let national = number.written(region).national;
                Some(national.chars().filter(char::is_ascii_digit).collect())
            }
            Self::International => Some(number.written(region).international),
            Self::Last(count) => {
                let from = digits.len().checked_sub(count)?;
                digits.get(from..).map(str::to_owned)
            }
            Self::Extension => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::ContactFacts;

    fn fr() -> Region {
        Region::parse("FR").unwrap()
    }

    fn party(raw: &str) -> Party {
        Party::read(raw, None, fr())
    }

    fn contact(id: &str) -> Contact {
        Contact { id: id.to_owned(), name: Some(format!("Name {id}")), ..Contact::default() }
    }

    #[test]
    fn a_caller_is_found_however_their_number_was_written_down() {
        let found = |written: &str, caller: &str| {
            let under = filed_under(written, fr());
            under.is_some_and(|key| keys(&party(caller)).contains(&key))
        };
        for written in [
            "+33 1 99 00 55 77",
            "01.99.00.55.77",
            "0033199005577",
            "+33 (0)1 99 00 55 77",
            "01 99 00 55 77 (home)",
        ] {
            assert!(found(written, "+33199005577"), "{written}");
        }
        // A British number as the British write it, in a list that is read in France.
        assert!(found("01632 960001", "+441632960001"));
        assert!(found("1013", "1013"));
        assert!(!found("01 99 00 55 78", "+33199005577"));
        assert!(!found("1013", "+33199001013"));
        for too_few in ["extension 123456", "n/a 12", "sip:1013@example.com"] {
            assert_eq!(filed_under(too_few, fr()), None, "{too_few}");
        }
        for nothing in ["", "unknown", "n/a", "12", "sip:zoe@example.com"] {
            assert_eq!(filed_under(nothing, fr()).filter(|key| key.len() > 6), None, "{nothing}");
        }
        assert_eq!(keys(&party("anonymous")), Vec::<String>::new());
    }

    #[test]
    fn the_surest_form_comes_first() {
        assert_eq!(
            keys(&party("+33199005577")),
            ["+33199005577", "33199005577", "3199005577", "199005577", "99005577", "9005577"]
        );
    }

    #[test]
    fn a_number_is_written_as_it_is_asked_for() {
        let written = |name: &str, raw: &str| Form::parse(name)?.write(&party(raw), fr());
        let number = "0199005577";
        for (name, expected) in [
            ("e164", "+33199005577"),
            ("digits", "33199005577"),
            ("national", "01 99 00 55 77"),
            ("national_digits", "0199005577"),
            ("international", "+33 1 99 00 55 77"),
            ("last:9", "199005577"),
        ] {
            assert_eq!(written(name, number).as_deref(), Some(expected));
        }
        assert_eq!(written("extension", "1013").as_deref(), Some("1013"));
        for (name, raw) in [
            ("extension", number),
            ("e164", "1013"),
            ("e164", ""),
            ("last:9", "1013"),
            ("last:15", number),
        ] {
            assert_eq!(written(name, raw), None, "{name} {raw}");
        }
        for wrong in ["last:", "last:3", "last:99", "E164", ""] {
            assert_eq!(Form::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_first_book_that_knows_anybody_counts_unless_an_agent_chose() {
        let book = |name: &str, ids: &[&str]| {
            (name.to_owned(), ids.iter().map(|id| contact(id)).collect::<Vec<_>>())
        };
        let mut all = Candidates {
            books: vec![book("list", &[]), book("crm", &["1"]), book("own", &["9"])],
            ..Candidates::default()
        };
        let one = |book: &str, id: &str| {
            Who::Known(Box::new(Entry { book: book.to_owned(), contact: contact(id) }))
        };
        let named = |book: &str, id: &str| Some((book.to_owned(), id.to_owned()));
        assert_eq!(all.who(), one("crm", "1"));
        all.chosen = named("own", "9");
        assert_eq!(all.who(), one("own", "9"), "whoever was chosen");
        let choices: Vec<String> = all.choices().iter().map(|one| one.contact.id.clone()).collect();
        assert_eq!(choices, ["1", "9"], "so that it can be chosen otherwise");
        all.chosen = named("own", "gone");
        all.books[1] = book("crm", &["1", "2"]);
        assert_eq!(all.who().state().word(), "several", "the one who was chosen is gone");
        all.chosen = named("own", "1");
        assert_eq!(all.who().state().word(), "several", "an id is one of its own book");
        assert!(all.has("own", &contact("9")) && !all.has("own", &contact("1")));
        all.books.clear();
        assert_eq!(all.who(), Who::Unknown);
    }

    #[test]
    fn whoever_was_chosen_on_an_earlier_call_is_only_likely_on_this_one() {
        let of = |id: &str, company: &str| Contact {
            name: Some(format!("Contact {id}")),
            company: Some(company.to_owned()),
            ..contact(id)
        };
        let both = vec![of("1", "Lenoir"), of("2", "Lenoir")];
        let mut all = Candidates {
            books: vec![("crm".to_owned(), both), ("own".to_owned(), vec![of("9", "Lenoir")])],
            last: Some(("crm".to_owned(), "2".to_owned())),
            ..Candidates::default()
        };
        let last = |all: &Candidates| {
            let who = all.who();
            who.several().and_then(|several| several.last.clone()).map(|entry| entry.contact.id)
        };
        let who = all.who();
        assert_eq!(
            (who.state().word(), who.entry(), who.name()),
            ("several", None, Some("Lenoir"))
        );
        assert_eq!(last(&all).as_deref(), Some("2"));
        let choices: Vec<String> = all.choices().iter().map(|one| one.contact.id.clone()).collect();
        assert_eq!(choices, ["2", "1"], "the likely one first");
        let facts = ContactFacts::of(&who);
        assert_eq!((facts.state, facts.id), (Some(ContactState::Several), None));
        assert_eq!((facts.name, facts.last_name.as_deref()), (None, Some("Contact 2")));
        // One whom a lookup knows, and another one whom an agent added beside them.
        all.books[0].1.truncate(1);
        all.last = Some(("own".to_owned(), "9".to_owned()));
        assert_eq!((all.who().state().word(), last(&all).as_deref()), ("several", Some("9")));
        all.last = Some(("crm".to_owned(), "1".to_owned()));
        assert_eq!(all.who().state().word(), "known", "whoever is alone is certain");
        all.books[0].1.push(of("3", "Other"));
        assert_eq!(all.who().name(), None, "they work for several companies");
        all.last = Some(("crm".to_owned(), "gone".to_owned()));
        assert_eq!((all.who().state().word(), last(&all)), ("several", None));
        all.chosen = Some(("crm".to_owned(), "3".to_owned()));
        assert_eq!(all.who().entry().map(|entry| entry.contact.id.as_str()), Some("3"));
    }

    #[test]
    fn a_value_is_kept_up_to_a_length_and_without_what_no_database_takes() {
        assert_eq!(kept(" Zo\0ë\0 ").as_deref(), Some("Zoë"));
        assert_eq!(kept("\0 "), None);
        assert_eq!(kept(&"ë".repeat(400)), Some("ë".repeat(300)));
    }
}
