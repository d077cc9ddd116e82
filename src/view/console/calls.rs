//! Calls, a line for each ring at an agent; and what a search has found.

use serde::Serialize;

use super::{Moment, Page};

/// Calls that were looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// What was filled in.
    pub typed: Filter,
    /// Whether anything is asked for beyond the newest.
    pub is_filtered: bool,
    /// The outcomes that agents can choose, beside the one that is looked for.
    pub dispositions: Vec<String>,
    pub calls: Vec<CallRow>,
    /// Before which line to go on, unless this is all.
    pub next: Option<String>,
    /// How far back was looked, if that is less than everything.
    pub looked_back_to: Option<Moment>,
    /// A command that makes a ring, for whoever may see the desktop key.
    pub example: String,
    /// What of the filters cannot be read: at, number, other; and what is wrong with it.
    pub problem: Option<&'static str>,
}

/// What is looked for, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Filter {
    pub agent: String,
    pub at: String,
    pub number: String,
    pub queue: String,
    /// yes, no, or nothing.
    pub opened: String,
    pub rule: String,
    pub outcome: String,
    /// The outcome again, if it is one that agents choose.
    pub disposition: Option<String>,
    /// What the address asks for beside that: the form has no field for it, and passes it on.
    pub carried: Vec<Carried>,
    /// All of it again, for an address.
    pub query: String,
}

/// A filter that only an address can set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Carried {
    /// source, from, to, within, id.
    pub name: &'static str,
    pub value: String,
}

/// A ring at an agent, or a call that rang nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallRow {
    /// By which the console explains it: the ring's, or that of the call that rang nobody.
    pub id: String,
    pub at: Moment,
    /// The caller's number; empty if it is withheld.
    pub caller: String,
    /// The caller's name.
    pub name: Option<String>,
    pub agent: Option<String>,
    pub queue: Option<String>,
    pub rule: Option<String>,
    /// The code that the page shows.
    pub trace: Option<String>,
    /// none, waiting, unanswered, unopened, program, elsewhere, open, finished.
    pub page: &'static str,
    /// started, ringing, answered, held, ended; rang where nothing reports it.
    pub phase: &'static str,
    /// talked, transferred, elsewhere, missed, expired.
    pub ending: Option<&'static str>,
    /// How long they spoke: `4:07`.
    pub talked: Option<String>,
    pub disposition: Option<String>,
}

/// What a search has found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// What was looked for.
    pub typed: Sought,
    pub hits: Vec<FoundHit>,
}

/// What a search looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sought {
    pub text: String,
    /// The query that the calls of this number are found by.
    pub query: String,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundHit {
    /// call, caller, agent, queue, rule, source, destination, lookup.
    pub kind: &'static str,
    pub label: String,
    pub detail: Option<String>,
    /// When the call rang.
    pub at: Option<Moment>,
    /// Where it leads, below the console; nowhere for what has no page. A caller's calls are found by the
    /// number that was typed.
    pub href: Option<String>,
}

impl CallRow {
    fn sample(page: &'static str) -> Self {
        let text = |text: &str| Some(text.to_owned());
        Self {
            id: "0199c0de000070008000000000000001".to_owned(),
            at: Moment::sample("today"),
            caller: "01 99 00 55 77".to_owned(),
            name: text("Zo\u{eb} <Br\u{fb}l\u{e9}>"),
            agent: text("Priya Nair"),
            queue: text("Trucks & more"),
            rule: text("trucks: the CRM's own page"),
            trace: text("K7Q-4M2"),
            page,
            phase: "ended",
            ending: Some("talked"),
            talked: text("4:07"),
            disposition: text("Call back"),
        }
    }
}

impl Page for Calls {
    fn template(&self) -> String {
        "console/calls.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let pages = [
            "none",
            "waiting",
            "unanswered",
            "unopened",
            "program",
            "elsewhere",
            "open",
            "finished",
        ];
        let bare = CallRow {
            caller: String::new(),
            name: None,
            agent: None,
            queue: None,
            rule: None,
            trace: None,
            phase: "rang",
            ending: None,
            talked: None,
            disposition: None,
            at: Moment::sample("other"),
            ..CallRow::sample("none")
        };
        let named = CallRow { name: None, ending: Some("missed"), ..CallRow::sample("none") };
        let filter = Filter {
            agent: "\"1088\" & more".to_owned(),
            at: "10:42".to_owned(),
            opened: "no".to_owned(),
            disposition: Some("<Bought>".to_owned()),
            carried: vec![Carried { name: "source", value: "\"lab\" & more".to_owned() }],
            query: "agent=1088&opened=no".to_owned(),
            ..Filter::default()
        };
        let some = Self {
            typed: filter.clone(),
            is_filtered: true,
            dispositions: vec!["Call back".to_owned(), "<Sold>".to_owned()],
            example: String::new(),
            calls: pages.into_iter().map(CallRow::sample).chain([bare, named]).collect(),
            next: Some("0199c0de000070008000000000000001".to_owned()),
            looked_back_to: Some(Moment::sample("other")),
            problem: None,
        };
        let none = Self { calls: Vec::new(), next: None, looked_back_to: None, ..some.clone() };
        let wrong = ["at", "number", "other"]
            .map(|problem| Self { problem: Some(problem), ..none.clone() });
        let empty = Self::default();
        let example = "curl https://callpane.example.com/thirdparty --json '{}'".to_owned();
        let taught = Self { example, ..Self::default() };
        let typed = Filter { outcome: "missed".to_owned(), ..Filter::default() };
        let missed = Self { typed, ..none.clone() };
        [some, none, empty, taught, missed].into_iter().chain(wrong).collect()
    }
}

impl Page for Found {
    fn template(&self) -> String {
        "console/search.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let kinds = ["call", "caller", "agent", "queue", "rule", "source", "destination", "lookup"];
        let hit = |kind: &'static str| FoundHit {
            kind,
            label: "K7Q-4M2 <b>".to_owned(),
            detail: (kind != "rule").then(|| "Priya Nair".to_owned()),
            at: (kind == "call").then(|| Moment::sample("other")),
            href: (kind != "lookup" && kind != "caller")
                .then(|| "/calls?agent=agent%3Apriya".to_owned()),
        };
        let (text, query) = ("\"1088\" & more".to_owned(), "number=1088".to_owned());
        let found = Self { typed: Sought { text, query }, hits: kinds.map(hit).to_vec() };
        vec![found.clone(), Self { hits: Vec::new(), ..found }, Self::default()]
    }
}
