//! `callpane audit`: who did what.

use super::context::beside;
use super::output::{Outcome, explained, say, say_row};
use crate::configuration::Needed;
use crate::domain::audit::Act;
use crate::domain::word::Word as _;
use crate::store::{AuditFilter, AuditRow};
use crate::web::answers::access::AuditEntry;

/// Everything that is kept.
pub(super) fn acts() -> impl Iterator<Item = &'static str> {
    Act::words()
}

pub(super) async fn list(
    actor: Option<String>,
    act: Option<String>,
    limit: u16,
    json: bool,
) -> Outcome {
    let wanted = AuditFilter { actor, act, before: None };
    let rows = beside(Needed::None).await?.audit.list(wanted, i64::from(limit)).await;
    let rows = rows.map_err(explained)?;
    if rows.is_empty() && !json {
        return say("No matching entries.");
    }
    for row in &rows {
        let line =
            if json { serde_json::to_string(&AuditEntry::from(row)) } else { Ok(in_words(row)) };
        say_row(&line.map_err(|error| error.to_string())?)?;
    }
    Ok(())
}

fn in_words(row: &AuditRow) -> String {
    let change = match (&row.was, &row.became) {
        (Some(was), Some(became)) => format!(": {was} -> {became}"),
        (Some(one), None) | (None, Some(one)) => format!(": {one}"),
        (None, None) => String::new(),
    };
    let from = row.address.as_deref().map(|from| format!(" from {from}")).unwrap_or_default();
    let (at, AuditRow { actor, via, act, subject, .. }) = (row.id.minted(), row);
    format!("{at}  {actor} ({via}{from})  {act}  {subject}{change}")
}
