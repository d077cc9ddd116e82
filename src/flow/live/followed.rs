//! The live page as it changes: read once for all who have it open, and shown once to all who may see the same.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::{Live, Lives, shown};
use crate::domain::role::{Need, Role};
use crate::flow::context::cause;
use crate::flow::hub::{Read, Shared, Snapshot, State, StreamSubscription, Subscriber, TooMany};
use crate::store::{Error as StoreError, Topic};
use crate::view::console;

/// The least time between two reads, however many follow and however much changes.
const SETTLE: Duration = Duration::from_millis(250);

/// What was read last, for all who follow.
#[derive(Debug)]
pub(super) struct Followed(Shared<Seen>);

impl Default for Followed {
    fn default() -> Self {
        Self(Shared::settling(SETTLE))
    }
}

/// What goes on, and how it is shown to those who may only look and to those who may act.
#[derive(Debug)]
struct Seen {
    live: Live,
    to_viewers: OnceLock<Arc<Snapshot>>,
    to_others: OnceLock<Arc<Snapshot>>,
}

impl Lives {
    /// Follows what goes on, for one reader: a change is shown at once, and more of them a second later.
    pub fn follow(&self, reader: &str) -> Result<StreamSubscription, TooMany> {
        let reader = Subscriber { subject: format!("live {reader}"), agent: None };
        let topics = (vec![Topic::presence()], vec![Topic::everything()]);
        self.context.hub.stream(reader, topics.0, topics.1, self.context.now())
    }

    /// What goes on now, as the console shows it to somebody of this role.
    pub async fn page(&self, role: Role) -> Result<console::Live, StoreError> {
        Ok(self.shown(&self.read().await?, role))
    }

    /// The same, for those who follow it.
    pub async fn state(&self, role: Role) -> Read {
        let read = async {
            let live = self.read().await.inspect_err(|error| {
                tracing::warn!(error = cause(error), "streams wait for the database");
            });
            Ok::<_, StoreError>(Some(Arc::new(Seen::of(live?))))
        };
        let seen = self.context.hub.latest(&self.followed.0, read).await?;
        Ok(seen.map(|seen| self.snapshot(&seen, role)))
    }

    fn snapshot(&self, seen: &Seen, role: Role) -> Arc<Snapshot> {
        let sees_numbers = role.sees_numbers();
        let kept = if sees_numbers { &seen.to_others } else { &seen.to_viewers };
        let show = || {
            let page = Box::new(self.shown(&seen.live, role));
            Arc::new(Snapshot::new(State::Live { page, sees_numbers }))
        };
        Arc::clone(kept.get_or_init(show))
    }

    fn shown(&self, live: &Live, role: Role) -> console::Live {
        let options = &self.context.options;
        shown::page(live, role.may(Need::Supervise), options.region, &options.zone)
    }
}

impl Seen {
    fn of(live: Live) -> Self {
        Self { live, to_viewers: OnceLock::new(), to_others: OnceLock::new() }
    }
}
