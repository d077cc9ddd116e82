//! `callpane settings`: the table of settings, in the forms that its documents have.

use clap::ValueEnum;

use super::guard;
use super::output::{Outcome, say};
use crate::settings;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Format {
    Table,
    Env,
    Markdown,
}

pub(super) async fn list(format: Format) -> Outcome {
    match format {
        Format::Env => say(settings::as_env().trim_end()),
        Format::Markdown => say(settings::as_markdown().trim_end()),
        Format::Table => {
            for setting in settings::TABLE {
                say(&format!("{:<26} {:<22} {}", setting.name, setting.default, setting.help))?;
            }
            guard::say_third_party_url().await
        }
    }
}
