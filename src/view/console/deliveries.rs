//! What destinations were sent, what they are owed, and what failed.

use serde::Serialize;

use super::{Moment, Page, Reason};

/// Deliveries: what needs somebody first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Deliveries {
    pub done: Option<Done>,
    /// Why deliveries failed, by destination.
    pub failures: Vec<Failure>,
    /// How far back these were looked for, where that is less than usual.
    pub failures_since: Option<Moment>,
    pub destinations: Vec<Destination>,
    /// Since when their deliveries are counted, where that is less than 24 hours.
    pub counted_since: Option<Moment>,
    /// What was filled in.
    pub typed: DeliveryFilter,
    /// The reason that is looked for; none where any will do.
    pub reason: Option<Reason>,
    pub rows: Vec<Delivery>,
    /// Before which delivery older ones are found.
    pub older: Option<String>,
    /// How far back was looked, where that was not far enough.
    pub looked_back_to: Option<Moment>,
    /// Whether whoever reads this may resend and pause.
    pub may_change: bool,
    /// Our address from outside, for examples.
    pub public_url: String,
}

/// What was just done, said once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Done {
    /// resent, unselected, waiting, paused, resumed.
    pub word: &'static str,
    pub count: u64,
}

impl Done {
    /// Reads what an address says was done.
    pub fn read(text: &str) -> Option<Self> {
        let (word, count) = text.split_once('-').unwrap_or((text, "0"));
        let known = ["resent", "unselected", "waiting", "paused", "resumed"];
        let known = known.into_iter().find(|known| *known == word)?;
        Some(Self { word: known, count: count.parse().ok()? })
    }
}

/// Deliveries to one destination that failed for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    pub destination: String,
    /// Why, as the destination or the network put it.
    pub reason: Option<Reason>,
    pub count: i64,
    pub newest: Moment,
    pub oldest: Moment,
    /// The oldest again, as a form names a minute.
    pub since: String,
    /// The query that they are found by.
    pub query: String,
}

/// A destination, and how it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Destination {
    pub name: String,
    /// The query that its deliveries are found by.
    pub query: String,
    /// on, off, silent, failing, paused.
    pub state: &'static str,
    /// Since when it fails or is paused.
    pub since: Option<Moment>,
    pub reason: Option<Reason>,
    pub owed: i64,
    pub delivered: i64,
    pub failed: i64,
}

/// Which deliveries are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DeliveryFilter {
    pub destination: String,
    pub state: String,
    pub call: String,
    pub since: String,
    /// The reason that is looked for; or, to whoever may not read it, any delivery that failed for it.
    pub reason: String,
    pub reason_of: String,
    /// All of it again, for an address; and the same with where this page begins.
    pub query: String,
    pub here: String,
    /// Whether any of them is set.
    pub is_set: bool,
    /// Which of them could not be read: call, since, reason.
    pub wrong: Option<&'static str>,
}

/// A delivery in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivery {
    pub id: String,
    pub at: Moment,
    pub destination: String,
    /// What happened: `call.ended`.
    pub event: String,
    /// The call that it tells of.
    pub call: Option<String>,
    /// Who called.
    pub name: Option<String>,
    pub number: Option<String>,
    /// owed, delivered, rejected, exhausted, silent, skipped.
    pub state: &'static str,
    pub attempts: i64,
    pub reason: Option<Reason>,
}

impl Page for Deliveries {
    fn template(&self) -> String {
        "console/deliveries.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let failure = Failure {
            destination: "journal".to_owned(),
            reason: Some(Reason::of("the answer was 503")),
            count: 312,
            newest: Moment::sample("today"),
            oldest: Moment::sample("yesterday"),
            since: "2026-11-20T10:42".to_owned(),
            query: "destination=journal&state=failed&reason_of=00000000000070008000000000000001"
                .to_owned(),
        };
        let unexplained =
            Failure { destination: "<chat>".to_owned(), reason: None, count: 1, ..failure.clone() };
        let destination = |state, since: Option<&'static str>| Destination {
            name: format!("journal-{state}"),
            query: format!("destination=journal-{state}"),
            state,
            since: since.map(Moment::sample),
            reason: since.map(|_| Reason::of("connection refused <crm.example.com>")),
            owed: 12,
            delivered: 3010,
            failed: 2,
        };
        let destinations = vec![
            destination("paused", Some("yesterday")),
            destination("failing", Some("today")),
            destination("on", None),
            destination("silent", None),
            destination("off", None),
        ];
        let busy = Self {
            done: Some(Done { word: "resent", count: 3 }),
            failures: vec![failure, unexplained],
            failures_since: Some(Moment::sample("other")),
            destinations,
            counted_since: Some(Moment::sample("today")),
            typed: DeliveryFilter {
                destination: "journal-on".to_owned(),
                state: "failed".to_owned(),
                since: "2026-11-20T10:42".to_owned(),
                reason_of: "00000000000070008000000000000001".to_owned(),
                query: "state=failed".to_owned(),
                here: "state=failed&before=0".to_owned(),
                is_set: true,
                ..DeliveryFilter::default()
            },
            reason: Some(Reason::of("the answer was <503>")),
            rows: deliveries(),
            older: Some("00000000000070008000000000000001".to_owned()),
            looked_back_to: Some(Moment::sample("other")),
            may_change: true,
            public_url: "https://callpane.example.com".to_owned(),
        };
        let done = |word| Some(Done { word, count: 1 });
        let seen = Self { may_change: false, done: done("paused"), ..busy.clone() };
        let typed = DeliveryFilter {
            call: "nonsense".to_owned(),
            is_set: true,
            wrong: Some("call"),
            ..DeliveryFilter::default()
        };
        let lost = DeliveryFilter { wrong: Some("reason"), ..typed.clone() };
        let nothing = Self {
            failures: Vec::new(),
            rows: Vec::new(),
            older: None,
            done: done("resumed"),
            typed,
            reason: None,
            ..busy.clone()
        };
        let lost = Self { typed: lost, done: done("unselected"), ..nothing.clone() };
        let named =
            DeliveryFilter { reason: "the answer was <503>".to_owned(), ..busy.typed.clone() };
        let named = Self { typed: named, done: done("waiting"), ..busy.clone() };
        vec![busy, seen, nothing, lost, named, Self::default()]
    }
}

fn deliveries() -> Vec<Delivery> {
    let delivery = |state| Delivery {
        id: "00000000000070008000000000000001".to_owned(),
        at: Moment::sample("today"),
        destination: "journal".to_owned(),
        event: "call.ended".to_owned(),
        call: Some("00000000000070008000000000000002".to_owned()),
        name: Some("Zoë <Brûlé>".to_owned()),
        number: Some("01 99 00 55 77".to_owned()),
        state,
        attempts: 2,
        reason: Some(Reason::of("the answer was 503")),
    };
    let states = ["owed", "delivered", "rejected", "exhausted", "silent", "skipped"];
    let bare = Delivery { call: None, name: None, number: None, reason: None, ..delivery("owed") };
    let reasons =
        Reason::samples().map(|reason| Delivery { reason: Some(reason), ..delivery("exhausted") });
    states.map(delivery).into_iter().chain(reasons).chain([bare]).collect()
}
