//! Lists for spreadsheets: comma-separated values that a spreadsheet shows and never runs.

use std::borrow::Cow;

/// Says that what follows is UTF-8: spreadsheets on Windows take it for something else.
pub const BOM: &str = "\u{feff}";

/// One line.
pub fn line<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let cells: Vec<T> = cells.into_iter().collect();
    let written = writer.write_record(cells.iter().map(|cell| defused(cell.as_ref()).into_owned()));
    let bytes = written.ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A cell that is no formula. What a caller is called was said by a stranger: `=HYPERLINK(…)` would be
/// run by whoever opens the list. A number such as +33199001234 stays as it is.
fn defused(cell: &str) -> Cow<'_, str> {
    let begins = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if begins && !is_number(cell) { format!("'{cell}").into() } else { cell.into() }
}

fn is_number(cell: &str) -> bool {
    let digits = cell.strip_prefix(['+', '-']).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_numbers_stay_readable() {
        for (cell, shown) in [
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"\r\n"),
            ("+33199001234", "+33199001234\r\n"),
            ("-12", "-12\r\n"),
            ("+33 1+cmd|' /C calc'!A0", "'+33 1+cmd|' /C calc'!A0\r\n"),
            ("+", "'+\r\n"),
            ("-2+3", "'-2+3\r\n"),
            ("@SUM(A1)", "'@SUM(A1)\r\n"),
            ("\tx", "'\tx\r\n"),
            ("Zo\u{eb}, \"the boss\"", "\"Zo\u{eb}, \"\"the boss\"\"\"\r\n"),
            ("a = b", "a = b\r\n"),
        ] {
            assert_eq!(line([cell]), shown, "{cell}");
        }
        assert_eq!(line(["a", "", "c"]), "a,,c\r\n");
    }
}
