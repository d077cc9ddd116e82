//! Calls, and what came of them.

use clap::Args;

use super::context::beside;
use super::output::{Outcome, explained, say, say_row};
use crate::configuration::Needed;
use crate::domain::phone::Region;
use crate::domain::time::Zone;
use crate::flow::lists::{AgentLine, CallLine, Error};
use crate::web::listed::{Call, CallQuery};

/// Lines at most.
const MOST: usize = 1000;

/// Which calls are listed, and how.
#[derive(Debug, Args)]
pub(super) struct Wanted {
    /// Only this agent's, by id, name or line.
    #[arg(long)]
    agent: Option<String>,
    /// Only about this time (5 minutes on either side), such as 10:42 or "2026-11-21 10:42".
    #[arg(long)]
    at: Option<String>,
    /// Not before this time.
    #[arg(long)]
    from: Option<String>,
    /// Not after this time.
    #[arg(long)]
    to: Option<String>,
    /// Only this caller's: a number in any format.
    #[arg(long)]
    number: Option<String>,
    /// Only through this queue.
    #[arg(long)]
    queue: Option<String>,
    /// Only those of this phone system; xivo and sheet for the rings of desktops.
    #[arg(long)]
    source: Option<String>,
    /// Only those that this rule decided.
    #[arg(long)]
    rule: Option<String>,
    /// Only those with this outcome.
    #[arg(long)]
    outcome: Option<String>,
    /// Only those whose page was not opened.
    #[arg(long)]
    not_opened: bool,
    /// How many, the newest first.
    #[arg(long, default_value_t = 20)]
    limit: u16,
    /// One JSON object per line.
    #[arg(long)]
    json: bool,
}

impl Wanted {
    /// The same as the API is asked.
    fn query(self) -> CallQuery {
        CallQuery {
            agent: self.agent,
            at: self.at,
            from: self.from,
            to: self.to,
            number: self.number,
            queue: self.queue,
            source: self.source,
            rule: self.rule,
            outcome: self.outcome,
            opened: self.not_opened.then(|| "no".to_owned()),
            ..CallQuery::default()
        }
    }
}

pub(super) async fn list(wanted: Wanted) -> Outcome {
    let (limit, json) = (wanted.limit, wanted.json);
    let query = wanted.query();
    let flow = beside(Needed::None).await?;
    let options = flow.context.options();
    let wanted = query.read(&options.zone, flow.context.now())?;
    let limit = usize::from(limit).clamp(1, MOST);
    let page = flow.lists.calls(&wanted, limit).await.map_err(words)?;
    for line in &page.lines {
        if json {
            let call = Call::of(line, options.region);
            say(&serde_json::to_string(&call).map_err(|error| error.to_string())?)?;
        } else {
            say_row(&row(line, &options.zone, options.region))?;
        }
    }
    if let Some(back_to) = page.looked_back_to.filter(|_| !json) {
        let local = options.zone.shows(back_to);
        let (date, time) = (local.date(), local.minute());
        return say(&format!(
            "Searched back to {date} {time}. For older calls, add --to \"{date} {time}\"."
        ));
    }
    if page.lines.is_empty() && !json {
        return say("No call matches.");
    }
    Ok(())
}

/// A call in a line: when, who called whom through which queue, what was decided, what came of it.
fn row(line: &CallLine, zone: &Zone, region: Region) -> String {
    let at = zone.shows(line.at());
    let (date, time) = (at.date(), at.second());
    let caller = Some(line.caller.display(region)).filter(|display| !display.is_empty());
    let caller = caller.unwrap_or_else(|| line.caller.kind().to_owned());
    let agent = line.agent.as_ref().map_or("-", AgentLine::label);
    let queue = line.queue.as_ref().and_then(|queue| queue.label()).unwrap_or("-");
    let rule = line.rule.as_deref().unwrap_or("-");
    let trace = line.page.as_ref().map_or_else(|| "-".to_owned(), |page| page.trace.to_string());
    let came = line.reason.as_deref().unwrap_or("page opened");
    format!("{date} {time}  {caller}  {agent}  {queue}  {rule}  {trace}  {came}")
}

/// An error in the words that the server has for it.
pub(super) fn words(error: Error) -> String {
    match error {
        Error::Store(error) => explained(error),
        error @ Error::NotANumber(_) => error.to_string(),
    }
}
