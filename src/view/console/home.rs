//! The first page: whether it works, what is left to set up, today beside yesterday.

use serde::Serialize;

use super::{Moment, Page};

/// The first page of the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Home {
    /// What goes into XiVO's settings; none for whoever may not know the key in it.
    pub third_party_url: Option<String>,
    /// What is to be done once, in order.
    pub steps: Vec<Step>,
    /// Whether all of it is done.
    pub is_set_up: bool,
    pub today: Day,
    pub yesterday: Day,
    /// Pages that are open now.
    pub open_pages: i64,
}

/// Something that is done once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// origin, ring, page, delivery.
    pub name: &'static str,
    pub is_done: bool,
    /// When that was, where it happened at a moment.
    pub at: Option<Moment>,
    /// What of it there is: the origins of desktops.
    pub value: Option<String>,
}

/// What happened on one day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Day {
    pub rings: i64,
    /// Rings for which something was opened.
    pub opened: i64,
    /// Rings that could not be written down.
    pub errors: i64,
    /// How long answers took, in milliseconds, as it is written; none if nothing rang.
    pub p50: Option<String>,
    pub p99: Option<String>,
}

impl Page for Home {
    fn template(&self) -> String {
        "console/home.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let step = |name, is_done| Step {
            name,
            is_done,
            at: (is_done && name != "origin").then(|| Moment::sample("other")),
            value: (name == "origin").then(|| "https://xucmgt.example.com".to_owned()),
        };
        let names = ["origin", "ring", "page", "delivery"];
        let day = |rings, errors| Day {
            rings,
            opened: rings / 2,
            errors,
            p50: Some("0.4".to_owned()),
            p99: Some("1.2".to_owned()),
        };
        let used = Self {
            third_party_url: Some("https://callpane.example.com/thirdparty/key".to_owned()),
            steps: names.map(|name| step(name, true)).to_vec(),
            is_set_up: true,
            today: day(1942, 0),
            yesterday: day(3010, 2),
            open_pages: 17,
        };
        let fresh = Self {
            third_party_url: None,
            steps: names.map(|name| Step { value: None, ..step(name, false) }).to_vec(),
            is_set_up: false,
            today: Day::default(),
            yesterday: Day::default(),
            open_pages: 0,
        };
        vec![used, fresh]
    }
}
