//! `callpane apply`, `export`, `history` and `rollback`: a configuration changes whole, or not at all.

use std::io::Write as _;
use std::process::Stdio;

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
        said.push(applied.stdout.lines().collect::<Vec<_>>()[..2].join("\n"));
    }
    let first =
        "No configuration is in force yet. This one has:\n  rule \"first\" added in place 1";
    let second = "Changes since version 1:\n  rule \"second\" added in place 1";
    assert_eq!(said, [first, second]);
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

/// What a program says on a terminal where somebody answers so.
fn on_a_terminal(command: &Command, arguments: &str, answer: &str) -> (bool, String) {
    let line = format!("exec script -qec \"$0 {arguments}\" /dev/null");
    let mut shell = command.prepare_by(&line, &[]);
    let mut child = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{answer}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

#[tokio::test]
async fn apply_shows_what_changes_and_asks_whoever_sits_at_a_terminal() {
    let callpane = Callpane::start().await;
    let command = Command::beside(&callpane);
    let versions = async || callpane.sql("SELECT MAX(version) FROM configuration").await.remove(0);
    let older = "[[rule]]\nname = \"one\"\n[[rule]]\nname = \"two\"\n";
    let file = command.file("rules.toml", older);
    assert!(command.run(&["apply", &file]).await.success, "a script is asked nothing");
    let newer = "[[rule]]\nname = \"two\"\naction = \"none\"\n[[rule]]\nname = \"one\"\n\
                 [[agent]]\nid = \"priya\"\n";
    let file = command.file("rules.toml", newer);
    let changes = "Changes since version 1:\n  rule \"two\" changed: action\n  \
                   rule \"two\" moved from place 2 to place 1\n  agent \"priya\" added\n";
    let dry = command.run(&["apply", "--dry-run", &file]).await;
    let end = "Nothing was changed: this was a dry run.\n";
    assert_eq!((dry.success, dry.stdout), (true, format!("{changes}{end}")));
    let (went, said) = on_a_terminal(&command, &format!("apply {file}"), "n");
    assert!(!went && said.replace('\r', "").contains(changes), "{said}");
    assert!(said.contains("Apply it? [y/N]") && said.contains("Nothing was changed."));
    assert_eq!(versions().await, "1");
    let (went, said) = on_a_terminal(&command, &format!("apply {file}"), "y");
    assert!(went && said.contains("as version 2, with 2 rules"), "{said}");
    let (went, said) = on_a_terminal(&command, &format!("apply {file}"), "");
    assert!(went && said.contains("nothing changes") && !said.contains("[y/N]"), "{said}");
    let (went, said) = on_a_terminal(&command, "rollback 1 --yes", "");
    assert!(went && !said.contains("[y/N]"), "{said}");
    assert_eq!(versions().await, "4");
}

#[tokio::test]
async fn a_dry_run_makes_no_database() {
    let command = Command::new();
    let database = command.path("new.db");
    let command = command.set("CALLPANE_DATABASE", &format!("sqlite:{}", database.display()));
    let file = command.file("rules.toml", "[[rule]]\nname = \"one\"\n");
    let dry = command.run(&["apply", "--dry-run", &file]).await;
    assert!(dry.success && dry.stdout.contains("rule \"one\" added"), "{dry:?}");
    assert!(!database.exists());
    assert!(command.run(&["apply", &file]).await.success && database.exists());
}

#[tokio::test]
async fn an_empty_document_removes_everything_only_on_demand() {
    let callpane = Callpane::start().await;
    let command = Command::beside(&callpane);
    let empty = command.file("empty.toml", "# nothing\n");
    assert!(command.run(&["apply", &empty]).await.success, "there is nothing to lose yet");
    let file = command.file("rules.toml", "[[agent]]\nid = \"priya\"\n");
    assert!(command.run(&["apply", &file]).await.success);
    for arguments in [["apply", "--yes", &empty], ["apply", "--dry-run", &empty]] {
        let refused = command.run(&arguments).await;
        assert!(!refused.success && refused.stderr.contains("--allow-empty"), "{refused:?}");
        assert!(refused.stdout.contains("agent \"priya\" removed"), "{refused:?}");
    }
    assert!(!command.run(&["rollback", "1"]).await.success, "version 1 is empty, too");
    let meant = command.run(&["apply", "--allow-empty", &empty]).await;
    assert!(meant.success && meant.stdout.contains("as version 3"), "{meant:?}");
}

#[tokio::test]
async fn several_files_and_folders_are_one_document() {
    let callpane = Callpane::start().await;
    let command = Command::beside(&callpane);
    std::fs::create_dir(command.path("conf")).unwrap();
    let rule = |name: &str| format!("[[rule]]\nname = \"{name}\"");
    let late = command.file("conf/20-late.toml", &rule("late"));
    let early = command.file("conf/10-early.toml", &rule("early"));
    command.file("conf/README", "not TOML");
    let more = command.file("more.toml", "[[agent]]\nid = \"priya\"\n");
    let folder = command.path("conf").display().to_string();
    let applied = command.run(&["apply", &folder, &more]).await;
    assert!(applied.success, "{applied:?}");
    let exported = command.run(&["export"]).await.stdout;
    let written = format!(
        "# From {early}\n{}\n# From {late}\n{}\n# From {more}\n[[agent]]\nid = \"priya\"\n",
        rule("early"),
        rule("late")
    );
    assert_eq!(exported, written);
    let twice = command.file("twice.toml", &format!("# again\n{}\n", rule("late")));
    let refused = command.run(&["apply", &folder, &twice]).await;
    let said = format!("{twice}:3: rule[3].name \"late\" is the name of another rule ({late}:2)");
    assert!(!refused.success && refused.stderr.starts_with(&said), "{refused:?}");
    std::fs::create_dir(command.path("none")).unwrap();
    let none = command.run(&["apply", &command.path("none").display().to_string()]).await;
    assert!(!none.success && none.stderr.contains("no *.toml files"), "{none:?}");
}

#[tokio::test]
async fn earlier_versions_are_listed_shown_and_put_in_force_again() {
    let callpane = Callpane::start().await;
    let command = Command::beside(&callpane);
    let none = command.run(&["history"]).await;
    assert_eq!(none.stdout, "No configuration has been applied yet.\n");
    let agent = "[[agent]]\nid = \"priya\" # her desk\n";
    for (name, rule) in [("a.toml", "one"), ("b.toml", "two")] {
        let file = command.file(name, &format!("{agent}[[rule]]\nname = \"{rule}\"\n"));
        assert!(command.run(&["apply", &file]).await.success);
    }
    assert!(command.run(&["agents", "--new-link", "priya"]).await.success);
    let listed = command.run(&["history"]).await.stdout;
    let ends = [
        "new link of priya  agent \"priya\" changed: link",
        "b.toml  rule \"two\" added in place 1; rule \"one\" removed",
        "a.toml  rule \"one\" added in place 1; agent \"priya\" added",
    ];
    assert_eq!(listed.lines().count(), ends.len(), "{listed}");
    for ((line, end), version) in listed.lines().zip(ends).zip(["3", "2", "1"]) {
        assert!(line.starts_with(version) && line.ends_with(end), "{line}");
    }
    let shown = command.run(&["history", "2"]).await.stdout;
    assert!(shown.starts_with("Version 2, applied at 2"), "{shown}");
    assert!(
        shown.ends_with("\n  rule \"two\" added in place 1\n  rule \"one\" removed\n"),
        "{shown}"
    );
    let json = command.run(&["history", "2", "--json"]).await.stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let changes = json!([
        { "section": "rule", "name": "two", "change": "added", "place": 1 },
        { "section": "rule", "name": "one", "change": "removed" },
    ]);
    assert_eq!((&json["version"], &json["changes"]), (&json!(2), &changes));

    // The old link stays ended.
    let back = command.run(&["rollback", "1"]).await;
    assert!(back.success && back.stdout.contains("rule \"two\" removed"), "{back:?}");
    let exported = command.run(&["export"]).await.stdout;
    let raised = agent.replace("# her desk\n", "# her desk\nlink = 2\n");
    assert_eq!(exported, format!("{raised}[[rule]]\nname = \"one\"\n"));
    let first = command.run(&["export", "--version", "1"]).await.stdout;
    assert_eq!(first, format!("{agent}[[rule]]\nname = \"one\"\n"));
    let old = command.file("old.toml", &first);
    let careful = command.run(&["apply", "--dry-run", &old]).await.stdout;
    assert!(careful.contains("Careful: the revoked personal link of priya"), "{careful}");
    let again = command.run(&["rollback", "4"]).await;
    assert_eq!(again.stdout, "Version 4 is already in force.\n");
    for arguments in [["rollback", "9"], ["history", "9"], ["export", "--version=9"]] {
        let unknown = command.run(&arguments).await;
        let said = "there is no version 9; the newest is 4\n";
        assert_eq!((unknown.success, &*unknown.stderr), (false, said), "{arguments:?}");
    }
}

#[tokio::test]
async fn a_rollback_revives_no_link_of_an_agent_who_is_gone_meanwhile() {
    let callpane = Callpane::start().await;
    let command = Command::beside(&callpane);
    let rule = "[[rule]]\nname = \"one\"\n";
    let with_agent = command.file("a.toml", &format!("{rule}[[agent]]\nid = \"priya\"\n"));
    assert!(command.run(&["apply", &with_agent]).await.success);
    assert!(command.run(&["agents", "--new-link", "priya"]).await.success);
    let without = command.file("b.toml", rule);
    assert!(command.run(&["apply", &without]).await.success);
    assert!(command.run(&["rollback", "1"]).await.success);
    let exported = command.run(&["export"]).await.stdout;
    assert!(exported.contains("link = 2"), "{exported}");
}

#[tokio::test]
async fn a_wrong_event_is_complained_of_once() {
    let command = Command::new();
    let wrong = "[[destination]]\nname = \"crm\"\non = [\"call.endet\"]\nurl = \"https://crm.example.com/\"\n";
    let refused = command.run(&["apply", &command.file("wrong.toml", wrong)]).await.stderr;
    assert_eq!(refused.matches("call.endet").count(), 1, "{refused}");
    assert!(refused.contains("did you mean call.ended?"), "{refused}");
}

#[tokio::test]
async fn wrong_conditions_hours_and_endpoints_are_refused_with_the_remedy() {
    let command = Command::new();
    let wrong = r#"
[[hours]]
name = "office"
zone = "Europe/Pariss"
open = ["Mo-Fr 09:00-18:00", "Mon-Fri 09:00-18:00"]
closed = [2026-12-24, "12-25", "25 December"]

[[hours]]
name = "office"

[[rule]]
name = "too early"
when = { hours = "ofice", call.talk = "> 30s", event.kind = "call.ended" }
unless = { call.tags = "VIP", call.outcome = "missed" }

[[rule]]
name = "script"
ask = "ftp://old.example.com/"
url = "https://crm.example.com/"
autopause = true

[[rule]]
name = "of a phone system"
ask = "https://old.example.com/?queue={{ queue.name }}"
when = { source = "lab" }

[[destination]]
name = "crm"
on = "call.ended"
url = "https://crm.example.com/"
when = { call.talk = 30, call.talk_seconds = "> 30s", call.recorded = "yes", "event.kind" = "call.endet", call.ring = "> 10" }

[[source]]
name = "lab"
kind = "mapped"
auth = "none"
keys = { call = "/id" }
events = { ring = "call.ringing" }
"#;
    let file = command.file("wrong.toml", wrong);
    let refused = command.run(&["apply", &file]).await;
    assert!(!refused.success);
    insta::assert_snapshot!(refused.stderr.replace(&file, "wrong.toml"));
}
