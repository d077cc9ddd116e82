//! Brings what the peers need into a folder of the build: their sources, and packages for Node.js and
//! Python.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;

/// What stands in `benches/peers`.
const SOURCES: [(&str, &str); 8] = [
    ("answers.js", include_str!("../../peers/answers.js")),
    ("express.js", include_str!("../../peers/express.js")),
    ("fastify.js", include_str!("../../peers/fastify.js")),
    ("store.js", include_str!("../../peers/store.js")),
    ("peer.py", include_str!("../../peers/peer.py")),
    ("schema.sql", include_str!("../../peers/schema.sql")),
    ("package.json", include_str!("../../peers/package.json")),
    ("package-lock.json", LOCK),
];
const LOCK: &str = include_str!("../../peers/package-lock.json");
const REQUIREMENTS: &str = include_str!("../../peers/requirements.txt");

/// Where the peers are, and which of them can be started.
pub(crate) struct Peers {
    pub(crate) folder: PathBuf,
    pub(crate) node: bool,
    pub(crate) python: bool,
}

impl Peers {
    /// Installs whatever is not there yet. What this machine lacks is said, and left out.
    pub(crate) fn install() -> Outcome<Self> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers");
        std::fs::create_dir_all(&folder)?;
        for (name, text) in SOURCES {
            std::fs::write(folder.join(name), text)?;
        }
        let node = runs(&folder, "node", &["--version"]) && runs(&folder, "npm", &["--version"]);
        let python = runs(&folder, "python3", &["-m", "ensurepip", "--version"]);
        if node {
            // The versions of Node.js differ in what a compiled package must look like.
            let wanted = format!("{}{LOCK}", version(&folder, "node"));
            once(&folder.join("npm.done"), &wanted, || {
                say("installing Fastify and Express; a minute, or more where SQLite is compiled");
                run(&folder, "npm", &["ci", "--no-progress", "--no-audit", "--no-fund"])
            })?;
        } else {
            say("Node.js or npm is missing: Fastify and Express are left out");
        }
        if python {
            let wanted = format!("{}{REQUIREMENTS}", version(&folder, "python3"));
            once(&folder.join("pip.done"), &wanted, || {
                say("installing FastAPI");
                std::fs::write(folder.join("requirements.txt"), REQUIREMENTS)?;
                run(&folder, "python3", &["-m", "venv", "--clear", ".venv"])?;
                let options = ["install", "--quiet", "--disable-pip-version-check"];
                let all = [options.as_slice(), &["-r", "requirements.txt"]].concat();
                run(&folder, ".venv/bin/pip", &all)
            })?;
        } else {
            say("Python with venv is missing: FastAPI is left out");
        }
        Ok(Self { folder, node, python })
    }

    /// What the peers run on.
    pub(crate) fn versions(&self) -> Vec<String> {
        let node = self.node.then(|| format!("Node.js {}", version(&self.folder, "node")));
        let python = self.python.then(|| version(&self.folder, "python3"));
        node.into_iter().chain(python).collect()
    }
}

fn say(what: &str) {
    println!("{what}");
}

/// Does it, unless a file says that exactly this was done.
fn once(mark: &Path, wanted: &str, work: impl FnOnce() -> Outcome<()>) -> Outcome<()> {
    if std::fs::read_to_string(mark).is_ok_and(|done| done == wanted) {
        return Ok(());
    }
    work()?;
    Ok(std::fs::write(mark, wanted)?)
}

pub(crate) fn version(folder: &Path, program: &str) -> String {
    let output = Command::new(program).arg("--version").current_dir(folder).output();
    let output = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).trim().to_owned()
}

fn runs(folder: &Path, program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    output.is_ok_and(|output| output.status.success())
}

/// A program of the folder is named with its path there.
fn run(folder: &Path, program: &str, arguments: &[&str]) -> Outcome<()> {
    let inside = folder.join(program);
    let path = if inside.exists() { inside } else { PathBuf::from(program) };
    let output = Command::new(path).args(arguments).current_dir(folder).output()?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program} {}: {complaint}", arguments.join(" ")).into())
}
