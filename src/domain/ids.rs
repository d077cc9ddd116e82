//! Row ids: UUIDv7, so that keys grow with time and an index is only ever written at its end.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use uuid::{ContextV7, Timestamp as UuidTime, Uuid};

use super::time::Timestamp;

/// Identifies one row. Its first 48 bits are the millisecond it was minted in; ids that one
/// process mints are in order even within a millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(Uuid);

impl Id {
    /// A new id for this moment.
    pub fn mint(now: Timestamp) -> Self {
        let (seconds, millis) = (now.0.div_euclid(1000), now.0.rem_euclid(1000));
        let seconds = u64::try_from(seconds).unwrap_or(0);
        let nanos = u32::try_from(millis).unwrap_or(0).saturating_mul(1_000_000);
        Self(Uuid::new_v7(UuidTime::from_unix(context(), seconds, nanos)))
    }

    /// The smallest id of a moment: everything that was minted before it is smaller.
    pub fn floor(moment: Timestamp) -> Self {
        let millis = u64::try_from(moment.0).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
    }

    pub fn minted(self) -> Timestamp {
        let (seconds, nanos) = self.0.get_timestamp().map_or((0, 0), |at| at.to_unix());
        Timestamp(0).plus(Duration::new(seconds, nanos))
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(Self)
    }

    /// The sixteen bytes.
    pub fn bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// From sixteen bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

/// 32 hexadecimal digits without hyphens: the form that is stored.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0.as_simple(), f)
    }
}

/// The counter that keeps ids of one millisecond in order.
fn context() -> impl uuid::ClockSequence<Output = impl Into<u128>> {
    struct Shared;
    impl uuid::ClockSequence for Shared {
        type Output = u64;

        fn generate_sequence(&self, seconds: u64, nanos: u32) -> u64 {
            self.generate_timestamp_sequence(seconds, nanos).0
        }

        fn generate_timestamp_sequence(&self, seconds: u64, nanos: u32) -> (u64, u64, u32) {
            let mut counters = COUNTERS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let moment = (seconds, nanos);
            if !counters.iter().any(|(known, _)| *known == moment) {
                counters.truncate(MOMENTS - 1);
                counters.push_front((moment, ContextV7::new()));
            }
            let counter = counters.iter().find(|(known, _)| *known == moment);
            counter.map_or((0, seconds, nanos), |(_, counter)| {
                counter.generate_timestamp_sequence(seconds, nanos)
            })
        }

        fn usable_bits(&self) -> usize {
            42
        }
    }
    Shared
}

/// Moments whose counters are kept: one is enough for a clock that goes on, some for several clocks.
const MOMENTS: usize = 16;

/// A moment, and the counter that keeps its ids apart and in order.
type Counter = ((u64, u32), ContextV7);

/// Each moment has its own: a counter that also kept moments in order would give ids of the future
/// for as long as a clock was ahead that has been put right.
#[expect(clippy::disallowed_types, reason = "a counter held for nanoseconds; uuid's is not Sync")]
static COUNTERS: std::sync::Mutex<VecDeque<Counter>> = std::sync::Mutex::new(VecDeque::new());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_millisecond_are_in_order() {
        let ids: Vec<Id> = (0..1000).map(|_| Id::mint(Timestamp(1_790_000_000_123))).collect();
        assert!(ids.is_sorted(), "an index must only be written at its end");
        assert!(ids.iter().all(|id| id.minted() == Timestamp(1_790_000_000_123)));
    }

    #[test]
    fn the_floor_of_a_moment_divides_before_from_after() {
        let moment = Timestamp(1_790_000_000_123);
        assert!(Id::mint(Timestamp(moment.0 - 1)) < Id::floor(moment));
        assert!(Id::floor(moment) < Id::mint(moment));
    }

    #[test]
    fn a_clock_that_is_put_right_gives_no_ids_of_the_future() {
        let (ahead, right) = (Timestamp(1_790_000_900_000), Timestamp(1_790_000_000_000));
        assert_eq!(Id::mint(ahead).minted(), ahead);
        assert_eq!(Id::mint(right).minted(), right);
    }

    #[test]
    fn the_text_form_reads_back() {
        let id = Id::mint(Timestamp(1_790_000_000_123));
        assert_eq!(Id::parse(&id.to_string()), Some(id));
        assert_eq!(id.to_string().len(), 32);
    }
}
