//! A moment as operators read it: the time of day and, unless that is today, its date.

use serde::Serialize;

use crate::domain::time::{Timestamp, Zone};

/// A moment, written in the zone of the installation. `console/moment.html` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// RFC 3339, for programs.
    pub iso: String,
    /// `10:42:07`.
    pub time: String,
    /// today, yesterday, or other.
    pub day: &'static str,
    /// `2026-11-21`.
    pub date: String,
}

impl Moment {
    /// A moment as it is read now.
    pub fn of(at: Timestamp, now: Timestamp, zone: &Zone) -> Self {
        let (local, today) = (zone.shows(at), zone.shows(now));
        let day = match local.days_before(today) {
            0 => "today",
            1 => "yesterday",
            _ => "other",
        };
        Self { iso: at.to_string(), time: local.second(), day, date: local.date() }
    }

    /// An example.
    pub(super) fn sample(day: &'static str) -> Self {
        Self {
            iso: "2026-11-21T10:42:07+01:00".to_owned(),
            time: "10:42:07".to_owned(),
            day,
            date: "2026-11-21".to_owned(),
        }
    }
}
