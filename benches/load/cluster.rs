//! A PostgreSQL to measure with: a cluster of its own on the server's core, with everything as
//! PostgreSQL delivers it, flushes too; or the server that `TEST_POSTGRES` names.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::Outcome;
use crate::server::{Cores, free_address};

/// Where Debian puts one folder for each version.
const PROGRAMS: &str = "/usr/lib/postgresql";
/// A disk to everybody, where root's own folders are closed to PostgreSQL.
const FOR_ROOT: &str = "/var/tmp";

/// A database, and the server that has it.
pub(crate) struct Cluster {
    /// The database's address.
    pub(crate) address: String,
    /// The process that starts all others of the server, if it is ours.
    pub(crate) postmaster: Option<u32>,
    /// Which PostgreSQL this is, and where it runs.
    pub(crate) words: String,
    psql: PathBuf,
    /// The server's address without the database, for who makes and removes it.
    server: String,
    name: String,
    own: Option<Own>,
}

/// A cluster that was started here.
struct Own {
    programs: PathBuf,
    data: PathBuf,
    _folder: TempDir,
}

impl Cluster {
    /// Starts it, or says why there is none.
    pub(crate) fn start(cores: &Cores) -> Outcome<Option<Self>> {
        let programs = programs();
        let psql = programs.as_ref().map_or_else(|| "psql".into(), |path| path.join("psql"));
        if let Ok(server) = std::env::var("TEST_POSTGRES") {
            let words = "PostgreSQL of TEST_POSTGRES, whose cores and processor time are its own";
            return Self::with_database(&server, psql, words.to_owned(), None).map(Some);
        }
        let Some(programs) = programs else {
            println!("PostgreSQL is missing, and TEST_POSTGRES is unset: it is left out");
            return Ok(None);
        };
        let folder = folder()?;
        let data = folder.path().join("data");
        let own = Own { programs, data, _folder: folder };
        let port = own.start(cores)?;
        let words = format!("{} on the server's core", own.version());
        let server = format!("postgres://postgres@127.0.0.1:{port}");
        Self::with_database(&server, psql, words, Some(own)).map(Some)
    }

    fn with_database(
        server: &str,
        psql: PathBuf,
        words: String,
        own: Option<Own>,
    ) -> Outcome<Self> {
        let server = server.trim_end_matches('/').to_owned();
        let name = format!("callpane_bench_{}", std::process::id());
        let address = format!("{server}/{name}");
        let postmaster = own.as_ref().map(Own::postmaster).transpose()?;
        let cluster = Self { address, postmaster, words, psql, server, name, own };
        cluster
            .ask(&format!("{}/postgres", cluster.server), &cluster.command("CREATE DATABASE"))?;
        Ok(cluster)
    }

    fn command(&self, what: &str) -> String {
        format!("{what} {}", self.name)
    }

    /// A number from the database.
    pub(crate) fn count(&self, sql: &str) -> Outcome<u64> {
        Ok(self.ask(&self.address, sql)?.trim().parse()?)
    }

    /// Has the database do this.
    pub(crate) fn execute(&self, sql: &str) -> Outcome<()> {
        self.ask(&self.address, sql).map(drop)
    }

    fn ask(&self, address: &str, sql: &str) -> Outcome<String> {
        output(Command::new(&self.psql).args([address, "-Atqc", sql]))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // One that was started here goes whole.
        if self.own.is_none() {
            let command = format!("{} WITH (FORCE)", self.command("DROP DATABASE IF EXISTS"));
            drop(self.ask(&format!("{}/postgres", self.server), &command));
        }
    }
}

impl Own {
    /// Answers the port.
    fn start(&self, cores: &Cores) -> Outcome<u16> {
        let data = self.data.display().to_string();
        let mut initdb =
            as_postgres(&self.programs.join("initdb"), |program| Command::new(program));
        output(initdb.args(["-D", &data, "-U", "postgres", "-A", "trust"]).args([
            "-E",
            "UTF8",
            "--locale=C",
        ]))?;
        let port = free_address()?.port();
        let sockets = self.data.display();
        let options =
            format!("-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={sockets}");
        let log = self.data.join("log").display().to_string();
        let mut start =
            as_postgres(&self.programs.join("pg_ctl"), |program| cores.command(program));
        // Nobody may hold our own output open for as long as the server runs.
        start.args(["-D", &data, "-l", &log, "-w", "-o", &options, "start"]);
        start.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        if !start.status()?.success() {
            return Err(format!("PostgreSQL does not start in {data}").into());
        }
        Ok(port)
    }

    fn postmaster(&self) -> Outcome<u32> {
        let text = std::fs::read_to_string(self.data.join("postmaster.pid"))?;
        Ok(text.lines().next().unwrap_or_default().parse()?)
    }

    fn version(&self) -> String {
        let version = output(Command::new(self.programs.join("postgres")).arg("--version"));
        version.unwrap_or_default().trim().replace("postgres (PostgreSQL)", "PostgreSQL")
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let data = self.data.display().to_string();
        let mut stop = as_postgres(&self.programs.join("pg_ctl"), |program| Command::new(program));
        drop(stop.args(["-D", &data, "-m", "immediate", "-w", "stop"]).output());
    }
}

/// The newest version's.
fn programs() -> Option<PathBuf> {
    let folders = std::fs::read_dir(PROGRAMS).ok()?.filter_map(Result::ok);
    let found = folders.map(|folder| folder.path().join("bin"));
    let number = |path: &PathBuf| {
        let name = path.parent()?.file_name()?.to_str()?;
        name.parse::<u32>().ok()
    };
    found.filter(|path| path.join("initdb").exists()).max_by_key(number)
}

/// One that PostgreSQL may write into: it refuses to run as root.
fn folder() -> Outcome<TempDir> {
    if !is_root() {
        return Ok(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?);
    }
    let folder = tempfile::tempdir_in(FOR_ROOT)?;
    output(Command::new("chown").arg("postgres").arg(folder.path()))?;
    Ok(folder)
}

fn as_postgres(program: &Path, command: impl FnOnce(&Path) -> Command) -> Command {
    if !is_root() {
        return command(program);
    }
    let mut command = command(Path::new("runuser"));
    command.args(["-u", "postgres", "--"]).arg(program).current_dir("/");
    command
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn output(command: &mut Command) -> Outcome<String> {
    let output = command.output()?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?}: {complaint}").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
