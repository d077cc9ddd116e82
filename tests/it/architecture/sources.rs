//! Our own sources as the compiler reads them, without the unit tests: which modules there are, and
//! which names of each other and of libraries they use.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What a path of ours begins with.
const STEPS: [&str; 3] = ["crate", "self", "super"];

/// A module's place below the root: `["web", "body"]`.
pub(super) type Place = Vec<String>;

/// A module of one file.
pub(super) struct Module {
    pub(super) file: PathBuf,
    pub(super) text: String,
    pub(super) tokens: Vec<TokenTree>,
    /// Every path that it uses, as it is written, with the module that it stands in.
    paths: Vec<(Place, Vec<String>)>,
}

/// Every module below one root.
pub(super) struct Sources {
    pub(super) modules: BTreeMap<Place, Module>,
    /// What `use` gives a name to in a module: where that is found.
    names: BTreeMap<(Place, String), Vec<String>>,
}

impl Sources {
    /// The files of a folder of the repository.
    pub(super) fn read(folder: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut all = Self { modules: BTreeMap::new(), names: BTreeMap::new() };
        let mut tests = BTreeSet::new();
        for file in files(&root) {
            let place = place(file.strip_prefix(&root).unwrap());
            let text = std::fs::read_to_string(&file).unwrap();
            let tokens: TokenStream =
                text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            let mut reader = Reader::default();
            let tokens = reader.without_tests(tokens, &place);
            reader.read(&tokens, &place);
            tests.extend(reader.tests);
            all.names.extend(reader.names);
            all.modules.insert(place, Module { file, text, tokens, paths: reader.paths });
        }
        all.modules.retain(|place, _| !tests.iter().any(|test| place.starts_with(test)));
        all
    }

    /// Which other modules a module uses, each with the path that says so.
    pub(super) fn uses(&self, module: &Module) -> BTreeMap<Place, String> {
        let found = module
            .paths
            .iter()
            .filter_map(|(place, path)| Some((self.module_of(place, path)?, path.join("::"))));
        found.collect()
    }

    /// Which libraries a module uses.
    pub(super) fn libraries<'a>(&self, module: &'a Module) -> BTreeSet<&'a str> {
        let foreign = module
            .paths
            .iter()
            .filter(|(place, path)| path.len() > 1 && self.module_of(place, path).is_none());
        foreign.map(|(_, path)| path[0].as_str()).collect()
    }

    /// The module that has what a path leads to; none if that is a library's.
    fn module_of(&self, place: &Place, path: &[String]) -> Option<Place> {
        let mut absolute = self.absolute(place, path)?;
        // A name that is passed on leads further; none is passed on so often.
        for _ in 0..8 {
            let depth = (0..=absolute.len()).rev().find(|d| self.is_module(&absolute[..*d]))?;
            let (module, rest) = absolute.split_at(depth);
            let Some(name) = rest.first() else { return Some(module.to_vec()) };
            let Some(passed_on) = self.names.get(&(module.to_vec(), name.clone())) else {
                return Some(module.to_vec());
            };
            absolute = [self.absolute(&module.to_vec(), passed_on)?, rest[1..].to_vec()].concat();
        }
        None
    }

    fn absolute(&self, place: &Place, path: &[String]) -> Option<Place> {
        let mut from = match path.first()?.as_str() {
            "crate" => Vec::new(),
            "self" | "super" => place.clone(),
            first => {
                let below = [place.as_slice(), &[first.to_owned()]].concat();
                if self.is_module(&below) {
                    return Some([place.as_slice(), path].concat());
                }
                // A name that this file has given to something of ours.
                let named = self.names.get(&(place.clone(), first.to_owned()))?;
                let is_ours = STEPS.contains(&named[0].as_str());
                let whole = is_ours.then(|| [named.as_slice(), &path[1..]].concat())?;
                return self.absolute(place, &whole);
            }
        };
        let is_step = |word: &&String| STEPS.contains(&word.as_str());
        let steps = path.iter().take_while(is_step).count();
        for _ in path[..steps].iter().filter(|word| *word == "super") {
            from.pop();
        }
        from.extend_from_slice(&path[steps..]);
        Some(from)
    }

    fn is_module(&self, place: &[String]) -> bool {
        place.is_empty() || self.modules.contains_key(place)
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// `web/body.rs` is `web::body`, `web/mod.rs` is `web`, the root has no name.
fn place(file: &Path) -> Place {
    let mut place: Place =
        file.with_extension("").iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    let names_nothing = |last: &String| last == "mod" || ["lib", "main"].contains(&last.as_str());
    if place.last().is_some_and(names_nothing) {
        place.pop();
    }
    place
}

/// Reads the tokens of one file.
#[derive(Default)]
struct Reader {
    tests: BTreeSet<Place>,
    names: BTreeMap<(Place, String), Vec<String>>,
    paths: Vec<(Place, Vec<String>)>,
}

impl Reader {
    /// The tokens without the items that are compiled for unit tests only.
    fn without_tests(&mut self, tokens: TokenStream, place: &Place) -> Vec<TokenTree> {
        let mut tokens = tokens.into_iter().peekable();
        let mut kept = Vec::new();
        while let Some(token) = tokens.next() {
            let attribute = tokens.peek().filter(|_| is(&token, "#")).map(ToString::to_string);
            if attribute.is_some_and(|attribute| attribute.replace(' ', "") == "[cfg(test)]") {
                let item: Vec<TokenTree> = take_item(&mut tokens);
                if let Some(at) = item.iter().position(|token| is(token, "mod")) {
                    self.tests.insert([place.as_slice(), &[item[at + 1].to_string()]].concat());
                }
                continue;
            }
            kept.push(match token {
                TokenTree::Group(group) => {
                    let inner = self.without_tests(group.stream(), place);
                    let stream = inner.into_iter().collect();
                    TokenTree::Group(proc_macro2::Group::new(group.delimiter(), stream))
                }
                token => token,
            });
        }
        kept
    }

    /// Writes down every path, and every name that a `use` gives.
    fn read(&mut self, tokens: &[TokenTree], place: &Place) {
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at..] {
                [word, TokenTree::Ident(name), TokenTree::Group(body), ..] if is(word, "mod") => {
                    let inner = [place.as_slice(), &[name.to_string()]].concat();
                    let body: Vec<TokenTree> = body.stream().into_iter().collect();
                    self.read(&body, &inner);
                    at += 3;
                }
                [word, rest @ ..] if is(word, "use") => {
                    let end = rest.iter().position(|token| is(token, ";")).unwrap_or(rest.len());
                    self.take_names(&rest[..end], &[], place);
                    at += end + 1;
                }
                [TokenTree::Group(group), ..] => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    self.read(&inner, place);
                    at += 1;
                }
                rest => {
                    let path = leading_path(rest);
                    at += (3 * path.len()).saturating_sub(2).max(1);
                    if path.len() > 1 {
                        self.paths.push((place.clone(), path));
                    }
                }
            }
        }
    }

    /// One part of a `use`: `a::b`, `a::{b, c as d}`, `a::*`.
    fn take_names(&mut self, tokens: &[TokenTree], before: &[String], place: &Place) {
        for tree in tokens.split(|token| is(token, ",")).filter(|tree| !tree.is_empty()) {
            let path = [before, &leading_path(tree)].concat();
            match tree.last() {
                Some(TokenTree::Group(group)) => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    self.take_names(&inner, &path, place);
                }
                Some(last) => {
                    let itself = path.last().is_some_and(|word| word == "self");
                    let path = path[..path.len() - usize::from(itself && path.len() > 1)].to_vec();
                    let name = if is(last, "self") { path.last().cloned() } else { None };
                    let name = name.unwrap_or_else(|| last.to_string());
                    self.names.insert((place.clone(), name), path.clone());
                    self.paths.push((place.clone(), path));
                }
                None => {}
            }
        }
    }
}

/// Takes what an attribute stands before: other attributes, and all until its body or semicolon.
fn take_item(tokens: &mut impl Iterator<Item = TokenTree>) -> Vec<TokenTree> {
    let mut item = Vec::new();
    for token in tokens {
        let is_end = match &token {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            token => is(token, ";"),
        };
        item.push(token);
        if is_end {
            break;
        }
    }
    item
}

/// The words of `a::b::c`, where these tokens begin with one.
fn leading_path(tokens: &[TokenTree]) -> Vec<String> {
    let mut path = Vec::new();
    let mut rest = tokens;
    while let [TokenTree::Ident(word), after @ ..] = rest {
        path.push(word.to_string());
        match after {
            [one, two, next @ ..] if is(one, ":") && is(two, ":") => rest = next,
            _ => break,
        }
    }
    path
}

/// Whether a token is this word or sign.
pub(super) fn is(token: &TokenTree, text: &str) -> bool {
    !matches!(token, TokenTree::Group(_)) && token.to_string() == text
}
