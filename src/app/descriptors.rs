//! Every connection takes a descriptor, and a server without one left answers nobody. So the limit is
//! raised as far as the system lets us, and shared out.

use std::io;

use rlimit::Resource;

/// Below this many it is said how to have more.
const FEW: u64 = 4096;

/// More than these serve nobody better: a stream takes memory, too.
const MOST_CONNECTIONS: u64 = 32_768;
const MOST_STREAMS: u64 = 16_384;

/// What the descriptors are for. A quarter is kept for the database, deliveries, lookups and files;
/// of the connections, which have the other three, streams may hold two, so that rings always find
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shares {
    /// Connections from outside.
    pub(super) connections: usize,
    /// Those of them that stay open.
    pub(super) streams: usize,
}

impl Shares {
    fn of(limit: u64) -> Self {
        let quarter = (limit / 4).max(1);
        let share = |quarters: u64, most: u64| {
            usize::try_from(quarter.saturating_mul(quarters).min(most)).unwrap_or(usize::MAX)
        };
        Self { connections: share(3, MOST_CONNECTIONS), streams: share(2, MOST_STREAMS) }
    }
}

/// Raises the soft limit to the hard one, says so, and shares it out.
pub(super) fn raise() -> io::Result<Shares> {
    let (soft, hard) = Resource::NOFILE.get()?;
    let limit = rlimit::increase_nofile_limit(hard)?;
    let shares = Shares::of(limit);
    let Shares { connections, streams } = shares;
    tracing::info!(before = soft, limit, connections, streams, "descriptors");
    if limit < FEW {
        tracing::warn!(limit, "few file descriptors: raise LimitNOFILE (systemd) or `ulimit -Hn`");
    }
    Ok(shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_leave_room_for_rings_and_connections_for_everything_else() {
        assert_eq!(Shares::of(1024), Shares { connections: 768, streams: 512 });
        assert_eq!(Shares::of(524_288), Shares { connections: 32_768, streams: 16_384 });
        assert_eq!(Shares::of(u64::MAX), Shares { connections: 32_768, streams: 16_384 });
        assert_eq!(Shares::of(0), Shares { connections: 3, streams: 2 });
    }
}
