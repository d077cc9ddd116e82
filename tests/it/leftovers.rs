//! What a test may not leave behind without saying so: errors in the log, and deliveries that are owed.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tracing_subscriber::EnvFilter;

use crate::harness::{Database, PATIENCE};

/// The errors that were logged in this process.
#[expect(clippy::disallowed_types, reason = "every thread of the servers logs into it")]
static LOGGED: std::sync::Mutex<Vec<u8>> = std::sync::Mutex::new(Vec::new());

/// Whether one of its servers may log errors.
static EXPECTED: AtomicBool = AtomicBool::new(false);

/// Looks at the end of a server whether anything is left.
pub(crate) struct Leftovers {
    database: Database,
    may_owe: bool,
}

impl Leftovers {
    pub(crate) fn watch(database: &Database, expects_errors: bool, may_owe: bool) -> Self {
        record_errors();
        EXPECTED.fetch_or(expects_errors, Ordering::Relaxed);
        Self { database: database.clone(), may_owe }
    }
}

impl Drop for Leftovers {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let owed = if self.may_owe { Vec::new() } else { self.still_owed() };
        assert!(owed.is_empty(), "owed at the end, which needs .leaves_deliveries(): {owed:?}");
        let logged = LOGGED.lock().unwrap().clone();
        let logged = String::from_utf8_lossy(&logged);
        let is_fine = logged.is_empty() || EXPECTED.load(Ordering::Relaxed);
        assert!(is_fine, "errors, which need .expects_errors():\n{logged}");
    }
}

impl Leftovers {
    /// What is owed when everything that can be settled is. The servers go on meanwhile, in a runtime
    /// of their own.
    fn still_owed(&self) -> Vec<String> {
        let started = Instant::now();
        loop {
            let owed = self.database.owed();
            if owed.is_empty() || started.elapsed() > PATIENCE {
                return owed;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Which test an error belongs to is known only where each has a process of its own, as under nextest.
fn record_errors() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let alone =
            std::env::var("NEXTEST_EXECUTION_MODE").is_ok_and(|it| it == "process-per-test");
        if alone {
            // Our own: what a library finds wrong in a request is no error of ours.
            let ours = EnvFilter::new("off,callpane=error");
            let log = tracing_subscriber::fmt().with_env_filter(ours);
            log.with_ansi(false).with_writer(|| Recorder).init();
        }
    });
}

/// Keeps what is logged.
struct Recorder;

impl std::io::Write for Recorder {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        LOGGED.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
