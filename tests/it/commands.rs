//! The command line beside a server: what only looks needs no secret, and what names something unknown is told
//! what there is.

use callpane::inside::{Id, Timestamp};

use crate::checks::{Command, Said};
use crate::harness::{Callpane, SECRETS};

/// A configuration whose every section that may have secrets has some.
const SECRETIVE: &str = r#"
[[destination]]
name = "journal"
on = "call.ringing"
state = "silent"
url = "https://crm.example.com/api/calls"
json = { phone = "{{ caller.e164 }}" }
auth = { bearer = "env:JOURNAL_TOKEN" }
sign = "env:JOURNAL_KEY"

[[destination]]
name = "chat"
on = "call.ended"
url = "https://chat.example.com/"
json = { text = "{{ caller.display }}" }
auth = { bearer = "file:/no/such/file" }

[[lookup]]
name = "crm"
url = "https://crm.example.com/api/people?phone={{ caller.e164 }}"
auth = { bearer = "env:CRM_TOKEN" }
contact = { id = "/id", name = "/name" }
"#;

/// A server with all its secrets, and a shell beside it that has none.
async fn house() -> (Callpane, Command) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "token-of-the-chat").unwrap();
    let written = SECRETIVE.replace("/no/such/file", file.path().to_str().unwrap());
    let mut setup = Callpane::setup().phone_systems(&written);
    for name in ["JOURNAL_TOKEN", "JOURNAL_KEY", "CRM_TOKEN"] {
        setup = setup.set(name, "d2hhdC1hLXNlY3JldC10aGlzLWlz");
    }
    // The server's clock stands still, so that what a command owes again is not due there; and it cannot
    // read the file again either.
    let callpane = setup.leaves_deliveries().expects_errors().start().await;
    // From here on the file cannot be read, as by somebody who is not the service's user.
    drop(file);
    let command = Command::beside(&callpane);
    (callpane, command)
}

async fn runs(command: &Command, line: &str) -> Said {
    command.run(&line.split(' ').collect::<Vec<_>>()).await
}

#[tokio::test]
async fn calls_are_filtered_as_by_the_api_and_explain_says_what_it_needs() {
    let (callpane, command) = house().await;
    callpane.desktop(12).rings("0199005577", "q").await;
    for (filter, value, is_found) in [
        ("--source", "xivo", true),
        ("--source", "lab", false),
        ("--rule", "no-such-rule", false),
        ("--from", "2026-09-21 00:00", true),
        ("--from", "2026-09-23 00:00", false),
        ("--to", "2026-09-21 00:00", false),
    ] {
        let said = command.run(&["calls", filter, value]).await;
        assert!(said.success, "{filter} {value}: {said:?}");
        let is_none = said.stdout.contains("No call matches.");
        assert_eq!(is_none, !is_found, "{filter} {value}: {said:?}");
    }
    for nothing in [&["explain"][..], &["explain", "--agent", ""], &["explain", "--call", " "]] {
        let said = command.run(nothing).await;
        assert!(!said.success && said.stderr.contains("--agent AGENT, --call ID"), "{said:?}");
    }
}

#[tokio::test]
async fn a_command_that_only_looks_needs_no_secret() {
    let (callpane, command) = house().await;
    callpane.desktop(12).rings("0199005577", "q").await;
    let silent = runs(&command, "deliveries --destination journal").await;
    let id = silent.stdout.split("  ").nth(1).expect(&silent.stdout).to_owned();
    let csv = command.file("people.csv", "name,phone\nZoe,0199005577\n");
    let request = command.file("request.txt", "POST /hooks/lab HTTP/1.1\nX-Key: no\n\n{}");
    let only_looks = [
        "agents",
        "agents --json",
        "agents --sign-out marcus",
        "events",
        "events lab",
        "events --json",
        "calls",
        "calls --json",
        "history",
        "history 1",
        "history --json",
        "export --version 1",
        "settings",
        "contacts find 0199005577",
        &format!("contacts import {csv}"),
        "contacts lists",
        "contacts forget people",
        "deliveries",
        "deliveries --destination chat",
        &format!("delivery {id}"),
        &format!("resend {id}"),
        "pause journal",
        "resume journal",
        "export",
        "refusals",
        "refusals lab",
        "explain --agent priya --at 10:42",
        "explain --agent priya --json",
        "agents --new-link priya",
        "agents",
        "rotate-key",
        "operators",
        "operators --add anna --role admin",
        "operators --sign-in-link anna",
        "tokens",
        "tokens --add billing --role viewer",
        "audit",
    ];
    for line in only_looks {
        let said = runs(&command, line).await;
        assert!(said.success, "{line}: {said:?}");
    }
    // What serves, and what says whether a server could, need them all.
    let others = ["serve", "demo", "check", "apply", "rollback", "test", "try", "help"];
    let help = runs(&command, "--help").await.stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.is_empty());
    for name in listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()) {
        let is_covered = only_looks.iter().any(|line| line.split(' ').next() == Some(name));
        assert!(
            name.is_empty() || is_covered || others.contains(&name),
            "{name} is not tried here"
        );
    }
    // What writes a request, or checks one, needs the secrets of what it names and no others.
    let key = "d2hhdC1hLXNlY3JldC10aGlzLWlz";
    for (line, names) in [
        ("test journal".to_owned(), vec!["JOURNAL_TOKEN", "JOURNAL_KEY"]),
        ("contacts ask crm 0199005577".to_owned(), vec!["CRM_TOKEN"]),
        (format!("try lab {request}"), vec!["LAB_KEY"]),
    ] {
        let said = runs(&command, &line).await;
        assert!(!said.success && said.stderr.contains(names[0]), "{line}: {said:?}");
        let command = Command::beside(&callpane);
        let command = names.iter().fold(command, |command, name| command.set(name, key));
        let said = runs(&command, &line).await;
        assert!(said.success, "{line}: {said:?}");
    }
    let exported = runs(&command, "export").await.stdout;
    let file = command.file("exported.toml", &exported);
    let applied = runs(&command, &format!("apply {file}")).await;
    assert!(!applied.success, "a server would not start with it: {applied:?}");
    for name in SECRETS.map(|(name, _)| name).into_iter().chain(["CRM_TOKEN", "JOURNAL_KEY"]) {
        assert!(applied.stderr.contains(name), "{name}: {applied:?}");
    }
}

#[tokio::test]
async fn what_names_something_unknown_fails_and_says_what_there_is() {
    let (callpane, command) = house().await;
    let csv = command.file("people.csv", "name,phone\nZoe,0199005577\n");
    let imported = runs(&command, &format!("contacts import {csv}")).await;
    assert!(imported.stdout.ends_with("people: 1 contact with 1 number\n"), "{imported:?}");
    let request = command.file("request.txt", "{}");
    let destinations = "; known: journal, chat";
    let known_agents = "there is no agent \"pria\"; did you mean priya? known: priya, marcus";
    let id = Id::mint(Timestamp(1_790_000_000_000));
    for (line, said) in [
        ("pause journl".to_owned(), "did you mean journal? known: journal, chat"),
        ("resume journl".to_owned(), "did you mean journal? known: journal, chat"),
        ("resume nobody".to_owned(), destinations),
        ("test nobody".to_owned(), destinations),
        ("test journal --event call.rining".to_owned(), "did you mean call.ringing?"),
        (format!("test journal --call {id}"), "no delivery of this call is on record"),
        ("deliveries --destination nobody".to_owned(), destinations),
        (format!("delivery {id}"), "`callpane deliveries` lists them"),
        ("delivery abc".to_owned(), "\"abc\" is not an id of this installation"),
        (format!("resend {id}"), "`callpane deliveries` lists them"),
        ("resend --since 2020-01-01T00:00:00Z --destination nobody".to_owned(), destinations),
        ("resend".to_owned(), "or use --since TIME"),
        ("events nobody".to_owned(), "there is no source \"nobody\"; known: xivo, sheet, office,"),
        ("history 99".to_owned(), "there is no version 99; the newest is 1"),
        ("export --version 99".to_owned(), "there is no version 99; the newest is 1"),
        ("rollback 99".to_owned(), "there is no version 99; the newest is 1"),
        ("deliveries --state ow".to_owned(), "[possible values: failed, owed, delivered,"),
        ("contacts find".to_owned(), "<NUMBER>"),
        ("agents --of priya".to_owned(), "unexpected argument"),
        ("resume priya".to_owned(), "there is no destination \"priya\"; known: journal, chat"),
        ("apply no.toml".to_owned(), "no.toml: No such file"),
        (format!("try lab {request} --draft no.toml"), "no.toml: No such file"),
        ("refusals nobody".to_owned(), "there is no source \"nobody\"; known: office, voip,"),
        (format!("try nobody {request}"), "there is no source \"nobody\"; known: office, voip,"),
        ("contacts find abc".to_owned(), "\"abc\" is not a phone number"),
        ("contacts ask crn 0199005577".to_owned(), "did you mean crm? known: crm"),
        ("contacts ask crm abc".to_owned(), "\"abc\" is not a phone number"),
        ("contacts forget people2".to_owned(), "did you mean people? known: people"),
        ("agents --new-link pria".to_owned(), known_agents),
        ("agents --sign-out pria".to_owned(), known_agents),
    ] {
        let command = ["JOURNAL_TOKEN", "JOURNAL_KEY", "CRM_TOKEN"]
            .into_iter()
            .fold(Command::beside(&callpane), |command, name| command.set(name, "a-secret"));
        let outcome = runs(&command, &line).await;
        assert!(!outcome.success, "{line}: {outcome:?}");
        assert!(outcome.stderr.contains(said), "{line}: {outcome:?}");
    }
}

#[tokio::test]
async fn where_nothing_is_configured_that_is_said() {
    let callpane = Callpane::start().await;
    let command = Command::beside(&callpane);
    let request = command.file("request.txt", "{}");
    for line in [
        "pause nobody",
        "resume nobody",
        "test nobody",
        "refusals nobody",
        &format!("try nobody {request}"),
        "agents --new-link nobody",
        "contacts forget nobody",
    ] {
        let said = runs(&command, line).await;
        assert!(!said.success && said.stderr.ends_with("none exists yet\n"), "{line}: {said:?}");
    }
}
