//! The desktops' key that a server makes for itself where the operator has given none.

use crate::domain::secret::Secret;
use crate::store::{Error as StoreError, Store};

use super::server_keys::Error;

/// The name that the database keeps it under.
const NAME: &str = "desktop_key";

/// The key of this database, made here if there is none yet.
pub async fn find_or_make(store: &Store) -> Result<Secret, Error> {
    let fresh = Secret::random()?;
    let kept = store.write(move |tx| tx.setting_or(NAME, fresh.expose())).await?;
    Ok(Secret::new(kept))
}

/// The key of this database, if a server has made one.
pub async fn find(store: &Store) -> Result<Option<Secret>, StoreError> {
    Ok(store.read(|tx| tx.setting(NAME)).await?.map(Secret::new))
}
