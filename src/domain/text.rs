//! Text from outside: how much of it is kept, what of it is not, and how a terminal may show it.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};

/// The longest id, number, name or value of call data that is kept, in characters: a longer one is
/// no such thing, and an index could not hold it.
pub const LONGEST: usize = 256;

/// The most data, tags or entries of a list that are kept of one ring or event.
pub const MOST: usize = 64;

/// A text as it is kept: without NUL, which PostgreSQL cannot store, and without the characters that
/// turn the direction of what follows them. Arabic and Hebrew need none of those, their letters have
/// a direction of their own.
pub fn plain(text: &str) -> Cow<'_, str> {
    if is_kept_whole(text) {
        return text.into();
    }
    text.chars().filter(|c| *c != '\0' && !turns(*c)).collect()
}

/// The same of an id, a number, a name or a value of call data, and no longer than those are.
pub fn short(text: &str) -> String {
    if text.len() <= LONGEST && is_kept_whole(text) {
        return text.to_owned();
    }
    text.chars().filter(|c| *c != '\0' && !turns(*c)).take(LONGEST).collect()
}

/// Bytes as text, with a mark wherever they are none.
pub fn of_bytes(bytes: &[u8]) -> String {
    // Looking for such places is slow, and there are hardly ever any.
    let whole = std::str::from_utf8(bytes).map(str::to_owned);
    whole.unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned())
}

/// Whether there is certainly nothing in a text that is not kept. Nearly every text is so, and it is
/// told by its bytes: all that turns begins with the same one.
fn is_kept_whole(text: &str) -> bool {
    text.bytes().all(|byte| byte != 0 && byte != 0xe2)
}

/// Embeddings, overrides and isolates of the bidirectional algorithm (Unicode UAX #9).
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One line for a terminal: whatever would move its cursor, obey its escape codes, turn the writing
/// round or be invisible is written as JSON escapes it, so that JSON stays the same JSON.
pub fn visible(line: &str) -> String {
    escaped(line, |c| c != '\t')
}

/// The same of a text that has lines of its own.
pub fn visible_lines(text: &str) -> String {
    escaped(text, |c| c != '\t' && c != '\n')
}

/// A key as a person reads it: `contract_no` is Contract no, `CONTRACT` Contract, `vip` VIP.
pub fn label(key: &str) -> String {
    let spaced = key.replace('_', " ");
    let spaced = spaced.trim();
    let mut letters = spaced.chars();
    let Some(first) = letters.next() else { return key.to_owned() };
    let rest = letters.as_str();
    let shouts = rest.chars().any(char::is_uppercase) && !rest.chars().any(char::is_lowercase);
    match spaced.chars().count() {
        // So short a word is an abbreviation: VIP, SLA, ID.
        ..=3 => spaced.to_uppercase(),
        _ if shouts && !spaced.contains(|c: char| c.is_ascii_digit()) => {
            first.to_uppercase().chain(rest.to_lowercase().chars()).collect()
        }
        _ => first.to_uppercase().chain(rest.chars()).collect(),
    }
}

fn escaped(text: &str, control: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if (c.is_control() && control(c)) || turns(c) || is_invisible(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _infallible = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Characters without a glyph that could hide something or break a line. The joiners (U+200C,
/// U+200D) are not among them: Persian names and emoji are spelt with them.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}'
            | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// How many of what, in English and in the right number: "1 rule", "2 rules".
pub fn counted<N: Copy + Display + PartialEq + From<u8>>(count: N, what: &str) -> String {
    let ending = if count == N::from(1) { "" } else { "s" };
    format!("{count} {what}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_turns_the_writing_round_and_every_script_stays() {
        assert_eq!(plain("Nadia \u{202e}ecilA\u{202c}\0 \u{2066}x\u{2069}"), "Nadia ecilA x");
        for name in ["نادية الفاسي", "שרה לוי", "سارا\u{200c}جان", "Zoë \u{1f469}\u{200d}\u{1f4bb}"]
        {
            assert_eq!(plain(name), name);
        }
        assert_eq!(short(&"é".repeat(300)).chars().count(), LONGEST);
        assert_eq!(short(&"x".repeat(300)).len(), LONGEST);
        let turning = ('\u{0}'..=char::MAX).filter(|c| *c == '\0' || turns(*c));
        assert!(turning.clone().count() > 9);
        for c in turning {
            assert_eq!((&*plain(&c.to_string()), &*short(&c.to_string())), ("", ""), "{c:?}");
        }
    }

    #[test]
    fn a_key_is_read_as_words() {
        for (key, read) in [
            ("CONTRACT", "Contract"),
            ("contract_no", "Contract no"),
            ("vip", "VIP"),
            ("customerId", "CustomerId"),
            ("open tickets", "Open tickets"),
            ("ÉTAT_CIVIL", "État civil"),
            ("RFC2119", "RFC2119"),
            ("_", "_"),
        ] {
            assert_eq!(label(key), read);
        }
    }

    #[test]
    fn a_terminal_obeys_nothing_that_is_shown() {
        assert_eq!(
            visible("a\x1b[2J\u{9b}31m\x07\r\nb\u{7f}"),
            r"a\u001b[2J\u009b31m\u0007\u000d\u000ab\u007f"
        );
        assert_eq!(visible_lines("a\n\x1bb"), "a\n\\u001bb");
        assert_eq!(visible("\u{202e}x\u{e0041}"), r"\u202ex\udb40\udc41");
        for kept in ["Zoë\t\u{1f469}\u{200d}\u{1f4bb}", "نادية"] {
            assert_eq!(visible(kept), kept);
        }
        let json = format!("\"\u{202e}\u{9b}{}\"", '\u{7f}');
        let read = |text: &str| serde_json::from_str::<String>(text).unwrap();
        assert_eq!(read(&visible_lines(&json)), read(&json));
    }
}
