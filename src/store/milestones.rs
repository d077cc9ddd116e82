//! What happened for the first time: whoever sets Callpane up looks for it.

use super::error::Error;
use super::tx::Tx;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;

/// Something that an installation has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Milestone {
    /// A phone rang.
    Ring,
    /// A page was seen.
    Page,
    /// Something was delivered.
    Delivery,
}

impl Milestone {
    /// Where it is kept once it is known.
    fn setting(self) -> &'static str {
        match self {
            Self::Ring => "first_ring",
            Self::Page => "first_page",
            Self::Delivery => "first_delivery",
        }
    }

    /// Looks for it among the newest rows. As long as nothing was found there are few of them, unless it
    /// never happens: then it may cost no more than this either.
    fn query(self) -> &'static str {
        match self {
            Self::Ring => {
                "SELECT MIN(id) FROM (SELECT id, kind FROM event ORDER BY id DESC LIMIT 5000) e
                 WHERE kind = 'call.ringing'"
            }
            Self::Page => {
                "SELECT MIN(id) FROM (SELECT id, opened_at FROM event ORDER BY id DESC LIMIT 5000) e
                 WHERE opened_at IS NOT NULL"
            }
            Self::Delivery => {
                "SELECT MIN(id) FROM (SELECT id, outcome FROM delivery ORDER BY id DESC LIMIT 5000) d
                 WHERE outcome = 'delivered'"
            }
        }
    }
}

impl Tx<'_> {
    /// When that happened first, as far as it was written down.
    pub fn milestone(&mut self, milestone: Milestone) -> Result<Option<Timestamp>, Error> {
        let kept = self.setting(milestone.setting())?;
        Ok(kept.and_then(|millis| millis.parse().ok()).map(Timestamp))
    }

    /// The same, looked for.
    pub fn find_milestone(&mut self, milestone: Milestone) -> Result<Option<Timestamp>, Error> {
        let row = self.first(milestone.query(), &[])?;
        let found: Option<Id> = row.map_or(Ok(None), |mut row| row.take("milestone"))?;
        Ok(found.map(Id::minted))
    }

    /// Writes it down: it may be forgotten where it was found.
    pub fn keep_milestone(&mut self, milestone: Milestone, at: Timestamp) -> Result<(), Error> {
        self.setting_or(milestone.setting(), &at.0.to_string()).map(drop)
    }
}
