//! Moments as the clock of a zone shows them, and as people name them: "10:42" is that whole minute.

use std::time::Duration;

use jiff::ToSpan as _;
use jiff::civil::{DateTime, Time};

use super::{Timestamp, Zone};

/// A moment as the clock of a zone shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime(DateTime);

impl LocalTime {
    /// `2026-11-21`.
    pub fn date(self) -> String {
        self.0.date().to_string()
    }

    /// `10:42`.
    pub fn minute(self) -> String {
        self.0.strftime("%H:%M").to_string()
    }

    /// `10:42:07`.
    pub fn second(self) -> String {
        self.0.strftime("%H:%M:%S").to_string()
    }

    /// `10:42:07.114`.
    pub fn millisecond(self) -> String {
        self.0.strftime("%H:%M:%S%.3f").to_string()
    }

    /// Day, month (from 1) and year, for whoever writes a date in words.
    pub fn day(self) -> (i8, i8, i16) {
        (self.0.day(), self.0.month(), self.0.year())
    }

    /// How many days this one lies before another; negative where it lies after it.
    pub fn days_before(self, other: Self) -> i32 {
        self.0.date().until(other.0.date()).map_or(0, |span| span.get_days())
    }
}

impl Zone {
    /// The clock of the world.
    pub fn utc() -> Self {
        Self(jiff::tz::TimeZone::UTC)
    }

    /// Its name in the IANA database.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// What its clock shows; a moment that no calendar has is shown as the epoch.
    pub fn shows(&self, at: Timestamp) -> LocalTime {
        LocalTime(self.local(at).unwrap_or_default())
    }

    /// When the day began that a moment lies in, or the one some days before it.
    pub fn day_began(&self, at: Timestamp, days_before: i32) -> Timestamp {
        let date = self.shows(at).0.date().saturating_sub(days_before.days());
        self.moment(date.at(0, 0, 0, 0)).unwrap_or(at)
    }

    /// The moments at which the clock shows this, the last first: on the night it is put back it shows an hour twice.
    fn moments(&self, local: DateTime) -> [Timestamp; 2] {
        let ambiguous = self.0.to_ambiguous_zoned(local);
        let both = [ambiguous.clone().later(), ambiguous.earlier()];
        both.map(|moment| {
            let zoned = moment.unwrap_or_default();
            Timestamp(zoned.timestamp().as_millisecond())
        })
    }

    /// The moment at which the clock showed the same some days before.
    pub fn days_before(&self, at: Timestamp, days: i32) -> Timestamp {
        self.moment(self.shows(at).0.saturating_sub(days.days())).unwrap_or(at)
    }

    fn moment(&self, local: DateTime) -> Option<Timestamp> {
        let moment = local.to_zoned(self.0.clone()).ok()?;
        Some(Timestamp(moment.timestamp().as_millisecond()))
    }
}

/// A time that somebody names, and how exactly: a minute, a second, or a millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedTime {
    /// Its first moment.
    pub from: Timestamp,
    /// Up to the first moment that no longer belongs to it.
    pub until: Timestamp,
}

impl NamedTime {
    /// Reads `10:42`, `10:42:07`, `2026-11-21 10:42`, `2026-11-21T10:42:07` by the clock of a zone, or
    /// RFC 3339. A time without its day is the last one: later than now, it was yesterday's.
    pub fn read(text: &str, zone: &Zone, now: Timestamp) -> Option<Self> {
        let text = text.trim();
        if let Some((zoned, exact)) =
            Timestamp::parse(text).filter(|_| text.contains('-')).zip(exact(text))
        {
            return Some(Self::lasting(zoned, exact));
        }
        let exact = exact(text)?;
        let from = if let Ok(local) = text.parse::<DateTime>() {
            let [last, _] = zone.moments(local);
            last
        } else {
            let time: Time = text.parse().ok().filter(|_| text.contains(':'))?;
            let today = zone.shows(now).0.date();
            let yesterday = today.yesterday().ok()?;
            let days = [today, yesterday].map(|day| zone.moments(day.to_datetime(time)));
            days.into_iter().flatten().find(|from| *from <= now)?
        };
        Some(Self::lasting(from, exact))
    }

    fn lasting(from: Timestamp, exact: Duration) -> Self {
        Self { from, until: from.plus(exact) }
    }

    /// The same with some time on either side: "about then".
    #[must_use]
    pub fn within(self, leeway: Duration) -> Self {
        Self { from: self.from.minus(leeway), until: self.until.plus(leeway) }
    }

    /// Whether a moment belongs to it.
    pub fn holds(self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// How far a moment lies from it.
    pub fn distance(self, at: Timestamp) -> Duration {
        if self.holds(at) { Duration::ZERO } else { at.since(self.until).max(self.from.since(at)) }
    }
}

/// How exactly a time is written: the smallest unit that stands there.
fn exact(text: &str) -> Option<Duration> {
    let time = text.rsplit_once(['T', 't', ' ']).map_or(text, |(_, time)| time);
    let time = time.split(['Z', 'z', '+', '-', '[']).next().unwrap_or_default();
    Some(match time.split(':').collect::<Vec<_>>().as_slice() {
        [_, _] => Duration::from_mins(1),
        [_, _, second] if second.contains(['.', ',']) => Duration::from_millis(1),
        [_, _, _] => Duration::from_secs(1),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paris() -> Zone {
        Zone::parse("Europe/Paris").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_time_is_read_as_exactly_as_it_is_named_by_the_clock_of_the_zone() {
        // 14:00 in Paris.
        let now = at("2026-11-22T13:00:00Z");
        let read = |text: &str| {
            let named = NamedTime::read(text, &paris(), now)?;
            Some((named.from.to_string(), named.until.since(named.from)))
        };
        for (text, from, millis) in [
            ("10:42", "2026-11-22T09:42:00Z", 60_000),
            (" 10:42 ", "2026-11-22T09:42:00Z", 60_000),
            ("10:42:07", "2026-11-22T09:42:07Z", 1_000),
            // Later than now: it was yesterday.
            ("14:01", "2026-11-21T13:01:00Z", 60_000),
            ("14:00", "2026-11-22T13:00:00Z", 60_000),
            ("2026-11-21 10:42", "2026-11-21T09:42:00Z", 60_000),
            ("2026-11-21T10:42:07", "2026-11-21T09:42:07Z", 1_000),
            // Summer.
            ("2026-07-21 10:42", "2026-07-21T08:42:00Z", 60_000),
            ("2026-11-21T10:42:07Z", "2026-11-21T10:42:07Z", 1_000),
            ("2026-11-21T10:42:07+01:00", "2026-11-21T09:42:07Z", 1_000),
            ("2026-11-21T10:42:07-05:00", "2026-11-21T15:42:07Z", 1_000),
            ("2026-11-21T10:42:07.250Z", "2026-11-21T10:42:07Z", 1),
        ] {
            assert_eq!(
                read(text),
                Some((from.to_owned(), Duration::from_millis(millis))),
                "{text}"
            );
        }
        for text in ["", "10", "1042", "25:00", "10:60", "2026-11-21", "yesterday", "10:42pm", "-1"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn an_hour_that_is_shown_twice_is_the_last_one() {
        for (now, from) in [
            // The first of the two hours goes on, then the second, then both are over.
            ("2026-10-25T00:30:00Z", "2026-10-25T00:05:00Z"),
            ("2026-10-25T01:10:00Z", "2026-10-25T01:05:00Z"),
            ("2026-10-25T09:00:00Z", "2026-10-25T01:05:00Z"),
            // It has not come yet today.
            ("2026-10-24T23:00:00Z", "2026-10-24T00:05:00Z"),
        ] {
            let named = NamedTime::read("02:05", &paris(), at(now)).unwrap();
            assert_eq!(named.from.to_string(), from, "{now}");
        }
    }

    #[test]
    fn a_week_ago_the_clock_showed_the_same() {
        let monday = at("2026-10-26T07:30:00Z");
        assert_eq!(paris().days_before(monday, 7).to_string(), "2026-10-19T06:30:00Z");
        assert_eq!(paris().days_before(monday, 1).to_string(), "2026-10-25T07:30:00Z");
    }

    #[test]
    fn a_clock_shows_its_zone() {
        let shown = paris().shows(Timestamp(at("2026-11-21T23:42:07Z").0 + 114));
        assert_eq!(shown.date(), "2026-11-22");
        assert_eq!(shown.minute(), "00:42");
        assert_eq!(shown.second(), "00:42:07");
        assert_eq!(shown.millisecond(), "00:42:07.114");
        assert_eq!(shown.day(), (22, 11, 2026));
        let before = paris().shows(at("2026-11-21T22:59:59Z"));
        assert_eq!((before.days_before(shown), shown.days_before(before)), (1, -1));
    }

    #[test]
    fn a_day_begins_at_midnight_of_its_zone_and_may_have_more_hours() {
        let now = at("2026-10-26T12:00:00Z");
        let began = |days| paris().day_began(now, days).to_string();
        assert_eq!(began(0), "2026-10-25T23:00:00Z");
        // The clocks went back on the day before.
        assert_eq!(began(1), "2026-10-24T22:00:00Z");
    }

    #[test]
    fn about_then_is_some_time_on_either_side() {
        let named = NamedTime::read("10:42", &Zone::utc(), at("2026-11-22T13:00:00Z")).unwrap();
        let about = named.within(Duration::from_mins(2));
        assert!(about.holds(at("2026-11-22T10:40:00Z")));
        assert!(!about.holds(at("2026-11-22T10:45:00Z")));
        assert_eq!(named.distance(at("2026-11-22T10:41:50Z")), Duration::from_secs(10));
        assert_eq!(named.distance(at("2026-11-22T10:43:05Z")), Duration::from_secs(5));
        assert_eq!(named.distance(named.from), Duration::ZERO);
    }
}
