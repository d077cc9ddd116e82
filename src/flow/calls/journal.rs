//! What is noted of rings beside them, at no cost to their answers: a ring only puts a few numbers into a
//! list in memory, which a task writes down once a second for all of them. With it go the rings that the
//! database could not take when they rang, as soon as it can again, and how many requests of desktops
//! were refused before they were read.

#![expect(clippy::disallowed_types, reason = "held for a push or a swap, never while waiting")]

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::histogram::Histogram;
use crate::domain::ids::{self, Id};
use crate::domain::problem::Code;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::context::Context;
use crate::store::{Error as StoreError, RingCountRow, Store, TurnedAwayRow, Tx, UnwrittenRow};

/// Rings between two writes whose times are kept; those beyond are only counted.
const MOST: usize = 100_000;

/// Rings without a database that are kept in memory, the newest of them: each may have 64 KiB.
const MOST_UNWRITTEN: usize = 500;

/// How many of them one unit of work writes: rings that come meanwhile wait for it.
const PORTION: usize = 20;

/// Counts are kept for quarters of an hour: a day begins with one of them in every zone.
const QUARTER: i64 = 15 * 60 * 1000;

/// How often a server that hears no ring writes down that it is there.
const PRESENT: Duration = Duration::from_mins(1);

/// How often refused requests are written down: anybody can send them.
const TURNED_AWAY: Duration = Duration::from_mins(1);

/// How long "lately" is.
const LATELY: Duration = Duration::from_mins(5);

/// The longest detail of a refusal that is kept, in characters.
const LONGEST: usize = 300;

/// How long a ring took, in microseconds since it was read.
#[derive(Debug, Clone, Copy)]
pub struct Timed {
    /// The event that it was written down as; none where the database did not take it.
    pub event: Option<Id>,
    /// Until the rules had decided.
    pub decided: u32,
    /// Until the answer was ready.
    pub answered: u32,
    /// Whether the desktop was told to open something.
    pub opened: bool,
}

/// How long one ring took, in microseconds since it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    pub decided: u32,
    pub answered: u32,
}

/// What there was in some time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    pub rings: i64,
    /// Rings for which something was opened.
    pub opened: i64,
    /// Rings that were answered without the database.
    pub errors: i64,
    latency: Histogram,
}

impl Figures {
    /// How long half of the rings took at most.
    pub fn p50(&self) -> Option<Duration> {
        self.latency.permille(500).map(Duration::from_micros)
    }

    /// How long 99 of 100 rings took at most.
    pub fn p99(&self) -> Option<Duration> {
        self.latency.permille(990).map(Duration::from_micros)
    }

    fn count(&mut self, timed: &Timed) {
        self.rings += 1;
        self.opened += i64::from(timed.opened);
        self.errors += i64::from(timed.event.is_none());
        self.latency.add(timed.answered.into());
    }

    fn add(&mut self, other: &Self) {
        self.rings += other.rings;
        self.opened += other.opened;
        self.errors += other.errors;
        self.latency.merge(&other.latency);
    }
}

/// The rings' journal.
#[derive(Debug)]
pub struct Journal {
    context: Arc<Context>,
    noted: Mutex<Noted>,
    counted: Mutex<Counted>,
}

/// What has not been written down yet.
#[derive(Debug, Default)]
struct Noted {
    timed: Vec<Timed>,
    /// Rings whose times are not kept.
    beyond: i64,
    unwritten: VecDeque<Arc<UnwrittenRow>>,
    turned_away: BTreeMap<String, TurnedAway>,
}

#[derive(Debug)]
struct TurnedAway {
    since: Timestamp,
    times: i64,
    detail: String,
}

/// What this server has counted.
#[derive(Debug)]
struct Counted {
    /// A number of this server's own.
    server: i64,
    quarter: Timestamp,
    /// Since when it is there, within the quarter.
    seen_from: Timestamp,
    saved_at: Option<Timestamp>,
    turned_away_at: Option<Timestamp>,
    figures: Figures,
    /// Of quarters that are over, and not written down yet.
    finished: Vec<RingCountRow>,
    lately: VecDeque<(Timestamp, Figures)>,
}

/// What one unit of work writes.
#[derive(Debug, Default)]
struct Batch {
    timings: Option<(Id, String)>,
    counts: Vec<RingCountRow>,
    unwritten: Vec<Arc<UnwrittenRow>>,
    turned_away: Vec<TurnedAwayRow>,
}

impl Journal {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        let now = context.now();
        let counted = Counted {
            server: i64::try_from(ids::random()).unwrap_or_default(),
            quarter: quarter_of(now),
            seen_from: now,
            saved_at: None,
            turned_away_at: None,
            figures: Figures::default(),
            finished: Vec::new(),
            lately: VecDeque::new(),
        };
        Self { context, noted: Mutex::default(), counted: Mutex::new(counted) }
    }

    /// A ring was answered.
    pub(crate) fn note(&self, timed: Timed) {
        let mut noted = self.noted();
        if noted.timed.len() < MOST {
            noted.timed.push(timed);
        } else {
            noted.beyond += 1;
        }
    }

    /// A ring was answered without the database.
    pub(crate) fn keep(&self, ring: UnwrittenRow) {
        let mut noted = self.noted();
        if noted.unwritten.len() >= MOST_UNWRITTEN {
            noted.unwritten.pop_front();
        }
        noted.unwritten.push_back(Arc::new(ring));
    }

    /// A desktop's request was refused before it was read.
    pub fn refused(&self, code: Code, detail: &str) {
        let now = self.context.now();
        let mut noted = self.noted();
        let fresh = || TurnedAway { since: now, times: 0, detail: String::new() };
        let entry = noted.turned_away.entry(code.word().to_owned()).or_insert_with(fresh);
        entry.times += 1;
        entry.detail = detail.chars().take(LONGEST).collect();
    }

    /// Writes down what was noted. What the database does not take is kept for the next time.
    pub async fn flush(&self) -> Result<(), StoreError> {
        loop {
            let batch = Arc::new(self.take(self.context.now()));
            if batch.is_empty() {
                return Ok(());
            }
            let written = Arc::clone(&batch);
            let result = self.context.store.write(move |tx| written.write(tx)).await;
            if result.is_err() {
                self.take_back(&batch);
            }
            result?;
            if self.noted().unwritten.is_empty() {
                return Ok(());
            }
        }
    }

    fn take(&self, now: Timestamp) -> Batch {
        let mut counted = self.counted();
        let due = |last: Option<Timestamp>, span| last.is_none_or(|at| now.since(at) >= span);
        let tells = due(counted.turned_away_at, TURNED_AWAY);
        let (timed, beyond, unwritten, turned_away) = {
            let mut noted = self.noted();
            let turned_away =
                if tells { std::mem::take(&mut noted.turned_away) } else { BTreeMap::new() };
            let portion = noted.unwritten.len().min(PORTION);
            let unwritten: Vec<Arc<UnwrittenRow>> = noted.unwritten.drain(..portion).collect();
            (
                std::mem::take(&mut noted.timed),
                std::mem::take(&mut noted.beyond),
                unwritten,
                turned_away,
            )
        };
        if !turned_away.is_empty() {
            counted.turned_away_at = Some(now);
        }
        let turned_away =
            turned_away.into_iter().map(|(code, TurnedAway { since, times, detail })| {
                TurnedAwayRow { id: Id::mint(now), code, since, times, detail }
            });
        let rang = !timed.is_empty() || beyond > 0;
        counted.turn(now);
        let mut counts = std::mem::take(&mut counted.finished);
        counted.count(&timed, beyond, now);
        if rang || due(counted.saved_at, PRESENT) {
            counted.saved_at = Some(now);
            counts.push(counted.row(now));
        }
        let timings = written(&timed).map(|text| (Id::mint(now), text));
        Batch { timings, counts, unwritten, turned_away: turned_away.collect() }
    }

    /// The present quarter is written whole the next time; times of rings are let go.
    fn take_back(&self, batch: &Batch) {
        let mut counted = self.counted();
        let quarter = counted.quarter;
        (counted.saved_at, counted.turned_away_at) = (None, None);
        let finished = batch.counts.iter().filter(|row| row.quarter != quarter);
        counted.finished.extend(finished.cloned());
        let mut noted = self.noted();
        for TurnedAwayRow { code, since, times, detail, .. } in &batch.turned_away {
            let lost = || TurnedAway { since: *since, times: 0, detail: detail.clone() };
            noted.turned_away.entry(code.clone()).or_insert_with(lost).times += times;
        }
        for row in batch.unwritten.iter().rev() {
            if noted.unwritten.len() < MOST_UNWRITTEN {
                noted.unwritten.push_front(Arc::clone(row));
            }
        }
    }

    /// What there was lately at this server.
    pub fn lately(&self) -> Figures {
        let since = self.context.now().minus(LATELY);
        let mut all = Figures::default();
        let counted = self.counted();
        let lately = counted.lately.iter().filter(|(at, _)| *at >= since);
        lately.for_each(|(_, figures)| all.add(figures));
        all
    }

    /// What there was today so far, and yesterday, at all servers.
    pub async fn today_and_yesterday(&self) -> Result<[Figures; 2], StoreError> {
        let (zone, now) = (&self.context.options.zone, self.context.now());
        let [today, yesterday] = [0, 1].map(|days| zone.day_began(now, days));
        let rows = self
            .context
            .store
            .read(move |tx| tx.list_ring_counts(yesterday, now.plus(Duration::from_millis(1))));
        let mut days = [Figures::default(), Figures::default()];
        for row in rows.await? {
            let [first, second] = &mut days;
            let day = if row.quarter >= today { first } else { second };
            let RingCountRow { rings, opened, errors, latency, .. } = row;
            day.add(&Figures { rings, opened, errors, latency });
        }
        Ok(days)
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    /// A new quarter has begun: what the one before came to, in the end.
    fn turn(&mut self, now: Timestamp) {
        let quarter = quarter_of(now);
        if quarter == self.quarter {
            return;
        }
        let until = Timestamp(self.quarter.0 + QUARTER - 1).min(now);
        let row = self.row(until.max(self.seen_from));
        self.figures = Figures::default();
        self.saved_at = None;
        // A clock that was put back, or a machine that slept, was not there in between.
        self.seen_from = if quarter.0 == self.quarter.0 + QUARTER { quarter } else { now };
        self.quarter = quarter;
        self.finished.push(row);
    }

    fn count(&mut self, timed: &[Timed], beyond: i64, now: Timestamp) {
        let mut figures = Figures { rings: beyond, ..Figures::default() };
        for timed in timed {
            figures.count(timed);
        }
        self.figures.add(&figures);
        if figures.rings > 0 {
            self.lately.push_back((now, figures));
        }
        while self.lately.front().is_some_and(|(at, _)| now.since(*at) > LATELY) {
            self.lately.pop_front();
        }
    }

    fn row(&self, until: Timestamp) -> RingCountRow {
        let Figures { rings, opened, errors, latency } = self.figures.clone();
        let (quarter, server, seen) = (self.quarter, self.server, (self.seen_from, until));
        RingCountRow { quarter, server, seen, rings, opened, errors, latency }
    }
}

impl Batch {
    fn write(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        if let Some((id, timings)) = &self.timings {
            tx.insert_ring_timings(*id, timings)?;
        }
        for row in &self.counts {
            tx.save_ring_count(row)?;
        }
        for row in &self.unwritten {
            tx.insert_unwritten(row)?;
        }
        self.turned_away.iter().try_for_each(|row| tx.insert_turned_away(row))
    }

    fn is_empty(&self) -> bool {
        self.timings.is_none()
            && self.counts.is_empty()
            && self.unwritten.is_empty()
            && self.turned_away.is_empty()
    }
}

fn quarter_of(now: Timestamp) -> Timestamp {
    Timestamp(now.0.div_euclid(QUARTER) * QUARTER)
}

/// The times of rings as they are kept.
fn written(timed: &[Timed]) -> Option<String> {
    let kept = timed
        .iter()
        .filter_map(|timed| Some((timed.event?.number(), timed.decided, timed.answered)));
    let kept: Vec<(i64, u32, u32)> = kept.collect();
    if kept.is_empty() { None } else { serde_json::to_string(&kept).ok() }
}

/// How long the ring of an event took; none where that was never written down.
pub(crate) async fn timing_of(store: &Store, event: Id) -> Result<Option<Timing>, StoreError> {
    /// Seconds of all servers that are looked at after the ring.
    const LOOKED_AT: i64 = 20;
    let rows = store.read(move |tx| tx.list_ring_timings(event, LOOKED_AT)).await?;
    let all = rows
        .iter()
        .flat_map(|row| serde_json::from_str::<Vec<(i64, u32, u32)>>(row).unwrap_or_default());
    let mut own = all.filter(|(number, ..)| *number == event.number());
    Ok(own.next().map(|(_, decided, answered)| Timing { decided, answered }))
}
