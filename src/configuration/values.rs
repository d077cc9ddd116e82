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

/// The values as a program's command line may have them, each of them one argument and none an
/// option: letters, digits, and the few marks that no command interpreter gives a meaning to. Blanks
/// become `_`, and what begins an option or names a file of arguments (`-`, `@`, …) is no beginning.
pub(super) fn harmless(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(argument(&text)),
        Value::Array(list) => list.into_iter().map(harmless).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, v)| (name, harmless(v))).collect())
        }
        other => other,
    }
}

fn argument(text: &str) -> String {
    let words = text.split_whitespace().map(|word| {
        let harmless = |c: &char| c.is_alphanumeric() || "+-_.,:@".contains(*c);
        word.chars().filter(harmless).collect::<String>()
    });
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    let argument = words.join("_");
    argument.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '+').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::{LinesBuilder, NAMES, Place};

    #[test]
    fn a_value_of_a_command_line_is_one_argument_and_no_option() {
        for (value, argument) in [
            ("+33199005577", "+33199005577"),
            ("01 99 00 55 77", "01_99_00_55_77"),
            ("Zoë  Leroy\t(Paris)", "Zoë_Leroy_Paris"),
            ("--config=evil", "configevil"),
            ("- -x", "x"),
            ("/quit", "quit"),
            ("@arguments.txt", "arguments.txt"),
            ("\u{2013}o \u{ff0d}x\u{a0}-y\u{2003}z", "o_x_-y_z"),
            ("a&b|c;d$(e)`f`\"g\"'h'<i>\n%j% ^k !l", "abcdefghi_j_k_l"),
            ("--", ""),
        ] {
            assert_eq!(harmless(value.into()), Value::from(argument), "{value:?}");
        }
    }

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
