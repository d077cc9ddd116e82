//! Who knows whom among the modules that stand side by side, at every level.
//!
//! A module and the modules inside of it belong together and may know each other; its neighbours know
//! each other in one direction only.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use proc_macro2::{Delimiter, TokenTree};

use super::sources::{Module, Place, Sources, is};

/// The modules side by side inside of one, and which of the others each of them uses, with a proof.
pub(super) struct Level {
    pub(super) of: Place,
    uses: BTreeMap<String, BTreeMap<String, String>>,
}

/// All levels, from the outermost.
pub(super) fn levels(sources: &Sources) -> Vec<Level> {
    let methods = methods_defined_elsewhere(sources);
    let mut levels: BTreeMap<Place, BTreeMap<String, BTreeMap<String, String>>> = BTreeMap::new();
    for (place, module) in &sources.modules {
        for depth in 0..place.len() {
            levels
                .entry(place[..depth].to_vec())
                .or_default()
                .entry(place[depth].clone())
                .or_default();
        }
        let mut uses = sources.uses(module);
        for name in called(&module.tokens) {
            // Elsewhere a method of that name may be another type's.
            if let Some(other) = methods.get(&name).filter(|other| other.first() == place.first()) {
                uses.entry(other.clone()).or_insert(format!(".{name}()"));
            }
        }
        for (other, path) in uses {
            let depth = place.iter().zip(&other).take_while(|(one, other)| one == other).count();
            let (Some(one), Some(other)) = (place.get(depth), other.get(depth)) else { continue };
            let proof = format!("{}: {path}", module.file.file_name().unwrap().display());
            let level = levels.entry(place[..depth].to_vec()).or_default();
            level.entry(one.clone()).or_default().entry(other.clone()).or_insert(proof);
        }
    }
    levels.into_iter().map(|(of, uses)| Level { of, uses }).collect()
}

/// Methods that a module gives to another module's type: whoever calls one uses the module that
/// defines it. Of those whose name is another one's, too, nothing is known.
fn methods_defined_elsewhere(sources: &Sources) -> BTreeMap<String, Place> {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    let mut methods = BTreeMap::new();
    for (place, module) in &sources.modules {
        for name in defined(&module.tokens) {
            *count.entry(name).or_default() += 1;
        }
        for name in given_to_others(module) {
            methods.insert(name, place.clone());
        }
    }
    methods.retain(|name, _| count.get(name) == Some(&1));
    methods
}

/// The methods of `impl Type { … }` where the type is not defined in this file.
fn given_to_others(module: &Module) -> Vec<String> {
    let tokens = &module.tokens;
    let is_own = |name: &str| {
        tokens
            .windows(2)
            .any(|pair| (is(&pair[0], "struct") || is(&pair[0], "enum")) && is(&pair[1], name))
    };
    let mut found = Vec::new();
    for window in tokens.windows(3) {
        let [word, TokenTree::Ident(name), TokenTree::Group(body)] = window else { continue };
        if is(word, "impl") && body.delimiter() == Delimiter::Brace && !is_own(&name.to_string()) {
            found.extend(defined(&body.stream().into_iter().collect::<Vec<_>>()));
        }
    }
    found
}

/// The names of functions that these tokens define, however deep.
fn defined(tokens: &[TokenTree]) -> Vec<String> {
    words(tokens, &|before, _| is(before, "fn"))
}

/// The names of methods that they call.
fn called(tokens: &[TokenTree]) -> Vec<String> {
    words(tokens, &|before, after| {
        is(before, ".")
            && matches!(after, TokenTree::Group(given) if given.delimiter() == Delimiter::Parenthesis)
    })
}

/// The words between tokens of which this holds.
fn words(tokens: &[TokenTree], holds: &dyn Fn(&TokenTree, &TokenTree) -> bool) -> Vec<String> {
    let between = tokens.windows(3).filter(|window| holds(&window[0], &window[2]));
    let here = between.map(|window| window[1].to_string());
    let deeper = tokens.iter().filter_map(|token| match token {
        TokenTree::Group(group) => {
            Some(words(&group.stream().into_iter().collect::<Vec<_>>(), holds))
        }
        _ => None,
    });
    here.chain(deeper.flatten()).collect()
}

impl Level {
    /// Everything that a module uses, and what uses that, and so on.
    fn reach(&self, from: &str) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&str> = self.uses[from].keys().map(String::as_str).collect();
        while let Some(one) = open.pop() {
            if found.insert(one) {
                open.extend(
                    self.uses.get(one).into_iter().flatten().map(|(name, _)| name.as_str()),
                );
            }
        }
        found
    }

    /// The modules that know each other in circles: those that reach each other, together.
    pub(super) fn circles(&self) -> BTreeSet<BTreeSet<&str>> {
        let reach: BTreeMap<&str, BTreeSet<&str>> =
            self.uses.keys().map(|one| (one.as_str(), self.reach(one))).collect();
        let in_circles = reach.iter().filter(|(one, reached)| reached.contains(*one));
        in_circles
            .map(|(one, reached)| {
                reached.iter().copied().filter(|other| reach[other].contains(one)).collect()
            })
            .collect()
    }

    /// A circle as a list: who uses whom of it, and where that is said.
    pub(super) fn shown(&self, circle: &BTreeSet<&str>) -> String {
        let uses = circle.iter().flat_map(|one| {
            let others =
                self.uses[*one].iter().filter(|(other, _)| circle.contains(other.as_str()));
            others.map(move |(other, proof)| format!("  {one} → {other}  ({proof})\n"))
        });
        format!("{}:\n{}", name(&self.of), uses.collect::<String>())
    }
}

fn name(place: &Place) -> String {
    if place.is_empty() { "crate".to_owned() } else { place.join("::") }
}

/// A line a rank: those that use nobody beside them first.
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", name(&self.of))?;
        let mut left: BTreeSet<&str> = self.uses.keys().map(String::as_str).collect();
        let mut rank = 0;
        while !left.is_empty() {
            let waits = |one: &&str| self.reach(one).iter().any(|used| left.contains(used));
            let mut next: BTreeSet<&str> = left.iter().copied().filter(|one| !waits(one)).collect();
            if next.is_empty() {
                // A circle has no rank of its own: whoever uses nothing but its circle is next.
                let circles = self.circles();
                let own = |one: &str| circles.iter().find(|circle| circle.contains(one));
                next = left
                    .iter()
                    .copied()
                    .filter(|one| {
                        let reached = self.reach(one);
                        own(one).is_some_and(|circle| {
                            reached.iter().all(|used| circle.contains(used) || !left.contains(used))
                        })
                    })
                    .collect();
            }
            writeln!(f, "  {rank}  {}", next.iter().copied().collect::<Vec<_>>().join(" · "))?;
            left.retain(|one| !next.contains(one));
            rank += 1;
        }
        Ok(())
    }
}
