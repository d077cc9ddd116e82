//! The servers that are measured.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use crate::Outcome;

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(20);
/// This binary, started with this argument and an address, is the bare handler.
pub(crate) const BARE: &str = "--bare-handler";
/// This binary, started with this argument, an address and a number, is the bare client.
pub(crate) const CLIENT: &str = "--bare-client";
/// How often a server that starts is looked for.
const LOOK: Duration = Duration::from_millis(1);

/// The server gets one half of the cores and the load the other, where `taskset` can arrange that.
pub(crate) struct Cores {
    server: Option<String>,
    load: String,
    pub(crate) words: String,
}

impl Cores {
    pub(crate) fn share() -> Outcome<Self> {
        let all = available_parallelism()?.get();
        let half = all / 2;
        let pid = std::process::id().to_string();
        let load = format!("{half}-{}", all - 1);
        let taskset = Command::new("taskset").args(["-apc", &load, &pid]).output();
        if half == 0 || !taskset.is_ok_and(|output| output.status.success()) {
            let words = format!("{all} cores, shared by all");
            return Ok(Self { server: None, load, words });
        }
        let server = format!("0-{}", half - 1);
        let words = format!("{all} cores: {server} for the servers, {load} for the load");
        Ok(Self { server: Some(server), load, words })
    }

    /// The same with one core for the server, however many there are.
    pub(crate) fn one(&self) -> Self {
        let Some(_) = self.server else { return self.of_the_load() };
        let words = format!("core 0 for the server that is measured, {} for the load", self.load);
        Self { server: Some("0".to_owned()), load: self.load.clone(), words }
    }

    /// The same for a server that is to stay beside the load.
    pub(crate) fn of_the_load(&self) -> Self {
        Self { server: None, load: self.load.clone(), words: self.words.clone() }
    }

    /// How long a bare client takes to post so often, on the server's cores, from its start.
    pub(crate) fn bare_client(
        &self,
        receiver: &Server,
        count: usize,
        at_once: usize,
    ) -> Outcome<Duration> {
        let mut command = self.command(&std::env::current_exe()?);
        let [count, at_once] = [count, at_once].map(|number| number.to_string());
        let began = Instant::now();
        let address = receiver.address.to_string();
        let output = command.args([CLIENT, &address, &count, &at_once]).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        Ok(began.elapsed())
    }

    /// The program, to be run on the server's cores.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let Some(cores) = &self.server else { return Command::new(program) };
        let mut command = Command::new("taskset");
        command.args(["-c", cores]).arg(program);
        command
    }
}

/// Many open connections need many files: as many as this process may have at most, and the servers
/// inherit that. Where it cannot be arranged, the connections that are too many say so.
pub(crate) fn raise_file_limit() {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let Some(hard) = files.and_then(|limits| limits.split_whitespace().nth(1)) else { return };
    let (pid, files) = (std::process::id().to_string(), format!("--nofile={hard}:"));
    drop(Command::new("prlimit").args(["--pid", &pid, &files]).output());
}

/// A server process; it ends with this value.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    database: PathBuf,
    /// The process whose children work for it elsewhere: PostgreSQL's.
    backend: Option<u32>,
}

impl Server {
    pub(crate) fn bare(cores: &Cores) -> Outcome<Self> {
        let address = free_address()?;
        let mut command = cores.command(&std::env::current_exe()?);
        Self::start(command.args([BARE, &address.to_string()]), address, PathBuf::new())
    }

    /// The real program, in a folder of its own; its log goes to a file there, as JSON. The
    /// variables are its settings, and the secrets of its configuration.
    pub(crate) fn callpane(
        cores: &Cores,
        folder: &Path,
        document: &str,
        variables: &[(&str, &str)],
    ) -> Outcome<Self> {
        Self::callpane_under(cores, &[], folder, document, variables)
    }

    /// The same, started by another program, as `prlimit` with its arguments, which becomes it.
    pub(crate) fn callpane_under(
        cores: &Cores,
        starter: &[&str],
        folder: &Path,
        document: &str,
        variables: &[(&str, &str)],
    ) -> Outcome<Self> {
        let own = env!("CARGO_BIN_EXE_callpane");
        Self::callpane_by(cores, &[starter, &[own]].concat(), folder, document, variables)
    }

    /// The same by these words: another version, or a program that becomes one.
    pub(crate) fn callpane_by(
        cores: &Cores,
        words: &[&str],
        folder: &Path,
        document: &str,
        variables: &[(&str, &str)],
    ) -> Outcome<Self> {
        std::fs::create_dir_all(folder)?;
        let (address, database) = (free_address()?, folder.join("callpane.db"));
        let (program, arguments) = words.split_first().ok_or("no program is named")?;
        let callpane = || {
            let mut command = cores.command(Path::new(program));
            command.args(arguments).current_dir(folder);
            command.env("CALLPANE_BIND", address.to_string());
            command.env("CALLPANE_DATABASE", format!("sqlite:{}", database.display()));
            command.env("CALLPANE_LOG_FORMAT", "json").envs(variables.iter().copied());
            command
        };
        if !document.is_empty() {
            std::fs::write(folder.join("callpane.toml"), document)?;
            let applied = callpane().args(["apply", "callpane.toml"]).output()?;
            if !applied.status.success() {
                return Err(String::from_utf8_lossy(&applied.stderr).into());
            }
        }
        let log = File::create(folder.join("callpane.log"))?;
        Self::start(callpane().arg("serve").stdout(log), address, database.clone())
    }

    /// The program inside of this binary, which forgets old calls when it is told to.
    pub(crate) fn forgetting(cores: &Cores, mode: &str, folder: &Path) -> Outcome<Self> {
        let (address, database) = (free_address()?, folder.join("callpane.db"));
        let mut command = cores.command(&std::env::current_exe()?);
        command.args([mode, &address.to_string()]).arg(folder);
        Self::start(&mut command, address, database)
    }

    /// Somebody else's program, which listens at this address; its output goes to a file beside its
    /// database.
    pub(crate) fn peer(
        mut command: Command,
        address: SocketAddr,
        database: PathBuf,
    ) -> Outcome<Self> {
        let log = File::options().create(true).append(true).open(database.with_extension("log"))?;
        command.stdout(log.try_clone()?).stderr(log);
        Self::start(&mut command, address, database)
    }

    /// The same server, whose work the children of this process do, too.
    pub(crate) fn with_backend(mut self, backend: Option<u32>) -> Self {
        self.backend = backend;
        self
    }

    fn start(command: &mut Command, address: SocketAddr, database: PathBuf) -> Outcome<Self> {
        let process = command.stdin(Stdio::null()).spawn()?;
        let mut server = Self { process, address, database, backend: None };
        let started = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            if started.elapsed() > PATIENCE || server.has_ended()? {
                return Err(format!("{command:?} does not listen at {address}").into());
            }
            std::thread::sleep(LOOK);
        }
        Ok(server)
    }

    /// A number from its database.
    pub(crate) fn count(&self, sql: &str) -> Outcome<u64> {
        let rows: i64 = self.database()?.query_row(sql, [], |row| row.get(0))?;
        Ok(rows.try_into()?)
    }

    /// A column of texts from its database.
    pub(crate) fn column(&self, sql: &str) -> Outcome<Vec<String>> {
        let database = self.database()?;
        let mut statement = database.prepare(sql)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn database(&self) -> Outcome<rusqlite::Connection> {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        Ok(rusqlite::Connection::open_with_flags(&self.database, flags)?)
    }

    /// How much memory it has now, in KiB; where the system does not say, nothing.
    pub(crate) fn resident(&self) -> Option<u64> {
        self.memory("VmRSS:")
    }

    /// The most that it had so far.
    pub(crate) fn peak(&self) -> Option<u64> {
        self.memory("VmHWM:")
    }

    fn memory(&self, which: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(which))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    }

    /// How many files and connections it has open.
    pub(crate) fn descriptors(&self) -> Outcome<usize> {
        Ok(std::fs::read_dir(format!("/proc/{}/fd", self.process.id()))?.count())
    }

    /// Asks it to end, as a service manager does.
    pub(crate) fn terminate(&self) -> Outcome<()> {
        let pid = self.process.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status()?;
        if sent.success() { Ok(()) } else { Err("the server cannot be asked to end".into()) }
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> Outcome<bool> {
        Ok(self.process.try_wait()?.is_some())
    }

    /// How long it and whoever works for it have run on a processor so far; where the system does not
    /// say, nothing.
    pub(crate) fn processor_time(&self) -> Option<Duration> {
        let backends = self.backend.map(children).unwrap_or_default();
        let elsewhere: Duration = backends.into_iter().filter_map(processor_time_of).sum();
        Some(processor_time_of(self.process.id())? + elsewhere)
    }

    /// How long they have run since then.
    pub(crate) fn spent_since(&self, before: Option<Duration>) -> Option<Duration> {
        Some(self.processor_time()?.saturating_sub(before?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended by itself needs no killing.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// How long the threads of a process have run so far.
fn processor_time_of(process: u32) -> Option<Duration> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let spans = threads.map(|thread| {
        let counted = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        counted.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    });
    spans.sum()
}

/// The processes that a process has started.
fn children(parent: u32) -> Vec<u32> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let is_child = |process: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // After the name, which may have any characters: the state, and who started it.
        let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        rest.split(' ').nth(1).is_some_and(|found| found == parent.to_string())
    };
    let names = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    names.filter(is_child).collect()
}

pub(crate) fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
