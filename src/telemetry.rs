//! Who is watching? Log lines, written off the request's thread.

mod lines;

use std::io::{BufWriter, stdout};
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::{Event, Subscriber};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use self::lines::Lines;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Levels, as `info` or `callpane=debug,info`.
    pub filter: String,
    /// The form.
    pub format: Format,
}

impl Options {
    /// Whether the filter can be understood.
    pub fn check(filter: &str) -> Result<(), String> {
        let parsed = filter.parse::<EnvFilter>().map(drop);
        parsed.map_err(|error| format!("is not a log filter ({error}); write info, warn or debug"))
    }
}

/// Whatever is asked for: these libraries log numbers, notes and keys at their lower levels, and the
/// web server's words about its start say nothing that ours do not.
const QUIET: &str = "tokio_postgres=info,postgres=info,rlibphonenumber=warn,actix_server=warn";

/// Lines that wait to be written at the most: a second of a full load. Their places are made at the start.
const WAITING: usize = 16 * 1024;

/// Starts the log, on standard output. What is written when the returned guard is dropped is
/// written; if nobody reads standard output fast enough, lines are lost rather than rings delayed.
pub fn start(options: &Options) -> WorkerGuard {
    let builder = NonBlockingBuilder::default().buffered_lines_limit(WAITING);
    // Lines that wait together are written together.
    let (writer, guard) = builder.finish(BufWriter::new(stdout()));
    let filter = EnvFilter::new(format!("{},{QUIET}", options.filter));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    let builder = builder.with_target(false);
    // A second start in one process, as in tests, leaves the first log in place.
    let started = match options.format {
        Format::Text => builder.with_ansi(false).finish().with(Listeners).try_init(),
        Format::Json => {
            let builder = builder.json().flatten_event(true);
            let builder = builder.map_event_format(|in_spans| Lines { in_spans });
            builder.finish().with(Listeners).try_init()
        }
    };
    drop(started);
    guard
}

/// Whether the server is closing its listeners.
static CLOSING: AtomicBool = AtomicBool::new(false);

/// From now on, a listener that cannot accept connections is not an error.
pub fn listeners_close() {
    CLOSING.store(true, Ordering::Relaxed);
}

/// Keeps out of the log what the web server says about listeners that were closed on purpose: an error
/// at every stop would teach admins to ignore errors.
struct Listeners;

impl<S: Subscriber> Layer<S> for Listeners {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        event.metadata().target() != "actix_server::accept" || !CLOSING.load(Ordering::Relaxed)
    }
}
