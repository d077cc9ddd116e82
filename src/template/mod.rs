//! How is a template filled in, safely for the place it stands in?
//!
//! Two kinds: [`Lines`] are an operator's short templates for addresses and titles, checked when
//! the configuration is read; [`Pages`] are whole HTML pages. Tera lives only here.

mod fixed;
mod lines;
mod pages;
mod pieces;

pub use lines::{Lines, LinesBuilder, Place, Values};
pub use pages::{Pages, Texts};

/// Where a template fails, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{template}{}: {message}", .line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub struct Error {
    /// The template's name.
    pub template: String,
    /// The line in it, from 1.
    pub line: Option<usize>,
    /// What is wrong there.
    pub message: String,
}

impl Error {
    /// Tera's error in our words; `fallback` names the template where Tera does not.
    fn from_tera(error: &tera::Error, fallback: &str) -> Self {
        use tera::ErrorKind::{RenderingError, SyntaxError};
        match error.kind() {
            SyntaxError(report) | RenderingError(report) => Self {
                template: report.filename().to_owned(),
                line: Some(report.span().start_line),
                message: report.message().to_owned(),
            },
            _ => Self { template: fallback.to_owned(), line: None, message: error.to_string() },
        }
    }
}

/// Percent-encodes everything but the characters that no part of a URL gives a meaning to.
fn percent_encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
