//! What several rounds found of one thing: the median, and how far they lie apart.

/// Sorted; what was not measured is not in it.
pub(crate) struct Spread(Vec<f64>);

impl Spread {
    pub(crate) fn of(found: impl IntoIterator<Item = f64>) -> Self {
        let mut found: Vec<f64> = found.into_iter().filter(|one| !one.is_nan()).collect();
        found.sort_unstable_by(f64::total_cmp);
        Self(found)
    }

    /// The median; nothing, if nothing was found.
    pub(crate) fn median(&self, digits: usize) -> String {
        let median = self.0.get(self.0.len() / 2);
        median.map_or_else(String::new, |median| format!("{median:.digits$}"))
    }

    /// The median, and in brackets the least and the most.
    pub(crate) fn whole(&self, digits: usize) -> String {
        let (Some(low), Some(high)) = (self.0.first(), self.0.last()) else { return String::new() };
        format!("{} ({low:.digits$}–{high:.digits$})", self.median(digits))
    }
}
