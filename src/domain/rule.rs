//! Which rule decides? The first one whose conditions hold.
//!
//! Rules are compiled once. Each rule that asks for an exact value is filed under that value, so
//! that a ring only looks at rules that can match it: ten thousand others cost nothing.

mod trace;

use std::collections::HashMap;
use std::time::Duration;

use super::call::Call;
use super::comparison::Comparison;
use super::contact::{ContactState, Entry};
use super::event::{CallEventKind, Outcome, PageEventKind};
use super::hours::Hours;
use super::ids::Id;
use super::phone::{Party, PhoneNumber, Region};
use super::ring::{Direction, Ring};
use super::spans::CallSpans;
use super::time::Timestamp;
use super::word::Word as _;

pub use trace::{ConditionTrace, RuleTrace};

/// What a condition looks at. The names are those of templates.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Field {
    /// `callee`: the agent's own line.
    Callee,
    /// `agent`: their user id, agent id, or name.
    Agent,
    /// `agent.presence`: their own status, or what their telephone is doing, in any case.
    AgentPresence,
    /// `call.dialled`: the number the customer dialled.
    Dialled,
    /// `queue`: its name, display name, number or id.
    Queue,
    /// `caller`: the number in any form, or `anonymous`.
    Caller,
    /// `data.KEY`: a value that the phone system attached.
    Data(String),
    /// `caller.kind`: number, extension, anonymous, other.
    CallerKind,
    /// `caller.country`: ISO 3166, two letters.
    CallerCountry,
    /// `call.direction`: inbound, internal.
    Direction,
    /// `call.outcome`: how it came out, once it is over.
    Outcome,
    /// `source`: which system reports the call.
    Source,
    /// `contact`: known, several, unknown.
    Contact,
    /// `contact.company` and its like.
    ContactField(&'static str),
    /// `contact.data.KEY`: whatever else is known of the contact.
    ContactData(String),
    /// `agent.line`: the line they sit at.
    AgentLine,
    /// `hours`: the opening hours that it is within.
    Hours,
    /// `event.kind`: our name of what has happened.
    EventKind,
    /// `event.name`: the phone system's name of it.
    EventName,
    /// `call.tags`: any of them.
    Tags,
    /// `call.codes`: any of its account codes.
    Codes,
    /// `call.voicemail`: whether the caller left a message.
    Voicemail,
    /// `call.recorded`: whether there is a recording.
    Recorded,
    /// `call.ring`, `call.talk`, `call.duration`: how long it took.
    Span(CallSpan),
}

/// What of a call took some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallSpan {
    Ring,
    Talk,
    Duration,
}

impl Field {
    /// Every name but `data.KEY` and `contact.data.KEY`.
    pub const NAMES: [&'static str; 28] = [
        "queue",
        "caller",
        "caller.kind",
        "caller.country",
        "callee",
        "agent",
        "agent.line",
        "agent.presence",
        "call.dialled",
        "call.direction",
        "call.outcome",
        "call.ring",
        "call.talk",
        "call.duration",
        "call.tags",
        "call.codes",
        "call.recorded",
        "call.voicemail",
        "event.kind",
        "event.name",
        "hours",
        "source",
        "contact",
        "contact.id",
        "contact.name",
        "contact.company",
        "contact.email",
        "contact.book",
    ];

    /// The field of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "queue" => Self::Queue,
            "caller" => Self::Caller,
            "caller.kind" => Self::CallerKind,
            "caller.country" => Self::CallerCountry,
            "callee" => Self::Callee,
            "agent" => Self::Agent,
            "agent.presence" => Self::AgentPresence,
            "call.dialled" => Self::Dialled,
            "call.direction" => Self::Direction,
            "call.outcome" => Self::Outcome,
            "agent.line" => Self::AgentLine,
            "call.ring" => Self::Span(CallSpan::Ring),
            "call.talk" => Self::Span(CallSpan::Talk),
            "call.duration" => Self::Span(CallSpan::Duration),
            "call.tags" => Self::Tags,
            "call.codes" => Self::Codes,
            "call.recorded" => Self::Recorded,
            "call.voicemail" => Self::Voicemail,
            "event.kind" => Self::EventKind,
            "event.name" => Self::EventName,
            "hours" => Self::Hours,
            "source" => Self::Source,
            "contact" => Self::Contact,
            "contact.id" => Self::ContactField("id"),
            "contact.name" => Self::ContactField("name"),
            "contact.company" => Self::ContactField("company"),
            "contact.email" => Self::ContactField("email"),
            "contact.book" => Self::ContactField("book"),
            _ if name.starts_with("contact.data.") => {
                let key = name.strip_prefix("contact.data.").filter(|key| !key.is_empty())?;
                Self::ContactData(key.to_owned())
            }
            _ => Self::Data(name.strip_prefix("data.").filter(|key| !key.is_empty())?.to_owned()),
        })
    }

    /// Whether only destinations can ask for it: when a phone rings it is not known yet.
    pub fn comes_later(&self) -> bool {
        matches!(
            self,
            Self::Outcome
                | Self::Span(_)
                | Self::Tags
                | Self::Codes
                | Self::Recorded
                | Self::Voicemail
                | Self::EventKind
                | Self::EventName
        )
    }

    /// Everything that this field can be, where that is a closed set; which sources and hours there
    /// are the configuration knows.
    pub fn words(&self) -> Option<Vec<&'static str>> {
        match self {
            Self::CallerKind => Some(Party::KINDS.to_vec()),
            Self::Direction => Some(Direction::words().collect()),
            Self::Outcome => Some(Outcome::words().collect()),
            Self::Contact => Some(ContactState::DECIDED.map(ContactState::word).to_vec()),
            Self::Recorded | Self::Voicemail => Some(vec!["true", "false"]),
            Self::EventKind => Some(CallEventKind::words().chain(PageEventKind::words()).collect()),
            _ => None,
        }
    }

    /// Whether it is known of an agent without a call.
    fn is_of_agents(&self) -> bool {
        matches!(
            self,
            Self::Agent
                | Self::AgentLine
                | Self::AgentPresence
                | Self::Callee
                | Self::Source
                | Self::Hours
                | Self::EventKind
                | Self::EventName
                | Self::Data(_)
        )
    }

    /// The texts that a pattern is compared with, in lower case.
    fn values(&self, situation: &Situation<'_>) -> Vec<String> {
        self.written(situation, str::to_lowercase)
    }

    /// The same texts in another way of writing.
    fn written(&self, situation: &Situation<'_>, write: fn(&str) -> String) -> Vec<String> {
        let Situation { ring, region, at, hours, told } = situation;
        let queue = ring.queue.as_ref();
        let truth = |holds: bool| if holds { "true" } else { "false" };
        let texts: Vec<Option<&str>> = match self {
            Self::Callee => vec![ring.callee.as_deref()],
            Self::Agent => {
                let agent = &ring.agent;
                vec![agent.user_id.as_deref(), agent.agent_id.as_deref(), agent.name.as_deref()]
            }
            Self::AgentPresence => ring.presence.words.iter().map(|word| Some(&**word)).collect(),
            Self::Dialled => party_texts(ring.dialled.as_ref()),
            Self::Queue => vec![
                queue.and_then(|q| q.name.as_deref()),
                queue.and_then(|q| q.display.as_deref()),
                queue.and_then(|q| q.number.as_deref()),
                queue.and_then(|q| q.id.as_deref()),
            ],
            Self::Caller => party_texts(Some(&ring.caller)),
            Self::Data(key) => vec![ring.datum(key)],
            Self::CallerKind => vec![Some(ring.caller.kind())],
            Self::CallerCountry => return caller_country(ring, *region, write),
            Self::Direction => vec![Some(ring.direction.word())],
            Self::Outcome => vec![ring.outcome.map(|outcome| outcome.word())],
            Self::Source => vec![Some(&ring.source)],
            Self::Contact => vec![Some(ring.contact.state().word())],
            Self::ContactField(name) => vec![contact_text(ring.contact.entry(), name)],
            Self::ContactData(key) => {
                let entry = ring.contact.entry();
                vec![entry.and_then(|entry| entry.contact.datum(key))]
            }
            Self::AgentLine => vec![ring.agent.line.as_deref()],
            Self::Hours => {
                let open = hours.iter().filter(|hours| hours.are_open(*at));
                open.map(|hours| Some(hours.name.as_str())).collect()
            }
            Self::EventKind => vec![told.map(|told| told.kind)],
            Self::EventName => vec![told.map(|told| told.name)],
            Self::Tags | Self::Codes => {
                let of = if *self == Self::Tags { Call::tags } else { Call::codes };
                let texts = situation.call().map(of).unwrap_or_default();
                texts.iter().map(|text| Some(text.as_str())).collect()
            }
            Self::Recorded => {
                vec![situation.call().map(|call| truth(call.recordings().next().is_some()))]
            }
            Self::Voicemail => vec![situation.call().map(|call| truth(call.voicemail()))],
            // What is measured is compared as it is: see [`Situation::span`].
            Self::Span(_) => Vec::new(),
        };
        texts.into_iter().flatten().map(write).collect()
    }
}

/// What conditions are asked about.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The call at its agent.
    pub ring: &'a Ring,
    pub region: Region,
    /// When it is.
    pub at: Timestamp,
    /// Every opening hours that conditions may name.
    pub hours: &'a [Hours],
    /// What has happened; nothing when a phone rings.
    pub told: Option<Told<'a>>,
}

/// Something that has happened.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Its wire name.
    pub kind: &'a str,
    /// The phone system's own name for it.
    pub name: &'a str,
    /// The call that it happened to, and its id; none, where an agent's presence has changed.
    pub call: Option<(Id, &'a Call)>,
}

impl<'a> Situation<'a> {
    /// Whether there is a call, or only its agent.
    fn is_of_call(&self) -> bool {
        self.told.is_none_or(|told| told.call.is_some())
    }

    /// What is known of the call since it rang.
    fn call(&self) -> Option<&'a Call> {
        Some(self.told?.call?.1)
    }

    fn span(&self, which: CallSpan) -> Option<Duration> {
        let (id, call) = self.told?.call?;
        let spans = CallSpans::of(id, call);
        match which {
            CallSpan::Ring => spans.ring,
            CallSpan::Talk => spans.talk,
            CallSpan::Duration => spans.duration,
        }
    }
}

fn contact_text<'a>(entry: Option<&'a Entry>, name: &str) -> Option<&'a str> {
    let Entry { book, contact } = entry?;
    match name {
        "id" => Some(&contact.id),
        "name" => contact.name.as_deref(),
        "company" => contact.company.as_deref(),
        "email" => contact.email.as_deref(),
        _ => Some(book),
    }
}

fn party_texts(party: Option<&Party>) -> Vec<Option<&str>> {
    let Some(party) = party else { return Vec::new() };
    let kind = party.kind();
    vec![party.key(), Some(party.raw.as_str()), (kind == "anonymous").then_some(kind)]
}

fn caller_country(ring: &Ring, region: Region, write: fn(&str) -> String) -> Vec<String> {
    let number = ring.caller.e164().and_then(PhoneNumber::stored);
    let country = number.and_then(|number| number.written(region).country);
    country.map(|code| write(&code)).into_iter().collect()
}

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// A text: whole, or with `*` for anything. Case does not count. These are the parts between the
    /// stars, in lower case.
    Text(Vec<String>),
    /// A span of time.
    Span(Comparison),
}

impl Pattern {
    /// Compiles a text. Where the field holds numbers, a number in any spelling means its E.164.
    pub fn new(field: &Field, text: &str, region: Region) -> Result<Self, String> {
        let number = match field {
            Field::Span(_) => return Comparison::parse(text).map(Self::Span),
            Field::Caller | Field::Dialled => PhoneNumber::parse(text, region),
            _ => None,
        };
        // Short digits are an extension, not a number of the region.
        let number = number.filter(|_| !text.contains('*') && text.len() > 6);
        let text = number.as_ref().map_or(text, PhoneNumber::e164);
        Ok(Self::Text(text.to_lowercase().split('*').map(str::to_owned).collect()))
    }

    /// The text, if it has no star.
    fn exact(&self) -> Option<&str> {
        match self {
            Self::Text(parts) if let [only] = parts.as_slice() => Some(only),
            _ => None,
        }
    }

    fn matches(&self, value: &str) -> bool {
        let Self::Text(parts) = self else { return false };
        let Some((first, rest)) = parts.split_first() else { return false };
        let Some((last, middle)) = rest.split_last() else { return value == first };
        let Some(mut value) = value.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            let Some((_, after)) = value.split_once(part.as_str()) else { return false };
            value = after;
        }
        value.ends_with(last.as_str())
    }

    fn admits(&self, span: Duration) -> bool {
        matches!(self, Self::Span(comparison) if comparison.holds(span))
    }
}

/// One field and the patterns of which any may match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What is looked at.
    pub field: Field,
    /// Any of these.
    pub any_of: Vec<Pattern>,
}

/// What must hold for a rule to decide.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// All of these must hold.
    pub when: Vec<Condition>,
    /// And not all of these.
    pub unless: Vec<Condition>,
}

impl Conditions {
    fn hold(&self, facts: &mut Facts<'_>) -> bool {
        !self.misses_direction(facts.situation) && self.satisfied(facts)
    }

    /// Somebody who places a call knows whom they call: only a rule that says so is meant.
    fn misses_direction(&self, situation: &Situation<'_>) -> bool {
        let speaks_of_direction = || self.when.iter().any(|c| c.field == Field::Direction);
        situation.ring.direction == Direction::Outbound && !speaks_of_direction()
    }

    /// Whether they hold, whichever way the call goes.
    pub fn match_any_direction(&self, situation: &Situation<'_>) -> bool {
        self.satisfied(&mut Facts::of(situation))
    }

    fn satisfied(&self, facts: &mut Facts<'_>) -> bool {
        let all = |conditions: &[Condition], facts: &mut Facts<'_>| {
            conditions.iter().all(|condition| facts.satisfy(condition))
        };
        all(&self.when, facts) && (self.unless.is_empty() || !all(&self.unless, facts))
    }

    /// The condition that a rule is filed under: an exact one, the most selective first.
    fn key(&self) -> Option<&Condition> {
        let exact = |c: &&Condition| c.any_of.iter().all(|pattern| pattern.exact().is_some());
        let selective = |c: &&Condition| match c.field {
            Field::Callee | Field::Agent | Field::AgentLine => 0,
            Field::Dialled | Field::Caller => 1,
            Field::Queue => 2,
            Field::Data(_) | Field::ContactField(_) | Field::ContactData(_) => 3,
            Field::CallerKind
            | Field::CallerCountry
            | Field::Direction
            | Field::Outcome
            | Field::Source
            | Field::AgentPresence
            | Field::Contact
            | Field::Hours
            | Field::EventKind
            | Field::EventName
            | Field::Tags
            | Field::Codes
            | Field::Voicemail
            | Field::Recorded
            | Field::Span(_) => 4,
        };
        self.when.iter().filter(exact).min_by_key(selective)
    }
}

/// A situation's texts, each read at most once.
struct Facts<'a> {
    situation: &'a Situation<'a>,
    read: Vec<(Field, Vec<String>)>,
}

impl<'a> Facts<'a> {
    fn of(situation: &'a Situation<'a>) -> Self {
        Self { situation, read: Vec::new() }
    }

    fn values(&mut self, field: &Field) -> &[String] {
        let at = self.read.iter().position(|(known, _)| known == field).unwrap_or_else(|| {
            let is_known = self.situation.is_of_call() || field.is_of_agents();
            let values = if is_known { field.values(self.situation) } else { Vec::new() };
            self.read.push((field.clone(), values));
            self.read.len() - 1
        });
        self.read.get(at).map_or(&[], |(_, values)| values)
    }

    fn satisfy(&mut self, condition: &Condition) -> bool {
        if let Field::Span(which) = condition.field {
            let Some(span) = self.situation.span(which) else { return false };
            return condition.any_of.iter().any(|pattern| pattern.admits(span));
        }
        let values = self.values(&condition.field);
        condition.any_of.iter().any(|pattern| values.iter().any(|value| pattern.matches(value)))
    }
}

/// Rules in order, with whatever each of them decides.
#[derive(Debug)]
pub struct RuleSet<R> {
    rules: Vec<(Conditions, R)>,
    /// Rules filed under one exact value, by field.
    filed: Vec<(Field, HashMap<String, Vec<usize>>)>,
    /// Rules that must always be looked at.
    open: Vec<usize>,
}

impl<R> RuleSet<R> {
    /// Files the rules.
    pub fn new(rules: Vec<(Conditions, R)>) -> Self {
        let mut set = Self { rules: Vec::new(), filed: Vec::new(), open: Vec::new() };
        for (at, (conditions, _)) in rules.iter().enumerate() {
            match conditions.key() {
                Some(condition) => set.file(condition, at),
                None => set.open.push(at),
            }
        }
        set.rules = rules;
        set
    }

    fn file(&mut self, condition: &Condition, at: usize) {
        let known = self.filed.iter().position(|(field, _)| *field == condition.field);
        let drawer = known.unwrap_or_else(|| {
            self.filed.push((condition.field.clone(), HashMap::new()));
            self.filed.len() - 1
        });
        let Some((_, drawer)) = self.filed.get_mut(drawer) else { return };
        for value in condition.any_of.iter().filter_map(Pattern::exact) {
            let rules = drawer.entry(value.to_owned()).or_default();
            if rules.last() != Some(&at) {
                rules.push(at);
            }
        }
    }

    /// The first rule in order whose conditions hold, and its place; none before the place `from`.
    pub fn first_match(&self, situation: &Situation<'_>, from: usize) -> Option<(usize, &R)> {
        let mut facts = Facts::of(situation);
        let mut piles: Vec<&[usize]> = vec![&self.open];
        for (field, drawer) in &self.filed {
            let values = facts.values(field);
            piles.extend(values.iter().filter_map(|value| drawer.get(value).map(Vec::as_slice)));
        }
        while let Some(at) = next_in_order(&mut piles) {
            let (conditions, rule) = self.rules.get(at)?;
            if at >= from && conditions.hold(&mut facts) {
                return Some((at, rule));
            }
        }
        None
    }

    /// The rules in order.
    pub fn rules(&self) -> impl Iterator<Item = &R> {
        self.rules.iter().map(|(_, rule)| rule)
    }
}

/// Takes the smallest number off sorted piles, and off every pile that begins with it.
fn next_in_order(piles: &mut [&[usize]]) -> Option<usize> {
    let next = piles.iter().filter_map(|pile| pile.first()).min().copied()?;
    for pile in piles.iter_mut() {
        if let Some((first, rest)) = pile.split_first()
            && *first == next
        {
            *pile = rest;
        }
    }
    Some(next)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::contact::{Contact, Several, Who};
    use crate::domain::event::CallEvent;
    use crate::domain::hours;
    use crate::domain::phone::Party;
    use crate::domain::presence::PresenceNow;
    use crate::domain::ring::{Agent, Direction, Queue};
    use crate::domain::time::Zone;

    fn fr() -> Region {
        Region::parse("FR").unwrap()
    }

    fn ring(queue: &str, caller: &str, callee: &str) -> Ring {
        let caller = Party::read(caller, None, fr());
        Ring {
            source: "xivo".into(),
            external_id: None,
            agent: Agent { user_id: Some("12".into()), ..Agent::default() },
            direction: Direction::of_ring(&caller),
            caller,
            callee: Some(callee.into()),
            dialled: None,
            queue: Some(Queue { name: Some(queue.into()), ..Queue::default() }),
            data: vec![("VIP".into(), "no".into())],
            outcome: None,
            presence: PresenceNow::default(),
            contact: Who::Unknown,
            origin: None,
            body: String::new(),
        }
    }

    fn condition(field: &str, any_of: &[&str]) -> Condition {
        let field = Field::parse(field).unwrap();
        let pattern = |text: &&str| Pattern::new(&field, text, fr()).unwrap();
        let any_of = any_of.iter().map(pattern).collect();
        Condition { field, any_of }
    }

    fn rule<R>(when: &[(&str, &[&str])], unless: &[(&str, &[&str])], answer: R) -> (Conditions, R) {
        let list = |all: &[(&str, &[&str])]| all.iter().map(|(f, p)| condition(f, p)).collect();
        (Conditions { when: list(when), unless: list(unless) }, answer)
    }

    fn matches(when: &[(&str, &[&str])], ring: &Ring) -> bool {
        decides(&RuleSet::new(vec![rule(when, &[], ())]), ring).is_some()
    }

    fn at_ring(ring: &Ring) -> Situation<'_> {
        Situation { ring, region: fr(), at: Timestamp(0), hours: &[], told: None }
    }

    fn decides<R: Copy>(set: &RuleSet<R>, ring: &Ring) -> Option<R> {
        set.first_match(&at_ring(ring), 0).map(|(_, rule)| *rule)
    }

    #[test]
    fn patterns_match_whole_texts_and_stars() {
        let ring = ring("Trucks", "0199005577", "2004");
        let cases = [
            ("queue", "trucks", true),
            ("queue", "truck", false),
            ("queue", "tr*", true),
            ("queue", "*ck*", true),
            ("queue", "*", true),
            ("queue", "t*r*x", false),
            ("caller", "+33*", true),
            ("caller", "+44*", false),
            ("caller", "01 99 00 55 77", true),
            ("caller", "0199*", true),
            ("caller", "anonymous", false),
            ("caller.kind", "number", true),
            ("caller.country", "fr", true),
            ("callee", "2004", true),
            ("agent", "12", true),
            ("data.VIP", "NO", true),
            ("data.other", "*", false),
            ("call.direction", "inbound", true),
        ];
        for (field, pattern, expected) in cases {
            assert_eq!(matches(&[(field, &[pattern])], &ring), expected, "{field} = {pattern}");
        }
    }

    #[test]
    fn all_conditions_must_hold_and_lists_are_any_of() {
        let ring = ring("trucks", "0199005577", "2004");
        assert!(matches(&[("queue", &["cars", "trucks"]), ("caller", &["+33*"])], &ring));
        assert!(!matches(&[("queue", &["trucks"]), ("caller", &["+44*"])], &ring));
    }

    #[test]
    fn unless_sets_a_rule_aside_when_all_of_it_holds() {
        let ring = ring("trucks", "0199005577", "2004");
        let set = |unless: &[(&str, &[&str])]| {
            decides(&RuleSet::new(vec![rule(&[], unless, ())]), &ring).is_none()
        };
        assert!(set(&[("data.VIP", &["no"])]));
        assert!(!set(&[("data.VIP", &["yes"])]));
        assert!(!set(&[("data.VIP", &["no"]), ("queue", &["cars"])]));
    }

    fn known(company: &str) -> Who {
        let contact = Contact {
            id: "42".into(),
            name: Some("Zoë Brûlé".into()),
            company: Some(company.into()),
            data: vec![("VIP".into(), "Yes".into())],
            ..Contact::default()
        };
        Who::Known(Box::new(Entry { book: "crm".into(), contact }))
    }

    #[test]
    fn rules_ask_who_the_caller_is() {
        let known = Ring { contact: known("Fleet"), ..ring("q", "0199005577", "1") };
        for (field, pattern) in [
            ("contact", "known"),
            ("contact.id", "42"),
            ("contact.name", "zoë*"),
            ("contact.company", "FLEET"),
            ("contact.book", "crm"),
            ("contact.data.VIP", "yes"),
        ] {
            assert!(matches(&[(field, &[pattern])], &known), "{field} = {pattern}");
            let nobody = ring("q", "0199005577", "1");
            assert!(!matches(&[(field, &[pattern])], &nobody), "{field} = {pattern}");
        }
        assert!(
            !matches(&[("contact.email", &["*"])], &known),
            "what is not known matches nothing"
        );
        let last = known.contact.entry().cloned();
        let several = Who::Several(Box::new(Several { company: None, last }));
        let several = Ring { contact: several, ..ring("q", "0199005577", "1") };
        assert!(matches(&[("contact", &["several"])], &several));
        assert!(!matches(&[("contact.name", &["*"])], &several), "nor is it whoever it was last");
        assert!(!matches(&[("contact.data.VIP", &["yes"])], &several));
    }

    fn ended_call() -> Call {
        let at = |seconds: i64| Timestamp(1_790_000_000_000 + seconds * 1000);
        let mut end = CallEvent::new(CallEventKind::Ended, "1", at(100));
        (end.started_at, end.answered_at, end.ended_at) =
            (Some(at(0)), Some(at(10)), Some(at(100)));
        end.tags = Some(vec!["Complaint".into(), "Trucks".into()]);
        end.codes = Some(vec!["Won".into()]);
        end.recordings = vec!["https://pbx.example.com/1.wav".into()];
        let mut call = Call::default();
        call.apply(&end, None);
        call
    }

    #[test]
    fn destinations_ask_for_what_is_known_of_a_call_and_its_event() {
        let (call, missed) = (ended_call(), Call::default());
        let hours = [Hours {
            name: "Office".into(),
            zone: Zone::parse("Europe/Paris").unwrap(),
            open: vec![hours::OpenTimes::parse("Mon 16:00-17:00").unwrap()],
            closed: Vec::new(),
        }];
        let mut ring = ring("trucks", "0199005577", "2004");
        ring.agent.line = Some("2004".into());
        let holds = |call: &Call, field: &str, text: &str| {
            // A Monday, 16:13 in Paris.
            let at = Timestamp(1_790_000_000_000);
            let call = Some((Id::mint(at), call));
            let told = Some(Told { kind: "call.ended", name: "hangup", call });
            let situation = Situation { ring: &ring, region: fr(), at, hours: &hours, told };
            let conditions =
                Conditions { when: vec![condition(field, &[text])], unless: Vec::new() };
            conditions.match_any_direction(&situation)
        };
        for (field, text, expected) in [
            ("call.ring", "< 15s", true),
            ("call.ring", "> 10s", false),
            ("call.talk", "> 30s", true),
            ("call.talk", ">= 90s", true),
            ("call.talk", "< 1m", false),
            ("call.duration", "<= 100s", true),
            ("call.tags", "complaint", true),
            ("call.tags", "tr*", true),
            ("call.tags", "cars", false),
            ("call.tags", "won", false),
            ("call.codes", "Won", true),
            ("call.codes", "complaint", false),
            ("call.recorded", "true", true),
            ("call.voicemail", "true", false),
            ("call.voicemail", "false", true),
            ("event.kind", "call.*", true),
            ("event.name", "Hangup", true),
            ("event.name", "ring", false),
            ("agent.line", "20*", true),
            ("agent.line", "12", false),
            ("hours", "office", true),
            ("hours", "closed", false),
        ] {
            assert_eq!(holds(&call, field, text), expected, "{field} = {text}");
        }
        assert!(holds(&missed, "call.recorded", "false"));
        assert!(!holds(&missed, "call.talk", "< 1h"), "what is not known matches nothing");
    }

    #[test]
    fn a_rule_that_is_passed_over_leaves_it_to_those_after_it() {
        let set = RuleSet::new(vec![
            rule(&[("queue", &["trucks"])], &[], 0),
            rule(&[], &[], 1),
            rule(&[("callee", &["2004"])], &[], 2),
        ]);
        let ring = ring("trucks", "0199005577", "2004");
        let found: Vec<_> =
            (0..4).map(|from| set.first_match(&at_ring(&ring), from).map(|(at, _)| at)).collect();
        assert_eq!(found, [Some(0), Some(1), Some(2), None]);
    }

    #[test]
    fn rules_ask_whether_the_agent_is_there() {
        let words = vec!["DND".to_owned(), "talking".to_owned()];
        let presence = PresenceNow { words, ..PresenceNow::default() };
        let there = Ring { presence, ..ring("trucks", "0199005577", "2004") };
        for (pattern, expected) in [("dnd", true), ("talk*", true), ("*", true), ("away", false)] {
            assert_eq!(matches(&[("agent.presence", &[pattern])], &there), expected, "{pattern}");
        }
        let unknown = ring("trucks", "0199005577", "2004");
        assert!(!matches(&[("agent.presence", &["*"])], &unknown));
        // Where an agent's presence is told, nothing that is asked of a call is so.
        let told = Some(Told { kind: "presence.changed", name: "USER:PRESENCE", call: None });
        let situation = Situation { told, ..at_ring(&there) };
        let holds = |when: &[(&str, &[&str])], unless: &[(&str, &[&str])]| {
            rule(when, unless, ()).0.match_any_direction(&situation)
        };
        assert!(holds(
            &[("agent", &["12"]), ("agent.presence", &["dnd"]), ("callee", &["2004"])],
            &[]
        ));
        assert!(holds(&[], &[("caller", &["*"])]));
        assert!(holds(&[("event.kind", &["presence.*"]), ("event.name", &["user:*"])], &[]));
        for field in ["caller", "queue", "call.direction", "call.tags", "call.recorded", "contact"]
        {
            assert!(!holds(&[(field, &["*"])], &[]), "{field}");
        }
    }

    #[test]
    fn a_trace_says_what_each_condition_saw() {
        let set = RuleSet::new(vec![
            rule(&[("contact.data.VIP", &["no"]), ("queue", &["cars", "Trucks"])], &[], 1),
            rule(&[("hours", &["office"]), ("data.other", &["*"])], &[("data.VIP", &["no"])], 2),
            rule(&[("caller.country", &["fr"])], &[("agent", &["12"]), ("callee", &["9"])], 3),
            rule(&[], &[], 4),
        ]);
        let zone = Zone::parse("Europe/Paris").unwrap();
        let hours = ["Office", "night"].map(|name| Hours {
            name: name.into(),
            zone: zone.clone(),
            open: Vec::new(),
            closed: Vec::new(),
        });
        let ring = Ring { contact: known("Fleet"), ..ring("Trucks", "0199005577", "2004") };
        let at = Timestamp(1_790_000_000_000);
        let situation = Situation { at, hours: &hours, ..at_ring(&ring) };
        let (traced, winner) = set.trace(&situation, |_| false);
        let saw = |conditions: &[ConditionTrace]| -> Vec<String> {
            let each = conditions.iter();
            each.map(|c| format!("{} {} {}", c.field, c.saw.join("|"), c.holds)).collect()
        };
        assert_eq!(winner, Some(&3));
        assert_eq!(traced.len(), 3, "the rule after the one that decided was not reached");
        assert_eq!(saw(&traced[0].when), ["contact.data.VIP Yes false", "queue Trucks true"]);
        assert_eq!(
            saw(&traced[1].when),
            ["hours 2026-09-21 16:13 Europe/Paris false", "data.other  false"]
        );
        assert_eq!(saw(&traced[1].unless), ["data.VIP no true"]);
        assert_eq!(saw(&traced[2].unless), ["agent 12 true", "callee 2004 false"]);
        assert_eq!(traced.iter().map(|rule| rule.holds).collect::<Vec<_>>(), [false, false, true]);
    }

    #[test]
    fn a_trace_goes_on_after_a_rule_that_was_passed_over_and_knows_of_outbound_calls() {
        let set = RuleSet::new(vec![rule(&[], &[], 0), rule(&[], &[], 1)]);
        let inbound = ring("trucks", "0199005577", "2004");
        let (traced, winner) = set.trace(&at_ring(&inbound), |rule| *rule == 0);
        assert_eq!((traced.len(), winner), (2, Some(&1)));
        let outbound = Ring { direction: Direction::Outbound, ..inbound };
        let (traced, winner) = set.trace(&at_ring(&outbound), |_| false);
        assert_eq!(winner, None);
        let direction = traced[0].direction().unwrap();
        assert_eq!((direction.field.as_str(), direction.holds), ("call.direction", false));
        assert_eq!(direction.saw, ["outbound"]);
    }

    #[test]
    fn every_field_has_the_name_that_it_is_read_by() {
        let keys = ["data.VIP", "contact.data.tier"];
        for name in Field::NAMES.into_iter().chain(keys) {
            assert_eq!(Field::parse(name).unwrap().name(), name);
        }
    }

    #[test]
    fn an_anonymous_caller_can_be_asked_for() {
        assert!(matches(&[("caller", &["anonymous"])], &ring("q", "", "1")));
    }

    #[test]
    fn the_first_rule_in_order_decides_wherever_it_is_filed() {
        let rules = || {
            vec![
                rule(&[("callee", &["9999"])], &[], 0),
                rule(&[("queue", &["trucks"]), ("data.VIP", &["yes"])], &[], 1),
                rule(&[("caller", &["+33*"])], &[], 2),
                rule(&[("callee", &["2004"])], &[], 3),
                rule(&[], &[], 4),
            ]
        };
        let set = RuleSet::new(rules());
        assert_eq!(decides(&set, &ring("trucks", "0199005577", "2004")), Some(2));
        assert_eq!(decides(&set, &ring("trucks", "+441632960001", "2004")), Some(3));
        assert_eq!(decides(&set, &ring("trucks", "+441632960001", "1")), Some(4));
        assert_eq!(decides(&set, &ring("trucks", "+441632960001", "9999")), Some(0));
    }

    /// What a rule set means, said without an index.
    fn first_by_scanning(rules: &[(Conditions, usize)], ring: &Ring) -> Option<usize> {
        let situation = at_ring(ring);
        let mut facts = Facts::of(&situation);
        rules.iter().find(|(conditions, _)| conditions.hold(&mut facts)).map(|(_, rule)| *rule)
    }

    proptest! {
        #[test]
        fn the_index_never_changes_who_decides(
            rules in prop::collection::vec(
                (
                    prop::collection::vec((0..5_usize, prop::collection::vec("[ab*]{1,2}", 1..3)), 0..3),
                    prop::collection::vec((0..5_usize, prop::collection::vec("[ab*]{1,2}", 1..3)), 0..2),
                ),
                0..12,
            ),
            queue in "[ab]{1,2}", caller in "[ab]{1,2}", callee in "[ab]{1,2}",
            company in "[ab]{1,2}",
        ) {
            let names = ["queue", "caller", "callee", "data.VIP", "contact.company"];
            let compile = |list: &[(usize, Vec<String>)]| -> Vec<Condition> {
                list.iter()
                    .map(|(f, p)| condition(names[*f], &p.iter().map(String::as_str).collect::<Vec<_>>()))
                    .collect()
            };
            let compiled: Vec<(Conditions, usize)> = rules
                .iter()
                .enumerate()
                .map(|(at, (when, unless))| {
                    (Conditions { when: compile(when), unless: compile(unless) }, at)
                })
                .collect();
            let ring = Ring { contact: known(&company), ..ring(&queue, &caller, &callee) };
            let expected = first_by_scanning(&compiled, &ring);
            let set = RuleSet::new(compiled);
            prop_assert_eq!(decides(&set, &ring), expected);
            let (traced, winner) = set.trace(&at_ring(&ring), |_| false);
            prop_assert_eq!(winner.copied(), expected, "the trace says who decided");
            let reached = expected.map_or(rules.len(), |winner| winner + 1);
            prop_assert_eq!(traced.len(), reached, "and stops there");
            let held: Vec<usize> = (0..reached).filter(|at| traced[*at].holds).collect();
            prop_assert_eq!(held, Vec::from_iter(expected));
        }
    }
}
