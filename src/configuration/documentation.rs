//! Whatever the documentation shows as a configuration is one, and its links lead somewhere.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Complaint, Configuration, Secrets, Surroundings};
use crate::domain::phone::Region;

/// A preset's file, and what names one, is `toml preset`.
const BLOCK: &str = "```toml\n";

fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = [root, &root.join("docs")].map(|folder| fs::read_dir(folder).unwrap());
    let paths = files.into_iter().flatten().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|kind| kind == "md")).collect()
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

/// The name by which a heading is linked to.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn has_anchor(page: &Path, wanted: &str) -> bool {
    let text = fs::read_to_string(page).unwrap();
    text.lines().any(|line| line.starts_with('#') && anchor(line) == wanted)
}

#[test]
fn every_link_in_the_documentation_leads_somewhere() {
    let mut astray = Vec::new();
    for path in pages() {
        let page = fs::read_to_string(&path).unwrap();
        let links = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.starts_with("http") && !link.contains(' ')) {
            let (file, wanted) = link.split_once('#').unwrap_or((link, ""));
            let target =
                if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            let is_there = target.exists() && (wanted.is_empty() || has_anchor(&target, wanted));
            if !is_there {
                astray.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert_eq!(astray, Vec::<String>::new());
}
