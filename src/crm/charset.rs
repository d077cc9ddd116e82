//! In which encoding a file's text is written. Spreadsheets do not say: French Excel writes Windows-1252
//! unless it is asked for UTF-8.

use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// An encoding of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

impl Charset {
    /// By any name that browsers know, as `windows-1252`, `latin1`, `macintosh`.
    pub fn parse(label: &str) -> Option<Self> {
        Encoding::for_label_no_replacement(label.as_bytes()).map(Self)
    }

    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The encoding that a text is most likely written in: what its mark says; UTF-16 where every other
    /// byte is NUL; UTF-8 where that fits, or would if a few bytes were not damaged; else Windows-1252.
    pub fn of(bytes: &[u8]) -> Self {
        let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
        let found = marked
            .or_else(|| utf16(bytes))
            .unwrap_or_else(|| if is_utf8(bytes) { UTF_8 } else { WINDOWS_1252 });
        Self(found)
    }

    /// The text, or the line that cannot be read.
    pub fn decode(self, bytes: &[u8]) -> Result<String, usize> {
        let mut decoder = self.0.new_decoder_with_bom_removal();
        let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
        let mut text = String::with_capacity(room.unwrap_or_default());
        let (result, _) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
        let good = match result {
            // The five bytes that Windows-1252 leaves undefined come out as control characters.
            DecoderResult::InputEmpty => text.find(|c| matches!(c, '\u{80}'..='\u{9f}')),
            DecoderResult::Malformed(..) | DecoderResult::OutputFull => Some(text.len()),
        };
        let Some(good) = good else { return Ok(text) };
        Err(text.bytes().take(good).filter(|byte| *byte == b'\n').count() + 1)
    }
}

/// UTF-16 without a mark: in any language a table has commas, digits and line ends, whose upper bytes are
/// NUL, and no other encoding has that byte.
fn utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    const LOOKED_AT: usize = 4096;
    let pairs = bytes.chunks_exact(2).take(LOOKED_AT);
    let (all, mut first, mut second) = (pairs.len(), 0, 0);
    for pair in pairs {
        first += usize::from(pair.first() == Some(&0));
        second += usize::from(pair.last() == Some(&0));
    }
    let most = |count: usize| count * 4 > all;
    match (most(first), most(second)) {
        (false, true) if first == 0 => Some(UTF_16LE),
        (true, false) if second == 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// Whether it is UTF-8, or has more characters that only UTF-8 has than bytes that UTF-8 cannot have.
fn is_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    bad == 0 || good > bad
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Société;Téléphone\nBrûlé & Fils – Œuvres;01 99 00 55 77\n";

    fn read(bytes: &[u8]) -> (&'static str, Result<String, usize>) {
        let charset = Charset::of(bytes);
        (charset.name(), charset.decode(bytes))
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn what_spreadsheets_write_is_recognised() {
        let marked = format!("\u{feff}{TEXT}");
        let windows = WINDOWS_1252.encode(TEXT).0;
        for (bytes, name) in [
            (TEXT.as_bytes(), "UTF-8"),
            (marked.as_bytes(), "UTF-8"),
            (&*windows, "windows-1252"),
            (&utf16(&marked, u16::to_le_bytes), "UTF-16LE"),
            (&utf16(&marked, u16::to_be_bytes), "UTF-16BE"),
            (&utf16(TEXT, u16::to_le_bytes), "UTF-16LE"),
            (&utf16(TEXT, u16::to_be_bytes), "UTF-16BE"),
        ] {
            assert_eq!(read(bytes), (name, Ok(TEXT.to_owned())));
        }
        assert_eq!(read(b"name,phone\n"), ("UTF-8", Ok("name,phone\n".to_owned())));
        assert_eq!(read(b""), ("UTF-8", Ok(String::new())));
        // An accented capital before a typographic mark looks like one character of UTF-8.
        let odd = "nom;tel\nCAFÉ’S Zoé;1\nÉlan;2\n";
        assert_eq!(read(&WINDOWS_1252.encode(odd).0), ("windows-1252", Ok(odd.to_owned())));
    }

    #[test]
    fn bytes_that_cannot_be_read_are_named_by_their_line() {
        let mut damaged = TEXT.as_bytes().to_vec();
        damaged.extend(b"Zo\xeb\n");
        assert_eq!(read(&damaged), ("UTF-8", Err(3)));
        assert_eq!(read(b"name\nZo\xeb\n\nEuro\x81\n"), ("windows-1252", Err(4)));
        let mut half = utf16(TEXT, u16::to_le_bytes);
        half.extend([0x3d, 0xd8, b'x', 0]);
        assert_eq!(read(&half), ("UTF-16LE", Err(3)));
    }
}
