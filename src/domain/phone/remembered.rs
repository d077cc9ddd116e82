//! What libphonenumber made of a text lately. A caller rings several agents, is looked up and shown on
//! pages, and each time the same few regular expressions would be asked the same.
//!
//! Numbers are personal data: they are remembered in memory only, so many and no more, and whichever
//! is not asked for gives way.

use std::hash::Hash;

use quick_cache::Equivalent;
use quick_cache::sync::Cache;

use super::Region;

/// Texts that are remembered at most: the callers of a busy day. Room is taken as it is needed.
const MOST: usize = 16 * 1024;

/// The longest text that is remembered, in bytes. No number is longer, however it is spelt; what
/// is longer is none, and would only take room.
const LONGEST: usize = 32;

/// What was made of texts, by the region that they were read in.
pub(super) struct Remembered<V>(Cache<(Region, Box<str>), V>);

impl<V: Clone> Remembered<V> {
    pub(super) fn new() -> Self {
        Self(Cache::new(MOST))
    }

    /// What was made of a text; it is made now if nobody remembers.
    pub(super) fn get(&self, region: Region, text: &str, make: impl FnOnce() -> V) -> V {
        if text.len() > LONGEST {
            return make();
        }
        self.0.get(&Asked(region, text)).unwrap_or_else(|| {
            let made = make();
            self.0.insert((region, text.into()), made.clone());
            made
        })
    }
}

/// A key that owns nothing: hashed as the one that does.
#[derive(Hash)]
struct Asked<'a>(Region, &'a str);

impl Equivalent<(Region, Box<str>)> for Asked<'_> {
    fn equivalent(&self, (region, text): &(Region, Box<str>)) -> bool {
        self.0 == *region && *self.1 == **text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded_and_belongs_to_its_region() {
        let remembered = Remembered::new();
        let [fr, gb] = ["FR", "GB"].map(|code| Region::parse(code).unwrap());
        assert_eq!(remembered.get(fr, "1", || 1), 1);
        assert_eq!(remembered.get(gb, "1", || 2), 2);
        assert_eq!(remembered.get(fr, "1", || 3), 1);
        let long = "1".repeat(LONGEST + 1);
        assert_eq!(remembered.get(fr, &long, || 4), 4);
        assert_eq!(remembered.get(fr, &long, || 5), 5);
        for number in 0..3 * MOST {
            remembered.get(fr, &number.to_string(), || 0);
        }
        assert!(remembered.0.len() <= MOST, "{}", remembered.0.len());
    }
}
