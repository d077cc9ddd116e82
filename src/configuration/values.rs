//! The values that templates of a rule are filled in with: one set of names everywhere.

use serde_json::{Map, Value, json};

use crate::domain::call::Ring;
use crate::domain::decision::Word;
use crate::domain::phone::{Party, Region};
use crate::template::Lines;

/// The values of a ring. Every name is always there, absent ones as null, so that a template never
/// fails over a call that lacks something, data that any of the `lines` asks for among them.
pub(super) fn of(ring: &Ring, region: Region, lines: &Lines) -> Value {
    let mut data: Map<String, Value> =
        lines.data_keys().map(|key| (key.to_owned(), Value::Null)).collect();
    data.extend(ring.data.iter().map(|(key, value)| (key.clone(), value.as_str().into())));
    let queue = ring.queue.clone().unwrap_or_default();
    json!({
        "call": {
            "id": ring.external_id,
            "direction": ring.direction.word(),
            "dialled": ring.dialled.as_ref().map(|party| party.raw.as_str()),
        },
        "caller": party(&ring.caller, region),
        "contact": ring.contact.values(lines.contact_keys()),
        "callee": { "number": ring.callee },
        "agent": {
            "id": ring.agent.agent_id,
            "user_id": ring.agent.user_id,
            "name": ring.agent.name,
            "line": ring.agent.line,
            "email": ring.agent.email,
            "label": ring.agent.label(),
        },
        "queue": {
            "id": queue.id,
            "name": queue.name,
            "display": queue.label(),
            "number": queue.number,
        },
        "data": data,
        "source": ring.source,
    })
}

fn party(party: &Party, region: Region) -> Value {
    let written = party.written(region);
    let written = written.as_ref();
    json!({
        "raw": party.raw,
        "kind": party.kind(),
        "name": party.name,
        "e164": party.e164(),
        "digits": party.key().map(|key| key.trim_start_matches('+')),
        "national": written.map(|forms| forms.national.as_str()),
        "international": written.map(|forms| forms.international.as_str()),
        "country": written.and_then(|forms| forms.country.as_deref()),
        "display": written.map_or_else(|| party.display(region), |forms| forms.display.clone()),
    })
}

/// The values as a program's command line may have them: letters, digits, and the few marks that no
/// command interpreter gives a meaning to.
pub(super) fn harmless(value: Value) -> Value {
    match value {
        Value::String(text) => {
            let harmless = |c: &char| c.is_alphanumeric() || " +-_.,:@".contains(*c);
            Value::String(text.chars().filter(harmless).collect())
        }
        Value::Array(list) => list.into_iter().map(harmless).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, v)| (name, harmless(v))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::{LinesBuilder, NAMES, Place};

    #[test]
    fn every_documented_name_is_given() {
        let region = Region::parse("FR").unwrap();
        let ring = crate::desktop::sheet::decode(Vec::new(), region);
        let mut lines = LinesBuilder::new(NAMES);
        lines.add(Place::Text, "{{ data.KEY }} {{ contact.data.KEY }}").unwrap();
        let values = of(&ring, region, &lines.build().unwrap());
        let names = NAMES.iter().flat_map(|group| group.iter());
        for name in names.chain(&["data.KEY", "contact.data.KEY"]) {
            let pointer = format!("/{}", name.replace('.', "/"));
            assert!(values.pointer(&pointer).is_some(), "{name} is missing");
        }
    }
}
