//! What becomes slower when there is much of it? Pairs of servers are asked in turn: one has few of
//! something, one has many. And do rings wait while old calls are forgotten?
//!
//! Calls are stored by ringing as often. They have ten thousand callers, so that with a million calls
//! each page has a hundred earlier ones to choose from. The server with few is a new one each round,
//! because what is measured is stored, too. Of open pages about two follow each agent, and hear of
//! every ring of theirs.

pub(crate) mod forgetting;

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::ask::Ask;
use crate::client::{ask_often, closed_loop};
use crate::figures::Figures;
use crate::options::Options;
use crate::requests::Rings;
use crate::rings::{self, PAGES, pages};
use crate::server::{Cores, Server, raise_file_limit};
use crate::signed::{AGENTS, Events, KNOWN, SECRET, UNKNOWN};
use crate::spread::Spread;
use crate::{CONNECTIONS, Outcome, document, events, stored, streams};

/// This binary, started with this argument, an address and a folder, is a server that forgets.
pub(crate) const FORGETTING: &str = "--forgetting";

const ROUNDS: usize = 3;
const SPAN: Duration = Duration::from_secs(2);
const FEW_CALLS: usize = 10_000;
const FEW_RULES: usize = 10;
const MANY_RULES: usize = 10_000;
const FEW_AGENTS: u64 = 10;
const MANY_AGENTS: u64 = 1000;
const FEW_STREAMS: usize = 1;
const MANY_STREAMS: usize = 2000;
/// The block of the document that the table replaces.
const BLOCK: &str = "growth table";

const MEASURES: [&str; 3] = ["ring", "page", "signed event"];

/// The settings of all, and the secret of their phone system.
const VARIABLES: [(&str, &str); 1] = [("BENCH_SECRET", SECRET)];

/// What the two servers of a pair had, round by round.
struct Pair {
    what: String,
    rounds: Vec<[[Figures; MEASURES.len()]; 2]>,
}

pub(crate) async fn run(cores: &Cores, options: &Options) -> Outcome<()> {
    if let Some(path) = &options.write {
        document::check(path, BLOCK)?;
    }
    raise_file_limit();
    let (began, load) = (Instant::now(), document::load());
    let rounds = options.rounds.unwrap_or(ROUNDS);
    // Beside the binaries, because a flush to a temporary folder in memory costs nothing.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let growth = Growth { cores, folder: folder.path(), rounds };
    let (calls, told_of_calls) = growth.calls(options.calls).await?;
    let forgotten = growth.forgetting().await?;
    let pairs = [calls, growth.rules().await?, growth.agents().await?, growth.streams().await?];
    let mut text = table(&pairs);
    let _infallible = write!(
        text,
        "\n{told_of_calls}\n\n{forgotten}\n\nMedians of {rounds} rounds, in brackets the lowest and the \
         highest; {CONNECTIONS} connections; {}; {}. Load of the machine before: {load}. Measured in \
         {:.0} minutes.\n",
        cores.words,
        document::machine(),
        began.elapsed().as_secs_f64() / 60.0,
    );
    println!("\n{text}");
    options.write.as_ref().map_or(Ok(()), |path| document::write(path, BLOCK, &text))
}

/// Where servers run, and how often each is measured.
struct Growth<'a> {
    cores: &'a Cores,
    folder: &'a Path,
    rounds: usize,
}

/// The folder of the server with many calls.
const MANY_CALLS: &str = "many-calls";

impl Growth<'_> {
    fn start(&self, name: &str, document: &str) -> Outcome<Side> {
        let server = Server::callpane(self.cores, &self.folder.join(name), document, &VARIABLES)?;
        Ok(Side { server, rings: Rings::new(), agents: (UNKNOWN, AGENTS), answered: 0 })
    }

    /// Also answers how long it took to store them, and what they take.
    async fn calls(&self, many: usize) -> Outcome<(Pair, String)> {
        let document = events::document(0);
        let mut side = self.start(MANY_CALLS, &document)?;
        println!("growth: storing {many} calls");
        let began = Instant::now();
        side.fill(many).await?;
        let took = began.elapsed().as_secs_f64();
        let resident = side.server.resident().unwrap_or_default() / 1024;
        let size = std::fs::metadata(self.folder.join(MANY_CALLS).join("callpane.db"))?.len();
        let told = format!(
            "{many} rings, sent one after another on {CONNECTIONS} connections, were stored in \
             {took:.0} s, {:.0} a second from the first to the last; they take {} MB of disk, and the \
             server {resident} MiB of memory.",
            many as f64 / took,
            size / 1_000_000,
        );
        let mut pair = Pair::new(format!("{FEW_CALLS} and {many} stored calls"));
        for round in 1..=self.rounds {
            println!("growth, calls, round {round} of {}", self.rounds);
            let mut few = self.start(&format!("few-calls-{round}"), &document)?;
            few.fill(FEW_CALLS).await?;
            pair.rounds.push([few.measure().await?, side.measure().await?]);
            few.check_rows()?;
        }
        side.check_rows()?;
        Ok((pair, told))
    }

    async fn rules(&self) -> Outcome<Pair> {
        let document = |rules| events::document(0) + &rings::document(rules);
        let few = self.start("few-rules", &document(FEW_RULES))?;
        let many = self.start("many-rules", &document(MANY_RULES))?;
        self.pair(format!("{FEW_RULES} and {MANY_RULES} rules"), few, many).await
    }

    async fn agents(&self) -> Outcome<Pair> {
        let side = |name, agents: u64| {
            let document = events::document(agents) + &queues(agents);
            let side = self.start(name, &document)?;
            Outcome::Ok(Side { rings: Rings::of(agents, agents), agents: (KNOWN, agents), ..side })
        };
        let (few, many) = (side("few-agents", FEW_AGENTS)?, side("many-agents", MANY_AGENTS)?);
        self.pair(format!("{FEW_AGENTS} and {MANY_AGENTS} agents and queues"), few, many).await
    }

    async fn streams(&self) -> Outcome<Pair> {
        let document = events::document(0);
        let mut few = self.start("few-streams", &document)?;
        let mut many = self.start("many-streams", &document)?;
        let one = few.hold(FEW_STREAMS).await?;
        let all = many.hold(MANY_STREAMS).await?;
        let pair =
            self.pair(format!("{FEW_STREAMS} and {MANY_STREAMS} open pages"), few, many).await;
        drop((one, all));
        pair
    }

    async fn pair(&self, what: String, mut few: Side, mut many: Side) -> Outcome<Pair> {
        let mut pair = Pair::new(what);
        for round in 1..=self.rounds {
            println!("growth, {}, round {round} of {}", pair.what, self.rounds);
            pair.rounds.push([few.measure().await?, many.measure().await?]);
        }
        few.check_rows()?;
        many.check_rows()?;
        Ok(pair)
    }

    async fn forgetting(&self) -> Outcome<String> {
        println!("growth: rings while all calls are forgotten");
        forgetting::run(self.cores, FORGETTING, &self.folder.join(MANY_CALLS)).await
    }
}

/// A rule for each queue that rings, and each is asked for the last of them.
fn queues(count: u64) -> String {
    let rule = |queue| {
        format!("[[rule]]\nname = \"queue {queue}\"\nwhen = {{ queue = \"queue_{queue:04}\" }}\n")
    };
    (0..count).map(rule).collect::<String>() + "[[rule]]\nname = \"everybody else\"\n"
}

/// One server of a pair, what it is asked, and how many answers promise a row.
struct Side {
    server: Server,
    rings: Rings,
    /// The extension of the first that phone systems tell of, and how many there are.
    agents: (u64, u64),
    answered: u64,
}

impl Side {
    async fn fill(&mut self, calls: usize) -> Outcome<()> {
        ask_often(&self.server, &Ask::Ring(self.rings.clone()), calls).await?;
        self.answered += calls as u64;
        Ok(())
    }

    async fn hold(&mut self, count: usize) -> Outcome<tokio::task::JoinSet<()>> {
        self.answered += count as u64;
        streams::hold(&self.server, count).await
    }

    async fn measure(&mut self) -> Outcome<[Figures; MEASURES.len()]> {
        let ring = Ask::Ring(self.rings.clone());
        let (rings, rung) = closed_loop(&self.server, &ring, SPAN).await?;
        let (shown, _) = closed_loop(&self.server, &pages(&self.server).await?, SPAN).await?;
        let (first, count) = self.agents;
        let ask = Ask::Events(Events::sign(first, count, 1));
        let (events, told) = closed_loop(&self.server, &ask, SPAN).await?;
        self.answered += (rung + PAGES + told) as u64;
        Ok([rings, shown, events])
    }

    /// Whether everything that was answered is on disk, once.
    fn check_rows(&self) -> Outcome<()> {
        let (kept, answered) = (self.server.count(stored::HEARD)?, self.answered);
        if kept == answered {
            return Ok(());
        }
        Err(format!("{answered} were answered, {kept} are on disk").into())
    }
}

impl Pair {
    fn new(what: String) -> Self {
        Self { what, rounds: Vec::new() }
    }

    /// A figure of few (0) or many (1).
    fn spread(&self, side: usize, measure: usize, figure: impl Fn(&Figures) -> f64) -> Spread {
        Spread::of(self.rounds.iter().map(|round| figure(&round[side][measure])))
    }

    fn ratio(&self, measure: usize) -> Spread {
        let rate = |side: &[Figures; MEASURES.len()]| side[measure].per_second;
        Spread::of(self.rounds.iter().map(|[few, many]| rate(many) / rate(few)))
    }
}

fn table(pairs: &[Pair]) -> String {
    let mut text =
        "| | a second with few | many ÷ few | p99 ms: few | many | CPU µs: few | many |\n\
                    |---|--:|--:|--:|--:|--:|--:|\n"
            .to_owned();
    for pair in pairs {
        for (measure, words) in MEASURES.iter().enumerate() {
            let _infallible = writeln!(
                text,
                "| {words}, {} | {} | {} | {} | {} | {} | {} |",
                pair.what,
                pair.spread(0, measure, |figures| figures.per_second).median(0),
                pair.ratio(measure).whole(2),
                pair.spread(0, measure, |figures| figures.p99).median(1),
                pair.spread(1, measure, |figures| figures.p99).median(1),
                pair.spread(0, measure, |figures| figures.processor).median(0),
                pair.spread(1, measure, |figures| figures.processor).median(0),
            );
        }
    }
    text
}
