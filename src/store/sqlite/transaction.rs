//! One transaction on the connection that writes.

use super::Sqlite;
use crate::store::engine::Connection as _;
use crate::store::error::Error;

/// All of it or nothing.
pub(super) fn transact(
    connection: &mut Sqlite,
    work: impl FnOnce(&mut Sqlite) -> Result<(), Error>,
) -> Result<(), Error> {
    begin(connection)?;
    let done = work(connection).and_then(|()| commit(connection));
    if done.is_err() {
        roll_back(connection);
    }
    done
}

pub(super) fn begin(connection: &mut Sqlite) -> Result<(), Error> {
    connection.script("BEGIN IMMEDIATE").map_err(away)
}

pub(super) fn commit(connection: &mut Sqlite) -> Result<(), Error> {
    connection.script("COMMIT").map_err(away)
}

/// A commit that failed leaves the transaction open, one that never began leaves none; if this fails for
/// another reason, so will the next.
pub(super) fn roll_back(connection: &mut Sqlite) {
    drop(connection.script("ROLLBACK"));
}

/// A database that takes no transaction is away, whatever a statement says of it.
pub(super) fn away(error: Error) -> Error {
    if let Error::Statement(cause) = error { Error::Unavailable(cause) } else { error }
}
