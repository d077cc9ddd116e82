//! The document: what the operator wrote, a type a section, every value with its place in the text.
//!
//! Nothing is looked up, lower-cased or given a default here. Two documents are equal if they say the
//! same, wherever it stands. What a preset says is not part of the document: it is added when the
//! document is compiled, and complaints about it have the line of the table that names the preset.

use std::collections::BTreeMap;

use toml::Spanned;

use super::Complaint;
use super::reader::{Readable, Reader, Verbatim, Written, nearest, one_or_many};
use super::value::{self, Member, Node, Table, flat, join};
use crate::domain::colour::Colour;
use crate::domain::decision::{Action, Moment};
use crate::domain::destination::State;
use crate::domain::rule::Field;
use crate::pbx::{Make, State as SourceState};

/// Where a table or a condition stands: the offset of its first byte, and its path as `rule[2]`.
#[derive(Debug, Clone)]
pub(super) struct Position {
    pub(super) at: usize,
    pub(super) path: String,
}

impl PartialEq for Position {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A table that is written with known keys.
pub(super) trait Keyed: Sized {
    /// In the order in which complaints list them.
    fn keys() -> Vec<&'static str>;
    fn read(reader: &mut Reader<'_>, table: &Table, path: &str, at: usize) -> Self;
    /// Where the keys stand that are there.
    fn places(&self) -> Vec<(&'static str, usize)>;
    /// Adds what another table says of keys that this one does not have.
    fn or(self, other: Self) -> Self;
    /// The keys under which another table says something else.
    fn differing(&self, other: &Self) -> Vec<&'static str>;
}

/// Defines a table by its keys and what may stand under them; `..part: Type` takes in the keys of
/// another one.
macro_rules! keyed {
    ($(#[$doc:meta])* $name:ident {
        $($key:ident: $kind:ty,)*
        $(..$part:ident: $parts:ty, $($more:ident: $other:ty,)*)?
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub(super) struct $name {
            pub(super) position: Position,
            $(pub(super) $key: Written<$kind>,)*
            $(pub(super) $part: $parts, $(pub(super) $more: Written<$other>,)*)?
        }

        impl Keyed for $name {
            fn keys() -> Vec<&'static str> {
                [
                    &[$(stringify!($key)),*][..],
                    $(&<$parts>::keys(), &[$(stringify!($more)),*])?
                ].concat()
            }

            fn read(reader: &mut Reader<'_>, table: &Table, path: &str, at: usize) -> Self {
                Self {
                    position: Position { at, path: path.to_owned() },
                    $($key: reader.written(table, path, stringify!($key)),)*
                    $(
                        $part: <$parts>::read(reader, table, path, at),
                        $($more: reader.written(table, path, stringify!($more)),)*
                    )?
                }
            }

            fn places(&self) -> Vec<(&'static str, usize)> {
                let places: Vec<(&'static str, Option<usize>)> =
                    vec![$((stringify!($key), self.$key.at())),*];
                let places = places.into_iter().filter_map(|(key, at)| Some((key, at?)));
                $(
                    let more = [$((stringify!($more), self.$more.at())),*];
                    let more = more.into_iter().filter_map(|(key, at)| Some((key, at?)));
                    let places = places.chain(self.$part.places()).chain(more);
                )?
                places.collect()
            }

            fn differing(&self, other: &Self) -> Vec<&'static str> {
                let differing = [$((stringify!($key), self.$key != other.$key)),*].into_iter();
                $(
                    let part = self.$part.differing(&other.$part);
                    let differing = differing.chain(part.into_iter().map(|key| (key, true)));
                    let differing = differing.chain([$((stringify!($more), self.$more != other.$more)),*]);
                )?
                differing.filter(|(_, differs)| *differs).map(|(key, _)| key).collect()
            }

            fn or(self, other: Self) -> Self {
                Self {
                    position: self.position,
                    $($key: self.$key.or(other.$key),)*
                    $($part: self.$part.or(other.$part), $($more: self.$more.or(other.$more),)*)?
                }
            }
        }
    };
}

keyed! {
    WrittenRule {
        name: String,
        when: Vec<WrittenCondition>,
        unless: Vec<WrittenCondition>,
        moment: Moment,
        action: Action,
        ask: String,
        url: String,
        page: String,
        autopause: bool,
        title: String,
        multitab: bool,
    }
}

keyed! {
    WrittenHours {
        name: String,
        zone: String,
        open: Node,
        closed: Node,
    }
}

keyed! {
    WrittenQueue {
        name: String,
        colour: Colour,
    }
}

keyed! {
    WrittenDisposition {
        queue: String,
        options: Node,
        required: bool,
    }
}

keyed! {
    WrittenSource {
        name: String,
        kind: &'static Make,
        secrets: Node,
        auth: Node,
        sqs: Node,
        event: Vec<String>,
        events: Vec<Member>,
        keys: Vec<Member>,
        values: Vec<Member>,
        max_age: String,
        expires: String,
        region: String,
        zone: String,
        state: SourceState,
        integration: String,
    }
}

keyed! {
    WrittenAgent {
        id: String,
        name: String,
        at: Vec<Member>,
        link: Node,
    }
}

keyed! {
    /// What one request is written with, in a destination, a lookup or a preset.
    WrittenRequest {
        method: String,
        url: String,
        query: Node,
        headers: Node,
        form: Node,
        json: Node,
        body: Verbatim,
        content_type: String,
    }
}

keyed! {
    /// The request that changes an entry, and each request of a preset.
    WrittenUpdate {
        ..request: WrittenRequest,
        on: Vec<String>,
    }
}

keyed! {
    WrittenDestination {
        name: String,
        preset: Node,
        setup: Node,
        state: State,
        on: Vec<String>,
        when: Vec<WrittenCondition>,
        unless: Vec<WrittenCondition>,
        ..request: WrittenRequest,
        update: WrittenUpdate,
        auth: Node,
        sign: Node,
        x_signature: Node,
        entry: String,
        retry: Vec<String>,
        timeout: String,
        sqs: Node,
    }
}

keyed! {
    WrittenLookup {
        name: String,
        preset: Node,
        setup: Node,
        ..request: WrittenRequest,
        auth: Node,
        numbers: Vec<String>,
        none: Node,
        contacts: Node,
        contact: Node,
        open: String,
        create: String,
        search: String,
        deadline: String,
        fresh: String,
        keep: String,
    }
}

/// A condition of a rule or a destination.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WrittenCondition {
    pub(super) position: Position,
    pub(super) field: Field,
    pub(super) any_of: Vec<Spanned<String>>,
}

impl Readable for Vec<WrittenCondition> {
    fn from_node(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Self> {
        let Some(conditions) = node.get_ref().as_table() else {
            let message = "is not a table; write { queue = \"trucks\" }";
            reader.complain(node.span().start, path, message);
            return None;
        };
        let mut all = Self::new();
        for (name, node) in flat(conditions, "") {
            let (at, name) = (name.span().start, name.get_ref());
            let path = join(path, name);
            if let Some(field) = Field::parse(name) {
                let any_of = any_of(reader, &node, &path);
                all.push(WrittenCondition { position: Position { at, path }, field, any_of });
            } else {
                let (meant, known) = (meant(name), Field::NAMES.join(", "));
                let message = format!("is not a condition; {meant}known: {known}, data.KEY");
                reader.complain(at, &path, message);
            }
        }
        Some(all)
    }
}

/// The condition that was meant: those that compare a span have the template's name without its unit.
fn meant(name: &str) -> String {
    let bare = ["_seconds", "_minutes", "_ms"].iter().find_map(|unit| name.strip_suffix(unit));
    match bare.filter(|bare| Field::NAMES.contains(bare)) {
        Some(bare) => format!("write \"{bare}\" = \"> 30s\"; "),
        None => nearest(name, &Field::NAMES),
    }
}

/// A text, or a list of texts of which any may match.
fn any_of(reader: &mut Reader<'_>, node: &Node, path: &str) -> Vec<Spanned<String>> {
    let nodes = one_or_many(node);
    if nodes.is_empty() {
        let message = "is an empty list: nothing could ever match";
        reader.complain(node.span().start, path, message);
    }
    let mut texts = Vec::new();
    for node in nodes {
        if let Some(text) = node.get_ref().plain() {
            texts.push(Spanned::new(node.span(), text));
        } else {
            let message = "must be a string, a number, a boolean, or a list of these";
            reader.complain(node.span().start, path, message);
        }
    }
    texts
}

impl Readable for WrittenUpdate {
    fn from_node(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Self> {
        let Some(update) = node.get_ref().as_table() else {
            reader.complain(node.span().start, path, "must be a table that describes a request");
            return None;
        };
        Some(checked(reader, update, path, node.span().start))
    }
}

/// Reads a table that has no other keys.
fn checked<T: Keyed>(reader: &mut Reader<'_>, table: &Table, path: &str, at: usize) -> T {
    reader.only(table, path, &T::keys());
    T::read(reader, table, path, at)
}

/// What is wrong beside a preset is said of the line that the table begins with.
fn beside_preset<T>(
    reader: &mut Reader<'_>,
    table: &Table,
    at: usize,
    read: impl FnOnce(&mut Reader<'_>) -> T,
) -> T {
    let before = reader.complaints.len();
    let table_read = read(reader);
    if table.contains_key("preset") {
        reader.move_complaints(before, at);
    }
    table_read
}

fn destination(
    reader: &mut Reader<'_>,
    table: &Table,
    path: &str,
    at: usize,
) -> WrittenDestination {
    beside_preset(reader, table, at, |reader| checked(reader, table, path, at))
}

fn lookup(reader: &mut Reader<'_>, table: &Table, path: &str, at: usize) -> WrittenLookup {
    reader.only(table, path, &WrittenLookup::keys());
    beside_preset(reader, table, at, |reader| Keyed::read(reader, table, path, at))
}

/// What the operator wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub(super) rules: Vec<WrittenRule>,
    pub(super) hours: Vec<WrittenHours>,
    pub(super) queues: Vec<WrittenQueue>,
    pub(super) dispositions: Vec<WrittenDisposition>,
    pub(super) sources: Vec<WrittenSource>,
    pub(super) agents: Vec<WrittenAgent>,
    pub(super) destinations: Vec<WrittenDestination>,
    pub(super) lookups: Vec<WrittenLookup>,
}

/// The number of an agent's personal link that has never been replaced.
pub(super) const FIRST_LINK: i64 = 1;

const SECTIONS: [&str; 8] =
    ["rule", "hours", "queue", "disposition", "source", "agent", "destination", "lookup"];

impl Document {
    /// Reads a text; what could be read, unless the text is not TOML.
    pub(super) fn read(reader: &mut Reader<'_>, text: &str) -> Option<Self> {
        let table = match value::parse(text) {
            Ok(table) => table,
            Err(errors) => {
                for (at, message) in errors {
                    reader.complain(at, "", message);
                }
                return None;
            }
        };
        reader.only(&table, "", &SECTIONS);
        Some(Self {
            sources: reader.each(&table, "source", checked),
            agents: reader.each(&table, "agent", checked),
            destinations: reader.each(&table, "destination", destination),
            lookups: reader.each(&table, "lookup", lookup),
            rules: reader.each(&table, "rule", checked),
            hours: reader.each(&table, "hours", checked),
            queues: reader.each(&table, "queue", checked),
            dispositions: reader.each(&table, "disposition", checked),
        })
    }

    /// Which of their personal links is good, of each agent.
    pub fn links(&self) -> BTreeMap<String, i64> {
        let link = |agent: &WrittenAgent| {
            let link = agent.link.get().and_then(|node| node.get_ref().plain());
            link.map_or(Some(FIRST_LINK), |link| link.parse().ok())
        };
        let links =
            self.agents.iter().filter_map(|agent| Some((agent.id.get()?.clone(), link(agent)?)));
        links.collect()
    }

    /// The document of a text that was applied before.
    pub fn parse(text: &str) -> Result<Self, Vec<Complaint>> {
        let mut reader = Reader::new(text);
        match Self::read(&mut reader, text) {
            Some(document) if reader.complaints.is_empty() => Ok(document),
            _ => Err(reader.complaints),
        }
    }
}
