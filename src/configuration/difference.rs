//! What one document changes against another, by section and name.

use std::collections::{BTreeMap, BTreeSet};

use super::document::Document;
use super::reader::Written;

/// How many changes are listed; more would bury what matters.
const LISTED: usize = 20;

impl Document {
    /// What this document changes against an older one, for people to read.
    pub fn difference(&self, older: &Self) -> String {
        let all = [
            compare("rule", &older.rules, &self.rules, |written| &written.name),
            compare("hours", &older.hours, &self.hours, |written| &written.name),
            compare("disposition", &older.dispositions, &self.dispositions, |written| {
                &written.queue
            }),
            compare("source", &older.sources, &self.sources, |written| &written.name),
            compare("agent", &older.agents, &self.agents, |written| &written.id),
            compare("destination", &older.destinations, &self.destinations, |written| {
                &written.name
            }),
            compare("lookup", &older.lookups, &self.lookups, |written| &written.name),
        ];
        let mut all = all.concat();
        if all.is_empty() {
            return "nothing changes".to_owned();
        }
        let more = all.len().saturating_sub(LISTED);
        all.truncate(LISTED);
        let end = if more == 0 { "nothing else changes".into() } else { format!("{more} more") };
        format!("{}; {end}", all.join(", "))
    }
}

/// What has changed in one section. Tables that share a name, or have none, change together.
fn compare<T: PartialEq>(
    section: &str,
    older: &[T],
    newer: &[T],
    name: fn(&T) -> &Written<String>,
) -> Vec<String> {
    let (before, after) = (by_name(older, name), by_name(newer, name));
    let (mut changes, mut seen) = (Vec::new(), BTreeSet::new());
    let all = names(newer, name).into_iter().chain(names(older, name));
    for key in all.filter(|key| seen.insert(*key)) {
        let change = match (before.get(&key), after.get(&key)) {
            (None, _) => "added",
            (_, None) => "removed",
            (one, other) if one != other => "changed",
            _ => continue,
        };
        let name = key.map_or_else(|| section.to_owned(), |key| format!("{section} \"{key}\""));
        changes.push(format!("{name} {change}"));
    }
    let stays = |key: &Name<'_>| before.contains_key(key) && after.contains_key(key);
    if !names(older, name)
        .into_iter()
        .filter(stays)
        .eq(names(newer, name).into_iter().filter(stays))
    {
        changes.push(format!("{section}s in another order"));
    }
    changes
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
        newer.difference(&older)
    }

    #[test]
    fn what_changes_is_said_by_section_and_name() {
        for (from, to, said) in [
            ("\"Trucks\"", "\"trucks\"", "rule \"trucks\" changed"),
            ("name = \"old\"", "name = \"new\"", "rule \"new\" added, rule \"old\" removed"),
            ("\"Sold\"", "\"Sold\", \"Lost\"", "disposition changed"),
            ("env:TOKEN", "env:OTHER", "destination \"crm\" changed"),
            ("on = \"*\"", "on = \"*\"\ntimeout = \"5s\"", "destination \"crm\" changed"),
            (
                "[[disposition]]",
                "[[agent]]\nid = \"priya\"\n[[disposition]]",
                "agent \"priya\" added",
            ),
        ] {
            assert_eq!(difference(from, to), format!("{said}; nothing else changes"), "{to}");
        }
    }

    #[test]
    fn where_something_stands_changes_nothing_but_the_order_of_rules_does() {
        assert_eq!(difference("[[rule]]", "# Who is shown what.\n\n[[rule]]"), "nothing changes");
        let (old, rest) = ("name = \"old\"\n\n[[rule]]\nname = \"rest\"", "name = \"rest\"");
        let swapped = difference(old, &format!("{rest}\n\n[[rule]]\nname = \"old\""));
        assert_eq!(swapped, "rules in another order; nothing else changes");
    }

    #[test]
    fn a_long_list_is_cut_short() {
        let rules: Vec<String> =
            (0..23).map(|at| format!("[[rule]]\nname = \"r{at}\"\n")).collect();
        let difference =
            Document::parse(&rules.concat()).unwrap().difference(&Document::parse("").unwrap());
        assert!(difference.ends_with("rule \"r19\" added; 3 more"), "{difference}");
    }
}
