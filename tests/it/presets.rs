//! Every preset that comes along: it is read, and every request of it is a snapshot.

use std::fmt::Write as _;

use callpane::crm;
use callpane::domain::time::Clock;
use serde_json::Value;

use crate::harness::Callpane;

/// The files, by name.
fn files() -> Vec<(String, String)> {
    let folder = format!("{}/presets", env!("CARGO_MANIFEST_DIR"));
    let mut all: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    all.sort_unstable();
    all
}

/// A destination that has everything that the preset asks for.
fn destination(name: &str, text: &str) -> String {
    let preset: toml::Table = text.parse().unwrap();
    let secret: Vec<&str> = preset
        .get("secret")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .map(|name| name.as_str().unwrap())
        .collect();
    let asked = preset.get("setup").and_then(toml::Value::as_table);
    let setup: Vec<String> = asked
        .into_iter()
        .flatten()
        .map(|(key, _)| {
            let value = if secret.contains(&key.as_str()) {
                "env:PRESET_SECRET"
            } else if key.contains("base") || key.contains("url") {
                "https://crm.example.com"
            } else {
                "7"
            };
            format!("{key} = \"{value}\"")
        })
        .collect();
    format!(
        "[[destination]]\nname = \"{name}\"\npreset = \"{name}\"\nsetup = {{ {} }}\n",
        setup.join(", ")
    )
}

#[tokio::test]
async fn every_preset_is_read_and_its_requests_are_what_they_are() {
    let files = files();
    assert!(files.len() >= 16, "{}", files.len());
    let document: String = files.iter().map(|(name, text)| destination(name, text)).collect();
    let setup = Callpane::setup().rules(&document).set("PRESET_SECRET", "the-secret-of-presets");
    let callpane = setup.start().await;
    let in_force = callpane.running.flow.in_force();
    let configuration = &in_force.configuration;
    for (name, _) in &files {
        let (destination, _) = configuration.destination(name).unwrap();
        let mut shown = String::new();
        for request in &destination.requests {
            for kind in &request.on {
                let facts = callpane::flow::sample::facts(kind, callpane.clock.now());
                let mut facts: Value = serde_json::from_str(&facts).unwrap();
                facts["entry"] = serde_json::json!({ "id": "4711" });
                let lines = configuration.delivery_lines();
                let prepared = crm::request(destination, lines, kind, &facts, request.update);
                let prepared = prepared.unwrap_or_else(|error| panic!("{name} {kind}: {error}"));
                let prepared = prepared.masked();
                assert!(!prepared.url.contains("the-secret"), "{name}: {}", prepared.url);
                let update = if request.update { " (update)" } else { "" };
                writeln!(shown, "# {kind}{update}\n{} {}", prepared.method, prepared.url).unwrap();
                for (header, value) in &prepared.headers {
                    writeln!(shown, "{header}: {value}").unwrap();
                }
                writeln!(shown, "\n{}\n", prepared.body.unwrap_or_default()).unwrap();
            }
        }
        insta::with_settings!({ snapshot_suffix => name.clone() }, {
            insta::assert_snapshot!("preset", shown.trim_end());
        });
    }
}

#[tokio::test]
async fn a_preset_that_lacks_something_says_what() {
    let command = crate::checks::Command::new();
    let file = command.file(
        "wrong.toml",
        "[[destination]]\nname = \"a\"\npreset = \"zamad\"\n\
         [[destination]]\nname = \"b\"\npreset = \"zammad\"\nsetup = { base = \"https://a.example.com\" }\nurl = \"https://b.example.com\"\n\
         [[destination]]\nname = \"c\"\non = [\"call.end\"]\nurl = \"https://{{ data.host }}/\"\njson = { a = \"{{ call.nmae }}\" }\n",
    );
    let refused = command.run(&["apply", &file]).await;
    assert!(!refused.success);
    let said = refused.stderr.replace(&file, "wrong.toml");
    for expected in [
        "wrong.toml:3: destination[1].preset \"zamad\" is no preset; did you mean zammad?",
        "destination[2].setup.token is missing",
        "destination[3].on \"call.end\" is no event",
        "destination[3].url has a template in its host",
        "`call.nmae` is not known here",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
}
