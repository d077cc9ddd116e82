//! A list of contacts is taken over from a file: written beside what counts so far, in portions, so
//! that no ring waits for it, and put in its place at once.

use crate::configuration::OWN;
use crate::crm::charset::Charset;
use crate::crm::csv::{self, Filed, Read};
use crate::domain::actor::Actor;
use crate::domain::audit::Act;
use crate::domain::ids::Id;
use crate::domain::phone::Region;
use crate::domain::text::counted;
use crate::flow::audit::Entry;
use crate::flow::contacts::find::Contacts;
use crate::store::{ContactListRow, ContactRow, Error as StoreError};

/// Why a list is not taken over.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] csv::Error),
    /// Nobody in it can be called.
    #[error("no line has both a number and a name; the list was not changed")]
    Nobody(Read),
    /// The name is taken.
    #[error(
        "\"{OWN}\" is reserved for the list of contacts that agents create; choose another name"
    )]
    Own,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was taken over.
#[derive(Debug)]
pub struct Imported {
    /// What the file has, without its contacts.
    pub read: Read,
    /// How many contacts.
    pub contacts: usize,
    /// How many numbers they have together.
    pub numbers: usize,
}

/// Rows in one unit of work.
const PORTION: usize = 500;
const PORTION_REMOVED: i64 = 500;

impl Contacts {
    /// Imports a list from a file's bytes; it replaces what was imported under that name before.
    /// `region` is the country of its numbers without a prefix; without an encoding, that is recognised.
    pub async fn import(
        &self,
        actor: &Actor,
        list: &str,
        bytes: impl AsRef<[u8]> + Send + 'static,
        region: Option<Region>,
        charset: Option<Charset>,
    ) -> Result<Imported, Error> {
        if list == OWN {
            return Err(Error::Own);
        }
        let (name, region) = (list.to_owned(), region.unwrap_or(self.context.options.region));
        // A large file takes seconds, and rings are answered on this thread.
        let reading = tokio::task::spawn_blocking(move || {
            let mut read = csv::read(bytes.as_ref(), region, charset)?;
            let all = std::mem::take(&mut read.contacts);
            let rows: Vec<ContactRow> = all.iter().flat_map(|filed| rows(&name, filed)).collect();
            Ok::<_, csv::Error>((read, all.len(), rows))
        });
        let (read, contacts, rows) = reading.await.map_err(|_broke| StoreError::Panicked)??;
        if contacts == 0 {
            return Err(Error::Nobody(read));
        }
        let now = self.context.now();
        let import = Id::mint(now);
        for portion in rows.chunks(PORTION) {
            let portion = portion.to_vec();
            self.context.store.write(move |tx| tx.insert_contacts(import, &portion)).await?;
        }
        let row = ContactListRow {
            name: list.to_owned(),
            import,
            imported_at: now,
            contacts: i64::try_from(contacts).unwrap_or(i64::MAX),
        };
        let entry = Entry::of(actor, Act::ListImported, list).became(counted(contacts, "contact"));
        let saved = self.context.store.write(move |tx| {
            entry.write(tx, now)?;
            tx.save_contact_list(&row)
        });
        let before = saved.await?;
        self.remove_import(before).await?;
        self.anybody.add();
        tracing::info!(list, contacts, numbers = rows.len(), "contacts imported");
        Ok(Imported { read, contacts, numbers: rows.len() })
    }

    /// Forgets a list; answers whether there was one.
    pub async fn forget(&self, actor: &Actor, list: &str) -> Result<bool, StoreError> {
        let (entry, now) = (Entry::of(actor, Act::ListForgotten, list), self.context.now());
        let list = list.to_owned();
        let removed = self.context.store.write(move |tx| {
            let import = tx.remove_contact_list(&list)?;
            if import.is_some() {
                entry.write(tx, now)?;
            }
            Ok(import)
        });
        let import = removed.await?;
        let there = import.is_some();
        self.remove_import(import).await?;
        Ok(there)
    }

    /// Removes what has been replaced, in portions.
    async fn remove_import(&self, import: Option<Id>) -> Result<(), StoreError> {
        let Some(import) = import else { return Ok(()) };
        loop {
            let portion =
                self.context.store.write(move |tx| tx.remove_import(import, PORTION_REMOVED));
            if portion.await? == 0 {
                return Ok(());
            }
        }
    }

    /// Every list.
    pub async fn lists(&self) -> Result<Vec<ContactListRow>, StoreError> {
        self.context.store.read(|tx| tx.list_contact_lists()).await
    }
}

fn rows(list: &str, filed: &Filed) -> Vec<ContactRow> {
    let text = serde_json::to_string(&filed.contact).unwrap_or_default();
    let row = |number: &String| ContactRow {
        number: number.clone(),
        list: list.to_owned(),
        id: filed.contact.id.clone(),
        contact: text.clone(),
    };
    filed.numbers.iter().map(row).collect()
}
