//! The names of facts, and what each of them means.

/// Names with their meanings, in groups.
pub type Names = &'static [&'static [(&'static str, &'static str)]];

/// What a template of a rule may say, beside the keys of `data` and `contact.data`: those are the
/// phone system's and the contact's.
pub const RULE_NAMES: Names = &[OF_CALLS];

/// What a template of a destination or a lookup may say, beside those keys.
pub const DELIVERY_NAMES: Names = &[OF_CALLS, OF_EVENTS];

/// Who calls whom, and where from.
const OF_CALLS: &[(&str, &str)] = &[
    ("call.id", "the phone system's id of the call; null where it has none"),
    ("call.direction", "`inbound`, `outbound` or `internal`"),
    ("call.dialled", "the number that the customer dialled, as it was sent"),
    ("caller.raw", "the other party's number, as it was sent, whichever way the call goes"),
    ("caller.kind", "`number`, `extension` (at most six digits), `anonymous` or `other`"),
    ("caller.name", "the name that the phone system sends"),
    ("caller.company", "where they work, as the phone system sends it"),
    ("caller.email", "their e-mail address, as the phone system sends it"),
    ("caller.e164", "`+33199001234`; of public numbers"),
    ("caller.digits", "`33199001234`, or an extension"),
    ("caller.national", "`01 99 00 12 34`"),
    ("caller.international", "`+33 1 99 00 12 34`"),
    ("caller.country", "ISO 3166, two letters: `FR`"),
    ("caller.display", "as an agent in `CALLPANE_REGION` dials it"),
    ("contact.state", "`known`, `several` or `unknown`: whether a contact has the number"),
    ("contact.id", "the contact's id in the CRM or list that knows them"),
    ("contact.name", "their name"),
    ("contact.company", "where they work"),
    ("contact.email", "their e-mail address"),
    ("contact.link", "their page in the CRM"),
    ("contact.book", "the lookup or list that knows them"),
    ("contact.preset", "the preset of that lookup"),
    ("contact.last_id", "of several contacts, the one that an agent chose last time: the id"),
    ("contact.last_name", "their name"),
    ("contact.last_book", "the lookup or list that knows them"),
    ("callee.number", "the agent's line"),
    ("agent.id", "the agent's id at the phone system, else `agent.user_id`"),
    ("agent.user_id", "XiVO's user id; of phone systems the id of the configured `[[agent]]`"),
    ("agent.name", "their name"),
    ("agent.first_name", "their first name, where the phone system sends it"),
    ("agent.last_name", "their last name, likewise"),
    ("agent.line", "their extension"),
    ("agent.email", "their e-mail address"),
    ("agent.label", "`Name (line)`"),
    (
        "agent.presence",
        "the agent's own [status](phone-systems.md#presence) in the phone system's word, as `dnd`",
    ),
    ("agent.presence_message", "what they wrote beside it"),
    ("agent.presence_until", "until when it applies"),
    (
        "agent.telephony",
        "what their phone is doing: `registered`, `ringing`, `talking` or `rt` (both)",
    ),
    ("queue.id", "the queue's id"),
    ("queue.name", "its technical name"),
    ("queue.display", "its display name, else its name, else its number"),
    ("queue.number", "its number"),
    ("source", "`xivo`, `sheet`, or the name of a phone system"),
];

/// What has happened, and what is sent of it.
const OF_EVENTS: &[(&str, &str)] = &[
    ("event.kind", "our name of the event: `call.ended`"),
    ("event.id", "the event's id"),
    ("event.at", "when it happened"),
    ("event.name", "the phone system's name of the event"),
    ("delivery.id", "the same in every attempt"),
    ("lookup.number", "only in lookups: the number to look up, in the form that the lookup uses"),
    ("call.uuid", "Callpane's id of the call"),
    ("call.phase", "`started`, `ringing`, `answered`, `held` or `ended`"),
    (
        "call.outcome",
        "once it is over: `answered`, `missed`, `abandoned`, `timedout`, `rejected` or `expired`; null \
         where the phone system only reports that it is over",
    ),
    ("call.cause", "why it ended, in the phone system's words"),
    ("call.started_at", "RFC 3339, UTC: when the call began, or was first reported"),
    ("call.started_at_ms", "the same, in milliseconds since the Unix epoch"),
    ("call.started_at_s", "in seconds"),
    ("call.started_at_text", "as `2026-09-21 14:15:23`"),
    ("call.answered_at", "when it was answered"),
    ("call.answered_at_ms", "the same, in milliseconds since the Unix epoch"),
    ("call.answered_at_s", "in seconds"),
    ("call.answered_at_text", "as `2026-09-21 14:15:23`"),
    (
        "call.ended_at",
        "when it ended; where that is not reported, when its recording, message or update came, \
         or it expired",
    ),
    ("call.ended_at_ms", "the same, in milliseconds since the Unix epoch"),
    ("call.ended_at_s", "in seconds"),
    ("call.ended_at_text", "as `2026-09-21 14:15:23`"),
    ("call.ring_seconds", "from its beginning to the answer, else to its end"),
    ("call.talk_seconds", "how long they spoke, once it is over"),
    ("call.talk_ms", "the same, in milliseconds"),
    ("call.duration_seconds", "how long it lasted"),
    ("call.duration_ms", "the same, in milliseconds"),
    ("call.duration_minutes", "in minutes, rounded up"),
    ("call.recording", "the first recording's address"),
    ("call.recordings", "all of them, with commas between them"),
    ("call.tags", "tags, with commas between them"),
    ("call.codes", "account codes, with commas between them"),
    ("call.voicemail", "whether the caller left a message: true or false"),
    ("presence.status", "of `presence.changed`: the agent's own status, where the event has one"),
    ("presence.message", "what they wrote beside it"),
    ("presence.until", "until when it applies"),
    ("presence.location", "where they are: an address"),
    ("presence.latitude", "in degrees"),
    ("presence.longitude", "in degrees"),
    (
        "presence.telephony",
        "what their phone is doing: `registered`, `ringing`, `talking` or `rt` (both)",
    ),
    ("pane.id", "of `pane.opened`, `pane.completed` and `contact.created`: the page's id"),
    ("pane.notes", "the agent's notes"),
    ("pane.disposition", "the outcome that the agent chose"),
    ("pane.opened_at", "when the agent first saw it"),
    ("pane.completed_at", "when the agent finished it"),
    ("entry.id", "what this destination calls its entry for the call"),
    ("sent.at", "when this attempt was made"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of `docs/names.md`.
    fn documented() -> String {
        let row = |(name, meaning): &(&str, &str)| format!("| `{name}` | {meaning} |\n");
        let rows = |names: &[(&str, &str)]| names.iter().map(row).collect::<String>();
        let head = "| name | what it means |\n|---|---|\n";
        format!(
            "## In rules, destinations and lookups\n\n{head}{}\
             | `data.KEY` | a value that the phone system attached (XiVO: `userData`) |\n\
             | `contact.data.KEY` | whatever else is known of the contact |\n\n\
             ## In destinations and lookups\n\n{head}{}",
            rows(OF_CALLS),
            rows(OF_EVENTS)
        )
    }

    #[test]
    fn the_documentation_is_what_the_table_says() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let page = std::fs::read_to_string(root.join("docs/names.md")).unwrap();
        let (introduction, _) = page.split_once("## In rules").unwrap();
        let expected = format!("{introduction}{}", documented());
        if page != expected {
            std::fs::write(root.join("target/names.md"), &expected).unwrap();
            panic!("docs/names.md differs: cp target/names.md docs/names.md");
        }
    }
}
