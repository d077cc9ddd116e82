//! Numbers as each language writes them.

use std::fmt::Write as _;

/// The marks of a language's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    /// Between thousands.
    pub(super) thousands: char,
    /// Before a fraction.
    pub(super) point: char,
    /// Before a unit.
    pub(super) unit: char,
}

pub(super) const ENGLISH: Marks = Marks { thousands: ',', point: '.', unit: ' ' };
pub(super) const FRENCH: Marks = Marks { thousands: '\u{202f}', point: ',', unit: '\u{202f}' };

/// A decimal number that a program wrote (`-1234.5`), as people read it; anything else as it is.
pub(super) fn written(marks: Marks, plain: &str) -> String {
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |digits| ("\u{2212}", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
        return plain.to_owned();
    }
    let Marks { thousands, point, .. } = marks;
    let mut out = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(thousands);
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        let _infallible = write!(out, "{point}{fraction}");
    }
    out
}

/// The same with its unit behind it.
pub(super) fn measured(marks: Marks, plain: &str, unit: &str) -> String {
    format!("{}{}{unit}", written(marks, plain), marks.unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_its_own_marks() {
        for (plain, english, french) in [
            ("0", "0", "0"),
            ("999", "999", "999"),
            ("1204", "1,204", "1\u{202f}204"),
            ("1234567.25", "1,234,567.25", "1\u{202f}234\u{202f}567,25"),
            ("-12.5", "\u{2212}12.5", "\u{2212}12,5"),
            ("•• 77", "•• 77", "•• 77"),
            ("1.2.3", "1.2.3", "1.2.3"),
            ("", "", ""),
        ] {
            assert_eq!(written(ENGLISH, plain), english);
            assert_eq!(written(FRENCH, plain), french);
        }
        assert_eq!(measured(ENGLISH, "0.9", "ms"), "0.9 ms");
        assert_eq!(measured(FRENCH, "0.9", "ms"), "0,9\u{202f}ms");
    }
}
