//! What is done once when Callpane is set up, and whether it is: each step ticks itself.

use std::sync::Arc;

use crate::domain::origin::DesktopOrigins;
use crate::domain::time::Timestamp;
use crate::flow::context::Context;
use crate::store::{Error as StoreError, Milestone, Tx};

/// How far an installation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The desktops that may ask for pages; none where any may.
    pub origins: Option<Vec<String>>,
    /// When the first phone rang, the first page was seen, and the first delivery arrived.
    pub ring: Option<Timestamp>,
    pub page: Option<Timestamp>,
    pub delivery: Option<Timestamp>,
}

impl Setup {
    /// Whether nothing is left to do.
    pub fn is_complete(&self) -> bool {
        self.origins.is_some() && [self.ring, self.page, self.delivery].iter().all(Option::is_some)
    }
}

/// How far this installation is. What is found is written down once, because it may be forgotten where it was
/// found.
pub async fn read(context: &Arc<Context>) -> Result<Setup, StoreError> {
    let steps = [Milestone::Ring, Milestone::Page, Milestone::Delivery];
    let looked = context.store.read(move |tx| Ok(steps.map(|step| look(tx, step))));
    let looked = looked.await?.into_iter().collect::<Result<Vec<_>, StoreError>>()?;
    let new: Vec<(Milestone, Timestamp)> = looked.iter().filter_map(|look| look.new).collect();
    if !new.is_empty() {
        let keep = context
            .store
            .write(move |tx| new.iter().try_for_each(|(step, at)| tx.keep_milestone(*step, *at)));
        keep.await?;
    }
    let mut at = looked.into_iter().map(|look| look.at);
    let origins = match &context.options.origins {
        DesktopOrigins::Any => None,
        DesktopOrigins::Listed(listed) => Some(listed.clone()),
    };
    let mut next = || at.next().flatten();
    Ok(Setup { origins, ring: next(), page: next(), delivery: next() })
}

/// What is known of a step.
struct Looked {
    at: Option<Timestamp>,
    /// What is not written down yet.
    new: Option<(Milestone, Timestamp)>,
}

fn look(tx: &mut Tx<'_>, step: Milestone) -> Result<Looked, StoreError> {
    if let Some(at) = tx.milestone(step)? {
        return Ok(Looked { at: Some(at), new: None });
    }
    let found = tx.find_milestone(step)?;
    Ok(Looked { at: found, new: found.map(|at| (step, at)) })
}
