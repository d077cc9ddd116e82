//! The table as text.

use std::fmt::Write as _;

use super::Start;
use super::contestants::Contestant;
use crate::deliveries::Pair;
use crate::figures::Figures;
use crate::spread::Spread;

/// A line: everything that was measured of one contestant in one way, round by round.
pub(crate) struct Row {
    what: String,
    per_second: Vec<f64>,
    to_bare: Vec<f64>,
    to_callpane: Vec<f64>,
    /// None of deliveries, which nobody waits for.
    figures: Vec<Figures>,
}

impl Row {
    pub(crate) fn new(
        what: String,
        figures: Vec<Figures>,
        to_bare: Vec<f64>,
        to_callpane: Vec<f64>,
    ) -> Self {
        let per_second = figures.iter().map(|figures| figures.per_second).collect();
        Self { what, per_second, to_bare, to_callpane, figures }
    }

    /// Of requests that come at their own pace, waiting is compared and not how many there are.
    pub(crate) fn paced(what: String, figures: Vec<Figures>) -> Self {
        let nothing = Vec::new;
        Self { what, per_second: nothing(), to_bare: nothing(), to_callpane: nothing(), figures }
    }

    /// The bare client and Callpane.
    pub(crate) fn of_deliveries(destinations: usize, pairs: &[Pair]) -> [Self; 2] {
        let line = |who: &str, rate: fn(&Pair) -> f64| Self {
            what: format!("deliveries to {destinations}: {who}"),
            per_second: pairs.iter().map(rate).collect(),
            to_bare: pairs.iter().map(|pair| rate(pair) / pair.bare).collect(),
            to_callpane: pairs.iter().map(|pair| rate(pair) / pair.callpane).collect(),
            figures: Vec::new(),
        };
        [line("bare client", |pair| pair.bare), line("Callpane, SQLite", |pair| pair.callpane)]
    }

    fn of_figures(&self, figure: impl Fn(&Figures) -> f64) -> Spread {
        Spread::of(self.figures.iter().map(figure))
    }
}

/// One line for each measurement of each contestant.
pub(crate) fn of_requests(rows: &[Row]) -> String {
    let mut text = "| | a second | ÷ bare | ÷ Callpane on SQLite | p50 ms | p99 ms | CPU µs |\n\
                    |---|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for row in rows {
        let ratio = |ratios: &[f64]| Spread::of(ratios.iter().copied()).whole(2);
        let _infallible = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            row.what,
            Spread::of(row.per_second.iter().copied()).whole(0),
            ratio(&row.to_bare),
            ratio(&row.to_callpane),
            row.of_figures(|figures| figures.p50).median(2),
            row.of_figures(|figures| figures.p99).whole(1),
            row.of_figures(|figures| figures.processor).whole(0),
        );
    }
    text
}

/// One line for each contestant.
pub(crate) fn of_processes(
    contestants: &[Contestant],
    starts: &[Vec<Start>],
    loaded: &[Option<u64>],
) -> String {
    const MIB: f64 = 1024.0;
    let mut text =
        "\n| | start to first answer, ms | idle MiB | most MiB |\n|---|--:|--:|--:|\n".to_owned();
    for ((contestant, starts), loaded) in contestants.iter().zip(starts).zip(loaded) {
        let resident = starts.iter().filter_map(|start| start.resident);
        let _infallible = writeln!(
            text,
            "| {} | {} | {} | {} |",
            contestant.name,
            Spread::of(starts.iter().map(|start| start.millis)).whole(0),
            Spread::of(resident.map(|kib| kib as f64 / MIB)).median(0),
            Spread::of(loaded.map(|kib| kib as f64 / MIB)).median(0),
        );
    }
    text
}
