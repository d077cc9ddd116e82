//! The clock is a parameter: this is the only file that reads the system's.

mod local;

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

pub use local::{LocalTime, NamedTime};

/// A moment, in milliseconds since the Unix epoch.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Reads a moment as phone systems write it: ISO 8601 with a zone, or seconds or milliseconds
    /// since the Unix epoch. A local time without its zone says nothing that could be relied on.
    pub fn parse(text: &str) -> Option<Self> {
        /// Numbers above this are milliseconds: as seconds it is the year 5138.
        const SECONDS: i64 = 100_000_000_000;
        let text = text.trim();
        if let Ok(number) = text.parse::<i64>() {
            let plausible = (0..=SECONDS * 1000).contains(&number);
            return plausible.then(|| Self(if number < SECONDS { number * 1000 } else { number }));
        }
        let exact: jiff::Timestamp = text.parse().ok()?;
        Some(Self(exact.as_millisecond()))
    }

    /// The same, and a local time of this zone. One that a change of the clocks skips is as much later;
    /// of one that comes twice the first is meant.
    pub fn parse_in(text: &str, zone: Option<&Zone>) -> Option<Self> {
        Self::parse(text).or_else(|| {
            let zone = zone?.0.clone();
            let local: jiff::civil::DateTime = text.trim().parse().ok()?;
            let moment = local.to_zoned(zone).ok().filter(|_| text.contains(':'))?;
            Some(Self(moment.timestamp().as_millisecond()))
        })
    }

    /// This moment plus a span.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(millis(span)))
    }

    /// This moment minus a span.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(millis(span)))
    }

    /// The span since `earlier`, or nothing when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// Where a clock hangs, by its name in the IANA database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(jiff::tz::TimeZone);

impl Zone {
    /// The zone of a name, as `Australia/Sydney`.
    pub fn parse(name: &str) -> Option<Self> {
        jiff::tz::TimeZone::get(name.trim()).ok().map(Self)
    }

    /// Every name that there is.
    pub fn names() -> Vec<String> {
        jiff::tz::db().available().map(|name| name.to_string()).collect()
    }

    /// What its clock shows.
    pub fn local(&self, at: Timestamp) -> Option<jiff::civil::DateTime> {
        let moment = jiff::Timestamp::from_millisecond(at.0).ok()?;
        Some(moment.to_zoned(self.0.clone()).datetime())
    }
}

/// RFC 3339 in UTC, to the second.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0.div_euclid(1000)) {
            Ok(at) => write!(f, "{at}"),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// Reads a span of time: a whole number and its unit.
pub fn span(text: &str) -> Result<Duration, String> {
    let span = span_or_zero(text)?;
    if span.is_zero() { Err(not_a_span(text)) } else { Ok(span) }
}

fn not_a_span(text: &str) -> String {
    format!("\"{text}\" is not a duration such as 500ms, 30s, 15m, 12h or 90d")
}

/// The same, where nothing at all is a span too.
pub fn span_or_zero(text: &str) -> Result<Duration, String> {
    let wrong = || not_a_span(text);
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits).ok_or_else(wrong)?;
    let number: u64 = number.parse().ok().ok_or_else(wrong)?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    number.checked_mul(millis).map(Duration::from_millis).ok_or_else(wrong)
}

/// Tells the time.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The wall clock.
    fn now(&self) -> Timestamp;
    /// A clock that only goes forward, for measuring how long something took.
    fn elapsed(&self) -> Duration;
}

#[derive(Debug)]
pub struct SystemClock {
    started: std::time::Instant,
}

impl Default for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    fn default() -> Self {
        Self { started: std::time::Instant::now() }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp(millis(since.unwrap_or_default()))
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// A clock that stands still until it is told to move: for tests and samples.
#[derive(Debug)]
pub struct StillClock(AtomicI64);

impl StillClock {
    /// A clock that shows this moment.
    pub fn at(moment: Timestamp) -> Self {
        Self(AtomicI64::new(moment.0))
    }

    /// Moves the hands forward.
    pub fn advance(&self, span: Duration) {
        self.0.fetch_add(millis(span), Ordering::SeqCst);
    }
}

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.now().0).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_time_is_read_in_its_zone() {
        let sydney = Zone::parse("australia/sydney").unwrap();
        let read = |text: &str| Timestamp::parse_in(text, Some(&sydney)).map(|at| at.to_string());
        for (text, utc) in [
            ("2026-07-01T10:00:00", Some("2026-07-01T00:00:00Z")),
            ("2026-01-01 11:00:00", Some("2026-01-01T00:00:00Z")),
            ("2026-01-01 11:00", Some("2026-01-01T00:00:00Z")),
            // Clocks go forward over 02:30 here, and back over it in April.
            ("2026-10-04T02:30:00", Some("2026-10-03T16:30:00Z")),
            ("2026-04-05T02:30:00", Some("2026-04-04T15:30:00Z")),
            ("2026-07-01T10:00:00Z", Some("2026-07-01T10:00:00Z")),
            ("1790006000", Some("2026-09-21T15:53:20Z")),
            ("2026-07-01", None),
            ("10:00", None),
        ] {
            assert_eq!(read(text).as_deref(), utc, "{text}");
        }
        assert_eq!(Timestamp::parse_in("2026-07-01T10:00:00", None), None);
        assert_eq!(Zone::parse("Australia/Melburne"), None);
    }
}
