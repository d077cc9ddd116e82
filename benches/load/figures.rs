//! What came out.

use std::time::Duration;

use crate::server::Cores;
use crate::{CONNECTIONS, WARM_UP};

/// One measurement; times in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) per_second: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
    /// The server's processor time for each request, in microseconds, where it is known.
    pub(crate) processor: f64,
}

impl Figures {
    pub(crate) fn of(mut latencies: Vec<Duration>, span: Duration) -> Self {
        latencies.sort_unstable();
        let at = |percent: usize| {
            let place = (latencies.len() * percent / 100).min(latencies.len().saturating_sub(1));
            latencies.get(place).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1000.0)
        };
        let per_second = latencies.len() as f64 / span.as_secs_f64();
        Self { per_second, p50: at(50), p99: at(99), max: at(100), processor: f64::NAN }
    }

    /// With what the server's processor time was for so many requests.
    pub(crate) fn with_processor(self, spent: Option<Duration>, requests: usize) -> Self {
        let micros = spent.map_or(f64::NAN, |spent| spent.as_secs_f64() * 1e6);
        Self { processor: micros / requests as f64, ..self }
    }
}

/// A line of a table, and the line that its ratio refers to.
pub(crate) type Line = (&'static str, Option<usize>);

/// All rounds, each with one measurement for each line.
pub(crate) struct Table<const LINES: usize> {
    pub(crate) lines: [Line; LINES],
    pub(crate) rounds: Vec<[Figures; LINES]>,
}

impl<const LINES: usize> Table<LINES> {
    /// What `figure` sees in each round, from the smallest to the largest.
    fn sorted(&self, figure: impl Fn(&[Figures; LINES]) -> f64) -> Vec<f64> {
        let mut figures: Vec<f64> = self.rounds.iter().map(figure).collect();
        figures.sort_unstable_by(f64::total_cmp);
        figures
    }

    fn median(&self, figure: impl Fn(&[Figures; LINES]) -> f64) -> f64 {
        self.sorted(figure)[self.rounds.len() / 2]
    }

    /// How many times as fast one line is as another: the median, and in brackets how far the
    /// rounds lie apart.
    pub(crate) fn ratio(&self, line: usize, base: usize) -> String {
        self.compare(|round| round[line].per_second / round[base].per_second)
    }

    /// How many times as long the slowest hundredth of one line waits as that of another.
    pub(crate) fn ratio_of_p99(&self, line: usize, base: usize) -> String {
        self.compare(|round| round[line].p99 / round[base].p99)
    }

    fn compare(&self, ratio: impl Fn(&[Figures; LINES]) -> f64) -> String {
        let figures = self.sorted(ratio);
        let (low, high) = (figures[0], figures[figures.len() - 1]);
        format!("{:.2} ({low:.2}–{high:.2})", figures[figures.len() / 2])
    }

    pub(crate) fn print(&self) {
        println!("\n| {:<36} | {:>16} | requests/s |  p50 ms |  p99 ms |  CPU µs |", "", "÷ bare");
        println!("|{:-<38}|{:->17}:|-----------:|--------:|--------:|--------:|", "", "");
        for (line, (what, base)) in self.lines.iter().enumerate() {
            let ratio = base.map_or_else(String::new, |base| self.ratio(line, base));
            println!(
                "| {what:<36} | {ratio:>16} | {:>10.0} | {:>7.2} | {:>7.2} | {:>7.0} |",
                self.median(|round| round[line].per_second),
                self.median(|round| round[line].p50),
                self.median(|round| round[line].p99),
                self.median(|round| round[line].processor),
            );
        }
        println!();
    }
}

pub(crate) fn print_settings(rounds: usize, span: Duration, cores: &Cores) {
    println!(
        "Medians of {rounds} rounds of {} s each after {} ms of warm-up, {CONNECTIONS} connections; {}.",
        span.as_secs(),
        WARM_UP.as_millis(),
        cores.words
    );
}
