//! Opening hours: when people are there, by the clock of one place.

use jiff::civil::{Date, Time, Weekday};

use super::time::{Timestamp, Zone};

const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// Minutes of a day; the end may be 24:00, and lies on the next day where it is not after the
/// beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    from: u16,
    to: u16,
}

const DAY: u16 = 24 * 60;

/// Days of the week, and when it is open on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTimes {
    days: Vec<Weekday>,
    stretches: Vec<Stretch>,
}

/// A day on which it is closed: once, or every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holiday {
    Once(Date),
    Yearly { month: i8, day: i8 },
}

/// Opening hours with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Hours {
    /// What rules call them.
    pub name: String,
    /// Whose clock counts.
    pub zone: Zone,
    pub open: Vec<OpenTimes>,
    pub closed: Vec<Holiday>,
}

impl Hours {
    /// Whether it is open.
    pub fn are_open(&self, at: Timestamp) -> bool {
        let Some(local) = self.zone.local(at) else { return false };
        let (today, minute) = (local.date(), minute(local.time()));
        // A night that began yesterday belongs to yesterday, holidays included.
        let yesterday = today.yesterday().ok();
        self.covers(today, minute)
            || yesterday.is_some_and(|yesterday| self.covers(yesterday, minute + DAY))
    }

    /// Whether a stretch that begins on this day holds the minute, counted from the day's midnight.
    fn covers(&self, day: Date, minute: u16) -> bool {
        let closed = self.closed.iter().any(|holiday| holiday.is(day));
        !closed
            && self.open.iter().any(|opening| {
                opening.days.contains(&day.weekday())
                    && opening.stretches.iter().any(|stretch| stretch.holds(minute))
            })
    }
}

fn minute(time: Time) -> u16 {
    u16::try_from(time.hour()).unwrap_or(0) * 60 + u16::try_from(time.minute()).unwrap_or(0)
}

impl Stretch {
    fn holds(self, minute: u16) -> bool {
        let to = if self.to > self.from { self.to } else { self.to + DAY };
        (self.from..to).contains(&minute)
    }

    fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let (from, to) = (clock(from)?, clock(to)?);
        (from < DAY && from != to).then_some(Self { from, to })
    }
}

/// `09:30` as minutes since midnight; up to `24:00`.
fn clock(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let two_digits = minute.len() == 2 && (1..=2).contains(&hour.len());
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let at = hour * 60 + minute;
    (two_digits && minute < 60 && at <= DAY).then_some(at)
}

impl OpenTimes {
    /// Reads `Mon-Fri 09:00-12:00, 14:00-18:00`; days alone are whole days, times alone every day's.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("\"{text}\" is not a valid time of the week; write Mon-Fri 09:00-18:00");
        let text = text.trim();
        let begins_with_time = text.starts_with(|c: char| c.is_ascii_digit());
        let split =
            if begins_with_time { 0 } else { text.find(char::is_whitespace).unwrap_or(text.len()) };
        let (days, times) = text.split_at_checked(split).ok_or_else(wrong)?;
        let days = if begins_with_time { Some(every_day()) } else { parse_days(days) };
        let whole = || Some(vec![Stretch { from: 0, to: DAY }]);
        let stretches = match times.trim() {
            "" => whole(),
            times => times.split(',').map(|part| Stretch::parse(part.trim())).collect(),
        };
        let (days, stretches) = days.zip(stretches).ok_or_else(wrong)?;
        Ok(Self { days, stretches })
    }
}

fn every_day() -> Vec<Weekday> {
    DAYS.iter().map(|(_, day)| *day).collect()
}

/// `Mon`, `Mon-Fri`, `Sat-Mon`, `Mon,Wed`.
fn parse_days(text: &str) -> Option<Vec<Weekday>> {
    let mut all = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut day, last) = (weekday(first)?, weekday(last)?);
        all.push(day);
        while day != last {
            day = day.next();
            all.push(day);
        }
    }
    Some(all)
}

/// A day by its name, or the first three letters of it.
fn weekday(text: &str) -> Option<Weekday> {
    let text = text.trim().to_ascii_lowercase();
    let named = |name: &str| name == text || name.get(..3) == Some(&text);
    DAYS.iter().find(|(name, _)| named(name)).map(|(_, day)| *day)
}

impl Holiday {
    /// Reads `2026-12-24`, or `12-25` for every year.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("\"{text}\" is not a day; write 2026-12-24, or 12-25 for every year");
        if let Ok(date) = text.parse::<Date>() {
            return (text.len() == 10).then_some(Self::Once(date)).ok_or_else(wrong);
        }
        // 2000 had a 29th of February.
        let date: Date = format!("2000-{text}").parse().ok().ok_or_else(wrong)?;
        let (month, day) = (date.month(), date.day());
        (text.len() == 5).then_some(Self::Yearly { month, day }).ok_or_else(wrong)
    }

    fn is(self, date: Date) -> bool {
        match self {
            Self::Once(day) => day == date,
            Self::Yearly { month, day } => (month, day) == (date.month(), date.day()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(zone: &str, open: &[&str], closed: &[&str]) -> Hours {
        Hours {
            name: "office".into(),
            zone: Zone::parse(zone).unwrap(),
            open: open.iter().map(|text| OpenTimes::parse(text).unwrap()).collect(),
            closed: closed.iter().map(|text| Holiday::parse(text).unwrap()).collect(),
        }
    }

    #[test]
    fn the_clock_of_the_zone_says_whether_it_is_open() {
        let office = hours(
            "Europe/Paris",
            &["Mon-Fri 09:00-12:00, 14:00-18:00", "Sat 9:00-12:00"],
            &["2026-11-11", "12-25"],
        );
        let night = hours("UTC", &["Fri-Sun 22:00-06:00"], &["2026-11-21"]);
        let daily = hours("America/New_York", &["08:00-24:00"], &[]);
        let weekend = hours("UTC", &["saturday-Sun"], &[]);
        for (hours, at, expected) in [
            (&office, "2026-11-23T08:00:00Z", true), // Monday, 09:00 in Paris
            (&office, "2026-11-23T07:59:59Z", false), // a second before
            (&office, "2026-11-23T10:59:59Z", true), // 11:59:59
            (&office, "2026-11-23T11:00:00Z", false), // noon
            (&office, "2026-07-20T07:00:00Z", true), // 09:00 in summer
            (&office, "2026-07-20T16:00:00Z", false), // 18:00 in summer
            (&office, "2026-11-21T08:30:00Z", true), // Saturday
            (&office, "2026-11-22T08:30:00Z", false), // Sunday
            (&office, "2026-11-11T09:00:00Z", false), // closed that day
            (&office, "2027-11-11T09:00:00Z", true), // but not the next year
            (&office, "2028-12-25T09:00:00Z", false), // closed every year
            (&night, "2026-11-20T23:00:00Z", true),  // Friday night
            (&night, "2026-11-21T05:59:00Z", true),  // began on Friday, though Saturday is closed
            (&night, "2026-11-21T22:30:00Z", false), // Saturday is closed
            (&night, "2026-11-22T03:00:00Z", false), // and so is the rest of its night
            (&night, "2026-11-23T05:00:00Z", true),  // Sunday's night ends on Monday
            (&night, "2026-11-23T22:30:00Z", false),
            (&daily, "2026-11-23T04:59:00Z", true),  // 23:59
            (&daily, "2026-11-23T05:00:00Z", false), // midnight
            (&weekend, "2026-11-22T00:00:00Z", true),
            (&weekend, "2026-11-23T00:00:00Z", false),
        ] {
            let moment = Timestamp::parse(at).unwrap();
            assert_eq!(hours.are_open(moment), expected, "{at}: {:?}", hours.open);
        }
    }

    #[test]
    fn what_is_not_opening_hours_is_refused() {
        for text in [
            "",
            "Mo-Fr 09:00-18:00",
            "Mon-Fri 9-18",
            "Mon-Fri 09:00",
            "25:00-26:00",
            "09:00-09:00",
            "24:00-06:00",
            "09:60-10:00",
            "Mon-Fri 09:00-18:00 UTC",
            "Mon - Fri 09:00-18:00",
        ] {
            assert!(OpenTimes::parse(text).is_err(), "{text}");
        }
        for text in ["2026-13-01", "13-01", "25.12.", "2026-02-30", "", "2026-12-24T10:00"] {
            assert!(Holiday::parse(text).is_err(), "{text}");
        }
        assert!(Holiday::parse("02-29").is_ok());
        assert!(Zone::parse("Europe/Pariss").is_none());
    }
}
