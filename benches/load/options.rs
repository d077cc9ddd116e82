//! What the command line asks for.

use std::path::PathBuf;

use crate::Outcome;

/// Parts, and how much of them.
#[derive(Debug)]
pub(crate) struct Options {
    /// The names of parts; of attacks after `attacks`.
    pub(crate) parts: Vec<String>,
    /// `--rounds`: how often `compare` and `growth` measure everything, if not as often as they would.
    pub(crate) rounds: Option<usize>,
    /// `--calls`: how many calls are many to `growth`.
    pub(crate) calls: usize,
    /// `--write`: the document whose marked block `compare` replaces with its table.
    pub(crate) write: Option<PathBuf>,
}

const MANY_CALLS: usize = 1_000_000;

impl Options {
    pub(crate) fn read(arguments: &[String]) -> Outcome<Self> {
        let mut options = Self { parts: Vec::new(), rounds: None, calls: MANY_CALLS, write: None };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--rounds" => options.rounds = Some(value()?.parse()?),
                "--calls" => options.calls = value()?.parse()?,
                "--write" => options.write = Some(PathBuf::from(value()?)),
                // What cargo adds.
                "--bench" => {}
                part => options.parts.push(part.to_owned()),
            }
        }
        Ok(options)
    }

    /// Whether a part is to run: all do, unless some are named.
    pub(crate) fn wants(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|one| one == part)
    }
}
