//! A full disk: a small file system in memory holds the database and the log, and is filled up.
//! Rings must be answered all the same, `/health/ready` must say what is wrong, and when there is
//! room again, so must pages be.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::found::{Found, Pair};
use super::ringer::{self, Rung};
use super::{RECOVERY, ROUNDS, SPAN, exchange};
use crate::Outcome;
use crate::server::{Cores, Server};

const SIZE: &str = "size=64m";
/// How long rings may go on into what is left of a full disk.
const LEFT: Duration = Duration::from_secs(30);
/// A short span, to see whether rings get pages.
const GLANCE: Duration = Duration::from_millis(200);

pub(super) async fn run(what: &'static str, cores: &Cores, folder: &Path) -> Outcome<Found> {
    let mut found = Found::of(what);
    found.pages_are_due = false;
    let disk = match Disk::mount(folder) {
        Ok(disk) => disk,
        Err(error) => {
            found.faults.push(format!("not tried: {error}"));
            return Ok(found);
        }
    };
    let server = Server::callpane(cores, folder, "", &[])?;
    let mut all = Rung::default();
    let (mut full, mut green) = (0, 0);
    for _ in 0..ROUNDS {
        let calm = ringer::ring(server.address, SPAN).await;
        disk.fill()?;
        if !until(&server, LEFT, &mut all, |rung| rung.opened.is_empty()).await {
            found.faults.push("the disk was not full enough".to_owned());
        }
        let attacked = ringer::ring(server.address, SPAN).await;
        full += attacked.ready.len();
        green += attacked.ready.iter().filter(|status| **status == 200).count();
        found.pairs.push(Pair { calm: calm.figures(SPAN), attacked: attacked.figures(SPAN) });
        all.add(calm);
        all.add(attacked);
        disk.make_room()?;
        if !until(&server, RECOVERY, &mut all, |rung| rung.without == 0).await {
            found.faults.push(format!("no page {RECOVERY:?} after there was room"));
        }
        let patience = Duration::from_secs(2);
        let ready = exchange::status(server.address, "/health/ready", patience).await;
        if ready != 200 {
            found.faults.push(format!("/health/ready answers {ready} when there is room"));
        }
    }
    if green > 0 {
        found.faults.push(format!("/health/ready was green {green} of {full} times while full"));
    }
    found.seen = format!("/health/ready was asked {full} times while the disk was full");
    found.peak = server.peak();
    found.count(&all, &server)?;
    drop(server);
    Ok(found)
}

/// Rings until it is as wanted; whether it became so in time.
async fn until(
    server: &Server,
    patience: Duration,
    all: &mut Rung,
    wanted: impl Fn(&Rung) -> bool,
) -> bool {
    let began = Instant::now();
    while began.elapsed() < patience {
        let rung = ringer::ring(server.address, GLANCE).await;
        let as_wanted = wanted(&rung);
        all.add(rung);
        if as_wanted {
            return true;
        }
    }
    false
}

/// A small file system; it is gone with this value.
struct Disk(PathBuf);

impl Disk {
    fn mount(folder: &Path) -> Outcome<Self> {
        std::fs::create_dir_all(folder)?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", SIZE, "callpane-attack"]).arg(folder);
        let said = mount.output()?;
        if !said.status.success() {
            let said = String::from_utf8_lossy(&said.stderr);
            return Err(format!("a small disk cannot be mounted ({}); be root", said.trim()).into());
        }
        Ok(Self(folder.to_owned()))
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Writes until nothing more fits.
    fn fill(&self) -> Outcome<()> {
        let mut ballast = File::create(self.ballast())?;
        for size in [64 * 1024, 4096, 1] {
            while ballast.write(&vec![0; size]).is_ok() {}
        }
        Ok(())
    }

    fn make_room(&self) -> Outcome<()> {
        Ok(std::fs::remove_file(self.ballast())?)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(&self.0).status());
    }
}
