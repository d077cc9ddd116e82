//! What is owed to another system: when it is tried again, and what an answer means.

use std::time::Duration;

use data_encoding::BASE64;
use hmac::Mac;
use sha2::{Digest, Sha256};

use super::ids::Id;
use super::secret::{Secret, hmac_of};
use super::time::Timestamp;
use super::word::Word;

/// How long after each attempt the next one is made; after the last, none is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrySchedule(pub Vec<Duration>);

impl Default for RetrySchedule {
    /// Eleven attempts in three days: seconds for a restart, hours for an outage, days for a weekend.
    fn default() -> Self {
        let minutes = [5, 15, 30, 60, 120, 240, 480, 1440, 1440];
        let minutes = minutes.map(Duration::from_mins);
        Self(std::iter::once(Duration::from_secs(20)).chain(minutes).collect())
    }
}

/// The longest that a receiver may ask us to wait.
const LONGEST: Duration = Duration::from_hours(24);

impl RetrySchedule {
    /// When to try again after an attempt, counted from 1; none when it was the last. A receiver that
    /// says when is heard. Deliveries that failed together do not come back together: each is a tenth
    /// early or late, always the same for one delivery and attempt.
    pub fn next(
        &self,
        delivery: Id,
        attempt: i64,
        now: Timestamp,
        asked: Option<Duration>,
    ) -> Option<Timestamp> {
        let at = usize::try_from(attempt.checked_sub(1)?).ok()?;
        let wait = *self.0.get(at)?;
        let wait = asked.map_or(wait, |asked| asked.min(LONGEST).max(wait.min(asked)));
        let digest = Sha256::digest([delivery.bytes().as_slice(), &attempt.to_be_bytes()].concat());
        let dice = u32::from(digest.first().copied().unwrap_or_default());
        let spread = wait / 5 * dice / 255;
        // Never before the receiver asked to.
        let least = if asked.is_some() { wait } else { wait / 10 * 9 };
        Some(now.plus(least + spread))
    }
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It has arrived.
    Delivered,
    /// It may arrive the next time; the receiver may have said when.
    Retry(Option<Duration>),
    /// It will never be taken.
    Reject,
}

impl Verdict {
    /// By the status; `retry_after` in seconds, as the receiver wrote it.
    pub fn of(status: u16, retry_after: Option<&str>) -> Self {
        let asked = retry_after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        match status {
            200..=299 => Self::Delivered,
            408 | 425 | 429 | 500..=599 => Self::Retry(asked),
            _ => Self::Reject,
        }
    }

    /// The stored word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Retry(_) => "retry",
            Self::Reject => "rejected",
        }
    }
}

/// What became of a delivery in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It has arrived.
    Delivered,
    /// The receiver refused it, or it could not be written.
    Rejected,
    /// The schedule ended.
    Exhausted,
    /// The destination is silent: it was written, and not sent.
    Silent,
    /// No request of the destination tells this event, as an update of an entry that was never made.
    Skipped,
}

/// The state of a delivery that is not settled, beside the words of [`Settled`].
pub const OWED: &str = "owed";

/// What was not taken, for whatever reason: those of [`Settled::FAILED`].
pub const FAILED: &str = "failed";

/// Every state of a delivery.
pub fn states() -> impl Iterator<Item = &'static str> {
    std::iter::once(OWED).chain(Settled::words())
}

/// What deliveries can be asked for by.
pub fn filters() -> impl Iterator<Item = &'static str> {
    std::iter::once(FAILED).chain(states())
}

impl Settled {
    /// What was not taken, and may be sent again.
    pub const FAILED: [Self; 2] = [Self::Rejected, Self::Exhausted];
}

impl Word for Settled {
    const ALL: &'static [(&'static str, Self)] = &[
        ("delivered", Self::Delivered),
        ("rejected", Self::Rejected),
        ("exhausted", Self::Exhausted),
        ("silent", Self::Silent),
        ("skipped", Self::Skipped),
    ];
}

/// A signature as Standard Webhooks has it: `v1,` and the base64 HMAC-SHA256 of id, time and body.
/// The secret is base64 behind `whsec_`, else its own bytes.
pub fn standard_signature(secret: &Secret, id: &str, seconds: i64, body: &[u8]) -> String {
    let text = secret.expose();
    let encoded = text.strip_prefix("whsec_");
    let key = encoded.and_then(|encoded| BASE64.decode(encoded.as_bytes()).ok());
    let key = key.unwrap_or_else(|| text.as_bytes().to_vec());
    let signed =
        hmac_of(&key).chain_update(format!("{id}.{seconds}.")).chain_update(body).finalize();
    format!("v1,{}", BASE64.encode(&signed.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    #[test]
    fn attempts_are_spaced_out_and_come_to_an_end() {
        let schedule = RetrySchedule::default();
        let id = Id::mint(NOW);
        let waits: Vec<u64> = (1..)
            .map_while(|attempt| schedule.next(id, attempt, NOW, None))
            .map(|at| at.since(NOW).as_secs())
            .collect();
        assert_eq!(waits.len(), 10);
        for (waited, planned) in waits.iter().zip(&schedule.0) {
            let planned = planned.as_secs();
            assert!((planned * 9 / 10..=planned * 11 / 10).contains(waited), "{waited} {planned}");
        }
        let others = (0..50).map(|_| schedule.next(Id::mint(NOW), 5, NOW, None).unwrap());
        let distinct: std::collections::HashSet<i64> = others.map(|at| at.0).collect();
        assert!(distinct.len() > 20, "they come back one by one");
    }

    #[test]
    fn a_receiver_that_says_when_is_not_asked_before() {
        let schedule = RetrySchedule::default();
        let next = |asked| schedule.next(Id::mint(NOW), 1, NOW, Some(asked)).unwrap().since(NOW);
        assert!(next(Duration::from_mins(10)) >= Duration::from_mins(10));
        assert!(next(Duration::from_secs(1)) >= Duration::from_secs(1));
        assert!(next(Duration::from_hours(1000)) <= Duration::from_hours(30));
    }

    #[test]
    fn an_answer_is_taken_at_its_word() {
        let cases = [
            (200, None, Verdict::Delivered),
            (204, None, Verdict::Delivered),
            (301, None, Verdict::Reject),
            (400, None, Verdict::Reject),
            (408, None, Verdict::Retry(None)),
            (410, None, Verdict::Reject),
            (429, Some("7"), Verdict::Retry(Some(Duration::from_secs(7)))),
            (503, Some("soon"), Verdict::Retry(None)),
        ];
        for (status, retry_after, verdict) in cases {
            assert_eq!(Verdict::of(status, retry_after), verdict, "{status}");
        }
    }

    #[test]
    fn the_signature_is_the_one_of_the_specification() {
        // Computed with Python's hmac from the same parts.
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signature =
            standard_signature(&secret, "msg_1", 1_614_265_330, b"{\"test\": 2432232314}");
        assert_eq!(signature, "v1,9o7UeFkn1GjVbcY4emAJruJCYqgH2EIf8u/slvVRBZI=");
    }
}
