//! What a command says, and how it says that something failed.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::process::ExitCode;

use crate::app;
use crate::domain::text;
pub(super) use crate::domain::text::counted;

/// What a command that cannot do it says, and nothing more.
pub(super) type Outcome = Result<(), String>;

/// Ends the process; a failure is told on standard error.
pub(super) fn end(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Nothing is left to tell when even that cannot be written.
            drop(writeln!(std::io::stderr(), "{}", text::visible_lines(&message)));
            ExitCode::FAILURE
        }
    }
}

/// Says something that may have several lines. Whatever stands in it, the terminal obeys none of it.
pub(super) fn say(words: &str) -> Outcome {
    print(&text::visible_lines(words))
}

/// Says one line of a list: what came from outside cannot make it two.
pub(super) fn say_row(row: &str) -> Outcome {
    print(&text::visible(row))
}

/// Writes text exactly as it is: only for what is an operator's own, and may be read in again.
pub(super) fn print(text: &str) -> Outcome {
    match writeln!(std::io::stdout(), "{text}") {
        // Whoever was reading has read enough, as `head` has.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| error.to_string()),
    }
}

/// Asks whether something shall be done. Where nobody is there to answer, as in a script, it is meant.
pub(super) fn confirmed(question: &str) -> Result<bool, String> {
    let (stdin, mut stderr) = (std::io::stdin(), std::io::stderr());
    if !(stdin.is_terminal() && stderr.is_terminal()) {
        return Ok(true);
    }
    let mut answer = String::new();
    let asked = write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush());
    asked.and_then(|()| stdin.read_line(&mut answer)).map_err(|error| error.to_string())?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

pub(super) fn joined(complaints: &[impl ToString]) -> String {
    complaints.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// An error in the words that the server has for it.
pub(super) fn explained(error: impl Into<app::Error>) -> String {
    error.into().to_string()
}
