//! What does a ring cost with this version, compared with an earlier one? Both are asked in turn, pair by pair.
//!
//! Build the earlier one from its own work tree, and name its binary:
//! `cargo bench --bench load -- versions --before OTHER/target/release/callpane`.

use std::path::Path;

use crate::ask::Ask;
use crate::client::{closed_loop, open_loop};
use crate::figures::Figures;
use crate::options::Options;
use crate::server::{Cores, Server};
use crate::spread::Spread;
use crate::{Outcome, SPAN, document, rings};

/// How often both are measured.
const PAIRS: usize = 7;

/// A version in one pair: at full load, and at 500 rings a second.
struct Measured {
    full: Figures,
    paced: Figures,
}

pub(crate) async fn run(cores: &Cores, options: &Options) -> Outcome<()> {
    let before = options.before.as_deref().ok_or("name an earlier version: --before PROGRAM")?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let start = |name: &str, program: &str| start(cores, &folder.path().join(name), program);
    let (before, after) = (start("before", before)?, start("after", &options.program)?);
    let load = document::load();
    let mut pairs = Vec::new();
    for pair in 0..options.rounds.unwrap_or(PAIRS) {
        // Whoever comes first finds the machine as the last pair has left it.
        let (one, other) = if pair % 2 == 0 { (&before, &after) } else { (&after, &before) };
        let (one, other) = (measure(one).await?, measure(other).await?);
        pairs.push(if pair % 2 == 0 { (one, other) } else { (other, one) });
    }
    println!("\n| a ring | before | after | after ÷ before |\n|---|--:|--:|--:|");
    line("rings/s at full load", 0, &pairs, |one| one.full.per_second);
    line("CPU µs at full load", 1, &pairs, |one| one.full.processor);
    line("p99 ms at full load", 2, &pairs, |one| one.full.p99);
    line("CPU µs at 500/s", 0, &pairs, |one| one.paced.processor);
    line("p50 ms at 500/s", 2, &pairs, |one| one.paced.p50);
    line("p99 ms at 500/s", 2, &pairs, |one| one.paced.p99);
    println!(
        "\nMedians of {} pairs, in brackets the lowest and the highest; {}.",
        pairs.len(),
        cores.words
    );
    println!("{}. Load of the machine before: {load}.", document::machine());
    Ok(())
}

fn start(cores: &Cores, folder: &Path, program: &str) -> Outcome<Server> {
    Server::callpane_by(cores, &[program], folder, &rings::document(10), &[])
}

async fn measure(server: &Server) -> Outcome<Measured> {
    let (full, _) = closed_loop(server, &Ask::ring(), SPAN).await?;
    let (paced, _) = open_loop(server, &Ask::ring(), SPAN).await?;
    Ok(Measured { full, paced })
}

fn line(
    words: &str,
    digits: usize,
    pairs: &[(Measured, Measured)],
    figure: impl Fn(&Measured) -> f64,
) {
    let before = Spread::of(pairs.iter().map(|(before, _)| figure(before)));
    let after = Spread::of(pairs.iter().map(|(_, after)| figure(after)));
    let ratio = Spread::of(pairs.iter().map(|(before, after)| figure(after) / figure(before)));
    let (before, after) = (before.median(digits), after.median(digits));
    println!("| {words} | {before} | {after} | {} |", ratio.whole(2));
}
