//! Pages that pause their agents, while somebody has them on a screen. An agent whose pausing page died
//! stays paused and does not know why: so it is written down, now and then, which of them are there.

use std::collections::HashMap;
use std::sync::PoisonError;

use crate::domain::ids::Id;
use crate::domain::time::Timestamp;

/// Pages that are noted at most until they are written down.
const MOST: usize = 4096;

/// When each of these was last on a screen, as far as that is not written down yet.
#[derive(Debug, Default)]
pub(crate) struct OnScreen(
    #[expect(clippy::disallowed_types, reason = "held for an insertion, never across an await")]
    std::sync::Mutex<HashMap<Id, Timestamp>>,
);

impl OnScreen {
    /// Somebody has this page on a screen.
    pub(crate) fn note(&self, pane: Id, now: Timestamp) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() < MOST || noted.contains_key(&pane) {
            noted.insert(pane, now);
        }
    }

    /// Takes out what was noted.
    pub(crate) fn take(&self) -> Vec<(Id, Timestamp)> {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *noted).into_iter().collect()
    }
}
