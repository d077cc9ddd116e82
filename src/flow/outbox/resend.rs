//! Sending deliveries again, however many: a portion in each unit of work, so that rings come in between.

use std::collections::HashSet;

use crate::domain::actor::Actor;
use crate::domain::audit::Act;
use crate::domain::delivery::{FAILED, Settled};
use crate::domain::ids::Id;
use crate::domain::reason::Reason;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::audit::{Entry, Written};
use crate::flow::outbox::admin::{Error, Outbox};
use crate::store::{DeliveryFilter, DeliveryRow, Error as StoreError, Topic, Tx};

/// Deliveries that are sent again at once, the newest of them.
const MOST: i64 = 10_000;

/// Deliveries in one unit of work: a ring that comes meanwhile waits for it.
const PORTION: usize = 50;

/// Deliveries that failed since a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Only to this destination.
    pub destination: Option<String>,
    /// Only for this very reason.
    pub reason: Option<String>,
    pub since: Timestamp,
}

impl Failed {
    fn filter(&self) -> DeliveryFilter {
        DeliveryFilter {
            destination: self.destination.clone(),
            state: Some(FAILED.to_owned()),
            reason: self.reason.clone(),
            since: Some(self.since),
            ..DeliveryFilter::default()
        }
    }
}

/// A delivery that somebody wants sent again.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    id: Id,
    /// Whether it was found among those that failed: by its turn it may be on its way again, or have arrived.
    has_failed: bool,
}

impl Wanted {
    /// Whether it is still to be sent again.
    fn is_due(self, row: &DeliveryRow) -> bool {
        let outcome = row.outcome.as_deref().and_then(Settled::read);
        !self.has_failed || outcome.is_some_and(|end| Settled::FAILED.contains(&end))
    }
}

/// What was done so far.
#[derive(Debug, Clone)]
struct Progress {
    entry: Entry,
    /// What the audit has of it; none before the first delivery.
    written: Option<Written>,
    resent: usize,
}

impl Outbox {
    /// Sends deliveries again: these, and all that failed since a moment. Answers how many; one that is named
    /// twice is one. If one of them does not exist, none is sent.
    pub async fn resend(
        &self,
        actor: &Actor,
        mut ids: Vec<Id>,
        failed: Option<Failed>,
    ) -> Result<usize, Error> {
        let mut named = HashSet::new();
        ids.retain(|id| named.insert(*id));
        let destination = failed.as_ref().and_then(|failed| failed.destination.clone());
        let entry = Entry::of(actor, Act::DeliveriesResent, subject(&ids, failed.as_ref()));
        let wanted = self.wanted(ids, failed).await??;
        // One that is no longer configured may still have deliveries.
        if let Some(name) = destination.filter(|_| wanted.is_empty()) {
            self.context.in_force().configuration.known_destination(&name)?;
        }
        let now = self.context.now();
        let mut progress = Progress { entry, written: None, resent: 0 };
        for portion in wanted.chunks(PORTION) {
            let began = self.context.clock.elapsed();
            let (portion, so_far) = (portion.to_vec(), progress);
            let done = self.context.store.write(move |tx| so_far.clone().go_on(tx, &portion, now));
            progress = done.await?;
            // Half of the writer's time is left to rings.
            let took = self.context.clock.elapsed().saturating_sub(began);
            if wanted.len() > PORTION {
                tokio::time::sleep(took).await;
            }
        }
        Ok(progress.resent)
    }

    /// Which deliveries that are.
    async fn wanted(
        &self,
        ids: Vec<Id>,
        failed: Option<Failed>,
    ) -> Result<Result<Vec<Wanted>, Error>, StoreError> {
        let wanted = self.context.store.read(move |tx| {
            let mut missing = Vec::new();
            for id in &ids {
                if tx.find_delivery(*id)?.is_none() {
                    missing.push(*id);
                }
            }
            if !missing.is_empty() {
                return Ok(Err(Error::NoDelivery(missing)));
            }
            let named = ids.iter().map(|id| Wanted { id: *id, has_failed: false });
            let mut all: Vec<Wanted> = named.collect();
            if let Some(failed) = &failed {
                let found = tx.page_of_deliveries(&failed.filter(), MOST)?;
                all.extend(found.rows.iter().map(|row| Wanted { id: row.id, has_failed: true }));
            }
            Ok(Ok(all))
        });
        wanted.await
    }
}

impl Progress {
    /// A portion more, and how many that makes: the audit knows of each that is sent again.
    fn go_on(
        mut self,
        tx: &mut Tx<'_>,
        portion: &[Wanted],
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let before = self.resent;
        for wanted in portion {
            if let Some(row) = tx.find_delivery(wanted.id)?.filter(|row| wanted.is_due(row)) {
                self.resent += usize::from(tx.resend_delivery(wanted.id, now)?);
                tx.announce(Topic::destination(&row.destination));
            }
        }
        let became = format!("{} sent again", self.resent);
        match &self.written {
            _ if self.resent == before => {}
            Some(written) => written.became(tx, &became)?,
            None => self.written = Some(self.entry.clone().became(became).begin(tx, now)?),
        }
        Ok(self)
    }
}

/// A reason, unless it is in somebody else's words: those may have a caller's number in them, which the audit
/// would keep for longer than the call.
fn said(reason: &str) -> String {
    match Reason::read(reason) {
        Reason::Other(_) => " (one reason)".to_owned(),
        ours => format!(" ({ours})"),
    }
}

/// Which deliveries somebody asked for, in words for the audit.
fn subject(ids: &[Id], failed: Option<&Failed>) -> String {
    let ids = ids.iter().map(ToString::to_string);
    let all = failed.map(|Failed { destination, reason, since }| {
        let destination = destination.as_deref().unwrap_or("every destination");
        let reason = reason.as_deref().map(said).unwrap_or_default();
        format!("{destination} since {since}{reason}")
    });
    ids.chain(all).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audit_keeps_no_reason_in_somebody_elses_words() {
        let failed = |reason: &str| Failed {
            destination: Some("crm".to_owned()),
            reason: Some(reason.to_owned()),
            since: Timestamp(0),
        };
        let of = |reason: &str| subject(&[], Some(&failed(reason)));
        assert_eq!(of("the answer was 503"), "crm since 1970-01-01T00:00:00Z (the answer was 503)");
        assert_eq!(of("no lead has +33199005577"), "crm since 1970-01-01T00:00:00Z (one reason)");
    }
}
