//! Who callers are: lists of contacts, and what lookups know.

use std::path::{Path, PathBuf};

use super::context::{actor, beside};
use super::output::{Outcome, counted, explained, say, say_row};
use crate::configuration::{Needed, Unknown};
use crate::crm::charset::Charset;
use crate::domain::phone::Region;
use crate::flow::contacts::FindError;
use crate::flow::contacts::import::{Error, Imported};
use crate::web::answers::{LookupTest, Who};
use clap::Subcommand;

/// What to do about contacts.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Import a list from a CSV file. Replaces the previous import of that list.
    Import {
        /// The file. Its first line names the columns.
        file: PathBuf,
        /// The list's name; unset: the file's name without its ending.
        #[arg(long)]
        list: Option<String>,
        /// The country of numbers without an international prefix, such as FR; unset: `CALLPANE_REGION`.
        #[arg(long)]
        region: Option<String>,
        /// The file's encoding, such as windows-1252 or macintosh; unset: it is detected.
        #[arg(long)]
        encoding: Option<String>,
    },
    /// List the imported lists.
    Lists,
    /// Delete a list.
    Forget {
        /// Its name.
        list: String,
    },
    /// Show who has a number, according to lists and earlier lookup answers (JSON).
    Find {
        /// The number, in any format.
        number: String,
    },
    /// Show the exact requests that a lookup would make for a number, as curl commands.
    Ask {
        /// The lookup.
        lookup: String,
        /// The number, in any format.
        number: String,
        /// Send them, and show the answers and the contacts found in them.
        #[arg(long)]
        send: bool,
    },
}

/// Does it.
pub(super) async fn run(verb: Verb) -> Outcome {
    match verb {
        Verb::Import { file, list, region, encoding } => {
            import(&file, list, region, encoding).await
        }
        Verb::Lists => lists().await,
        Verb::Forget { list } => forget(&list).await,
        Verb::Find { number } => find(&number).await,
        Verb::Ask { lookup, number, send } => ask(&lookup, &number, send).await,
    }
}

async fn import(
    file: &Path,
    list: Option<String>,
    region: Option<String>,
    encoding: Option<String>,
) -> Outcome {
    let shown = file.display();
    let stem = || file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let list = list.or_else(stem).unwrap_or_default();
    let region = region.map(|code| {
        Region::parse(&code)
            .ok_or_else(|| format!("--region {code}: no such country; write a code such as FR"))
    });
    let region = region.transpose()?;
    let charset = encoding.map(|label| {
        let unknown =
            || format!("--encoding {label}: no such encoding; write a name such as windows-1252");
        Charset::parse(&label).ok_or_else(unknown)
    });
    let charset = charset.transpose()?;
    let bytes = std::fs::read(file).map_err(|error| format!("{shown}: {error}"))?;
    match beside(Needed::None).await?.contacts.import(&actor(), &list, bytes, region, charset).await
    {
        Ok(Imported { read, contacts, numbers }) => {
            say_row(&match &read.telling {
                Some(cell) => format!("read as {}, for example \"{cell}\"", read.encoding),
                None => format!("read as {}", read.encoding),
            })?;
            for (column, meaning) in &read.columns {
                say_row(&format!("{column}: {meaning}"))?;
            }
            passed_over(&shown.to_string(), &read.passed_over)?;
            let (contacts, numbers) = (counted(contacts, "contact"), counted(numbers, "number"));
            say(&format!("{list}: {contacts} with {numbers}"))
        }
        Err(Error::Nobody(read)) => {
            passed_over(&shown.to_string(), &read.passed_over)?;
            Err(format!("{shown}: {}", Error::Nobody(read)))
        }
        Err(error) => Err(format!("{shown}: {error}")),
    }
}

/// The first lines that were passed over: of a wrong column there are as many as lines.
fn passed_over(file: &str, lines: &[(u64, String)]) -> Outcome {
    const SAID: usize = 20;
    for (line, why) in lines.iter().take(SAID) {
        say_row(&format!("{file}:{line}: {why}"))?;
    }
    match lines.len().checked_sub(SAID) {
        None | Some(0) => Ok(()),
        Some(more) => say(&format!("{file}: {} like these", counted(more, "more line"))),
    }
}

async fn lists() -> Outcome {
    let lists = beside(Needed::None).await?.contacts.lists().await;
    let lists = lists.map_err(explained)?;
    if lists.is_empty() {
        return say("No list has been imported yet.");
    }
    for list in lists {
        say_row(&format!("{}  {:>8}  {}", list.imported_at, list.contacts, list.name))?;
    }
    Ok(())
}

async fn forget(list: &str) -> Outcome {
    let flow = beside(Needed::None).await?;
    if flow.contacts.forget(&actor(), list).await.map_err(explained)? {
        return say(&format!("The list {list} was deleted."));
    }
    let lists = flow.contacts.lists().await.map_err(explained)?;
    let known = lists.iter().map(|list| list.name.as_str());
    Err(Unknown::new("list", list, known).to_string())
}

async fn find(number: &str) -> Outcome {
    let found = beside(Needed::None).await?.contacts.find(number).await;
    let found = found.map_err(|error| match error {
        FindError::Store(error) => explained(error),
        error @ FindError::NotANumber(_) => error.to_string(),
    })?;
    say(&serde_json::to_string_pretty(&Who::from(&found)).map_err(|error| error.to_string())?)
}

async fn ask(lookup: &str, number: &str, send: bool) -> Outcome {
    let needed = Needed::Of("lookup", lookup.to_owned());
    let tested = beside(needed).await?.contacts.test_lookup(lookup, number, send).await;
    for one in &tested.map_err(|error| error.to_string())? {
        say(&one.request.as_curl())?;
        if one.answer.is_some() {
            let shown = serde_json::to_string_pretty(&LookupTest::from(one).answer);
            say(&shown.map_err(|error| error.to_string())?)?;
        }
        say("")?;
    }
    Ok(())
}
