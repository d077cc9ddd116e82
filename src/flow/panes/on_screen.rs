//! Pages that pause their agents, while somebody has them on a screen. An agent whose pausing page died
//! stays paused and does not know why: so it is written down, now and then, which of them are there.

use std::collections::HashMap;
use std::sync::PoisonError;

use crate::domain::ids::Id;
use crate::domain::time::Timestamp;
use crate::flow::panes::open::Panes;
use crate::store::Error as StoreError;

/// Pages that are noted at most until they are written down.
const MOST: usize = 4096;

/// When each of these was last on a screen, as far as that is not written down yet.
#[derive(Debug, Default)]
pub(crate) struct OnScreen(
    #[expect(clippy::disallowed_types, reason = "held for an insertion, never across an await")]
    std::sync::Mutex<HashMap<Id, Timestamp>>,
);

impl Panes {
    /// Somebody has this page on a screen, which pauses its agent.
    pub fn note_on_screen(&self, token: &str) {
        let Ok(pane) = self.open(token) else { return };
        let mut noted = self.on_screen.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() < MOST || noted.contains_key(&pane) {
            noted.insert(pane, self.context.now());
        }
    }

    /// Writes down what was noted.
    pub(crate) async fn keep_on_screen(&self) -> Result<(), StoreError> {
        let noted = {
            let mut noted = self.on_screen.0.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *noted)
        };
        if noted.is_empty() {
            return Ok(());
        }
        let noted: Vec<(Id, Timestamp)> = noted.into_iter().collect();
        let written = self
            .context
            .store
            .write(move |tx| noted.iter().try_for_each(|(pane, at)| tx.set_seen(*pane, *at)));
        written.await
    }
}
