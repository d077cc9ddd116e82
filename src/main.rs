//! The program: its command line is a module of the library.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    callpane::run().await
}
