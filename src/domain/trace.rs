//! Short trace codes: what an agent reads aloud from a page that somebody shall look into.
//!
//! A code is the millisecond of the page's id, modulo 2^30 (12.4 days), in six characters of Crockford's
//! alphabet, which leaves out what can be misread. It is mixed first, so that the codes of two pages that
//! follow each other have nothing in common, and one misheard character leads elsewhere instead of to the
//! neighbour. Nothing is stored for it: whoever looks a code up tries its millisecond in each of the
//! periods of the time that is remembered.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::ids::Id;
use super::time::Timestamp;

/// Crockford's base 32: without I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const CHARACTERS: u32 = 6;
const BITS: u32 = 5 * CHARACTERS;
const MASK: u32 = (1 << BITS) - 1;
/// After so many milliseconds the codes come again.
const PERIOD: i64 = 1 << BITS;

/// Odd, so that multiplying by them can be undone.
const FACTORS: [u32; 2] = [0x2c1b_3c6d, 0x297a_2d39];

/// The short name of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceCode(u32);

impl TraceCode {
    /// The code of a page.
    pub fn of(page: Id) -> Self {
        let place = page.minted().0.rem_euclid(PERIOD);
        Self(mix(u32::try_from(place).unwrap_or_default()))
    }

    /// Every millisecond at which a page with this code may have been made, the newest first: not after
    /// `now`, but for clocks that differ a little, and not longer ago than is remembered.
    pub fn candidates(self, now: Timestamp, retention: Duration) -> Vec<Timestamp> {
        /// How far the clock that made the page may be ahead of ours.
        const AHEAD: Duration = Duration::from_mins(1);
        let (newest, oldest) = (now.plus(AHEAD).0, now.minus(retention).0.max(0));
        let place = i64::from(unmix(self.0));
        let last = newest - (newest - place).rem_euclid(PERIOD);
        std::iter::successors(Some(last), |at| at.checked_sub(PERIOD))
            .take_while(|at| *at >= oldest)
            .map(Timestamp)
            .collect()
    }
}

fn mix(place: u32) -> u32 {
    FACTORS.iter().fold(place, |mixed, factor| fold(mixed).wrapping_mul(*factor) & MASK)
}

fn unmix(code: u32) -> u32 {
    FACTORS
        .iter()
        .rev()
        .fold(code, |mixed, factor| fold(mixed.wrapping_mul(inverse(*factor)) & MASK))
}

/// Lets the upper half of the bits change the lower; done twice, it is undone.
fn fold(bits: u32) -> u32 {
    bits ^ bits >> (BITS / 2)
}

/// What undoes a multiplication by an odd number: each step doubles the bits that are right.
fn inverse(factor: u32) -> u32 {
    (0..5)
        .fold(factor, |known, _| known.wrapping_mul(2_u32.wrapping_sub(factor.wrapping_mul(known))))
}

/// `K7Q-4M2`.
impl fmt::Display for TraceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for at in (0..CHARACTERS).rev() {
            let place = usize::try_from(self.0 >> (5 * at) & 31).unwrap_or_default();
            let letter = ALPHABET.get(place).map_or('0', |letter| char::from(*letter));
            write!(f, "{letter}")?;
            if at == CHARACTERS / 2 {
                write!(f, "-")?;
            }
        }
        Ok(())
    }
}

/// This is not a trace code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoTraceCode;

/// Reads it as somebody wrote it down: in any case, with or without the hyphen or a space, an O for a
/// zero, an I or an L for a one.
impl FromStr for TraceCode {
    type Err = NoTraceCode;

    fn from_str(text: &str) -> Result<Self, NoTraceCode> {
        let (mut code, mut count) = (0_u32, 0);
        for letter in text.trim().chars().filter(|letter| !matches!(letter, '-' | ' ')) {
            count += 1;
            if count > CHARACTERS {
                return Err(NoTraceCode);
            }
            code = code << 5 | value(letter).ok_or(NoTraceCode)?;
        }
        if count == CHARACTERS { Ok(Self(code)) } else { Err(NoTraceCode) }
    }
}

fn value(letter: char) -> Option<u32> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        letter => letter,
    };
    let at = ALPHABET.iter().position(|known| char::from(*known) == letter)?;
    u32::try_from(at).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_123_456);
    const DAY: Duration = Duration::from_hours(24);

    fn code(at: Timestamp) -> TraceCode {
        TraceCode::of(Id::floor(at))
    }

    proptest! {
        #[test]
        fn every_code_is_of_one_millisecond_and_reads_back(place in 0..=MASK) {
            prop_assert_eq!(unmix(mix(place)), place);
            let code = TraceCode(place);
            prop_assert_eq!(code.to_string().parse(), Ok(code));
        }

        #[test]
        fn the_moment_of_a_page_is_among_the_candidates_of_its_code(
            age in 0_i64..90 * 86_400_000
        ) {
            let made = Timestamp(NOW.0 - age);
            let found = code(made).candidates(NOW, 90 * DAY);
            prop_assert!(found.contains(&made));
            prop_assert!(found.is_sorted_by(|one, next| one > next));
            prop_assert!(found.iter().all(|at| code(*at) == code(made)));
            prop_assert!((7..=8).contains(&found.len()));
        }
    }

    #[test]
    fn pages_that_follow_each_other_have_codes_that_do_not() {
        let codes = (0..200).map(|ms| code(Timestamp(NOW.0 + ms)).to_string());
        let codes: Vec<_> = codes.collect();
        for pair in codes.windows(2) {
            let same = pair[0].chars().zip(pair[1].chars()).filter(|(a, b)| a == b).count();
            assert!(same <= 4, "{pair:?}: at most the hyphen and three by chance");
        }
    }

    #[test]
    fn whoever_writes_a_code_down_is_understood() {
        let code = TraceCode(mix(1_234_567));
        let text = code.to_string();
        assert_eq!((text.len(), text.chars().nth(3)), (7, Some('-')));
        for heard in [text.to_lowercase(), text.replace('-', ""), text.replace('-', " ")] {
            assert_eq!(heard.parse(), Ok(code), "{heard}");
        }
        assert_eq!("o1l-ILO".parse(), "011-110".parse::<TraceCode>());
        for wrong in ["", "K7Q4M", "K7Q-4M2Z", "K7U-4M2", "K7Q-4M\u{e9}", "+33199"] {
            assert_eq!(wrong.parse::<TraceCode>(), Err(NoTraceCode), "{wrong}");
        }
    }

    /// Codes that have been read aloud stay good after an upgrade.
    #[test]
    fn the_code_of_a_moment_never_changes() {
        assert_eq!(code(NOW).to_string(), "EYY-CBZ");
    }
}
