//! Calls, and what came of them.

use super::context::beside;
use super::output::{Outcome, explained, say, say_row};
use crate::configuration::Needed;
use crate::domain::phone::Region;
use crate::domain::time::Zone;
use crate::flow::lists::{AgentLine, CallLine, Error};
use crate::web::listed::{Call, CallQuery};

/// Lines at most.
const MOST: usize = 1000;

pub(super) async fn list(query: CallQuery, limit: u16, json: bool) -> Outcome {
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
