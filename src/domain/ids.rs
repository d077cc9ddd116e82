//! Row ids: 64-bit integers that grow with time, so that a table's tree is only ever written at its
//! end. Outside they are UUIDs.
//!
//! From the highest bit: 42 bits are the millisecond, 10 the node, 2 the series, 9 a counter. Every start
//! of a server on a database is a node of its own, so that two nodes, or one before and after a restart
//! with a clock that was put back, give no id twice; a clock that is put back while the server runs begins
//! a new series.
//!
//! The rest of the UUID is one number of the whole installation: a row has the same UUID on every node,
//! and no other installation's row has it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::OnceLock;

use uuid::Uuid;

use super::time::Timestamp;

/// Identifies one row. Ids that one process mints are in order even within a millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(i64);

const COUNTER_BITS: u32 = 9;
const SERIES_BITS: u32 = 2;
const NODE_BITS: u32 = 10;
/// Bits below the millisecond.
const LOW_BITS: u32 = NODE_BITS + SERIES_BITS + COUNTER_BITS;

/// Nodes that are told apart.
pub const NODES: i64 = 1 << NODE_BITS;

/// Bits of a UUID that are the same in the whole installation.
const INSTALLATION_BITS: u32 = 53;

/// Whose ids these are. Set once, when the database is opened; without one, as in a test without a
/// database, both numbers are 0.
static NAMESPACE: OnceLock<Namespace> = OnceLock::new();

#[derive(Debug, Clone, Copy, Default)]
struct Namespace {
    installation: u64,
    node: i64,
}

/// A number for an installation that has none, or for a server's start.
pub fn random() -> u64 {
    Uuid::new_v4().as_u64_pair().1 & low_bits(INSTALLATION_BITS)
}

/// From now on this process mints ids of this node. The first word counts: a process has one
/// database.
pub fn join(installation: u64, node: i64) {
    let installation = installation & low_bits(INSTALLATION_BITS);
    // Another store of the same process, as tests have: its ids come from the same counters.
    let _first = NAMESPACE.set(Namespace { installation, node: node.rem_euclid(NODES) });
}

fn namespace() -> Namespace {
    NAMESPACE.get().copied().unwrap_or_default()
}

const fn low_bits(count: u32) -> u64 {
    (1 << count) - 1
}

impl Id {
    /// A new id for this moment.
    pub fn mint(now: Timestamp) -> Self {
        let (place, series) = next_place(now.0.max(0));
        let (millis, counter) = (place >> COUNTER_BITS, place & ((1 << COUNTER_BITS) - 1));
        let node = namespace().node << SERIES_BITS | series;
        Self(millis << LOW_BITS | node << COUNTER_BITS | counter)
    }

    /// The smallest id of a moment: everything that was minted before it is smaller.
    pub fn floor(moment: Timestamp) -> Self {
        Self(moment.0.max(0) << LOW_BITS)
    }

    /// Larger than every other.
    pub const MAX: Self = Self(i64::MAX);

    pub fn minted(self) -> Timestamp {
        Timestamp(self.0 >> LOW_BITS)
    }

    /// The one after it, which need not have been minted.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The number that is stored.
    pub fn number(self) -> i64 {
        self.0
    }

    /// From the number that was stored.
    pub fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// The number's bytes.
    pub fn bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// From the number's bytes.
    pub fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(i64::from_be_bytes(bytes))
    }

    /// Reads the text form; none for a UUID that is not of this installation's making.
    pub fn parse(text: &str) -> Option<Self> {
        let uuid = Uuid::try_parse(text).ok()?;
        let (high, low) = uuid.as_u64_pair();
        let millis = i64::try_from(high >> 16).ok()?;
        let rest = (high & low_bits(12)) << 9 | low >> INSTALLATION_BITS & low_bits(9);
        let id = Self(millis.checked_shl(LOW_BITS)? | i64::try_from(rest).ok()?);
        (id.uuid() == uuid).then_some(id)
    }

    /// A UUID of version 7: the millisecond, then the other bits of the number, then those of the
    /// installation.
    fn uuid(self) -> Uuid {
        let number = self.0.unsigned_abs();
        let (millis, rest) = (number >> LOW_BITS, number & low_bits(LOW_BITS));
        let high = millis << 16 | 7 << 12 | rest >> 9;
        let low = 2 << 62 | (rest & low_bits(9)) << INSTALLATION_BITS | namespace().installation;
        Uuid::from_u64_pair(high, low)
    }
}

/// 32 hexadecimal digits without hyphens.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.uuid().as_simple(), f)
    }
}

/// How far behind the newest id a moment may lie and still go on after it: longer than any unit of work
/// waits that took its moment before.
const SLACK: i64 = 10_000 << COUNTER_BITS;

/// Clocks that are told apart: one, and the same before it was put right; tests have some more.
const CLOCKS: usize = 8;

/// Where ids go on for one clock. Places are the milliseconds times the ids that each has.
struct Track {
    last: i64,
    series: i64,
}

/// One for each clock: ids of a clock that was ahead, and has been put right, are not gone on from, or
/// there would be ids of the future for as long as it was ahead. They have another series, because the
/// same moments come again.
#[expect(clippy::disallowed_types, reason = "held for nanoseconds")]
static TRACKS: std::sync::Mutex<VecDeque<Track>> = std::sync::Mutex::new(VecDeque::new());

/// The next place at a moment, or as soon after it as one is free, and its series.
fn next_place(millis: i64) -> (i64, i64) {
    let mut tracks = TRACKS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let wanted = millis << COUNTER_BITS;
    let near = tracks.iter_mut().filter(|track| track.last <= wanted.saturating_add(SLACK));
    if let Some(track) = near.max_by_key(|track| track.last) {
        track.last = wanted.max(track.last + 1);
        return (track.last, track.series);
    }
    let series = tracks.front().map_or(0, |newest| (newest.series + 1) % (1 << SERIES_BITS));
    tracks.truncate(CLOCKS - 1);
    tracks.push_front(Track { last: wanted, series });
    (wanted, series)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_millisecond_are_in_order() {
        let ids: Vec<Id> = (0..1200).map(|_| Id::mint(Timestamp(1_790_000_000_123))).collect();
        assert!(ids.is_sorted_by(|one, next| one < next), "a tree must only be written at its end");
        assert!(ids.iter().take(512).all(|id| id.minted() == Timestamp(1_790_000_000_123)));
        assert_eq!(ids.last().unwrap().minted(), Timestamp(1_790_000_000_125));
    }

    /// Units of work mint for the moment that they were asked at, and wait their turn.
    #[test]
    fn no_id_is_given_twice_however_late_for_its_moment_and_whatever_the_clock_does() {
        let mut ids = Vec::new();
        for second in [0, 1, 2, 900, 901, 3, 4, 9_000, 5, 899, 900, 901, 902] {
            for late in 0..200 {
                let moment = 1_790_000_000_000 + second * 1000 - late * 40 % 4000;
                ids.extend((0..30).map(|_| Id::mint(Timestamp(moment))));
            }
        }
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }

    #[test]
    fn the_floor_of_a_moment_divides_before_from_after() {
        let moment = Timestamp(1_790_000_010_123);
        assert!(Id::mint(Timestamp(moment.0 - 1)) < Id::floor(moment));
        assert!(Id::floor(moment) <= Id::mint(moment));
        assert!(Id::mint(moment) < Id::MAX);
    }

    #[test]
    fn a_clock_that_is_put_right_gives_no_ids_of_the_future() {
        let (ahead, right) = (Timestamp(1_790_000_900_000), Timestamp(1_790_000_000_000));
        assert_eq!(Id::mint(ahead).minted(), ahead);
        assert_eq!(Id::mint(right).minted(), right);
    }

    #[test]
    fn the_text_form_is_a_uuid_of_this_installation_and_reads_back() {
        for number in [0, 1, 0x1f_ffff, 1_790_000_000_123 << LOW_BITS | 0x15_5aaa, i64::MAX] {
            let id = Id::from_number(number);
            let uuid = Uuid::try_parse(&id.to_string()).unwrap();
            assert_eq!(uuid.get_version_num(), 7);
            assert_eq!(Id::parse(&id.to_string()), Some(id), "{number}");
            assert_eq!(Id::from_bytes(id.bytes()), id);
        }
        assert_eq!(Id::parse("01a0c4a4-9d7b-7000-8000-000000000001"), None, "of another one");
        assert_eq!(Id::parse("01a0c4a4-9d7b-4000-8000-000000000000"), None, "of another version");
    }
}
