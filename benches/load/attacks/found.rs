//! What the attacks came to, and whether that is good enough.

use super::{ROUNDS, SPAN};
use crate::Outcome;
use crate::attacks::ringer::Rung;
use crate::figures::Figures;
use crate::server::{Cores, Server};

/// How many times as long the slowest hundredth of rings may wait beside an attack.
const RATIO: f64 = 2.0;
/// The most memory that the server may have taken, in MiB.
const MEMORY: u64 = 200;

/// One span without the attack, and the one beside it.
pub(super) struct Pair {
    pub(super) calm: Figures,
    pub(super) attacked: Figures,
}

/// What one attack came to.
pub(super) struct Found {
    what: &'static str,
    pub(super) pairs: Vec<Pair>,
    /// The server's memory at its highest, in KiB.
    pub(super) peak: Option<u64>,
    rings: usize,
    /// Rings without an answer, or answered with a page that the database does not have.
    lost: usize,
    without: usize,
    /// Whether rings have to be answered with a page all the time.
    pub(super) pages_are_due: bool,
    /// How often `/health/live` was asked, and how often it did not answer.
    live: (usize, usize),
    /// What the attacker saw.
    pub(super) seen: String,
    /// What was not as it has to be.
    pub(super) faults: Vec<String>,
}

impl Found {
    pub(super) fn of(what: &'static str) -> Self {
        Self {
            what,
            pairs: Vec::new(),
            peak: None,
            rings: 0,
            lost: 0,
            without: 0,
            pages_are_due: true,
            live: (0, 0),
            seen: String::new(),
            faults: Vec::new(),
        }
    }

    /// Counts what became of all rings.
    pub(super) fn count(&mut self, rung: &Rung, server: &Server) -> Outcome<()> {
        self.rings = rung.count();
        self.without = rung.without;
        self.lost = rung.failed + rung.not_stored(server)?;
        let silent = rung.live.iter().filter(|status| **status != 200).count();
        self.live = (rung.live.len(), silent);
        Ok(())
    }

    /// Compares it with what has to be.
    pub(super) fn judge(&mut self) {
        let median = self.ratios().get(self.pairs.len() / 2).copied();
        if let Some(ratio) = median.filter(|ratio| *ratio > RATIO) {
            self.faults.push(format!("p99 is {ratio:.1} times as long"));
        }
        if let Some(peak) = self.peak.map(|peak| peak / 1024).filter(|peak| *peak > MEMORY) {
            self.faults.push(format!("{peak} MiB"));
        }
        if self.lost > 0 {
            self.faults.push(format!("{} rings are lost", self.lost));
        }
        if self.pages_are_due && self.without > 0 {
            self.faults.push(format!("{} rings got no page", self.without));
        }
        let (asked, silent) = self.live;
        if silent > 0 {
            self.faults.push(format!("/health/live was silent {silent} of {asked} times"));
        }
    }

    /// p99 beside the attack ÷ without it, from the smallest to the largest.
    fn ratios(&self) -> Vec<f64> {
        sorted(self.pairs.iter().map(|pair| pair.attacked.p99 / pair.calm.p99))
    }

    pub(super) fn told(&self) -> String {
        let verdict =
            if self.faults.is_empty() { "reached".to_owned() } else { self.faults.join("; ") };
        format!("{}. {verdict}.", self.seen)
    }

    fn print(&self) {
        let median = |figure: fn(&Pair) -> f64| {
            let all = sorted(self.pairs.iter().map(figure));
            all.get(all.len() / 2).copied()
        };
        let pair = |p50: Option<f64>, p99: Option<f64>| {
            p50.zip(p99).map_or_else(String::new, |(p50, p99)| format!("{p50:.1} / {p99:.1}"))
        };
        let calm = pair(median(|pair| pair.calm.p50), median(|pair| pair.calm.p99));
        let attacked = pair(median(|pair| pair.attacked.p50), median(|pair| pair.attacked.p99));
        let ratios = self.ratios();
        let ratio = match (ratios.first(), ratios.get(ratios.len() / 2), ratios.last()) {
            (Some(low), Some(median), Some(high)) => format!("{median:.1} ({low:.1}–{high:.1})"),
            _ => String::new(),
        };
        let peak = self.peak.map_or_else(String::new, |peak| (peak / 1024).to_string());
        let reached = if self.faults.is_empty() { "yes" } else { "no" };
        println!(
            "| {} | {calm} | {attacked} | {ratio} | {peak} | {} | {} | {} | {reached} |",
            self.what, self.rings, self.without, self.lost
        );
    }
}

fn sorted(figures: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_unstable_by(f64::total_cmp);
    figures
}

/// The table, as `docs/reliability.md` has it, and what stands behind it.
pub(super) fn print(all: &[Found], cores: &Cores) {
    println!(
        "\n| attack | calm p50 / p99 ms | attacked p50 / p99 ms | p99 ÷ calm | peak MiB | rings | \
         without a page | lost | reached |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for found in all {
        found.print();
    }
    println!(
        "\nReached: p99 ÷ calm at most {RATIO}, {MEMORY} MiB at most, no ring lost, every ring"
    );
    println!("with its page (not while the disk is full), /health/live answers every time.");
    for found in all {
        println!("- {}: {}", found.what, found.told());
    }
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown");
    println!(
        "Medians of {ROUNDS} rounds of {} s each; {}; load of the last minute {load}.",
        SPAN.as_secs(),
        cores.words
    );
}
