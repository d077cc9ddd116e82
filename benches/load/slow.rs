//! Rings while a CRM that wants to hear of each of them is slow: does an agent wait longer than
//! beside one that answers at once, or beside none?

use crate::ask::Ask;
use crate::client::open_loop;
use crate::figures::{Figures, Line, Table, print_settings};
use crate::server::{Cores, Server};
use crate::{Outcome, SPAN};

/// What one round measures, in this order.
const LINES: [Line; 4] = [
    ("500/s: no destination", None),
    ("500/s: a CRM that answers at once", None),
    ("500/s: after 2 s", None),
    ("500/s: never", None),
];
const NONE: usize = 0;
const AT_ONCE: usize = 1;

/// The ninety-ninth percentile of so few rings moves much: more rounds than elsewhere.
const ROUNDS: usize = 7;

pub(crate) async fn run(cores: &Cores) -> Outcome<()> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let receiver = Server::bare(&cores.of_the_load())?;
    let start = |name: &str, document: &str| {
        let variables = [("CALLPANE_PRIVATE_TARGETS", "127.0.0.1")];
        Server::callpane(cores, &folder.path().join(name), document, &variables)
    };
    let hearing =
        |path: &str| start(path, &document(&format!("http://{}/{path}", receiver.address)));
    let servers = [start("none", "")?, hearing("sink")?, hearing("slow")?, hearing("never")?];
    let mut table = Table { lines: LINES, rounds: Vec::new() };
    for round in 1..=ROUNDS {
        println!("rings beside a slow CRM, round {round} of {ROUNDS}");
        table.rounds.push(measure(&servers).await?);
    }
    table.print();
    for (base, words) in [(NONE, "no destination"), (AT_ONCE, "one that answers at once")] {
        let [at_once, slow, never] = [1, 2, 3].map(|line| table.ratio_of_p99(line, base));
        println!("p99 ÷ that beside {words}: at once {at_once}, after 2 s {slow}, never {never}");
    }
    print_settings(ROUNDS, SPAN, cores);
    Ok(())
}

async fn measure(servers: &[Server; LINES.len()]) -> Outcome<[Figures; LINES.len()]> {
    let [none, at_once, slow, never] = servers;
    Ok([
        open_loop(none, &Ask::ring(), SPAN).await?.0,
        open_loop(at_once, &Ask::ring(), SPAN).await?.0,
        open_loop(slow, &Ask::ring(), SPAN).await?.0,
        open_loop(never, &Ask::ring(), SPAN).await?.0,
    ])
}

fn document(url: &str) -> String {
    format!(
        "[[destination]]\nname = \"crm\"\non = [\"call.ringing\"]\nurl = \"{url}\"\n\
         json = {{ call = \"{{{{ call.id }}}}\", phone = \"{{{{ caller.e164 }}}}\", agent = \"{{{{ agent.name }}}}\" }}\n"
    )
}
