//! Calls of which nothing is heard any more are closed after a while.

use crate::domain::event::{CallEvent, CallEventKind};
use crate::domain::ids::Id;
use crate::domain::phone::Region;
use crate::domain::time::Timestamp;
use crate::flow::calls::receive::Calls;
use crate::flow::calls::state::{self, RINGS};
use crate::flow::calls::untold::{self, End};
use crate::flow::context::InForce;
use crate::flow::retention;
use crate::store::{Error as StoreError, Tx};

impl Calls {
    /// Closes calls whose end never came; answers how many.
    pub async fn expire_overdue(&self) -> Result<usize, StoreError> {
        const PORTION: i64 = 100;
        let now = self.context.now();
        let in_force = self.context.in_force();
        let region = self.context.options.region;
        let reaped = self.context.store.write(move |tx| {
            let overdue = tx.list_overdue(now, PORTION)?;
            if overdue.is_empty() || !retention::is_believed(tx, now)? {
                return Ok(0);
            }
            for id in &overdue {
                expire(tx, *id, now, region, &in_force)?;
            }
            Ok(overdue.len())
        });
        reaped.await
    }
}

/// Supposes that a call is over.
fn expire(
    tx: &mut Tx<'_>,
    id: Id,
    now: Timestamp,
    region: Region,
    in_force: &InForce,
) -> Result<(), StoreError> {
    let Some(held) = tx.lock_overdue(id, now)? else { return Ok(()) };
    let mut call = state::load(tx, &held, region)?;
    let end = CallEvent::new(CallEventKind::Expired, "callpane: no end was heard", now);
    call.apply(&end, None);
    let expires = in_force.configuration.source(&held.source).map(|source| source.expires);
    state::save(tx, &held, &call, region, now, expires.unwrap_or(RINGS))?;
    let end = End { held: &held, call: &call, event: &end, who: None };
    untold::tell(tx, &end, now, region, in_force)
}
