//! The program: its command line is a part of the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    callpane::cli::run()
}
