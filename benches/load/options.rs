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
    /// `--calls`: how many calls are many to `growth`, and stored for `lists`.
    pub(crate) calls: usize,
    /// `--write`: the document whose marked block `compare` replaces with its table.
    pub(crate) write: Option<PathBuf>,
    /// `--program`: the version that `lists` and `versions` measure, if not the one that was just built.
    pub(crate) program: String,
    /// `--before`: the earlier version that `versions` compares it with.
    pub(crate) before: Option<String>,
    /// `--keep`: the folder in which `lists` finds its database, or leaves it for the next time.
    pub(crate) keep: Option<PathBuf>,
}

const MANY_CALLS: usize = 1_000_000;

impl Options {
    pub(crate) fn read(arguments: &[String]) -> Outcome<Self> {
        let (parts, rounds, write, keep) = (Vec::new(), None, None, None);
        let program = env!("CARGO_BIN_EXE_callpane").to_owned();
        let (calls, before) = (MANY_CALLS, None);
        let mut options = Self { parts, rounds, calls, write, program, before, keep };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--rounds" => options.rounds = Some(value()?.parse()?),
                "--calls" => options.calls = value()?.parse()?,
                "--write" => options.write = Some(PathBuf::from(value()?)),
                "--program" => options.program.clone_from(value()?),
                "--before" => options.before = Some(value()?.clone()),
                "--keep" => options.keep = Some(PathBuf::from(value()?)),
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
