//! The outbox is emptied: claimed in a short unit of work, sent with none open, settled in the next
//! one, fenced by the attempt's number. A crash anywhere costs one lease: everything arrives at least
//! once, under an id that the receiver can recognise.
//!
//! A unit of work costs a flush to disk, whatever is in it. So one half of a worker sends, and the
//! other keeps the books: each of its turns settles all attempts that have ended meanwhile and claims
//! enough ahead that nothing waits for the next turn.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use crate::crm::Prepared;
use crate::domain::destination::{Destination, State};
use crate::domain::time::Timestamp;
use crate::flow::context::{Context, InForce, cause};
use crate::flow::outbox::settle::{Attempt, Came, PROBE, Settlement, settle};
use crate::flow::sender::Sender;
use crate::flow::workers::{StopSignal, Workers};
use crate::store::{Claimed, DestinationRow, Error as StoreError, Topic, Tx};

/// Requests to one destination at the same time.
const AT_ONCE: usize = 16;

/// The most that is claimed and not settled: what one unit of work may hold up.
const IN_FLIGHT: usize = 256;

/// For how long deliveries are claimed ahead: some turns, each of which costs some milliseconds.
const AHEAD_MILLIS: usize = 100;

/// How long the books rest while there is enough to send: what ends meanwhile shares one flush.
const REST: Duration = Duration::from_millis(5);

/// How long a claim may wait until it is sent, and how long for its settlement after the answer.
const WAIT: Duration = Duration::from_secs(5);
const GRACE: Duration = Duration::from_secs(5);

/// How often an idle worker looks for what is due.
const LOOK: Duration = Duration::from_millis(500);

/// Sends what is owed to every destination that is not off.
pub(crate) fn start(context: &Arc<Context>, tasks: &mut JoinSet<()>) -> Workers {
    let context = Arc::clone(context);
    let work = {
        let context = Arc::clone(&context);
        move |name, target, asked| work(Arc::clone(&context), name, target, asked)
    };
    Workers::start(context, tasks, wanted, work)
}

fn wanted(in_force: &InForce) -> HashMap<String, Destination> {
    let all = in_force.configuration.destinations().iter();
    let on = all.filter(|destination| destination.state != State::Off);
    on.map(|destination| (destination.name.clone(), destination.clone())).collect()
}

async fn work(context: Arc<Context>, name: String, target: Destination, asked: StopSignal) {
    match Sender::new(context, target) {
        Ok(sender) => Dispatcher { sender }.run(asked).await,
        Err(error) => {
            tracing::error!(
                destination = name,
                error = cause(&error),
                "nothing can be sent to this destination"
            );
        }
    }
}

/// A claim that waits to be sent; when its turn comes later than that, its lease is too short.
struct Leased {
    claimed: Claimed,
    start_by: Timestamp,
}

/// Delivers to one destination.
struct Dispatcher {
    sender: Sender,
}

impl Dispatcher {
    /// Works until it is asked to stop; what is under way is finished, what waits is given back.
    async fn run(&self, asked: StopSignal) {
        let (hand_over, claimed) = unbounded_channel();
        let (report, ended) = unbounded_channel();
        tokio::join!(
            self.settle_and_claim_in_turns(asked.clone(), hand_over, ended),
            self.send_all(asked, claimed, report),
        );
    }

    /// Settles what has ended and claims what is due, turn after turn.
    async fn settle_and_claim_in_turns(
        &self,
        mut asked: StopSignal,
        hand_over: UnboundedSender<Leased>,
        mut reports: UnboundedReceiver<Settlement>,
    ) {
        let mut following = self
            .sender
            .context
            .hub
            .subscribe(vec![Topic::destination(&self.sender.destination.name)]);
        let (mut held, mut ended, mut repeated_first) = (0_usize, Vec::new(), false);
        loop {
            let stops = *asked.borrow();
            held = held.saturating_sub(ended.len());
            let slowest = ended.iter().filter_map(Settlement::millis).max();
            let free = if stops { 0 } else { in_flight(slowest).saturating_sub(held) };
            repeated_first = !repeated_first;
            let claimed = self.turn(std::mem::take(&mut ended), free, repeated_first).await;
            let found_all = claimed.len() < free;
            held += claimed.len();
            for held in claimed {
                drop(hand_over.send(held));
            }
            if stops && held == 0 {
                return;
            }
            if held > AT_ONCE {
                tokio::time::sleep(REST).await;
            }
            tokio::select! {
                _ = reports.recv_many(&mut ended, IN_FLIGHT), if held > 0 => {}
                _ = following.next(LOOK), if found_all => {}
                _ = asked.changed(), if !stops => {}
            }
        }
    }

    /// Sends what is claimed, several at once, and reports how each ended.
    async fn send_all(
        &self,
        asked: StopSignal,
        mut claimed: UnboundedReceiver<Leased>,
        report: UnboundedSender<Settlement>,
    ) {
        let claimed = stream::poll_fn(|context| claimed.poll_recv(context));
        let mut ended = claimed.map(|held| self.attempt(held, &asked)).buffer_unordered(AT_ONCE);
        while let Some(ended) = ended.next().await {
            drop(report.send(ended));
        }
    }

    /// One unit of work: settles, then claims. Where it fails, each attempt is settled by itself, so
    /// that one that cannot be kept takes no other with it.
    async fn turn(&self, ended: Vec<Settlement>, free: usize, repeated_first: bool) -> Vec<Leased> {
        if ended.is_empty() && free == 0 {
            return Vec::new();
        }
        let ended: Arc<[Settlement]> = ended.into();
        let failed = match self.settle_and_claim(Arc::clone(&ended), free, repeated_first).await {
            Ok(claimed) => return claimed,
            Err(failed) => failed,
        };
        let destination = &self.sender.destination.name;
        let (error, attempts) = (cause(&failed), ended.len());
        tracing::error!(destination, error, attempts, "the outbox cannot be read or written");
        let away = matches!(failed, StoreError::Unavailable(_) | StoreError::Busy);
        for one in ended.iter().filter(|_| !away) {
            if let Err(error) = self.settle_and_claim([one.clone()].into(), 0, false).await {
                // The lease ends, and it is sent again under the same id.
                let (delivery, error) = (one.delivery(), cause(&error));
                tracing::error!(destination, %delivery, error, "an attempt could not be stored");
            }
        }
        Vec::new()
    }

    async fn settle_and_claim(
        &self,
        ended: Arc<[Settlement]>,
        free: usize,
        repeated_first: bool,
    ) -> Result<Vec<Leased>, StoreError> {
        let now = self.sender.context.now();
        let start_by = now.plus(WAIT);
        let lease = start_by.plus(self.sender.destination.connection.timeout + GRACE);
        let name = self.sender.destination.name.clone();
        let claimed = self.sender.context.store.write(move |tx| {
            // Or two nodes that claim the same would wait for each other.
            tx.lock(&format!("destination {name}"))?;
            let mut state = tx.find_destination(&name)?;
            for ended in ended.iter() {
                settle(tx, &name, &mut state, ended)?;
            }
            claim(tx, &name, &state, now, lease, free, repeated_first)
        });
        let held = |claimed| Leased { claimed, start_by };
        Ok(claimed.await?.into_iter().map(held).collect())
    }

    /// One attempt at one delivery, from its request to its end.
    async fn attempt(&self, held: Leased, asked: &StopSignal) -> Settlement {
        let Leased { claimed, start_by } = held;
        if *asked.borrow() || self.sender.context.now() > start_by {
            return Settlement::Unsent { id: claimed.id, attempt: claimed.attempt };
        }
        let started = self.sender.context.clock.elapsed();
        let in_force = self.sender.context.in_force();
        let written = self.sender.write(&in_force, &claimed);
        let (request, came) = match written {
            Err(error) => (None, Came::Unsendable(error)),
            Ok(prepared) if self.sender.destination.state == State::Silent => {
                (Some(prepared), Came::Silent)
            }
            Ok(prepared) => {
                let now = self.sender.context.now();
                let answered = self.sender.send(&prepared, claimed.id, now).await;
                (Some(prepared), Came::Response(answered))
            }
        };
        let millis = self.sender.context.clock.elapsed().saturating_sub(started).as_millis();
        let millis = i64::try_from(millis).unwrap_or(i64::MAX);
        let now = self.sender.context.now();
        let request = request.map(Prepared::masked);
        let tried =
            Attempt::of(&self.sender.destination, &claimed, request.as_ref(), came, millis, now);
        Settlement::Attempted(Box::new(tried))
    }
}

/// How many to have in hand: what is sent at once, and ahead of that what will be within a short
/// while, if it takes as long as the slowest of what has just ended. Of a slow receiver nothing is
/// claimed ahead.
fn in_flight(slowest_millis: Option<usize>) -> usize {
    let ahead = slowest_millis.map_or(0, |millis| AT_ONCE * AHEAD_MILLIS / millis.max(1));
    (AT_ONCE + ahead).min(IN_FLIGHT)
}

/// Claims what is due, first attempts and repeated ones in turn before each other.
fn claim(
    tx: &mut Tx<'_>,
    name: &str,
    state: &DestinationRow,
    now: Timestamp,
    lease: Timestamp,
    free: usize,
    repeated_first: bool,
) -> Result<Vec<Claimed>, StoreError> {
    let mut free = i64::try_from(free).unwrap_or(1);
    if let (Some(paused_at), true) = (state.paused_at, free > 0) {
        // One delivery tries whether it is back.
        if now.since(state.failing_since.unwrap_or(paused_at)) < PROBE {
            return Ok(Vec::new());
        }
        tx.save_destination(name, &DestinationRow { failing_since: Some(now), ..state.clone() })?;
        free = 1;
    }
    let share = if repeated_first { (free + 1) / 2 } else { free };
    let mut all = tx.claim_deliveries(name, repeated_first, now, lease, share)?;
    let rest = free - i64::try_from(all.len()).unwrap_or(free);
    all.extend(tx.claim_deliveries(name, !repeated_first, now, lease, rest)?);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faster_a_receiver_the_more_is_claimed_ahead() {
        let held = [None, Some(2000), Some(100), Some(20), Some(0)].map(in_flight);
        assert_eq!(held, [16, 16, 32, 96, 256]);
    }
}
