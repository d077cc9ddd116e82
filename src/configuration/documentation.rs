//! Whatever the documentation shows as a configuration is one.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Complaint, Configuration, Secrets, Surroundings};
use crate::domain::phone::Region;

/// A preset's file, and what names one, is `toml preset`.
const BLOCK: &str = "```toml\n";

fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let docs = docs.filter(|path| path.extension().is_some_and(|kind| kind == "md"));
    docs.chain([root.join("README.md")]).collect()
}

/// The blocks of a page, where they stand in a list without its indent.
fn blocks(page: &str) -> Vec<String> {
    let starts = page.match_indices(BLOCK);
    let block = |(at, _): (usize, &str)| {
        let indent = page[..at].rsplit('\n').next().unwrap();
        let text = &page[at + BLOCK.len()..];
        let end = text.find("```").unwrap();
        let lines = text[..end].lines().map(|line| line.strip_prefix(indent).unwrap_or(line));
        lines.collect::<Vec<_>>().join("\n")
    };
    starts.map(block).collect()
}

/// What is wrong with a block, but for names that another block of its page explains.
fn complaints(text: &str, page: &str) -> Vec<Complaint> {
    let around = Surroundings {
        region: Region::parse("FR").unwrap(),
        pages: vec!["default".to_owned()],
        secrets: Secrets::new(|name| Some(format!("the value of {name}"))),
    };
    let elsewhere = |complaint: &Complaint| {
        let is_explained = |name: &str| page.contains(&format!("name = \"{name}\""));
        complaint.message.split('"').nth(1).is_some_and(is_explained)
    };
    let mut complaints = Configuration::read(text, &around).err().unwrap_or_default();
    complaints.retain(|complaint| !elsewhere(complaint));
    complaints
}

#[test]
fn every_configuration_in_the_documentation_is_one() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for path in pages() {
        let page = fs::read_to_string(&path).unwrap();
        for block in blocks(&page) {
            count += 1;
            for complaint in complaints(&block, &page) {
                wrong.push(format!("{}: {complaint:?} in\n{block}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(count > 30, "only {count} blocks were found");
}
