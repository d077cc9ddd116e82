//! A call that never was, for trying a destination out.

use serde_json::json;

use crate::domain::time::Timestamp;

/// Everything that can be said of it, as it is kept with what is owed.
pub(crate) fn facts(kind: &str, now: Timestamp) -> String {
    let at = now.to_string();
    let text = at.replace('T', " ").replace('Z', "");
    json!({
        "event": { "kind": kind, "name": "sample", "id": "sample", "at": at },
        "call": {
            "id": "sample.1", "uuid": "sample", "direction": "inbound", "dialled": "+33199001200",
            "phase": "ended", "outcome": "answered", "cause": null,
            "started_at": at, "started_at_ms": now.0, "started_at_s": now.0 / 1000,
            "started_at_text": text,
            "answered_at": at, "answered_at_ms": now.0, "answered_at_s": now.0 / 1000,
            "answered_at_text": text,
            "ended_at": at, "ended_at_ms": now.0, "ended_at_s": now.0 / 1000,
            "ended_at_text": text,
            "ring_seconds": 7, "talk_seconds": 66, "talk_ms": 66_000,
            "duration_seconds": 73, "duration_ms": 73_000, "duration_minutes": 2,
            "recording": "https://pbx.example.com/recordings/1.wav",
            "recordings": "https://pbx.example.com/recordings/1.wav",
            "tags": "Sample", "voicemail": false,
        },
        "caller": {
            "raw": "+33199005577", "kind": "number", "name": "Sample Caller",
            "e164": "+33199005577", "digits": "33199005577", "national": "01 99 00 55 77",
            "international": "+33 1 99 00 55 77", "country": "FR", "display": "01 99 00 55 77",
        },
        "contact": {
            "state": "known", "id": "sample", "name": "Sample Contact", "company": "Sample Company",
            "email": "contact@example.com", "link": "https://crm.example.com/contacts/sample",
            "book": "sample", "preset": null, "data": {},
        },
        "callee": { "number": "310" },
        "agent": {
            "id": "sample", "user_id": "sample", "name": "Sample Agent", "line": "310",
            "email": "agent@example.com", "label": "Sample Agent (310)",
        },
        "queue": { "id": "1", "name": "sample", "display": "Sample", "number": "3000" },
        "data": {},
        "source": "sample",
        "pane": {
            "id": "sample", "notes": "A sample.", "disposition": "Done",
            "opened_at": at, "completed_at": at,
        },
    })
    .to_string()
}
