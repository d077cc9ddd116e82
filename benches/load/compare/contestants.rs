//! Who is compared: how each is started, and what it has on disk.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use super::install::Peers;
use crate::cluster::Cluster;
use crate::events;
use crate::server::{Cores, Server, free_address};
use crate::signed::SECRET;
use crate::{Outcome, stored};

/// What a peer has on disk of rings and events.
const KEPT_BY_PEER: &str =
    "SELECT (SELECT COUNT(*) FROM call WHERE token IS NOT NULL) + (SELECT COUNT(*) FROM event)";

/// The settings of Callpane, and the secret of its phone system.
const VARIABLES: [(&str, &str); 1] = [("BENCH_SECRET", SECRET)];

pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    folder: PathBuf,
    kind: Kind,
}

enum Kind {
    Bare,
    Callpane,
    OnPostgres(Rc<Cluster>),
    Node { peers: PathBuf, script: &'static str, group: &'static str },
    Python { peers: PathBuf },
}

/// The one that everything is a ratio to, then Callpane, then all others that this machine can run.
pub(crate) fn all(
    cores: &Cores,
    folder: &Path,
    peers: &Peers,
    cluster: Option<&Rc<Cluster>>,
) -> Outcome<Vec<Contestant>> {
    let node = |script, group| Kind::Node { peers: peers.folder.clone(), script, group };
    let mut kinds = vec![("bare handler", Kind::Bare), ("Callpane, SQLite", Kind::Callpane)];
    if let Some(cluster) = cluster {
        kinds.push(("Callpane, PostgreSQL", Kind::OnPostgres(Rc::clone(cluster))));
    }
    if peers.node {
        kinds.push(("Fastify, each flushed", node("fastify.js", "0")));
        kinds.push(("Fastify, group commit", node("fastify.js", "1")));
        kinds.push(("Express, each flushed", node("express.js", "0")));
        kinds.push(("Express, group commit", node("express.js", "1")));
    }
    if peers.python {
        kinds.push(("FastAPI, each flushed", Kind::Python { peers: peers.folder.clone() }));
    }
    let numbered = kinds.into_iter().enumerate();
    let contestants = numbered.map(|(number, (name, kind))| {
        let folder = folder.join(number.to_string());
        std::fs::create_dir_all(&folder)?;
        let contestant = Contestant { name, folder, kind };
        contestant.prepare(cores)?;
        Ok(contestant)
    });
    contestants.collect()
}

impl Contestant {
    pub(crate) fn is_bare(&self) -> bool {
        matches!(self.kind, Kind::Bare)
    }

    /// Makes the database and fills the system's caches.
    fn prepare(&self, cores: &Cores) -> Outcome<()> {
        let document = match self.kind {
            Kind::Callpane | Kind::OnPostgres(_) => events::document(0),
            _ => String::new(),
        };
        self.start_with(cores, &document).map(drop)
    }

    pub(crate) fn start(&self, cores: &Cores) -> Outcome<Server> {
        self.start_with(cores, "")
    }

    fn start_with(&self, cores: &Cores, document: &str) -> Outcome<Server> {
        match &self.kind {
            Kind::Bare => Server::bare(cores),
            Kind::Callpane => Server::callpane(cores, &self.folder, document, &VARIABLES),
            Kind::OnPostgres(cluster) => {
                let variables = [VARIABLES[0], ("CALLPANE_DATABASE", cluster.address.as_str())];
                let server = Server::callpane(cores, &self.folder, document, &variables)?;
                Ok(server.with_backend(cluster.postmaster))
            }
            Kind::Node { peers, script, group } => {
                self.peer(cores, peers, Path::new("node"), |command, _| {
                    command.arg(script).env("NODE_ENV", "production").env("GROUP", group);
                })
            }
            Kind::Python { peers } => {
                self.peer(cores, peers, &peers.join(".venv/bin/uvicorn"), |command, port| {
                    command.args(["peer:app", "--host", "127.0.0.1", "--port", port]);
                    command.args([
                        "--backlog",
                        "2048",
                        "--no-access-log",
                        "--log-level",
                        "warning",
                    ]);
                })
            }
        }
    }

    fn peer(
        &self,
        cores: &Cores,
        peers: &Path,
        program: &Path,
        add: impl FnOnce(&mut Command, &str),
    ) -> Outcome<Server> {
        let (address, database) = (free_address()?, self.database());
        let port = address.port().to_string();
        let mut command = cores.command(program);
        command.current_dir(peers).env("PORT", &port).env("DATABASE", &database);
        command.env("SECRET", SECRET).env("PUBLIC_URL", format!("http://{address}"));
        add(&mut command, &port);
        Server::peer(command, address, database)
    }

    fn database(&self) -> PathBuf {
        self.folder.join("peer.db")
    }

    /// How many rings and events are on disk, now that nobody has the database open any more; of the
    /// bare handler nothing.
    pub(crate) fn kept(&self) -> Outcome<Option<u64>> {
        let (database, sql) = match &self.kind {
            Kind::Bare => return Ok(None),
            Kind::OnPostgres(cluster) => return cluster.count(stored::HEARD).map(Some),
            Kind::Callpane => (self.folder.join("callpane.db"), stored::HEARD),
            Kind::Node { .. } | Kind::Python { .. } => (self.database(), KEPT_BY_PEER),
        };
        let database = rusqlite::Connection::open(database)?;
        let rows: i64 = database.query_row(sql, [], |row| row.get(0))?;
        Ok(Some(rows.try_into()?))
    }
}
