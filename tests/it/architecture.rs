//! The layers: a module knows only modules below it, neighbours know each other in one direction, and
//! what matters happens in one place.

mod circles;
mod sources;

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenTree};

use circles::levels;
use sources::{Module, Place, Sources, is};

/// Every layer, from the lowest, as `ARCHITECTURE.md` has them. Modules of one layer do not know each
/// other.
const LAYERS: [&[&str]; 9] = [
    &["domain"],
    &["template", "desktop", "pbx", "transport", "store", "telemetry"],
    &["crm", "configuration", "view"],
    &["flow"],
    &["web"],
    &["demo"],
    &["settings"],
    &["app"],
    &["cli"],
];

/// Libraries that are used in few modules only.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("rlibphonenumber", &["domain"]),
    ("quick_cache", &["domain"]),
    ("uuid", &["domain"]),
    ("jiff", &["domain"]),
    ("getrandom", &["domain"]),
    ("argon2", &["domain"]),
    ("tera", &["template"]),
    ("aws_lc_rs", &["pbx"]),
    ("roxmltree", &["pbx"]),
    ("reqwest", &["transport"]),
    ("openidconnect", &["transport"]),
    ("chrono", &["transport"]),
    ("aws_sdk_sqs", &["transport"]),
    ("aws_smithy_http_client", &["transport"]),
    ("aws_smithy_runtime_api", &["transport"]),
    ("rusqlite", &["store"]),
    ("postgres", &["store"]),
    ("tokio_postgres", &["store"]),
    ("tokio_postgres_rustls", &["store"]),
    ("csv", &["crm"]),
    ("encoding_rs", &["crm"]),
    ("toml", &["configuration"]),
    ("toml_edit", &["configuration"]),
    ("fluent_bundle", &["view"]),
    // The pages' files, and the presets, which stand in no line of code.
    ("rust_embed", &["view", "configuration"]),
    ("actix_cors", &["web"]),
    ("governor", &["web"]),
    ("utoipa", &["web"]),
    ("actix_web", &["web", "demo", "app"]),
    ("tracing_subscriber", &["telemetry"]),
    ("tracing_appender", &["telemetry"]),
    ("dotenvy", &["settings"]),
    ("socket2", &["app"]),
    ("clap", &["cli"]),
    ("tempfile", &["cli"]),
];

fn rank(module: &str) -> usize {
    let rank = LAYERS.iter().position(|layer| layer.contains(&module));
    rank.unwrap_or_else(|| panic!("{module} stands in no layer"))
}

/// Our modules, without the two files that stand for the whole.
fn modules(sources: &Sources) -> impl Iterator<Item = (&Place, &Module)> {
    sources.modules.iter().filter(|(place, _)| !place.is_empty())
}

#[test]
fn a_module_knows_only_modules_of_lower_layers() {
    let sources = Sources::read("src");
    for (place, module) in modules(&sources) {
        for (other, path) in sources.uses(module) {
            let (Some(one), Some(other)) = (place.first(), other.first()) else { continue };
            let file = module.file.display();
            assert!(one == other || rank(other) < rank(one), "{file}: {one} uses {path}");
        }
    }
}

/// Prints the order of the modules at every level; `cargo test --test it circle -- --nocapture` shows
/// it.
#[test]
fn no_modules_know_each_other_in_a_circle() {
    let mut found = String::new();
    for folder in ["src", "benches/load"] {
        let sources = Sources::read(folder);
        for level in levels(&sources) {
            println!("{folder} {level}");
            for circle in level.circles() {
                found += &level.shown(&circle);
            }
        }
    }
    assert!(found.is_empty(), "these know each other in a circle:\n{found}");
}

#[test]
fn a_library_is_used_in_its_module() {
    let sources = Sources::read("src");
    let mut used = BTreeSet::new();
    for (place, module) in modules(&sources) {
        for library in sources.libraries(module) {
            let Some((name, homes)) = LIBRARIES.iter().find(|(name, _)| *name == library) else {
                continue;
            };
            let file = module.file.display();
            assert!(homes.contains(&place[0].as_str()), "{file}: uses {library}");
            used.insert(*name);
        }
    }
    let unused = LIBRARIES.iter().filter(|(name, _)| !used.contains(name));
    assert_eq!(unused.count(), 0, "a library of the table is used nowhere: {used:?}");
}

/// `store.read(…)` and `store.write(…)` are given a closure.
#[test]
fn units_of_work_begin_in_flow_alone() {
    let sources = Sources::read("src");
    for (place, module) in modules(&sources) {
        if !["flow", "store"].contains(&place[0].as_str()) {
            let file = module.file.display();
            assert!(!begins_unit(&module.tokens), "{file}: begins a unit of work");
        }
    }
    assert!(begins_unit(&sources.modules[&place_of("flow::server_keys")].tokens));
}

fn place_of(path: &str) -> Place {
    path.split("::").map(str::to_owned).collect()
}

fn begins_unit(tokens: &[TokenTree]) -> bool {
    let begins = |window: &[TokenTree]| match window {
        [dot, word, TokenTree::Group(given)] if is(dot, ".") => {
            let first = given.stream().into_iter().next();
            let is_closure = first.is_some_and(|token| is(&token, "move") || is(&token, "|"));
            ["read", "write", "write_prefetched"].iter().any(|known| is(word, known)) && is_closure
        }
        _ => false,
    };
    tokens.windows(3).any(begins) || groups(tokens).any(|inner| begins_unit(&inner))
}

fn groups(tokens: &[TokenTree]) -> impl Iterator<Item = Vec<TokenTree>> {
    tokens.iter().filter_map(|token| match token {
        TokenTree::Group(group) => Some(group.stream().into_iter().collect()),
        _ => None,
    })
}

#[test]
fn every_file_says_what_it_is_for_and_no_module_is_called_util() {
    for folder in ["src", "benches/load", "tests/it"] {
        for (place, module) in &Sources::read(folder).modules {
            let file = module.file.display();
            assert!(module.text.starts_with("//! "), "{file}: begins without a word");
            let last = place.last().map_or("", String::as_str);
            assert!(!["util", "utils", "common", "types", "helpers"].contains(&last), "{file}");
        }
    }
}

/// Extractors of the web server that read a body.
const READERS: [&str; 8] =
    ["Bytes", "BytesMut", "Either", "Form", "Json", "Multipart", "Payload", "String"];

/// The web server calls extractors before the handler, so that one that reads a body reads anybody's,
/// for as long as they like.
#[test]
fn no_handler_is_given_a_body_before_it_knows_who_asks() {
    let sources = Sources::read("src");
    let mut handlers = 0;
    for (place, module) in modules(&sources) {
        if !["web", "demo"].contains(&place[0].as_str()) || place.ends_with(&["body".to_owned()]) {
            continue;
        }
        for (name, given) in functions(&module.tokens) {
            let file = module.file.display();
            if name == "from_request" {
                assert!(given.contains("_:&mutPayload"), "{file}: an extractor takes the body");
                continue;
            }
            let kinds = given.split(',').filter_map(|one| one.split_once(':'));
            let kinds: Vec<&str> = kinds.map(|(_, kind)| kind).collect();
            // The server has no reference to give, so what takes one is not a handler.
            if kinds.iter().any(|kind| kind.starts_with('&')) || given.contains("self") {
                continue;
            }
            handlers += usize::from(kinds.iter().any(|kind| kind.starts_with("Data<")));
            let reads = |kind: &&str| {
                let words = kind.split(|c: char| !c.is_alphanumeric());
                let outermost = words.filter(|word| !["Option", "Result", "actix"].contains(word));
                outermost.take(1).any(|word| READERS.contains(&word))
            };
            let reader = kinds.iter().find(|kind| reads(kind));
            assert!(
                reader.is_none(),
                "{file}: {name} is given {reader:?}; take a Body, and read it when rights are known"
            );
        }
    }
    assert!(handlers > 30, "handlers are recognised: {handlers}");
}

/// The functions of these tokens, with what they are given, without a space.
fn functions(tokens: &[TokenTree]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, _) in tokens.iter().enumerate().filter(|(_, token)| is(token, "fn")) {
        let given = tokens[at..].iter().find_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
                Some(group.stream().to_string().replace([' ', '\n'], ""))
            }
            _ => None,
        });
        let name = tokens.get(at + 1).map(ToString::to_string);
        found.extend(name.zip(given));
    }
    found.extend(groups(tokens).flat_map(|inner| functions(&inner)));
    found
}
