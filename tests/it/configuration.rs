//! `callpane apply` and `export`: a configuration changes whole, or not at all.

use serde_json::json;

use crate::checks::Command;
use crate::harness::{Callpane, eventually};

#[tokio::test]
async fn a_running_server_takes_up_what_is_applied() {
    let callpane = Callpane::start().await;
    let command = Command::beside(&callpane);
    let file = command.file("rules.toml", "[[rule]]\nname = \"off\"\naction = \"none\"\n");
    let applied = command.run(&["apply", &file]).await;
    assert!(applied.success, "{applied:?}");
    eventually("the new rules decide", async || {
        let answer = callpane.desktop(12).rings("0199005577", "q").await;
        (answer == json!({ "action": "none" })).then_some(())
    })
    .await;
    let exported = command.run(&["export"]).await;
    assert_eq!(exported.stdout, "[[rule]]\nname = \"off\"\naction = \"none\"\n");
}

#[tokio::test]
async fn a_wrong_configuration_is_refused_whole_with_file_line_and_key() {
    let callpane =
        Callpane::setup().rules("[[rule]]\nname = \"old\"\naction = \"none\"").start().await;
    let command = Command::beside(&callpane);
    let wrong = r#"
[[rule]]
name = "one"
when = { quue = "trucks" }
action = "opne"
page = "nosuch"

[[rule]]
name = "two"
url = "https://{{ data.host }}/x"

[[rule]]
url = "https://crm.example.com/{{ caller.nmae }}"
autopause = "yes"

[[rule]]
name = "four"
action = "none"
title = "never seen"

[[rule]]
name = "four"
when = { queue = [] }
url = "crm.example.com"

[[rule]]
name = "five"
title = "{{ caller.name"

[[rule]]
name = "six"
when = { "caller.kind" = "nunber", source = "xvio" }
action = "run"
url = "{{ data.prog }}"
title = "{{ data[\"x\"] }}"

[[disposition]]
option = ["Sold"]

[[disposition]]
options = ["Sold", "Sold"]

[rules]
"#;
    let file = command.file("wrong.toml", wrong);
    let refused = command.run(&["apply", &file]).await;
    assert!(!refused.success);
    insta::assert_snapshot!(refused.stderr.replace(&file, "wrong.toml"));
    let answer = callpane.desktop(12).rings("0199005577", "q").await;
    assert_eq!(answer, json!({ "action": "none" }), "the old rules stay in force");
    let broken = command.file("broken.toml", "[[rule]]\nname = \"a\nb\"\n");
    let refused = command.run(&["apply", &broken]).await;
    assert!(!refused.success && refused.stderr.contains("broken.toml:2:"), "{refused:?}");
}

#[tokio::test]
async fn every_version_is_kept() {
    let callpane = Callpane::start().await;
    let command = Command::beside(&callpane);
    let mut said = Vec::new();
    for name in ["first", "second"] {
        let file = command.file("rules.toml", &format!("[[rule]]\nname = \"{name}\"\n"));
        let applied = command.run(&["apply", &file]).await;
        assert!(applied.success, "{applied:?}");
        said.push(applied.stdout.lines().skip(1).collect::<String>());
    }
    let since =
        "Since version 1: rule \"second\" added, rule \"first\" removed; nothing else changes.";
    assert_eq!(said, ["", since]);
    let kept = callpane.sql("SELECT version, document FROM configuration ORDER BY version").await;
    assert_eq!(kept, ["1|[[rule]]\nname = \"first\"\n", "2|[[rule]]\nname = \"second\"\n"]);
}

#[tokio::test]
async fn wrong_phone_systems_and_agents_are_refused_with_the_remedy() {
    let command = Command::new().set("GOOD", "a-secret");
    let wrong = r#"
[[source]]
name = "of fice"
kind = "wildex"

[[source]]
name = "office"
kind = "wildix"
auth = "none"
keys = { call = "id", "data.pbx" = "pbx" }
zone = "Europe/Paris"

[[source]]
name = "office"
kind = "wildix"
secrets = ["in-the-open", "env:NOT_THERE", "env:GOOD"]
max_age = "1 day"

[[source]]
name = "xivo"
kind = "telair"
region = "Oz"
auth = { bearer = "env:GOOD" }

[[source]]
kind = "xima"

[[source]]
name = "lab"
kind = "mapped"
auth = { header = { name = "X-Key" } }
events = { ring = "call.rings" }
keys = { caler = "/from", call = "header:X-Id", "data.reason" = "header:X-Reason", "data.x" = "header:X-Key" }
zone = "Australia/Melburne"
state = "of"
integration = "k3v9qd"
values = { direction = { in = "inward" }, queue = { a = "b" } }

[[source]]
name = "cloud"
kind = "voipcloud"
secrets = "env:GOOD"
sqs = { url = "https://sqs.example.com/1/q" }

[[agent]]
name = "Nobody"
at = { office = "310", elsewhere = "1" }

[[agent]]
id = "priya"
at = { office = "310" }

[[agent]]
id = "priya"
at = { office = ["310", 311] }
link = "second"

[[rule]]
name = "one"
when = { source = "ofice" }
"#;
    let file = command.file("wrong.toml", wrong);
    let refused = command.run(&["apply", &file]).await;
    assert!(!refused.success);
    insta::assert_snapshot!(refused.stderr.replace(&file, "wrong.toml"));
}

#[tokio::test]
async fn a_new_link_changes_one_number_and_nothing_around_it() {
    let callpane = Callpane::start().await;
    let command = Command::beside(&callpane);
    let written = "# People.\n[[agent]]\nid = \"priya\" # her desk\nlink = 3   # raised in May\n\n# Rules.\n[[rule]]\nname = \"all\"\n";
    let file = command.file("agents.toml", written);
    assert!(command.run(&["apply", &file]).await.success);
    let old = command.run(&["agents"]).await.stdout;
    let changed = command.run(&["agents", "--new-link", "priya"]).await;
    assert!(changed.success && changed.stdout.contains("version 2"), "{changed:?}");
    let exported = command.run(&["export"]).await;
    assert_eq!(exported.stdout, written.replace("link = 3 ", "link = 4 "));
    assert_ne!(command.run(&["agents"]).await.stdout, old, "another link");
    let refused = command.run(&["agents", "--new-link", "nobody"]).await;
    assert!(!refused.success && refused.stderr.contains("no agent"), "{refused:?}");
}
