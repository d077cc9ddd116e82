//! Contacts from a file: comma-separated values as spreadsheets, CRMs and address books export them.
//! The first line names the columns; what each of them is, is recognised by its name.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::charset::Charset;
use crate::domain::contact::{Contact, MOST, filed_under, kept};
use crate::domain::phone::Region;

/// Lines in one cell; more are the rest of a file behind a quotation mark that nobody closed.
const LONGEST_CELL: usize = 100;

/// Somebody, and what they are filed under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    pub contact: Contact,
    /// Each number once.
    pub numbers: Vec<String>,
}

/// What a file has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// Everybody with a number.
    pub contacts: Vec<Filed>,
    /// What was passed over, by line.
    pub passed_over: Vec<(u64, String)>,
    /// What each column was taken for.
    pub columns: Vec<(String, &'static str)>,
    /// The encoding that the file was read in.
    pub encoding: &'static str,
    /// The first cell that would look otherwise in another encoding.
    pub telling: Option<String>,
}

/// Why nothing of a file can be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It has bytes that mean nothing in its encoding.
    #[error(
        "line {line} has bytes that are not {encoding}; save the file again as \"CSV UTF-8\" (in Excel a \
         type of its own), or name its encoding"
    )]
    Undecodable {
        /// The first such line.
        line: usize,
        /// What the file was taken for.
        encoding: &'static str,
    },
    /// A line is not a line of such a file.
    #[error("line {line}: {message}")]
    Line {
        /// Which.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// No column has numbers.
    #[error(
        "the first line names no column of phone numbers; call one \"phone\" (it names: {})",
        .0.join(", ")
    )]
    NoNumbers(Vec<String>),
    /// No column has names.
    #[error(
        "the first line names no column of names; call one \"name\", \"first name\" or \"company\" \
         (it names: {})",
        .0.join(", ")
    )]
    NoNames(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Id,
    Name,
    First,
    Last,
    Company,
    Email,
    Link,
    Number,
    Data,
}

/// The names by which columns are recognised, in small letters and without what separates words.
const NAMES: [(Column, &[&str]); 7] = [
    (Column::Id, &["id", "contactid", "recordid", "uid"]),
    (Column::Name, &["name", "fullname", "displayname", "contact", "nomcomplet", "contactname"]),
    (Column::First, &["firstname", "givenname", "prénom", "prenom", "first"]),
    (Column::Last, &["lastname", "familyname", "surname", "nom", "last", "nomdefamille"]),
    (
        Column::Company,
        &[
            "company",
            "organization",
            "organisation",
            "account",
            "accountname",
            "société",
            "societe",
            "entreprise",
            "companyname",
            "organizationname",
            "organization1name",
        ],
    ),
    (
        Column::Email,
        &[
            "email",
            "mail",
            "emailaddress",
            "courriel",
            "email1value",
            "adresseemail",
            "adressedemessagerie",
        ],
    ),
    (Column::Link, &["link", "url", "lien"]),
];

/// Parts of the names of columns of phone numbers, and of those that only seem to be one.
const OF_NUMBERS: [&str; 4] = ["phone", "mobile", "portable", "cellul"];
const OF_NO_NUMBERS: [&str; 7] =
    ["fax", "copie", "type", "label", "extension", "automobile", "phonetic"];

/// Words that say the same where they stand alone.
const WORDS_OF_NUMBERS: [&str; 5] = ["tel", "tél", "gsm", "cell", "fixe"];

/// A number is one to call where nothing but its place stands beside it: a customer's number, or that
/// of their employees, would be somebody else's extension.
const NUMBER: [&str; 6] = ["number", "numbers", "numéro", "numéros", "numero", "numeros"];
const PLACES: [&str; 15] = [
    "home",
    "work",
    "office",
    "business",
    "main",
    "direct",
    "primary",
    "other",
    "private",
    "contact",
    "bureau",
    "domicile",
    "principal",
    "travail",
    "autre",
];

impl Column {
    fn of(name: &str) -> Self {
        let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
        let plain = plain.to_lowercase();
        let known = NAMES.iter().find(|(_, names)| names.contains(&plain.as_str()));
        if let Some((column, _)) = known {
            return *column;
        }
        let has = |parts: &[&str]| parts.iter().any(|part| plain.contains(part));
        let name = name.to_lowercase();
        let words = name.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
        let words: Vec<&str> = words.collect();
        let says = |known: &[&str]| words.iter().any(|word| known.contains(word));
        let only = |word: &&str| NUMBER.contains(word) || PLACES.contains(word);
        let number = says(&NUMBER) && words.iter().all(only);
        let called = has(&OF_NUMBERS) || says(&WORDS_OF_NUMBERS) || number;
        if called && !has(&OF_NO_NUMBERS) { Self::Number } else { Self::Data }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::First => "first name",
            Self::Last => "last name",
            Self::Company => "company",
            Self::Email => "email",
            Self::Link => "link",
            Self::Number => "number",
            Self::Data => "data",
        }
    }
}

/// Reads a file. A line without a number or a name is passed over, and said. Without an encoding, it is
/// recognised.
pub fn read(bytes: &[u8], region: Region, charset: Option<Charset>) -> Result<Read, Error> {
    let charset = charset.unwrap_or_else(|| Charset::of(bytes));
    let encoding = charset.name();
    let text = charset.decode(bytes).map_err(|line| Error::Undecodable { line, encoding })?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(&text))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let names: Vec<String> =
        reader.headers().map_err(|error| wrong(&error))?.iter().map(str::to_owned).collect();
    let columns: Vec<Column> = names.iter().map(|name| Column::of(name)).collect();
    if !columns.contains(&Column::Number) {
        return Err(Error::NoNumbers(names));
    }
    let naming = [Column::Name, Column::First, Column::Last, Column::Company];
    if !naming.iter().any(|column| columns.contains(column)) {
        return Err(Error::NoNames(names));
    }
    let said = names.iter().zip(&columns).map(|(name, column)| (name.clone(), column.word()));
    let telling = names.iter().find(|name| !name.is_ascii()).cloned();
    let mut read = Read { columns: said.collect(), encoding, telling, ..Read::default() };
    let mut ids = HashSet::new();
    let mut sharing = Sharing::default();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().any(|cell| cell.lines().count() > LONGEST_CELL) {
            let message =
                "a cell starts with a quotation mark here that is never closed".to_owned();
            return Err(Error::Line { line, message });
        }
        if read.telling.is_none() {
            read.telling = record.iter().find(|cell| !cell.is_ascii()).and_then(kept);
        }
        let row = Row { names: &names, columns: &columns, record: &record };
        match row.filed(region) {
            Ok(filed) if !ids.insert(filed.contact.id.clone()) => {
                let why = match row.one(Column::Id) {
                    Some(id) => format!("an earlier line has the same id {id}"),
                    None => "an earlier line has the same contact".to_owned(),
                };
                read.passed_over.push((line, why));
            }
            Ok(mut filed) => {
                let why = row.odd(region).into_iter().chain(sharing.thin_out(&mut filed.numbers));
                read.passed_over.extend(why.map(|why| (line, why)));
                if !filed.numbers.is_empty() {
                    read.contacts.push(filed);
                }
            }
            Err(why) => read.passed_over.push((line, why)),
        }
    }
    Ok(read)
}

/// How many lines have a number.
#[derive(Debug, Default)]
struct Sharing(HashMap<String, usize>);

impl Sharing {
    /// Takes away the numbers that enough earlier lines have, and says so of one of them.
    fn thin_out(&mut self, numbers: &mut Vec<String>) -> Option<String> {
        let mut crowded = None;
        numbers.retain(|number| {
            let count = self.0.entry(number.clone()).or_default();
            *count += 1;
            if *count > MOST {
                crowded.get_or_insert_with(|| number.clone());
            }
            *count <= MOST
        });
        let number = crowded?;
        Some(format!("{MOST} earlier lines have {number}; agents cannot choose among more"))
    }
}

/// What separates the columns: whatever the first line has most of.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |delimiter: &u8| first.bytes().filter(|byte| byte == delimiter).count();
    // Of equals the last one counts.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

fn wrong(error: &csv::Error) -> Error {
    let line = error.position().map_or(0, csv::Position::line);
    Error::Line { line, message: error.to_string() }
}

/// One line.
struct Row<'a> {
    names: &'a [String],
    columns: &'a [Column],
    record: &'a csv::StringRecord,
}

impl Row<'_> {
    /// What stands in columns of a kind, with their names.
    fn all(&self, wanted: Column) -> impl Iterator<Item = (&str, &str)> {
        let cells = self.names.iter().zip(self.columns).zip(self.record);
        let cells = cells.filter(move |((_, column), text)| **column == wanted && !text.is_empty());
        cells.map(|((name, _), text)| (name.as_str(), text))
    }

    fn one(&self, wanted: Column) -> Option<String> {
        self.all(wanted).find_map(|(_, text)| kept(text))
    }

    /// A web address, which is of no use if it is cut.
    fn link(&self) -> Option<String> {
        const LONGEST: usize = 2000;
        let web = |link: &str| link.starts_with("https://") || link.starts_with("http://");
        let mut links = self.all(Column::Link).map(|(_, link)| link);
        links.find(|link| web(link) && link.len() <= LONGEST).map(str::to_owned)
    }

    fn filed(&self, region: Region) -> Result<Filed, String> {
        let mut numbers: Vec<String> = Vec::new();
        for number in self.numbers().filter_map(|number| key(number, region)) {
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        if numbers.is_empty() {
            let given: Vec<&str> = self.numbers().collect();
            return Err(match given.as_slice() {
                [] => "has no number".to_owned(),
                some if some.iter().any(|text| is_rounded(text)) => ROUNDED.to_owned(),
                some => format!("\"{}\" cannot be read as a phone number", some.join(", ")),
            });
        }
        let parts = [Column::First, Column::Last].into_iter().filter_map(|part| self.one(part));
        let parts = parts.collect::<Vec<_>>().join(" ");
        let name = self.one(Column::Name).or(Some(parts).filter(|name| !name.is_empty()));
        let company = self.one(Column::Company);
        let name = name.or_else(|| company.clone()).ok_or("has no name")?;
        let data =
            self.all(Column::Data).filter_map(|(name, text)| Some((name.into(), kept(text)?)));
        let mut contact = Contact {
            id: String::new(),
            name: Some(name),
            company,
            email: self.one(Column::Email),
            link: self.link(),
            data: data.collect(),
            preset: None,
        };
        contact.id = self.one(Column::Id).unwrap_or_else(|| derived(&contact, &numbers));
        Ok(Filed { contact, numbers })
    }

    /// The numbers; some exports write several into one cell.
    fn numbers(&self) -> impl Iterator<Item = &str> {
        let cells = self.all(Column::Number).flat_map(|(_, text)| text.split(":::"));
        cells.flat_map(|text| text.split('\n')).map(str::trim).filter(|text| !text.is_empty())
    }

    /// What of a line is not taken although the line is.
    fn odd(&self, region: Region) -> Option<String> {
        let unread = self.numbers().find(|number| key(number, region).is_none())?;
        Some(format!("\"{unread}\" cannot be read as a phone number; the other numbers are used"))
    }
}

/// Why a number that a spreadsheet has rounded is not taken.
const ROUNDED: &str = "the spreadsheet has rounded the number; format its column as text";

/// What a number is filed under.
fn key(text: &str, region: Region) -> Option<String> {
    filed_under(text, region).filter(|_| !is_rounded(text))
}

/// Whether it is a number as spreadsheets write large ones, as `3,31990E+10`: its digits are lost.
fn is_rounded(text: &str) -> bool {
    let parts = text.split_once(['E', 'e']).filter(|(_, power)| power.starts_with('+'));
    let of_digits = |text: &str| text.chars().all(|c| c.is_ascii_digit() || ",.+".contains(c));
    parts.is_some_and(|(digits, power)| of_digits(digits) && of_digits(power))
}

/// An id for somebody without one: the same as long as they are written the same.
fn derived(contact: &Contact, numbers: &[String]) -> String {
    let texts = [contact.name.as_deref(), contact.company.as_deref(), contact.email.as_deref()];
    let mut digest = Sha256::new();
    for text in
        texts.into_iter().map(Option::unwrap_or_default).chain(numbers.iter().map(String::as_str))
    {
        digest.update(text);
        digest.update([0]);
    }
    let digest = data_encoding::HEXLOWER.encode(&digest.finalize());
    digest.get(..16).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fr() -> Region {
        Region::parse("FR").unwrap()
    }

    fn read_text(text: &str) -> Read {
        read(text.as_bytes(), fr(), None).unwrap()
    }

    #[test]
    fn columns_are_recognised_by_the_names_that_exports_give_them() {
        let read = read_text(
            "\u{feff}\"Prénom\";Nom;Société;Téléphone;Tél. portable;Fax;Adresse e-mail;VIP\r\n\
             Zoë;Brûlé;\"Brûlé; Fils\";01 99 00 55 77;+33 6 99 00 00 01;01 99 00 55 00;zoe@example.com;oui\r\n",
        );
        let [filed] = read.contacts.as_slice() else { panic!("{read:?}") };
        assert_eq!(filed.numbers, ["+33199005577", "+33699000001"]);
        let contact = &filed.contact;
        assert_eq!(contact.name.as_deref(), Some("Zoë Brûlé"));
        assert_eq!(contact.company.as_deref(), Some("Brûlé; Fils"));
        assert_eq!(contact.email.as_deref(), Some("zoe@example.com"));
        assert_eq!(
            (contact.datum("VIP"), contact.datum("Fax")),
            (Some("oui"), Some("01 99 00 55 00"))
        );
        let google = read_text(
            "First Name,Last Name,Organization Name,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value\n\
             Noé,Brûlé,Fleet,noe@example.com,Work,+44 1632 960001 ::: +44 1632 960002\n",
        );
        assert_eq!(google.contacts[0].numbers, ["+441632960001", "+441632960002"]);
        assert_eq!(google.contacts[0].contact.company.as_deref(), Some("Fleet"));
        assert_eq!(google.passed_over, [], "a label is not a number");
    }

    #[test]
    fn only_columns_that_speak_of_phones_have_numbers() {
        for name in [
            "Phone",
            "phone_2",
            "Mobile",
            "HomePhone",
            "Téléphone (bureau)",
            "Tél.",
            "TEL 1",
            "Tel. fixe",
            "GSM",
            "Portable",
            "Cellulaire",
            "number",
            "Numéro",
            "Work Number 2",
            "Contact number",
        ] {
            assert_eq!(Column::of(name), Column::Number, "{name}");
        }
        for name in [
            "Customer number",
            "Number of employees",
            "Numéro client",
            "N° TVA",
            "Account Number",
            "Hôtel",
            "Fax",
            "Phone type",
            "Telex",
            "Cancelled",
            "Intel",
            "Automobile",
            "Phone extension",
        ] {
            assert_eq!(Column::of(name), Column::Data, "{name}");
        }
    }

    #[test]
    fn whatever_a_cell_holds_is_kept_as_it_is_meant() {
        let read = read_text(
            "name, company ,phone,tel,link, VIP \n\
             ,Fleet,\"0199005577\n+33699000001\",01 99 00 55 77,https://example.com/7, yes \n\
             Zoë,,0199005578,,javascript:alert(1),\n",
        );
        let [fleet, zoe] = read.contacts.as_slice() else { panic!("{read:?}") };
        assert_eq!(fleet.contact.name.as_deref(), Some("Fleet"), "a company is a name");
        assert_eq!(fleet.contact.company.as_deref(), Some("Fleet"));
        assert_eq!(fleet.numbers, ["+33199005577", "+33699000001"], "each once");
        assert_eq!(fleet.contact.datum("VIP"), Some("yes"));
        assert_eq!(fleet.contact.link.as_deref(), Some("https://example.com/7"));
        assert_eq!(zoe.contact.link, None, "no address of the web");
        let long = read_text(&format!("name,phone,notes\nZoë,0199005577,{}\n", "é".repeat(400)));
        assert_eq!(long.contacts[0].contact.datum("notes"), Some("é".repeat(300).as_str()));
    }

    #[test]
    fn a_number_that_many_share_has_no_more_contacts_than_can_be_chosen_among() {
        let shared = (1..=21).map(|id| format!("{id},Name {id},0199005577,019900{id:04}\n"));
        let only = (22..=23).map(|id| format!("{id},Name {id},0199005577,\n"));
        let lines: String = shared.chain(only).collect();
        let read = read_text(&format!("id,name,phone,mobile\n{lines}"));
        let has = |filed: &&Filed| filed.numbers.iter().any(|number| number == "+33199005577");
        assert_eq!(read.contacts.iter().filter(has).count(), 20);
        assert_eq!(read.contacts.len(), 21, "whoever has another number is found by that one");
        let said: Vec<u64> = read.passed_over.iter().map(|(line, _)| *line).collect();
        assert_eq!(said, [22, 23, 24]);
        assert_eq!(
            read.passed_over[0].1,
            "20 earlier lines have +33199005577; agents cannot choose among more"
        );
    }

    #[test]
    fn what_cannot_be_taken_is_said_with_its_line() {
        let read = read_text(
            "id,name,phone,mobile\n1,Zoë,0199005577,n/a\n2,,0199005578,\n3,Noé,,\n1,Ida,0199005579,\n4,Eve,12,\n",
        );
        let names: Vec<_> =
            read.contacts.iter().map(|filed| filed.contact.name.clone().unwrap()).collect();
        assert_eq!(names, ["Zoë", "Eve"], "an extension is a number too");
        let said: Vec<String> =
            read.passed_over.iter().map(|(line, why)| format!("{line}: {why}")).collect();
        assert_eq!(
            said,
            [
                "2: \"n/a\" cannot be read as a phone number; the other numbers are used",
                "3: has no name",
                "4: has no number",
                "5: an earlier line has the same id 1",
            ]
        );
        let read =
            read_text("nom;tél\nZoë;0199005577\nZoë;0199005577\nNoé;3,31990E+10\nIda;0199005579\n");
        assert_eq!(read.contacts.len(), 2);
        let said: Vec<_> =
            read.passed_over.iter().map(|(line, why)| (*line, why.as_str())).collect();
        assert_eq!(said, [(3, "an earlier line has the same contact"), (4, ROUNDED)]);
    }

    #[test]
    fn a_column_that_only_sounds_like_numbers_is_none() {
        let read = read_text(
            "Name,Phonetic First Name,Télécopie (bureau),Télécopie,Tél.,Adresse de messagerie\n\
             Zoë,,0199005500,,0199005577,zoe@example.com\n",
        );
        let taken: Vec<&str> = read.columns.iter().map(|(_, taken)| *taken).collect();
        assert_eq!(taken, ["name", "data", "data", "data", "number", "email"]);
    }

    #[test]
    fn a_file_of_another_kind_is_refused_with_the_remedy() {
        let refused = |bytes: &[u8]| read(bytes, fr(), None).unwrap_err().to_string();
        let damaged = b"name,phone\nZo\xeb,0199005577\nA\x81,1\n";
        assert!(refused(damaged).starts_with("line 3 has bytes that are not windows-1252; save"));
        assert!(refused(b"name,fax\n").contains("call one \"phone\" (it names: name, fax)"));
        assert!(refused(b"phone\n0199005577\n").contains("call one \"name\""));
        let open = format!("name,phone\nIda,0199005500\n\"Zoe,0199005577\n{}", "x,1\n".repeat(200));
        let said = "line 3: a cell starts with a quotation mark here that is never closed";
        assert_eq!(refused(open.as_bytes()), said);
    }

    #[test]
    fn what_the_encoding_was_taken_for_is_told_by_a_cell_that_shows_it() {
        let windows = b"name;phone\nIda;0199005500\nZo\xeb;0199005577\n";
        let mac = Charset::parse("macintosh");
        for (charset, encoding, name) in [(None, "windows-1252", "Zoë"), (mac, "macintosh", "ZoÎ")]
        {
            let read = read(windows, fr(), charset).unwrap();
            assert_eq!((read.encoding, read.telling.as_deref()), (encoding, Some(name)));
            assert_eq!(read.contacts[1].contact.name.as_deref(), Some(name));
        }
    }

    #[test]
    fn whoever_has_no_id_gets_the_same_one_each_time() {
        let id = |text: &str| read_text(text).contacts[0].contact.id.clone();
        let first = id("name,phone\nZoë,0199005577\n");
        assert_eq!(first, id("phone,name,VIP\n+33199005577,Zoë,no\n"));
        assert_ne!(first, id("name,phone\nZoé,0199005577\n"));
    }
}
