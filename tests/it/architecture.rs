//! The rooms of the house: each may only know those below it.

use std::path::{Path, PathBuf};

/// Every room with its rank, as `ARCHITECTURE.md` draws them.
const ROOMS: [(&str, u8); 15] = [
    ("domain", 0),
    ("template", 1),
    ("desktop", 1),
    ("pbx", 1),
    ("transport", 1),
    ("store", 1),
    ("crm", 2),
    ("configuration", 2),
    ("view", 2),
    ("flow", 3),
    ("web", 4),
    ("settings", 5),
    ("telemetry", 4),
    ("app", 6),
    ("main", 7),
];

/// Outside libraries that live in one room only.
const AT_HOME: [(&str, &[&str]); 13] = [
    ("rlibphonenumber", &["domain"]),
    ("uuid", &["domain"]),
    ("jiff", &["domain"]),
    ("tera", &["template"]),
    ("fluent_bundle", &["view"]),
    ("rusqlite", &["store"]),
    ("postgres", &["store"]),
    ("reqwest", &["transport"]),
    ("actix_cors", &["web"]),
    ("governor", &["web"]),
    ("rlimit", &["app"]),
    ("socket2", &["app"]),
    ("getrandom", &["domain"]),
];

fn sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let relative = path.strip_prefix(&root).unwrap();
                let room =
                    relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
                found.push((
                    room.to_owned(),
                    path.clone(),
                    std::fs::read_to_string(&path).unwrap(),
                ));
            }
        }
    }
    found.retain(|(room, ..)| room != "lib");
    found
}

fn rank(room: &str) -> u8 {
    ROOMS.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("{room} is no room")).1
}

/// The code without its unit tests, which may look anywhere.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap()
}

#[test]
fn a_room_knows_only_rooms_of_lower_rank() {
    for (room, path, text) in sources() {
        for part in code(&text).split("crate::").skip(1) {
            let used: String =
                part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            assert!(
                used == room || rank(&used) < rank(&room),
                "{}: {room} (rank {}) uses {used} (rank {})",
                path.display(),
                rank(&room),
                rank(&used)
            );
        }
    }
}

#[test]
fn outside_libraries_stay_at_home() {
    for (room, path, text) in sources() {
        for (library, homes) in AT_HOME {
            let used = code(&text).split(library).skip(1).any(|after| after.starts_with("::"));
            assert!(!used || homes.contains(&room.as_str()), "{}: uses {library}", path.display());
        }
    }
}

#[test]
fn every_file_says_what_it_is_for_and_no_room_is_called_util() {
    for (room, path, text) in sources() {
        assert!(text.starts_with("//! "), "{}: begins without a word", path.display());
        assert!(!["util", "utils", "common", "types", "helpers"].contains(&room.as_str()));
        let lines = code(&text).lines().count();
        assert!(lines <= 560, "{}: {lines} lines; divide it", path.display());
    }
}

/// What a handler may be given before it has decided who asks: nothing that collects a body.
const GIVEN: [&str; 11] = [
    "HttpRequest",
    "Data<",
    "Path<",
    "actix::Path<",
    "Query<",
    "Body",
    "FromDesktop",
    "FromSheet",
    "ApiClient",
    "OpenPane",
    "AgentSession",
];

/// The web server calls extractors before the handler, so that one that reads a body reads anybody's,
/// for as long as they like.
#[test]
fn no_handler_is_given_a_body_before_it_knows_who_asks() {
    let mut handlers = 0;
    for (room, path, text) in sources() {
        // These have no handlers, but what stands around them.
        let around = ["traffic.rs", "cors.rs", "headers.rs", "guard.rs"];
        if room != "web" || around.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        for function in code(&text).split("async fn ").skip(1) {
            let (name, rest) = function.split_once('(').unwrap();
            let (given, _) = rest.split_once(") ").unwrap();
            if given.contains("self") {
                continue; // No handler has one.
            }
            for one in given.split(&[',', '\n'][..]).map(str::trim).filter(|one| !one.is_empty()) {
                let Some((_, kind)) = one.split_once(": ") else { continue };
                handlers += usize::from(kind.starts_with("Data<"));
                let fine = kind.starts_with('&') || GIVEN.iter().any(|ok| kind.starts_with(ok));
                assert!(
                    fine,
                    "{}: {name} is given {one}; take a Body, and read it when rights are known",
                    path.display()
                );
            }
        }
    }
    assert!(handlers > 30, "handlers are recognised: {handlers}");
}
