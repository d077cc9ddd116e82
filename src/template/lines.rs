//! One-line templates of the configuration: the address a rule opens, the title of its tab.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use serde::Serialize;
use tera::value::Key;
use tera::{Context, Kwargs, Map, State, Tera, Value};

use super::pieces::{Path, Pieces, path};
use super::{Error, percent_encode};
use crate::domain::facts::{Kept, Names};

/// Where the result of a template stands, which decides how values are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In an address, after its host: every value is percent-encoded.
    Address,
    /// In plain text.
    Text,
    /// In XML or HTML, between tags or within the quotes of an attribute: no value can leave its place.
    Xml,
}

impl Place {
    fn suffix(self) -> &'static str {
        match self {
            Self::Address => ".address",
            Self::Text => ".text",
            Self::Xml => ".xml",
        }
    }

    /// A value made safe for this place, where it has to be.
    fn escape(self, value: &str) -> Option<String> {
        match self {
            Self::Address => Some(percent_encode(value)),
            Self::Text => None,
            Self::Xml => Some(escape_xml(value)),
        }
    }

    /// An engine that does so of its own accord, unless a template has said it already.
    fn engine(self) -> Tera {
        let mut tera = Tera::new();
        let safe = |escape: fn(&str) -> String| {
            move |value: Value, _: Kwargs, _: &State<'_>| {
                Value::safe_string(&escape(&value.to_string()))
            }
        };
        tera.register_filter("urlencode", safe(percent_encode));
        tera.register_filter("escape_xml", safe(escape_xml));
        tera.register_filter("json_encode", |value: Value, _: Kwargs, _: &State<'_>| {
            serde_json::to_string(&value).map_err(|error| tera::Error::message(error.to_string()))
        });
        tera.autoescape_on([Self::Address, Self::Xml].map(Self::suffix));
        match self {
            Self::Text => {}
            Self::Address => tera.set_escape_fn(|text: &str, out: &mut dyn Write| {
                out.write_all(percent_encode(text).as_bytes())
            }),
            Self::Xml => tera.set_escape_fn(|text: &str, out: &mut dyn Write| {
                out.write_all(escape_xml(text).as_bytes())
            }),
        }
        tera
    }
}

/// Without the characters that have a meaning in XML, and without those that it cannot hold at all.
fn escape_xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(c),
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => {}
            _ => escaped.push(c),
        }
    }
    escaped
}

/// Collects templates, then checks and compiles them together.
#[derive(Debug, Default)]
pub struct LinesBuilder {
    names: Names,
    sources: Vec<(String, String)>,
    lines: BTreeMap<String, Line>,
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
        let mut alone = place.engine();
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
            Some(format!("`{stray}` is not known here; known: {}", roots.join(", ")))
        };
        if source.contains("data[") {
            let message = "data[…] fails for calls without that datum; write data.KEY".to_owned();
            return Err(Error { template: "template".into(), line: None, message });
        }
        let mentions = mentions(source);
        let variables = alone.get_template_variables(&name).unwrap_or_default();
        let line = Line {
            place,
            pieces: Pieces::of(source, |name| is_plain(name, self.names)),
            roots: variables.iter().map(|&root| root.to_owned()).collect(),
        };
        let stray = stray(variables);
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
        self.lines.insert(name.clone(), line);
        Ok(name)
    }

    /// All of them, ready to render.
    pub fn build(self) -> Result<Lines, Error> {
        let mut engines = Vec::new();
        for place in [Place::Address, Place::Text, Place::Xml] {
            let own = self.sources.iter().filter(|(name, _)| name.ends_with(place.suffix()));
            let own: Vec<(String, String)> = own.cloned().collect();
            if !own.is_empty() {
                let mut tera = place.engine();
                let added = tera.add_raw_templates(own);
                added.map_err(|error| Error::from_tera(&error, "template"))?;
                engines.push((place, tera));
            }
        }
        let mut members: BTreeMap<String, Vec<Member>> = BTreeMap::new();
        for (name, _) in self.names.iter().flat_map(|group| group.iter()) {
            if let Some((root, member)) = name.split_once('.') {
                let member = (member.to_owned().into(), path(name));
                members.entry(root.to_owned()).or_default().push(member);
            }
        }
        let Self { lines, keys, contact_keys, .. } = self;
        Ok(Lines { engines, lines, members, keys, contact_keys })
    }
}

/// What is known of a template before it is filled in.
#[derive(Debug)]
struct Line {
    place: Place,
    /// All of it, where it takes no engine.
    pieces: Option<Pieces>,
    /// What the names in it begin with.
    roots: Vec<String>,
}

/// What a name says below its root, and the whole name in its parts.
type Member = (Key<'static>, Path);

/// Whether this is a name and nothing but a name, of a value that is no map.
fn is_plain(name: &str, names: Names) -> bool {
    let is_key = |key: &str| {
        key.starts_with(|c: char| c.is_ascii_alphabetic())
            && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let key = name.strip_prefix("data.").or_else(|| name.strip_prefix(CONTACT_DATA));
    let is_known = names.iter().flat_map(|group| group.iter()).any(|(known, _)| *known == name);
    is_known || key.is_some_and(is_key)
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
    Some(format!("`{name}` is not known here; known: {}", under.join(", ")))
}

/// Compiled one-line templates.
#[derive(Debug)]
pub struct Lines {
    /// One for each place that any of them stands in.
    engines: Vec<(Place, Tera)>,
    lines: BTreeMap<String, Line>,
    /// The names, by what they begin with.
    members: BTreeMap<String, Vec<Member>>,
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
        let context = Context::from_serialize(values);
        let context = context.map_err(|error| Error::from_tera(&error, "values"))?;
        self.rendered(name, &context)
    }

    fn rendered(&self, name: &str, context: &Context) -> Result<String, Error> {
        let place = self.lines.get(name).map(|line| line.place);
        let engine = self.engines.iter().find(|(known, _)| Some(*known) == place);
        let missing =
            || Error { template: name.to_owned(), line: None, message: "is not there".into() };
        let (_, tera) = engine.ok_or_else(missing)?;
        tera.render(name, context).map_err(|error| Error::from_tera(&error, name))
    }

    /// Fills in one of several templates that get the same facts.
    pub fn fill(&self, name: &str, values: &Values<'_>) -> Result<String, Error> {
        let line = self.lines.get(name);
        let pieces = line.and_then(|line| line.pieces.as_ref().zip(Some(line.place)));
        let filled = pieces
            .and_then(|(pieces, place)| pieces.fill(values.kept, |value| place.escape(value)));
        if let Some(filled) = filled {
            return Ok(filled);
        }
        let mut context = Context::new();
        for root in line.iter().flat_map(|line| &line.roots) {
            context.insert_value(root.clone(), values.under(root, self));
        }
        self.rendered(name, &context)
    }

    /// Everything whose name begins so, whether it is known of this call or not.
    fn all_under(&self, root: &str, kept: &Kept<'_>) -> Value {
        let free = |path: &[&str], keys: &BTreeSet<String>| {
            let given = kept.find(path).iter_object().into_iter().flatten();
            let given = given.map(|(key, value)| (key.to_owned().into(), in_templates(value)));
            let mut all: Map = given.collect();
            for key in keys {
                all.entry(key.clone().into()).or_insert(Value::none());
            }
            Value::from(all)
        };
        if root == "data" {
            return free(&["data"], &self.keys);
        }
        let Some(members) = self.members.get(root) else { return in_templates(kept.find(&[root])) };
        let members = members.iter();
        let mut all: Map =
            members.map(|(key, path)| (key.clone(), in_templates(kept.find(path)))).collect();
        if root == "contact" {
            all.insert("data".into(), free(&["contact", "data"], &self.contact_keys));
        }
        all.into()
    }
}

/// A kept value as templates read it.
fn in_templates(value: &serde_json_borrow::Value<'_>) -> Value {
    use serde_json_borrow::Value as Kept;
    match value {
        Kept::Null => Value::none(),
        Kept::Bool(truth) => (*truth).into(),
        Kept::Str(text) => text.as_ref().into(),
        other => Value::try_from_serializable(other).unwrap_or_else(|_| Value::none()),
    }
}

/// Facts in the form that templates read, made of them as templates ask.
#[derive(Debug)]
pub struct Values<'a> {
    kept: &'a Kept<'a>,
    made: RefCell<BTreeMap<String, Value>>,
}

impl<'a> Values<'a> {
    pub fn of(kept: &'a Kept<'a>) -> Self {
        Self { kept, made: RefCell::default() }
    }

    fn under(&self, root: &str, lines: &Lines) -> Value {
        let mut made = self.made.borrow_mut();
        let made = made.entry(root.to_owned());
        made.or_insert_with(|| lines.all_under(root, self.kept)).clone()
    }
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
    use crate::domain::facts::{DELIVERY_NAMES, Facts, RULE_NAMES};

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
    fn a_value_in_xml_cannot_leave_its_place() {
        let said = "a/b?c&amp;d=é #";
        let odd = "<a q='{{ data.odd }}'>{{ data.odd | escape_xml }}</a>{{ data.odd | safe }}";
        let filled = render(Place::Xml, odd).unwrap();
        assert_eq!(filled, format!("<a q='{said}'>{said}</a>a/b?c&d=é #"));
        assert_eq!(escape_xml("&<>\"'\0\u{b}\u{ffff}\t\n"), "&amp;&lt;&gt;&quot;&#39;\t\n");
        assert_eq!(render(Place::Text, "{{ data.odd | escape_xml }}").unwrap(), said);
    }

    #[test]
    fn data_can_be_written_as_json() {
        let filled = render(Place::Text, "{{ data | json_encode }}").unwrap();
        assert_eq!(filled, r#"{"odd":"a/b?c&d=é #","none":""}"#);
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

    /// A template that takes no engine yields what the engine yields, and so does one that is given
    /// only what it names.
    #[test]
    fn what_is_kept_fills_templates_in_as_all_facts_do() {
        let region = crate::domain::phone::Region::parse("FR").unwrap();
        let now = crate::domain::time::Timestamp(1_790_000_000_000);
        let mut facts = Facts::sample("call.ended", now, region);
        facts.call.progress.as_mut().unwrap().talk_seconds = Some(0);
        facts.data.insert("odd".to_owned(), "a/b?c&d=é #".into());
        facts.data.insert("list".to_owned(), json!(["a", 1]));
        facts.data.insert("half".to_owned(), json!(0.5));
        let text = serde_json::to_string(&facts).unwrap();
        let kept = Kept::read(&text).unwrap();
        let names = DELIVERY_NAMES.iter().flat_map(|group| group.iter());
        let mut sources: Vec<String> =
            names.map(|(name, _)| format!("<{{{{ {name} }}}}>")).collect();
        sources.extend(
            [
                "",
                " no name \n",
                "{{data.odd}}{{ data.none }}{{ contact.data.tier }}",
                "{{ data.list }} {{ data.half }}",
                "{{ call.talk_seconds or caller.name }} {{ agent.id or call.cause }}",
                "{{ call.voicemail or call.recording }}",
                "{% if caller.name %}{{ caller.name | upper }}{% endif %}\n",
                "{{ call.talk_seconds + 1 }}{# remark #}",
                "{{- caller.name -}} {{ '%' ~ caller[\"name\"] }}",
                "{% for key, value in data %}{{ key }}{% endfor %}",
                "{{ contact.data.tier or source }}{{ contact.data | length }}",
            ]
            .map(str::to_owned),
        );
        for source in sources {
            for place in [Place::Text, Place::Address, Place::Xml] {
                let mut builder = LinesBuilder::new(DELIVERY_NAMES);
                let Ok(name) = builder.add(place, &source) else { continue };
                let lines = builder.build().unwrap();
                let mut all = facts.clone();
                all.complete(lines.data_keys(), lines.contact_keys());
                let by_all = lines.render(&name, &all).unwrap();
                assert_eq!(lines.fill(&name, &Values::of(&kept)).unwrap(), by_all, "{source}");
            }
        }
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
