//! schemathesis reads the document, and asks everything in every way that it allows and in many that it does not:
//! no answer is one that the document does not describe.

use std::process::{Command, Output};

use super::{LIST, Programs, TOKEN, api_server, ask_everything, programs};
use crate::crm::Crm;
use crate::harness::Callpane;

/// Where this test's own files are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/api_reference");

/// A configuration with ids of rows that are there.
async fn configuration(programs: &Programs<'_>) -> tempfile::NamedTempFile {
    let (_, all) = programs.send("GET", "/api/v1/deliveries", "", TOKEN).await;
    let delivery = all["deliveries"][0]["id"].as_str().unwrap().to_owned();
    let (_, all) = programs.send("GET", "/api/v1/events", "", TOKEN).await;
    let before = all["events"][0]["id"].as_str().unwrap();
    let written = std::fs::read_to_string(format!("{FOLDER}/schemathesis.toml")).unwrap();
    let written = written.replace("HOOKS", &format!("{FOLDER}/hooks.py"));
    let written = written.replace("BEFORE", before).replace("DELIVERY", &delivery);
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    std::fs::write(file.path(), written).unwrap();
    file
}

async fn run(callpane: &Callpane, configuration: &std::path::Path) -> Output {
    let program = format!("{}/tests/.venv/bin/schemathesis", env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(program);
    command.arg("--config-file").arg(configuration);
    command.arg("run").arg(callpane.url("/api/openapi.json"));
    command.args(["-H", &format!("Authorization: Bearer {TOKEN}")]);
    command.args(["--checks", "all", "--seed", "1", "--no-color"]);
    let output = tokio::task::spawn_blocking(move || command.output());
    output.await.unwrap().expect("schemathesis: tests/run installs it")
}

#[tokio::test]
async fn no_answer_is_one_that_the_document_does_not_describe() {
    let crm = Crm::start();
    let callpane = api_server(&crm).await;
    let mut programs = programs(&callpane).await;
    ask_everything(&mut programs, &crm).await;
    programs.send("PUT", "/api/v1/contacts/lists/clients", LIST, TOKEN).await;
    let configuration = configuration(&programs).await;
    let output = run(&callpane, configuration.path()).await;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    let paths = programs.document["paths"].as_object().unwrap().values();
    let operations: usize = paths.map(|item| item.as_object().unwrap().len()).sum();
    assert!(said.contains(&format!("Tested: {operations}\n")), "{said}");
}
