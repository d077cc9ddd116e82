//! Why a page opened, or nothing: the verdict, what happened, how the rules decided.

use serde::Serialize;

use super::{Moment, Page};

/// The page that explains a ring, with the form that asks about another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Explain {
    pub typed: Asked,
    /// Why there is no answer: nothing (was asked), time (cannot be read), when (a number has no time), number
    /// (is none), none (such call).
    pub problem: Option<&'static str>,
    pub found: Option<Explanation>,
}

/// What was asked, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Asked {
    pub agent: String,
    pub at: String,
    pub number: String,
}

/// An explanation, written in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The sentence.
    pub verdict: String,
    /// What it came to: opened, nothing, unknown.
    pub outcome: &'static str,
    pub agent: String,
    pub at: Moment,
    /// The caller's number as it is written, and their name.
    pub caller: Option<String>,
    pub name: Option<String>,
    pub queue: Option<String>,
    /// Which system told of the call, and its id there.
    pub source: Option<String>,
    pub external_id: Option<String>,
    /// The likeliest first.
    pub causes: Vec<String>,
    /// What else is to be known of the question.
    pub notes: Vec<String>,
    /// Other rings that may be meant.
    pub also: Vec<AlsoRang>,
    pub steps: Vec<ExplainedStep>,
    pub decision: Option<ExplainedDecision>,
    /// What the rules of today would do.
    pub today: Option<String>,
}

/// Another ring that may be meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlsoRang {
    /// What explains it, below the console's calls.
    pub id: String,
    pub text: String,
}

/// Something that happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ExplainedStep {
    pub text: String,
    /// `10:42:07.114`.
    pub time: Option<String>,
    /// How long after the one before: `0.9 ms`.
    pub gap: Option<String>,
    /// done, missing, failed.
    pub state: &'static str,
    /// What came or was sent, without credentials.
    pub raw: Option<String>,
    /// A delivery's attempts: a line each.
    pub attempts: Vec<String>,
}

/// How the rules decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedDecision {
    pub version: i64,
    /// Since when it was in force.
    pub since: Option<Moment>,
    /// Whether it decides as it was recorded.
    pub agrees: bool,
    /// Rules before these, none of which matches.
    pub before: usize,
    pub rules: Vec<ExplainedRule>,
    /// Rules after the one that decided.
    pub after: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedRule {
    pub number: usize,
    pub name: String,
    /// decided, passed (its endpoint did not decide), unmatched.
    pub state: &'static str,
    pub conditions: Vec<ExplainedCondition>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedCondition {
    /// Whether it is one that sets the rule aside.
    pub is_unless: bool,
    pub field: String,
    /// Any of these.
    pub wanted: Vec<String>,
    pub saw: Vec<String>,
    pub holds: bool,
}

impl Page for Explain {
    fn template(&self) -> String {
        "console/explain.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let typed = Asked { agent: "1088".into(), at: "10:42".into(), ..Asked::default() };
        let asked = Self { typed, ..Self::default() };
        let problems = ["nothing", "time", "when", "number", "none"];
        let problems = problems.map(|problem| Self { problem: Some(problem), ..asked.clone() });
        let found = |found| Self { found: Some(found), ..asked.clone() };
        let full = Explanation::sample();
        let bare = Explanation {
            outcome: "unknown",
            caller: None,
            name: None,
            queue: None,
            source: None,
            external_id: None,
            causes: Vec::new(),
            notes: Vec::new(),
            also: Vec::new(),
            steps: Vec::new(),
            decision: None,
            today: None,
            ..full.clone()
        };
        let opened = Explanation { outcome: "opened", ..full.clone() };
        let waiting = Explanation { outcome: "waiting", ..full.clone() };
        problems.into_iter().chain([full, bare, opened, waiting].map(found)).collect()
    }
}

impl Explanation {
    fn sample() -> Self {
        Self {
            verdict: "Nothing opened for Nadia at 10:42:07: rule 4 “quiet” says to open nothing."
                .into(),
            outcome: "nothing",
            agent: "Nadia <Ferrer>".into(),
            at: Moment::sample("today"),
            caller: Some("01 99 00 55 77".into()),
            name: Some("Zoë Brûlé".into()),
            queue: Some("Trucks & more".into()),
            source: Some("xivo".into()),
            external_id: Some("1795271446.77".into()),
            causes: vec!["The browser blocked it.".into(), "The tab was asleep.".into()],
            notes: vec!["“12” also means Nadia <Ferrer> (xivo:user:12).".into()],
            also: vec![AlsoRang {
                id: "01a0c4524c787a008000000000000004".into(),
                text: "The phone of Nadia <Ferrer> also rang at 10:42:27.".into(),
            }],
            steps: vec![
                ExplainedStep {
                    text: "The agent’s desktop asked what to open (xivo)".into(),
                    time: Some("10:42:07.114".into()),
                    state: "done",
                    raw: Some("{\n  \"caller\": \"0199005577\"\n}".into()),
                    ..ExplainedStep::default()
                },
                ExplainedStep {
                    text: "No page was opened".into(),
                    state: "missing",
                    ..ExplainedStep::default()
                },
                ExplainedStep {
                    text: "call.ended has not been delivered to journal yet".into(),
                    time: Some("10:45:02.000".into()),
                    gap: Some("175 s".into()),
                    state: "failed",
                    attempts: vec!["1 · 503 · 42 ms".into()],
                    ..ExplainedStep::default()
                },
            ],
            decision: Some(ExplainedDecision {
                version: 18,
                since: Some(Moment::sample("other")),
                agrees: false,
                before: 2,
                rules: [("unmatched", false), ("passed", true), ("decided", true)]
                    .map(|(state, holds)| ExplainedRule {
                        number: 3,
                        name: "trucks: <pause> & open".into(),
                        state,
                        conditions: [false, true]
                            .map(|is_unless| ExplainedCondition {
                                is_unless,
                                field: "contact.data.VIP".into(),
                                wanted: vec!["yes".into(), "gold".into()],
                                saw: if is_unless { Vec::new() } else { vec!["no".into()] },
                                holds,
                            })
                            .into(),
                    })
                    .into(),
                after: 5,
            }),
            today: Some("Under today’s rules it would be the same.".into()),
        }
    }
}
