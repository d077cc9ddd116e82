//! Rings, and the pages that they open.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::ask::Ask;
use crate::client::{Connection, closed_loop, open_loop};
use crate::figures::{Figures, Line, Table, print_settings};
use crate::requests::{HEADERS, Rings, next_call};
use crate::server::{Cores, Server};
use crate::{Outcome, ROUNDS, SPAN, stored};

/// Pages that are asked for in turn.
pub(crate) const PAGES: usize = 256;

/// What one round measures, in this order.
const LINES: [Line; 8] = [
    ("bare handler", Some(0)),
    ("OPTIONS /thirdparty", Some(0)),
    ("POST /thirdparty, on disk", Some(0)),
    ("GET /pane/{token}", Some(0)),
    ("POST, 10 rules", Some(0)),
    ("POST, 10,000 rules", Some(0)),
    ("500/s: bare handler", None),
    ("500/s: POST /thirdparty, on disk", None),
];
const FEW: usize = 4;
const MANY: usize = 5;

pub(crate) async fn run(cores: &Cores) -> Outcome<()> {
    let bench = Bench::start(cores)?;
    let mut table = Table { lines: LINES, rounds: Vec::new() };
    for round in 1..=ROUNDS {
        println!("rings, round {round} of {ROUNDS}");
        table.rounds.push(bench.round().await?);
    }
    table.print();
    println!("10,000 rules take {} times as long as 10.", table.ratio(FEW, MANY));
    print_settings(ROUNDS, SPAN, cores);
    for counted in [&bench.plain, &bench.few, &bench.many] {
        counted.check_rows()?;
    }
    Ok(())
}

/// Who is measured.
struct Bench {
    bare: Counted,
    plain: Counted,
    few: Counted,
    many: Counted,
    /// Dropped last: it goes when nobody writes into it any more.
    _folder: tempfile::TempDir,
}

/// A server, and how many rings it has answered.
struct Counted {
    server: Server,
    rings: AtomicU64,
}

impl Counted {
    fn new(server: Server) -> Self {
        Self { server, rings: AtomicU64::new(0) }
    }

    async fn closed_loop(&self, ask: &Ask) -> Outcome<Figures> {
        self.count(ask, closed_loop(&self.server, ask, SPAN).await)
    }

    async fn open_loop(&self, ask: &Ask) -> Outcome<Figures> {
        self.count(ask, open_loop(&self.server, ask, SPAN).await)
    }

    fn count(&self, ask: &Ask, measured: Outcome<(Figures, usize)>) -> Outcome<Figures> {
        let (figures, answers) = measured?;
        self.rings.fetch_add(if ask.is_ring() { answers as u64 } else { 0 }, Ordering::Relaxed);
        Ok(figures)
    }

    async fn pages(&self) -> Outcome<Ask> {
        self.rings.fetch_add(PAGES as u64, Ordering::Relaxed);
        pages(&self.server).await
    }

    /// Whether every ring that was answered is on disk, once.
    fn check_rows(&self) -> Outcome<()> {
        let rows = self.server.count(&stored::events_of("call.ringing"))?;
        let answered = self.rings.load(Ordering::Relaxed);
        if rows != answered {
            return Err(format!("{answered} rings were answered, {rows} are on disk").into());
        }
        println!("{rows} rings on disk, as many as were answered");
        Ok(())
    }
}

/// The pages of calls that ring now; the warm-up shows each for the first time.
pub(crate) async fn pages(server: &Server) -> Outcome<Ask> {
    let mut connection = Connection::open(server.address).await?;
    let (mut rings, mut pages) = (Rings::new(), Vec::new());
    for _ in 0..PAGES {
        let token = token(connection.ask(rings.write(next_call(), 1087), "200").await?)?;
        pages.push(format!("GET /pane/{token} HTTP/1.1\r\n{HEADERS}\r\n").into_bytes());
    }
    Ok(Ask::same(pages, "200"))
}

/// The last part of the address of the page that a ring opened.
pub(crate) fn token(answer: &[u8]) -> Outcome<String> {
    let answer: serde_json::Value = serde_json::from_slice(answer)?;
    let url = answer["url"].as_str().ok_or("a ring opened no page")?;
    let (_, token) = url.split_once("/pane/").ok_or("a ring opened no page of ours")?;
    Ok(token.to_owned())
}

impl Bench {
    fn start(cores: &Cores) -> Outcome<Self> {
        // Beside the binaries, because a flush to a temporary folder in memory costs nothing.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let callpane = |name: &str, rules| {
            let server = Server::callpane(cores, &folder.path().join(name), &document(rules), &[]);
            server.map(Counted::new)
        };
        Ok(Self {
            bare: Counted::new(Server::bare(cores)?),
            plain: callpane("plain", 0)?,
            few: callpane("few", 10)?,
            many: callpane("many", 10_000)?,
            _folder: folder,
        })
    }

    async fn round(&self) -> Outcome<[Figures; LINES.len()]> {
        Ok([
            self.bare.closed_loop(&Ask::ring()).await?,
            self.plain.closed_loop(&Ask::preflight()).await?,
            self.plain.closed_loop(&Ask::ring()).await?,
            self.plain.closed_loop(&self.plain.pages().await?).await?,
            self.few.closed_loop(&Ask::ring()).await?,
            self.many.closed_loop(&Ask::ring()).await?,
            self.bare.open_loop(&Ask::ring()).await?,
            self.plain.open_loop(&Ask::ring()).await?,
        ])
    }
}

/// Rules for queues that nobody calls, and a last one for everybody; none, if there are to be none.
pub(crate) fn document(rules: usize) -> String {
    let mut text = String::new();
    if rules == 0 {
        return text;
    }
    for number in 1..rules {
        let queue = format!("queue = \"nobody_{number}\"");
        let _infallible = writeln!(text, "[[rule]]\nname = \"no {number}\"\nwhen = {{ {queue} }}");
    }
    text + "[[rule]]\nname = \"everybody\"\n"
}
