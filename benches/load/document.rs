//! Writes what was measured into a document, and says where it was.

use std::fs;
use std::path::Path;

use crate::Outcome;

/// Whether the document has the block, so that nobody measures for nothing.
pub(crate) fn check(path: &Path, block: &str) -> Outcome<()> {
    parts(path, &fs::read_to_string(path)?, block).map(drop)
}

/// Replaces what stands between the marks `<!-- NAME -->` and `<!-- /NAME -->`.
pub(crate) fn write(path: &Path, block: &str, text: &str) -> Outcome<()> {
    let before = fs::read_to_string(path)?;
    let (head, tail) = parts(path, &before, block)?;
    fs::write(path, format!("{head}\n{}\n{tail}", text.trim()))?;
    println!("written to {}", path.display());
    Ok(())
}

/// What comes before the block and after it, with its marks.
fn parts<'a>(path: &Path, text: &'a str, block: &str) -> Outcome<(&'a str, &'a str)> {
    let (first, last) = (format!("<!-- {block} -->"), format!("<!-- /{block} -->"));
    let begin = text.find(&first).map(|at| at + first.len());
    let end = text.find(&last);
    match begin.zip(end) {
        Some((begin, end)) if begin <= end => Ok((&text[..begin], &text[end..])),
        _ => Err(format!("{} has no block {first} … {last}", path.display()).into()),
    }
}

/// The processor and the system.
pub(crate) fn machine() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name"));
    let processor =
        processor.map_or("an unknown processor", |name| name.trim_start_matches([' ', '\t', ':']));
    let system = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{processor}, Linux {}", system.trim())
}

/// How much the machine had to do, over the last minute.
pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}
