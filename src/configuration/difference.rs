//! What one document changes against another, by section, name and key.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::document::{Document, Keyed};
use super::reader::Written;

/// How many changes are said in one line; more would bury what matters.
const LISTED: usize = 5;

/// Everything that one document changes against another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Difference(Vec<Change>);

/// One table that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// `rule`, `source`, …
    section: &'static str,
    /// None of what has no name, as the outcomes of every queue.
    name: Option<String>,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "lowercase")]
enum What {
    Added {
        /// Its place among the others, from 1, where the order decides.
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<usize>,
    },
    Removed,
    Changed {
        keys: Vec<&'static str>,
    },
    /// From one place among the others to another.
    Moved {
        from: usize,
        to: usize,
    },
}

impl Difference {
    /// Every change, in the order of sections.
    pub fn changes(&self) -> &[Change] {
        &self.0
    }

    /// Whether both documents say the same.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// In one line.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing changes");
        }
        let listed: Vec<String> = self.0.iter().take(LISTED).map(ToString::to_string).collect();
        f.write_str(&listed.join("; "))?;
        match self.0.len().saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.section)?;
        if let Some(name) = &self.name {
            write!(f, " \"{name}\"")?;
        }
        match &self.what {
            What::Added { place: None } => f.write_str(" added"),
            What::Added { place: Some(place) } => write!(f, " added in place {place}"),
            What::Removed => f.write_str(" removed"),
            What::Changed { keys } if keys.is_empty() => f.write_str(" changed"),
            What::Changed { keys } => write!(f, " changed: {}", keys.join(", ")),
            What::Moved { from, to } => write!(f, " moved from place {from} to place {to}"),
        }
    }
}

impl Document {
    /// What this document changes against an older one.
    pub fn difference(&self, older: &Self) -> Difference {
        let all = [
            in_order("rule", &older.rules, &self.rules, |rule| &rule.name),
            compare("hours", &older.hours, &self.hours, |hours| &hours.name),
            compare("queue", &older.queues, &self.queues, |queue| &queue.name),
            compare("disposition", &older.dispositions, &self.dispositions, |list| &list.queue),
            compare("source", &older.sources, &self.sources, |source| &source.name),
            compare("agent", &older.agents, &self.agents, |agent| &agent.id),
            compare("destination", &older.destinations, &self.destinations, |one| &one.name),
            in_order("lookup", &older.lookups, &self.lookups, |lookup| &lookup.name),
        ];
        Difference(all.concat())
    }

    /// Whether it says nothing at all.
    pub fn is_empty(&self) -> bool {
        let Self { rules, hours, queues, dispositions, sources, agents, destinations, lookups } =
            self;
        rules.is_empty()
            && hours.is_empty()
            && queues.is_empty()
            && dispositions.is_empty()
            && sources.is_empty()
            && agents.is_empty()
            && destinations.is_empty()
            && lookups.is_empty()
    }
}

/// What has changed in one section. Tables that share a name, or have none, change together.
fn compare<T: Keyed + PartialEq>(
    section: &'static str,
    older: &[T],
    newer: &[T],
    name: fn(&T) -> &Written<String>,
) -> Vec<Change> {
    let (before, after) = (by_name(older, name), by_name(newer, name));
    let mut seen = BTreeSet::new();
    let all = names(newer, name).into_iter().chain(names(older, name));
    let changes = all.filter(|key| seen.insert(*key)).filter_map(|key| {
        let what = match (before.get(&key).map(Vec::as_slice), after.get(&key).map(Vec::as_slice)) {
            (None, _) => What::Added { place: None },
            (_, None) => What::Removed,
            (one, other) if one == other => return None,
            (Some([one]), Some([other])) => What::Changed { keys: other.differing(one) },
            (Some(_), Some(_)) => What::Changed { keys: Vec::new() },
        };
        Some(Change { section, name: key.cloned(), what })
    });
    changes.collect()
}

/// The same of a section whose order decides: where something new stands, and what stands elsewhere.
fn in_order<T: Keyed + PartialEq>(
    section: &'static str,
    older: &[T],
    newer: &[T],
    name: fn(&T) -> &Written<String>,
) -> Vec<Change> {
    let mut changes = compare(section, older, newer, name);
    let (before, after) = (names(older, name), names(newer, name));
    for change in &mut changes {
        if let (What::Added { place: at }, Some(name)) = (&mut change.what, &change.name) {
            *at = Some(place(&after, name));
        }
    }
    let stay = |names: &[Name<'_>], others: &[Name<'_>]| -> Vec<String> {
        let stay = names.iter().filter(|name| others.contains(name));
        stay.filter_map(|name| name.cloned()).collect()
    };
    let (staying, now) = (stay(&before, &after), stay(&after, &before));
    let apart = capture_diff_slices(Algorithm::Myers, &staying, &now);
    let apart = apart.iter().filter(|part| part.tag() != DiffTag::Equal);
    let moved = apart.flat_map(|part| now.get(part.new_range()).unwrap_or_default());
    let moved = moved.map(|name| Change {
        section,
        name: Some(name.clone()),
        what: What::Moved { from: place(&before, name), to: place(&after, name) },
    });
    changes.extend(moved);
    changes
}

fn place(names: &[Name<'_>], name: &String) -> usize {
    names.iter().position(|known| *known == Some(name)).map_or(0, |at| at + 1)
}

type Name<'d> = Option<&'d String>;

fn names<T>(written: &[T], name: fn(&T) -> &Written<String>) -> Vec<Name<'_>> {
    written.iter().map(|written| name(written).get()).collect()
}

fn by_name<T>(written: &[T], name: fn(&T) -> &Written<String>) -> BTreeMap<Name<'_>, Vec<&T>> {
    let mut all: BTreeMap<Name<'_>, Vec<&T>> = BTreeMap::new();
    for written in written {
        all.entry(name(written).get()).or_default().push(written);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLDER: &str = r#"
[[rule]]
name = "trucks"
when = { queue = "Trucks" }

[[rule]]
name = "old"

[[rule]]
name = "rest"

[[disposition]]
options = ["Sold"]

[[destination]]
name = "crm"
on = "*"
url = "https://crm.example.com/"
auth = { bearer = "env:TOKEN" }
"#;

    /// What is said of a text in which something is put in another's place.
    fn difference(from: &str, to: &str) -> String {
        assert!(OLDER.contains(from), "{from}");
        let [older, newer] =
            [OLDER, &OLDER.replace(from, to)].map(|text| Document::parse(text).unwrap());
        newer.difference(&older).to_string()
    }

    #[test]
    fn what_changes_is_said_by_section_name_and_key() {
        let agent = "[[agent]]\nid = \"priya\"\n[[disposition]]";
        for (from, to, said) in [
            ("\"Trucks\"", "\"trucks\"", "rule \"trucks\" changed: when"),
            (
                "name = \"old\"",
                "name = \"new\"\ntitle = \"x\"",
                "rule \"new\" added in place 2; rule \"old\" removed",
            ),
            ("\"Sold\"", "\"Sold\", \"Lost\"", "disposition changed: options"),
            (
                "env:TOKEN\" }",
                "env:OTHER\" }\ntimeout = \"5s\"\nmethod = \"PUT\"\nupdate = { url = \"https://a/\" }",
                "destination \"crm\" changed: method, update, auth, timeout",
            ),
            ("[[disposition]]", agent, "agent \"priya\" added"),
            (
                OLDER,
                "",
                "rule \"trucks\" removed; rule \"old\" removed; rule \"rest\" removed; disposition removed; destination \"crm\" removed",
            ),
        ] {
            assert_eq!(difference(from, to), said, "{to}");
        }
    }

    #[test]
    fn where_something_stands_changes_nothing_but_the_order_of_rules_does() {
        assert_eq!(difference("[[rule]]", "# Who is shown what.\n\n[[rule]]"), "nothing changes");
        let rules = OLDER.find("[[disposition]]").map(|at| &OLDER[..at]).unwrap();
        let said = |names: &[&str]| {
            let written = |name| format!("[[rule]]\nname = \"{name}\"\n");
            let when = "when = { queue = \"Trucks\" }\n";
            let written: String = names.iter().map(written).collect();
            let trucks = "name = \"trucks\"\n";
            difference(rules, &written.replace(trucks, &format!("{trucks}{when}")))
        };
        let moved = "rule \"rest\" moved from place 3 to place 1";
        assert_eq!(said(&["rest", "trucks", "old"]), moved);
        let more =
            format!("rule \"new\" added in place 1; {}", moved.replace("place 1", "place 2"));
        assert_eq!(said(&["new", "rest", "trucks", "old"]), more);
    }

    #[test]
    fn a_long_list_is_cut_short_in_a_line_only() {
        let rules: Vec<String> =
            (0..23).map(|at| format!("[[rule]]\nname = \"r{at}\"\n")).collect();
        let difference =
            Document::parse(&rules.concat()).unwrap().difference(&Document::parse("").unwrap());
        let said = difference.to_string();
        assert!(said.ends_with("rule \"r4\" added in place 5; and 18 more"), "{said}");
        assert_eq!(difference.changes().len(), 23);
    }
}
