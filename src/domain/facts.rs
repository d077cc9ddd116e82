//! What can be said of a call, under one set of names: in templates of rules, destinations and
//! lookups, and as it is kept with a delivery.
//!
//! A name that is not known is null, so that a template never fails over a call that lacks something.

mod kept;
mod names;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::call::Call;
use super::contact::{ContactState, Who};
use super::destination::MARK;
use super::event::{CallEvent, CallEventKind, Outcome};
use super::ids::Id;
use super::phone::{Party, Region};
use super::presence::{Presence, PresenceNow, PresenceState};
use super::ring::{Agent, Direction, Queue, Ring};
use super::spans::{CallSpans, began};
use super::time::Timestamp;
use super::word::Word as _;

pub use kept::Kept;
pub use names::{DELIVERY_NAMES, Names, RULE_NAMES};

/// Everything that can be said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// What has happened; nothing for a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) event: Option<EventFacts>,
    /// The call.
    pub(crate) call: CallFacts,
    /// The other party.
    pub(crate) caller: PartyFacts,
    /// Who that is.
    pub(crate) contact: ContactFacts,
    /// The agent's line.
    pub(crate) callee: CalleeFacts,
    /// The agent.
    pub(crate) agent: AgentFacts,
    /// The queue that the call came through.
    pub(crate) queue: QueueFacts,
    /// What the phone system attached.
    pub(crate) data: Map<String, Value>,
    /// Which system reports the call.
    pub(crate) source: Option<String>,
    /// What a phone system tells of the agent's presence, where that is what has happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) presence: Option<PresenceFacts>,
    /// The page, where something happened to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pane: Option<PaneFacts>,
    /// The entry that the destination has made for the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) entry: Option<EntryFacts>,
    /// The delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) delivery: Option<DeliveryFacts>,
    /// The attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sent: Option<SentFacts>,
    /// What a lookup asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lookup: Option<LookUpFacts>,
}

/// `event.…`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct EventFacts {
    pub(crate) kind: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) at: Option<String>,
}

/// `call.…`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct CallFacts {
    pub(crate) id: Option<String>,
    pub(crate) direction: Option<Direction>,
    pub(crate) dialled: Option<String>,
    /// How far it has come; nothing for a rule.
    #[serde(flatten)]
    pub(crate) progress: Option<ProgressFacts>,
}

/// `call.…` of events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ProgressFacts {
    pub(crate) uuid: Option<String>,
    pub(crate) phase: Option<String>,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) cause: Option<String>,
    pub(crate) ring_seconds: Option<u64>,
    pub(crate) talk_seconds: Option<u64>,
    pub(crate) talk_ms: Option<u64>,
    pub(crate) duration_seconds: Option<u64>,
    pub(crate) duration_ms: Option<u64>,
    pub(crate) duration_minutes: Option<u64>,
    pub(crate) recording: Option<String>,
    pub(crate) recordings: Option<String>,
    pub(crate) tags: Option<String>,
    pub(crate) codes: Option<String>,
    pub(crate) voicemail: Option<bool>,
    pub(crate) started_at: Option<String>,
    pub(crate) started_at_ms: Option<i64>,
    pub(crate) started_at_s: Option<i64>,
    pub(crate) started_at_text: Option<String>,
    pub(crate) answered_at: Option<String>,
    pub(crate) answered_at_ms: Option<i64>,
    pub(crate) answered_at_s: Option<i64>,
    pub(crate) answered_at_text: Option<String>,
    pub(crate) ended_at: Option<String>,
    pub(crate) ended_at_ms: Option<i64>,
    pub(crate) ended_at_s: Option<i64>,
    pub(crate) ended_at_text: Option<String>,
}

/// `caller.…`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PartyFacts {
    pub(crate) raw: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) company: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) e164: Option<String>,
    pub(crate) digits: Option<String>,
    pub(crate) national: Option<String>,
    pub(crate) international: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) display: Option<String>,
}

/// `contact.…`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ContactFacts {
    pub(crate) state: Option<ContactState>,
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) company: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) link: Option<String>,
    pub(crate) book: Option<String>,
    pub(crate) preset: Option<String>,
    pub(crate) last_id: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) last_book: Option<String>,
    /// Whatever else is known of the contact.
    pub(crate) data: Map<String, Value>,
}

/// `callee.…`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct CalleeFacts {
    pub(crate) number: Option<String>,
}

/// `agent.…`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AgentFacts {
    pub(crate) id: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) line: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) presence: Option<String>,
    pub(crate) presence_message: Option<String>,
    pub(crate) presence_until: Option<String>,
    pub(crate) telephony: Option<String>,
}

/// `queue.…`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct QueueFacts {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) display: Option<String>,
    pub(crate) number: Option<String>,
}

/// `presence.…`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PresenceFacts {
    pub(crate) status: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) until: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) latitude: Option<String>,
    pub(crate) longitude: Option<String>,
    pub(crate) telephony: Option<String>,
}

/// `pane.…`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PaneFacts {
    pub(crate) id: Option<String>,
    pub(crate) notes: Option<String>,
    pub(crate) disposition: Option<String>,
    pub(crate) opened_at: Option<String>,
    pub(crate) completed_at: Option<String>,
}

/// `entry.…`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct EntryFacts {
    pub(crate) id: Option<String>,
}

/// `delivery.…`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct DeliveryFacts {
    pub(crate) id: Option<String>,
}

/// `sent.…`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SentFacts {
    pub(crate) at: Option<String>,
}

/// `lookup.…`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LookUpFacts {
    pub(crate) number: Option<String>,
}

impl Facts {
    /// What a rule knows: the ring.
    pub fn of_ring(ring: &Ring, region: Region) -> Self {
        Self {
            call: CallFacts {
                id: ring.external_id.clone(),
                direction: Some(ring.direction),
                dialled: ring.dialled.as_ref().map(|party| party.raw.clone()),
                progress: None,
            },
            caller: PartyFacts::of(&ring.caller, region),
            contact: ContactFacts::of(&ring.contact),
            callee: CalleeFacts { number: ring.callee.clone() },
            agent: AgentFacts::of(&ring.agent, &ring.presence),
            queue: ring.queue.as_ref().map(QueueFacts::of).unwrap_or_default(),
            data: map(&ring.data),
            source: Some(ring.source.clone()),
            ..Self::default()
        }
    }

    /// What a destination hears of an event.
    pub(crate) fn of_event(
        event: EventFacts,
        (call_id, call): (Id, &Call),
        ring: &Ring,
        pane: Option<PaneFacts>,
        region: Region,
    ) -> Self {
        let mut facts = Self { event: Some(event), pane, ..Self::of_ring(ring, region) };
        facts.call.progress = Some(ProgressFacts::of(call_id, call));
        facts
    }

    /// What a destination hears of an agent's presence.
    pub(crate) fn of_presence(event: EventFacts, told: &Presence, ring: &Ring) -> Self {
        Self {
            event: Some(event),
            agent: AgentFacts::of(&ring.agent, &ring.presence),
            callee: CalleeFacts { number: ring.callee.clone() },
            data: map(&ring.data),
            source: Some(ring.source.clone()),
            presence: Some(PresenceFacts::of(told)),
            ..Self::default()
        }
    }

    /// What a lookup knows: the caller.
    pub fn of_caller(caller: &Party, region: Region) -> Self {
        Self { caller: PartyFacts::of(caller, region), ..Self::default() }
    }

    /// Adds whatever is not known, so that templates find every name: these keys of `data` and of
    /// `contact.data` too.
    pub fn complete<'a>(
        &mut self,
        data: impl Iterator<Item = &'a str>,
        contact_data: impl Iterator<Item = &'a str>,
    ) {
        self.event.get_or_insert_default();
        self.call.progress.get_or_insert_default();
        self.presence.get_or_insert_default();
        self.pane.get_or_insert_default();
        self.entry.get_or_insert_default();
        self.delivery.get_or_insert_default();
        self.sent.get_or_insert_default();
        self.lookup.get_or_insert_default();
        self.add_keys(data, contact_data);
    }

    /// Adds the keys of `data` and of `contact.data` that templates ask for.
    pub fn add_keys<'a>(
        &mut self,
        data: impl Iterator<Item = &'a str>,
        contact_data: impl Iterator<Item = &'a str>,
    ) {
        for key in data {
            self.data.entry(key).or_insert(Value::Null);
        }
        for key in contact_data {
            self.contact.data.entry(key).or_insert(Value::Null);
        }
    }

    /// Of a call that never was, for trying a destination out.
    pub fn sample(kind: &str, now: Timestamp, region: Region) -> Self {
        let at = Some(now.to_string());
        let event = EventFacts {
            kind: text(kind),
            name: text("sample"),
            id: text("sample"),
            at: at.clone(),
        };
        if kind == CallEventKind::PresenceChanged.word() {
            return Self::sample_presence(event, now);
        }
        let pane = PaneFacts {
            id: text("sample"),
            notes: text("A sample."),
            disposition: text("Done"),
            opened_at: at.clone(),
            completed_at: at,
        };
        Self { event: Some(event), pane: Some(pane), ..Self::sample_call(now, region) }
    }

    fn sample_presence(event: EventFacts, now: Timestamp) -> Self {
        let user = Some(PresenceState {
            status: text("dnd"),
            message: text("Lunch"),
            until: Some(now.plus(std::time::Duration::from_mins(30))),
            location: text("1 Sample Street"),
            latitude: text("48.8566"),
            longitude: text("2.3522"),
        });
        let told = Presence { user: user.clone(), telephony: text("registered") };
        let presence = PresenceNow { user, telephony: told.telephony.clone(), words: Vec::new() };
        Self {
            event: Some(event),
            agent: AgentFacts::of(&sample_agent(), &presence),
            callee: CalleeFacts { number: text("310") },
            source: text("sample"),
            presence: Some(PresenceFacts::of(&told)),
            ..Self::default()
        }
    }

    fn sample_call(now: Timestamp, region: Region) -> Self {
        let caller = Party {
            company: text("Sample Company"),
            email: text("caller@example.com"),
            ..Party::read("+33199005577", text("Sample Caller"), region)
        };
        let agent = sample_agent();
        let queue = Queue {
            id: text("1"),
            name: text("sample"),
            display: text("Sample"),
            number: text("3000"),
        };
        Self {
            call: CallFacts {
                id: text("sample.1"),
                direction: Some(Direction::Inbound),
                dialled: text("+33199001200"),
                progress: Some(ProgressFacts::sample(now)),
            },
            caller: PartyFacts::of(&caller, region),
            contact: ContactFacts {
                state: Some(ContactState::Known),
                id: text("sample"),
                name: text("Sample Contact"),
                company: text("Sample Company"),
                email: text("contact@example.com"),
                link: text("https://crm.example.com/contacts/sample"),
                book: text("sample"),
                ..ContactFacts::default()
            },
            callee: CalleeFacts { number: text("310") },
            agent: AgentFacts::of(&agent, &PresenceNow::default()),
            queue: QueueFacts::of(&queue),
            source: text("sample"),
            ..Self::default()
        }
    }
}

fn sample_agent() -> Agent {
    Agent {
        user_id: text("sample"),
        agent_id: None,
        name: text("Sample Agent"),
        first_name: text("Sample"),
        last_name: text("Agent"),
        line: text("310"),
        email: text("agent@example.com"),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "whatever a sample is put into is optional")]
fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

impl ProgressFacts {
    fn sample(now: Timestamp) -> Self {
        let mut end = CallEvent::new(CallEventKind::Ended, "sample", now);
        let ago = |seconds| Some(now.minus(std::time::Duration::from_secs(seconds)));
        (end.started_at, end.answered_at, end.ended_at) = (ago(73), ago(66), Some(now));
        (end.talk_ms, end.duration_ms) = (Some(66_000), Some(73_000));
        end.outcome = Some(Outcome::Answered);
        end.recordings = vec!["https://pbx.example.com/recordings/1.wav".to_owned()];
        end.tags = Some(vec!["Sample".to_owned()]);
        end.codes = Some(vec!["Sample code".to_owned()]);
        let mut call = Call::default();
        call.apply(&end, None);
        Self { uuid: text("sample"), ..Self::of(Id::mint(now), &call) }
    }

    fn of(call_id: Id, call: &Call) -> Self {
        let started = Some(began(call_id, call));
        let (answered, ended) = (call.answered_at(), call.ended_at());
        let CallSpans { ring: rang, talk: talked, duration: lasted } = CallSpans::of(call_id, call);
        let millis = |span: std::time::Duration| u64::try_from(span.as_millis()).ok();
        let recordings: Vec<&str> = call.recordings().collect();
        let (started_at, started_at_ms, started_at_s, started_at_text) = moment(started);
        let (answered_at, answered_at_ms, answered_at_s, answered_at_text) = moment(answered);
        let (ended_at, ended_at_ms, ended_at_s, ended_at_text) = moment(ended);
        Self {
            uuid: Some(call_id.to_string()),
            phase: Some(call.phase().word().to_owned()),
            outcome: call.outcome(),
            cause: call.cause().map(str::to_owned),
            ring_seconds: rang.map(|span| span.as_secs()),
            talk_seconds: talked.map(|span| span.as_secs()),
            talk_ms: talked.and_then(millis),
            duration_seconds: lasted.map(|span| span.as_secs()),
            duration_ms: lasted.and_then(millis),
            duration_minutes: lasted.map(|span| span.as_secs().div_ceil(60)),
            recording: recordings.first().map(|&first| first.to_owned()),
            recordings: Some(recordings.join(", ")),
            tags: Some(call.tags().join(", ")),
            codes: Some(call.codes().join(", ")),
            voicemail: Some(call.voicemail()),
            started_at,
            started_at_ms,
            started_at_s,
            started_at_text,
            answered_at,
            answered_at_ms,
            answered_at_s,
            answered_at_text,
            ended_at,
            ended_at_ms,
            ended_at_s,
            ended_at_text,
        }
    }
}

/// A moment in RFC 3339, in milliseconds, in seconds, and as people write it.
type Written = (Option<String>, Option<i64>, Option<i64>, Option<String>);

fn moment(at: Option<Timestamp>) -> Written {
    let Some(at) = at else { return (None, None, None, None) };
    let written = at.to_string();
    let text = written.replace('T', " ").replace('Z', "");
    (Some(written), Some(at.0), Some(at.0.div_euclid(1000)), Some(text))
}

impl PartyFacts {
    fn of(party: &Party, region: Region) -> Self {
        let written = party.written(region);
        let display = match &written {
            Some(forms) => forms.display.clone(),
            None => party.display(region),
        };
        let (national, international, country) = match written {
            Some(forms) => (Some(forms.national), Some(forms.international), forms.country),
            None => (None, None, None),
        };
        Self {
            raw: Some(party.raw.clone()),
            kind: Some(party.kind().to_owned()),
            name: party.name.clone(),
            company: party.company.clone(),
            email: party.email.clone(),
            e164: party.e164().map(str::to_owned),
            digits: party.key().map(|key| key.trim_start_matches('+').to_owned()),
            national,
            international,
            country,
            display: Some(display),
        }
    }
}

impl ContactFacts {
    /// Whoever it was the last time stands apart: what is meant for the one who calls must not reach
    /// them.
    pub(crate) fn of(who: &Who) -> Self {
        let last = who.several().and_then(|several| several.last.clone());
        let (last_id, last_name, last_book) = match last {
            Some(last) => (Some(last.contact.id), last.contact.name, Some(last.book)),
            None => (None, None, None),
        };
        let known = match who.entry().cloned() {
            Some(entry) => Self {
                id: Some(entry.contact.id),
                name: entry.contact.name,
                company: entry.contact.company,
                email: entry.contact.email,
                link: entry.contact.link,
                book: Some(entry.book),
                preset: entry.contact.preset,
                data: map(&entry.contact.data),
                ..Self::default()
            },
            None => Self::default(),
        };
        Self { state: Some(who.state()), last_id, last_name, last_book, ..known }
    }
}

impl AgentFacts {
    fn of(agent: &Agent, presence: &PresenceNow) -> Self {
        let user = presence.user.as_ref();
        Self {
            id: agent.id().map(str::to_owned),
            user_id: agent.user_id.clone(),
            name: agent.name.clone(),
            first_name: agent.first_name.clone(),
            last_name: agent.last_name.clone(),
            line: agent.line.clone(),
            email: agent.email.clone(),
            label: agent.label(),
            presence: user.and_then(|state| state.status.clone()),
            presence_message: user.and_then(|state| state.message.clone()),
            presence_until: user.and_then(|state| state.until).map(|until| until.to_string()),
            telephony: presence.telephony.clone(),
        }
    }
}

impl PresenceFacts {
    fn of(told: &Presence) -> Self {
        let user = told.user.clone().unwrap_or_default();
        Self {
            status: user.status,
            message: user.message,
            until: user.until.map(|until| until.to_string()),
            location: user.location,
            latitude: user.latitude,
            longitude: user.longitude,
            telephony: told.telephony.clone(),
        }
    }
}

impl QueueFacts {
    fn of(queue: &Queue) -> Self {
        Self {
            id: queue.id.clone(),
            name: queue.name.clone(),
            display: queue.label().map(str::to_owned),
            number: queue.number.clone(),
        }
    }
}

fn map(pairs: &[(String, String)]) -> Map<String, Value> {
    pairs.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect()
}

/// Text from outside without what would ask for a secret.
pub fn unmarked(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains(MARK) { text.replace(MARK, "").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    fn region() -> Region {
        Region::parse("FR").unwrap()
    }

    /// The dotted names of a value.
    fn names(value: &Value) -> Vec<String> {
        let members = value.as_object().unwrap().iter();
        let mut names: Vec<String> = members
            .flat_map(|(root, value)| match value {
                Value::Object(leaves) => {
                    leaves.keys().map(|leaf| format!("{root}.{leaf}")).collect()
                }
                _ => vec![root.clone()],
            })
            .filter(|name| name != "contact.data")
            .collect();
        names.sort();
        names
    }

    fn documented_names(names: Names) -> Vec<String> {
        let all = names.iter().flat_map(|group| group.iter());
        let mut names: Vec<String> = all.map(|(name, _)| (*name).to_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn every_documented_name_is_given_and_no_other() {
        let ring = crate::desktop::sheet::decode(Vec::new(), region());
        let of_ring = Facts::of_ring(&ring, region());
        assert_eq!(names(&serde_json::to_value(&of_ring).unwrap()), documented_names(RULE_NAMES));
        let mut all = Facts::default();
        all.complete(std::iter::empty(), std::iter::empty());
        assert_eq!(names(&serde_json::to_value(&all).unwrap()), documented_names(DELIVERY_NAMES));
    }

    #[test]
    fn what_is_kept_is_read_back_without_marks() {
        let mut facts = Facts::sample("call.ended", NOW, region());
        facts.caller.name = Some(format!("{MARK}token{MARK}"));
        let text = serde_json::to_string(&facts).unwrap();
        let text = unmarked(&text);
        let kept = Kept::read(&text).unwrap();
        assert_eq!(kept.find(&["caller", "name"]).as_str(), Some("token"));
        assert!(!kept.has_entry() && kept.find(&["caller", "nobody", "name"]).is_null());
        let kept = kept.sent(Some("4711".into()), "msg_1".to_owned(), NOW);
        assert_eq!(kept.find(&["entry", "id"]).as_str(), Some("4711"));
        facts.caller.name = Some("token".to_owned());
        facts.entry = Some(EntryFacts { id: Some("4711".to_owned()) });
        facts.delivery = Some(DeliveryFacts { id: Some("msg_1".to_owned()) });
        facts.sent = Some(SentFacts { at: Some(NOW.to_string()) });
        assert_eq!(kept.facts().unwrap(), facts);
        assert!(["[]", "{", "{}", "{\"call\":{}}"].iter().all(|text| Kept::read(text).is_err()));
    }

    #[test]
    fn keys_that_templates_ask_for_are_there() {
        let mut facts = Facts::default();
        facts.data.insert("VIP".to_owned(), "yes".into());
        facts.add_keys(["VIP", "other"].into_iter(), ["tier"].into_iter());
        assert_eq!(Value::Object(facts.data), serde_json::json!({ "VIP": "yes", "other": null }));
        assert_eq!(Value::Object(facts.contact.data), serde_json::json!({ "tier": null }));
    }
}
