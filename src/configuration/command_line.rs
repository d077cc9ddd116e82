//! Values on the command line of a program that a rule runs.

use serde_json::Value;

/// The values as a program's command line may have them, each of them one argument and none an
/// option: letters, digits, and the few marks that no command interpreter gives a meaning to. Blanks
/// become `_`, and what begins an option or names a file of arguments (`-`, `@`, …) is not a beginning.
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
}
