//! How long things took, counted: the middle and the slowest of millions in a hundred numbers. Eight steps
//! for each doubling, so that a percentile is at most an eighth too large.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Steps for each doubling, as a power of two.
const STEPS: u32 = 3;

/// How often something took how many microseconds, by steps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Histogram(BTreeMap<u32, u64>);

impl Histogram {
    /// Counts one.
    pub fn add(&mut self, micros: u64) {
        *self.0.entry(step(micros)).or_default() += 1;
    }

    /// Counts all of another.
    pub fn merge(&mut self, other: &Self) {
        for (step, count) in &other.0 {
            *self.0.entry(*step).or_default() += count;
        }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// What this many of a thousand took at most, in microseconds; none where there are none.
    pub fn permille(&self, wanted: u64) -> Option<u64> {
        let rank = self.count().checked_mul(wanted)?.div_ceil(1000).max(1);
        let mut counted = 0;
        let found = self.0.iter().find(|(_, count)| {
            counted += **count;
            counted >= rank
        });
        found.map(|(step, _)| largest(*step))
    }
}

fn step(micros: u64) -> u32 {
    let micros = micros.max(1);
    let doublings = micros.ilog2();
    if doublings <= STEPS {
        return u32::try_from(micros).unwrap_or(u32::MAX);
    }
    let within = micros >> (doublings - STEPS) & ((1 << STEPS) - 1);
    (doublings << STEPS) + u32::try_from(within).unwrap_or_default()
}

/// The largest that a step has.
fn largest(step: u32) -> u64 {
    let doublings = step >> STEPS;
    if doublings <= STEPS {
        return step.into();
    }
    let within = u64::from(step & ((1 << STEPS) - 1));
    (((1 << STEPS) + within + 1) << (doublings - STEPS)) - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_has_no_middle() {
        assert_eq!(Histogram::default().permille(500), None);
    }

    proptest! {
        #[test]
        fn a_percentile_is_never_too_small_and_hardly_too_large(
            times in prop::collection::vec(0..100_000_000_u64, 1..200), wanted in 1..1000_u64,
        ) {
            let mut histogram = Histogram::default();
            for time in &times {
                histogram.add(*time);
            }
            let mut sorted: Vec<u64> = times.iter().map(|time| *time.max(&1)).collect();
            sorted.sort_unstable();
            let wanted_of_all = sorted.len() * usize::try_from(wanted).unwrap();
            let exact = sorted[wanted_of_all.div_ceil(1000).max(1) - 1];
            let found = histogram.permille(wanted).unwrap();
            prop_assert!(exact <= found && found <= exact + exact / 8, "{} for {}", found, exact);
            let text = serde_json::to_string(&histogram).unwrap();
            prop_assert_eq!(serde_json::from_str::<Histogram>(&text).unwrap(), histogram);
        }

        #[test]
        fn two_are_counted_as_one(
            some in prop::collection::vec(0..1_000_000_u64, 0..50),
            others in prop::collection::vec(0..1_000_000_u64, 0..50),
        ) {
            let of = |times: &[u64]| {
                let mut histogram = Histogram::default();
                for time in times {
                    histogram.add(*time);
                }
                histogram
            };
            let mut merged = of(&some);
            merged.merge(&of(&others));
            prop_assert_eq!(merged, of(&[some, others].concat()));
        }
    }
}
