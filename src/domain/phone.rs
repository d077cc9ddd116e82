//! Who is at the end of a line, and how their number is written.
//!
//! What a phone system sends is kept as it came; beside it stands what it means: a public number in
//! E.164, an internal extension, somebody who withholds their number, or nothing readable.

mod remembered;

use std::fmt;
use std::sync::LazyLock;

use rlibphonenumber::{
    PHONE_NUMBER_UTIL, PhoneNumber as Parsed, PhoneNumberFormat, enums::Region as LibRegion,
};

use self::remembered::Remembered;

/// What was read lately, how it is displayed, and all that it is written as.
static READ: LazyLock<Remembered<Option<PhoneNumber>>> = LazyLock::new(Remembered::new);
static DISPLAYED: LazyLock<Remembered<String>> = LazyLock::new(Remembered::new);
static WRITTEN: LazyLock<Remembered<Written>> = LazyLock::new(Remembered::new);

/// The country that numbers without a prefix belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region(LibRegion);

impl Region {
    /// From an ISO 3166 code of two letters.
    pub fn parse(code: &str) -> Option<Self> {
        let known = PHONE_NUMBER_UTIL.get_supported_regions();
        let code = code.trim().to_ascii_uppercase();
        known.into_iter().find(|region| region.to_string() == code).map(Self)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A public phone number in E.164, `+` and at most fifteen digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

/// One number in the forms that people and systems want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// As one dials it inside its own country: `01 99 00 12 34`.
    pub national: String,
    /// As one dials it from anywhere: `+33 1 99 00 12 34`.
    pub international: String,
    /// As an agent in the default region reads and dials it.
    pub display: String,
    /// ISO 3166 code of its country, where it belongs to one.
    pub country: Option<String>,
}

impl PhoneNumber {
    /// Reads what a phone system sent. Texts of the wrong length for their country are refused.
    pub fn parse(text: &str, region: Region) -> Option<Self> {
        READ.get(region, text, || Self::parse_anew(text, region))
    }

    fn parse_anew(text: &str, region: Region) -> Option<Self> {
        let parsed = PHONE_NUMBER_UTIL.parse(text, Some(region.0)).ok()?;
        let possible = PHONE_NUMBER_UTIL.is_possible_number(&parsed);
        possible.then(|| Self(parsed.format_as(PhoneNumberFormat::E164).into_owned()))
    }

    /// A number that was stored by us: already in E.164.
    pub fn stored(e164: &str) -> Option<Self> {
        let digits = e164.strip_prefix('+')?;
        let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        all.then(|| Self(e164.to_owned()))
    }

    /// `+33199001234`.
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// As an agent in `region` reads and dials it: the one form that a ring needs.
    pub fn display(&self, region: Region) -> String {
        DISPLAYED.get(region, &self.0, || self.display_anew(region))
    }

    fn display_anew(&self, region: Region) -> String {
        let Ok(parsed) = PHONE_NUMBER_UTIL.parse(&self.0, None) else {
            return self.0.clone();
        };
        let home = at_home(&parsed, region);
        let form =
            if home { PhoneNumberFormat::National } else { PhoneNumberFormat::International };
        parsed.format_as(form).into_owned()
    }

    /// All its written forms, for readers in `region`.
    pub fn written(&self, region: Region) -> Written {
        WRITTEN.get(region, &self.0, || self.write_anew(region))
    }

    fn write_anew(&self, region: Region) -> Written {
        let Ok(parsed) = PHONE_NUMBER_UTIL.parse(&self.0, None) else {
            return self.unformatted();
        };
        let national = parsed.format_as(PhoneNumberFormat::National).into_owned();
        let international = parsed.format_as(PhoneNumberFormat::International).into_owned();
        let display =
            if at_home(&parsed, region) { national.clone() } else { international.clone() };
        let country = country(&parsed);
        Written { national, international, display, country }
    }

    fn unformatted(&self) -> Written {
        let plain = self.0.clone();
        Written {
            national: plain.clone(),
            international: plain.clone(),
            display: plain,
            country: None,
        }
    }
}

fn at_home(number: &Parsed, region: Region) -> bool {
    PHONE_NUMBER_UTIL.get_country_code_for_region(region.0) == Some(number.country_code)
}

/// The number's country; numbers reserved for fiction belong to none, so their prefix decides.
fn country(number: &Parsed) -> Option<String> {
    let exact = number.get_region_code();
    let region =
        exact.or_else(|| PHONE_NUMBER_UTIL.get_region_for_country_code(number.country_code))?;
    let code = region.to_string();
    (code.len() == 2 && code != "ZZ").then_some(code)
}

/// Who is at one end of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Exactly what the phone system sent.
    pub raw: String,
    /// What that means.
    pub line: Line,
    /// Their name, where the phone system knows one.
    pub name: Option<String>,
    /// Where they work, and their e-mail address, likewise.
    pub company: Option<String>,
    pub email: Option<String>,
}

/// What a text in a number's place means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A public number.
    Number(PhoneNumber),
    /// An internal extension: digits, too short for a public number.
    Extension(String),
    /// Somebody who withholds their number.
    Anonymous,
    /// Something else, for example a SIP address.
    Other,
}

/// What phone systems write where a number is withheld.
const WITHHELD: [&str; 9] = [
    "",
    "anonymous",
    "anonyme",
    "private",
    "restricted",
    "unavailable",
    "unknown",
    "withheld",
    "asterisk",
];

fn is_withheld(text: &str) -> bool {
    WITHHELD.iter().any(|withheld| text.eq_ignore_ascii_case(withheld))
}

/// Extensions have at most this many digits; shorter public numbers exist only as short codes.
const LONGEST_EXTENSION: usize = 6;

impl Party {
    /// Reads what a phone system sent.
    pub fn read(raw: &str, name: Option<String>, region: Region) -> Self {
        let line = Line::read(raw.trim(), region);
        // A phone system that has no name may write the same word in its place.
        let name = name.filter(|name| line != Line::Anonymous || !is_withheld(name.trim()));
        Self { raw: raw.to_owned(), line, name, company: None, email: None }
    }

    /// The one text this party is found again by: E.164, else the extension; nobody else has one.
    pub fn key(&self) -> Option<&str> {
        match &self.line {
            Line::Number(number) => Some(number.e164()),
            Line::Extension(digits) => Some(digits),
            Line::Anonymous | Line::Other => None,
        }
    }

    /// E.164, for public numbers.
    pub fn e164(&self) -> Option<&str> {
        match &self.line {
            Line::Number(number) => Some(number.e164()),
            Line::Extension(_) | Line::Anonymous | Line::Other => None,
        }
    }

    /// All written forms, for public numbers.
    pub fn written(&self, region: Region) -> Option<Written> {
        match &self.line {
            Line::Number(number) => Some(number.written(region)),
            Line::Extension(_) | Line::Anonymous | Line::Other => None,
        }
    }

    /// Every kind.
    pub const KINDS: [&'static str; 4] = ["number", "extension", "anonymous", "other"];

    /// One of [`KINDS`](Self::KINDS).
    pub fn kind(&self) -> &'static str {
        match self.line {
            Line::Number(_) => "number",
            Line::Extension(_) => "extension",
            Line::Anonymous => "anonymous",
            Line::Other => "other",
        }
    }

    /// As an agent in `region` reads and dials it; empty for somebody anonymous.
    pub fn display(&self, region: Region) -> String {
        match &self.line {
            Line::Number(number) => number.display(region),
            Line::Extension(digits) => digits.clone(),
            Line::Anonymous => String::new(),
            Line::Other => self.raw.clone(),
        }
    }

    /// For log lines: enough to recognise, too little to call.
    pub fn masked(&self) -> String {
        match &self.line {
            Line::Number(number) => mask(number.e164()),
            Line::Extension(digits) => digits.clone(),
            Line::Anonymous => "anonymous".to_owned(),
            Line::Other => "other".to_owned(),
        }
    }
}

impl Line {
    fn read(text: &str, region: Region) -> Self {
        if is_withheld(text) {
            return Self::Anonymous;
        }
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if digits && text.len() <= LONGEST_EXTENSION {
            return Self::Extension(text.to_owned());
        }
        PhoneNumber::parse(text, region).map_or(Self::Other, Self::Number)
    }
}

/// Keeps the first four characters and the last two.
fn mask(number: &str) -> String {
    let length = number.chars().count();
    let hidden = |at: usize| at >= 4 && at + 2 < length;
    number.chars().enumerate().map(|(at, c)| if hidden(at) { '*' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn region(code: &str) -> Region {
        Region::parse(code).unwrap()
    }

    fn read(raw: &str) -> Party {
        Party::read(raw, None, region("FR"))
    }

    #[test]
    fn numbers_are_understood_in_every_usual_spelling() {
        for raw in ["0199005577", "01 99 00 55 77", "+33 1 99 00 55 77", "0033199005577"] {
            assert_eq!(read(raw).e164(), Some("+33199005577"), "{raw}");
            assert_eq!(read(raw).raw, raw, "what came is kept");
        }
    }

    #[test]
    fn extensions_and_anonymous_callers_are_not_numbers() {
        assert_eq!(read("1013").line, Line::Extension("1013".into()));
        for raw in ["", " ", "anonymous", "Anonymous", "unknown", "Restricted"] {
            assert_eq!(read(raw).line, Line::Anonymous, "{raw:?}");
        }
        let named = |name: &str| Party::read("", Some(name.to_owned()), region("FR")).name;
        assert_eq!((named("Anonymous"), named("Zoë Brûlé")), (None, Some("Zoë Brûlé".to_owned())));
        for raw in ["sip:zoe@example.com", "0199", "01990055770000000000000", "é", "+"] {
            assert_eq!(read(raw).e164(), None, "{raw}");
        }
    }

    #[test]
    fn a_number_is_displayed_as_the_agent_would_dial_it() {
        let home = PhoneNumber::parse("0199005577", region("FR")).unwrap().written(region("FR"));
        assert_eq!(home.display, "01 99 00 55 77");
        assert_eq!(home.country.as_deref(), Some("FR"));
        let abroad =
            PhoneNumber::parse("+441632960001", region("FR")).unwrap().written(region("FR"));
        assert_eq!(abroad.display, "+44 1632 960001");
        assert_eq!(abroad.country.as_deref(), Some("GB"));
        let american =
            PhoneNumber::parse("2025550143", region("US")).unwrap().written(region("US"));
        assert_eq!(american.display, "(202) 555-0143");
        assert_eq!(american.international, "+1 202-555-0143");
    }

    #[test]
    fn logs_show_too_little_to_call() {
        assert_eq!(read("0199005577").masked(), "+331******77");
        assert_eq!(read("").masked(), "anonymous");
    }

    #[test]
    fn a_region_is_a_country_that_exists() {
        assert_eq!(Region::parse("fr").map(|r| r.to_string()).as_deref(), Some("FR"));
        for code in ["XX", "France", "", "ZZ"] {
            assert_eq!(Region::parse(code), None, "{code}");
        }
    }

    proptest! {
        #[test]
        fn nothing_in_a_numbers_place_makes_it_panic(raw in ".{0,40}") {
            let party = read(&raw);
            prop_assert_eq!(&party.raw, &raw);
            let _shown = (party.display(region("FR")), party.masked());
        }

        #[test]
        fn what_is_understood_is_understood_again(raw in r"\+?[0-9 ().-]{6,16}") {
            if let Line::Number(number) = read(&raw).line {
                prop_assert_eq!(PhoneNumber::parse(number.e164(), region("US")), Some(number.clone()));
                prop_assert_eq!(PhoneNumber::stored(number.e164()), Some(number));
            }
        }
    }
}
