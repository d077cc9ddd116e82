//! Whose ids a process gives: those of its installation and, in it, of a node of its own.

use super::engine::Connection;
use super::error::Error;
use super::options::Opener;
use super::tx::Tx;
use crate::domain::ids::{self, NODES};

/// The settings that keep the installation's number, and how many servers have started.
const INSTALLATION: &str = "installation";
const STARTS: &str = "starts";

/// Servers are numbered as they start; the other half is for commands, which count nothing up.
const SERVERS: i64 = NODES / 2;

/// Joins the database's installation. The caller has begun a transaction that no other process shares.
pub(super) fn join(connection: &mut dyn Connection, opener: Opener) -> Result<(), Error> {
    let mut tx = Tx { connection, topics: Vec::new() };
    let installation = tx.setting_or(INSTALLATION, &ids::random().to_string())?;
    let installation = installation.parse().ok().ok_or(Error::Unreadable("installation"))?;
    let node = match opener {
        Opener::Server => {
            let starts: i64 = tx.setting_or(STARTS, "0")?.parse().unwrap_or(0);
            tx.set_setting(STARTS, &starts.saturating_add(1).to_string())?;
            starts.rem_euclid(SERVERS)
        }
        Opener::Command => SERVERS + i64::from(std::process::id()).rem_euclid(SERVERS),
    };
    ids::join(installation, node);
    Ok(())
}
