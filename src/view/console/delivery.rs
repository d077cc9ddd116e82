//! One delivery: what it tells, and every attempt at it.

use serde::Serialize;

use super::deliveries::Done;
use super::{Moment, Page, Reason};

/// A delivery with every attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FullDelivery {
    pub done: Option<Done>,
    pub id: String,
    pub at: Moment,
    pub destination: String,
    /// The query that its deliveries are found by.
    pub query: String,
    /// What happened: `call.ended`.
    pub event: String,
    /// owed, delivered, rejected, exhausted, silent, skipped.
    pub state: &'static str,
    /// When it came to its end.
    pub settled: Option<Moment>,
    /// When it is tried next.
    pub due: Option<Moment>,
    pub reason: Option<Reason>,
    /// The call that it tells of.
    pub call: Option<String>,
    /// Who called, and whom.
    pub name: Option<String>,
    pub number: Option<String>,
    pub agent: Option<String>,
    pub queue: Option<String>,
    /// The newest first.
    pub attempts: Vec<Attempt>,
    /// Everything that templates can say of it, as JSON.
    pub facts: String,
    pub may_change: bool,
}

/// An attempt: the request, and what came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    pub number: i64,
    pub at: Moment,
    pub millis: i64,
    /// delivered, retry, rejected, silent, skipped.
    pub verdict: &'static str,
    /// The answer's status.
    pub status: Option<i64>,
    /// Why there was none, or why it was not taken.
    pub reason: Option<Reason>,
    pub request: Option<Request>,
    /// The beginning of the answer.
    pub answer: Option<String>,
}

/// A request, without what must not be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Request {
    pub method: String,
    /// Its address; of a refused one, its query.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
}

impl Request {
    /// An example.
    pub(super) fn sample() -> Self {
        Self {
            method: "POST".to_owned(),
            url: "https://crm.example.com/api/calls?source=callpane".to_owned(),
            headers: vec![
                ("content-type".to_owned(), "application/json".to_owned()),
                ("x-key".to_owned(), "%key%".to_owned()),
            ],
            body: Some("{\n  \"name\": \"Zoë <Brûlé>\"\n}".to_owned()),
        }
    }
}

impl Page for FullDelivery {
    fn template(&self) -> String {
        "console/delivery.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let attempt = |number, verdict, status: Option<i64>| Attempt {
            number,
            at: Moment::sample("today"),
            millis: 812,
            verdict,
            status,
            reason: status.is_none_or(|status| status != 201).then(|| Reason::of("timed out")),
            request: Some(Request::sample()),
            answer: status.map(|_| "<html>busy</html>".to_owned()),
        };
        let attempts = vec![
            attempt(3, "delivered", Some(201)),
            attempt(2, "rejected", Some(400)),
            Attempt { request: None, ..attempt(1, "retry", None) },
        ];
        let delivered = Self {
            done: Some(Done { word: "resent", count: 1 }),
            id: "00000000000070008000000000000001".to_owned(),
            at: Moment::sample("yesterday"),
            destination: "journal".to_owned(),
            query: "destination=journal".to_owned(),
            event: "call.ended".to_owned(),
            state: "delivered",
            settled: Some(Moment::sample("today")),
            due: None,
            reason: None,
            call: Some("00000000000070008000000000000002".to_owned()),
            name: Some("Zoë <Brûlé>".to_owned()),
            number: Some("01 99 00 55 77".to_owned()),
            agent: Some("Priya Nair".to_owned()),
            queue: Some("Trucks".to_owned()),
            attempts,
            facts: "{}".to_owned(),
            may_change: true,
        };
        let owed = Self {
            done: None,
            state: "owed",
            settled: None,
            due: Some(Moment::sample("today")),
            reason: Some(Reason::of("the answer was 503")),
            call: None,
            name: None,
            number: None,
            agent: None,
            queue: None,
            attempts: Vec::new(),
            may_change: false,
            ..delivered.clone()
        };
        let state = |state| Self { state, ..owed.clone() };
        let others = ["rejected", "exhausted", "silent", "skipped"].map(state);
        let verdicts = ["silent", "skipped"].map(|verdict| attempt(1, verdict, None));
        let quiet = Self { attempts: verdicts.to_vec(), ..state("silent") };
        [vec![delivered, owed.clone(), quiet], others.to_vec()].concat()
    }
}
