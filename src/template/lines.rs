//! One-line templates of the configuration: the address a rule opens, the title of its tab.

use std::collections::BTreeSet;
use std::io::Write;

use serde::Serialize;
use tera::{Context, Kwargs, State, Tera, Value};

use super::{Error, percent_encode};
use crate::domain::facts::Names;

/// Where the result of a template stands, which decides how values are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In an address, after its host: every value is percent-encoded.
    Address,
    /// In plain text.
    Text,
}

impl Place {
    fn suffix(self) -> &'static str {
        match self {
            Self::Address => ".address",
            Self::Text => ".text",
        }
    }
}

/// Collects templates, then checks and compiles them together.
#[derive(Debug, Default)]
pub struct LinesBuilder {
    names: Names,
    sources: Vec<(String, String)>,
    keys: BTreeSet<String>,
    contact_keys: BTreeSet<String>,
}

impl LinesBuilder {
    /// For templates that may use these names.
    pub fn new(names: Names) -> Self {
        Self { names, ..Self::default() }
    }

    /// Adds a template after checking it by itself; the answer is the name to render it by.
    pub fn add(&mut self, place: Place, source: &str) -> Result<String, Error> {
        let name = format!("{}{}", self.sources.len(), place.suffix());
        let mut alone = engine();
        alone
            .add_raw_template(&name, source)
            .map_err(|error| Error::from_tera(&error, "template"))?;
        let names = self.names.iter().flat_map(|group| group.iter());
        let mut roots: Vec<&str> = Vec::new();
        for root in names.map(|(name, _)| root(name)).chain(["data"]) {
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
        let stray = |variables: std::collections::HashSet<&str>| {
            let stray = variables.into_iter().find(|name| !roots.contains(name))?;
            Some(format!("`{stray}` is not known here; known are {}", roots.join(", ")))
        };
        if source.contains("data[") {
            let message = "data[…] fails for calls without that datum; write data.KEY".to_owned();
            return Err(Error { template: "template".into(), line: None, message });
        }
        let mentions = mentions(source);
        let stray = alone.get_template_variables(&name).ok().and_then(stray);
        if let Some(complaint) =
            stray.or_else(|| mentions.iter().find_map(|name| unknown(name, self.names)))
        {
            return Err(Error { template: "template".into(), line: None, message: complaint });
        }
        let keys = mentions.iter().filter_map(|name| name.strip_prefix("data."));
        self.keys.extend(keys.map(str::to_owned));
        let keys = mentions.iter().filter_map(|name| name.strip_prefix(CONTACT_DATA));
        self.contact_keys.extend(keys.map(str::to_owned));
        self.sources.push((name.clone(), source.to_owned()));
        Ok(name)
    }

    /// All of them, ready to render.
    pub fn build(self) -> Result<Lines, Error> {
        let mut tera = engine();
        tera.add_raw_templates(self.sources)
            .map_err(|error| Error::from_tera(&error, "template"))?;
        Ok(Lines { tera, keys: self.keys, contact_keys: self.contact_keys })
    }
}

/// What a name begins with.
fn root(name: &str) -> &str {
    name.split('.').next().unwrap_or_default()
}

/// What stands before a key of whatever else is known of a contact.
const CONTACT_DATA: &str = "contact.data.";

/// What is wrong with a name, if it has a root of ours but is not one of the names.
fn unknown(name: &str, names: Names) -> Option<String> {
    let all = || names.iter().flat_map(|group| group.iter()).map(|(name, _)| *name);
    let ours = all().any(|known| root(known) == root(name));
    let free = root(name) == "data" || name.starts_with(CONTACT_DATA);
    if free || all().any(|known| known == name) || !ours {
        return None;
    }
    let under: Vec<&str> = all().filter(|known| root(known) == root(name)).collect();
    Some(format!("`{name}` is not known here; known are {}", under.join(", ")))
}

/// Compiled one-line templates.
#[derive(Debug)]
pub struct Lines {
    tera: Tera,
    keys: BTreeSet<String>,
    contact_keys: BTreeSet<String>,
}

impl Lines {
    /// The keys of `data` that any template asks for. Who builds the values gives each of them,
    /// because a call without that datum must not make a template fail.
    pub fn data_keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(String::as_str)
    }

    /// The same of `contact.data`.
    pub fn contact_keys(&self) -> impl Iterator<Item = &str> {
        self.contact_keys.iter().map(String::as_str)
    }

    /// Fills a template in.
    pub fn render(&self, name: &str, values: &impl Serialize) -> Result<String, Error> {
        self.fill(name, &Values::of(values)?)
    }

    /// Fills in one of several templates that get the same values.
    pub fn fill(&self, name: &str, values: &Values) -> Result<String, Error> {
        self.tera.render(name, &values.0).map_err(|error| Error::from_tera(&error, name))
    }
}

/// Values in the form that templates read.
#[derive(Debug)]
pub struct Values(Context);

impl Values {
    /// Of a map.
    pub fn of(values: &impl Serialize) -> Result<Self, Error> {
        let context = Context::from_serialize(values);
        context.map(Self).map_err(|error| Error::from_tera(&error, "values"))
    }
}

fn engine() -> Tera {
    let mut tera = Tera::new();
    tera.autoescape_on([Place::Address.suffix()]);
    tera.set_escape_fn(|text: &str, out: &mut dyn Write| {
        out.write_all(percent_encode(text).as_bytes())
    });
    // Marked safe, or an address that says `| urlencode` itself would be encoded twice.
    tera.register_filter("urlencode", |value: Value, _: Kwargs, _: &State<'_>| {
        Value::safe_string(&percent_encode(&value.to_string()))
    });
    tera
}

/// The dotted names between a template's delimiters, outside its string literals.
fn mentions(source: &str) -> Vec<String> {
    let inside = source.split("{{").flat_map(|part| part.split("{%")).skip(1);
    let code = inside.map(|part| part.split(['}', '%']).next().unwrap_or_default());
    let mut names = Vec::new();
    for code in code {
        let outside_quotes = code.split(['"', '\'']).step_by(2);
        names.extend(outside_quotes.flat_map(|text| {
            text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
                .filter(|word| word.starts_with(char::is_alphabetic))
                .map(|word| word.trim_end_matches('.').to_owned())
        }));
    }
    names
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::facts::RULE_NAMES;

    fn render(place: Place, source: &str) -> Result<String, Error> {
        let mut builder = LinesBuilder::new(RULE_NAMES);
        let name = builder.add(place, source)?;
        let values = json!({
            "caller": { "e164": "+33199005577", "name": null, "display": "01 99 00 55 77" },
            "data": { "odd": "a/b?c&d=é #", "none": "" },
        });
        builder.build()?.render(&name, &values)
    }

    #[test]
    fn a_value_in_an_address_cannot_leave_its_place() {
        let filled = render(Place::Address, "https://crm.example.com/?q={{ data.odd }}").unwrap();
        assert_eq!(filled, "https://crm.example.com/?q=a%2Fb%3Fc%26d%3D%C3%A9%20%23");
    }

    #[test]
    fn saying_urlencode_does_not_encode_twice() {
        for source in ["{{ caller.e164 }}", "{{ caller.e164 | urlencode }}"] {
            assert_eq!(render(Place::Address, source).unwrap(), "%2B33199005577", "{source}");
        }
    }

    #[test]
    fn titles_are_plain_text_and_fall_back() {
        let filled = render(Place::Text, "{{ caller.name or caller.display }} & co").unwrap();
        assert_eq!(filled, "01 99 00 55 77 & co");
        assert_eq!(render(Place::Text, "<{{ caller.name }}>").unwrap(), "<>");
    }

    #[test]
    fn mistakes_are_found_before_a_call_rings() {
        let unknown = render(Place::Text, "{{ caller.nmae }}").unwrap_err();
        assert!(unknown.message.starts_with("`caller.nmae` is not known here"), "{unknown}");
        let unknown = render(Place::Text, "{{ calller.name }}").unwrap_err();
        assert!(unknown.message.starts_with("`calller` is not known here"), "{unknown}");
        let broken = render(Place::Text, "{{ caller.name").unwrap_err();
        assert_eq!(broken.line, Some(1));
        assert!(render(Place::Text, "{{ caller.name | nosuch }}").is_err());
    }

    #[test]
    fn the_data_that_templates_ask_for_is_known() {
        let mut builder = LinesBuilder::new(RULE_NAMES);
        builder
            .add(Place::Text, "data.no {{ data.USR_a }} {% if data.b %}{{ 'data.no' }}{% endif %}")
            .unwrap();
        let lines = builder.build().unwrap();
        assert_eq!(lines.data_keys().collect::<Vec<_>>(), ["USR_a", "b"]);
    }
}
