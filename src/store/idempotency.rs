//! Requests of programs that came with an idempotency key: one row a key of each actor.

use super::error::Error;
use super::tx::Tx;
use crate::domain::time::Timestamp;

/// A request that is known by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRequest {
    /// A digest of what was asked.
    pub request: String,
    /// What was answered, as JSON; none while nobody knows.
    pub answer: Option<String>,
}

impl Tx<'_> {
    /// Keeps a request that begins now, unless this actor has used its key since `oldest`; answers whether it
    /// did. Of those who try at once, one does.
    pub fn begin_request(
        &mut self,
        actor: &str,
        key: &str,
        request: &str,
        now: Timestamp,
        oldest: Timestamp,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "INSERT INTO idempotent (actor, request_key, request, begun_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (actor, request_key) DO UPDATE
             SET request = ?3, begun_at = ?4, answer = NULL WHERE idempotent.begun_at <= ?5",
            &[actor.into(), key.into(), request.into(), now.into(), oldest.into()],
        )?;
        Ok(changed > 0)
    }

    /// The request that an actor used a key for.
    pub fn find_request(&mut self, actor: &str, key: &str) -> Result<Option<KnownRequest>, Error> {
        let row = self.first(
            "SELECT request, answer FROM idempotent WHERE actor = ?1 AND request_key = ?2",
            &[actor.into(), key.into()],
        )?;
        let Some(mut row) = row else { return Ok(None) };
        Ok(Some(KnownRequest { request: row.take("request")?, answer: row.take("request")? }))
    }

    /// Keeps what a request was answered.
    pub fn answer_request(&mut self, actor: &str, key: &str, answer: &str) -> Result<(), Error> {
        self.execute(
            "UPDATE idempotent SET answer = ?3 WHERE actor = ?1 AND request_key = ?2",
            &[actor.into(), key.into(), answer.into()],
        )?;
        Ok(())
    }

    /// Forgets a request that was not carried out.
    pub fn remove_request(&mut self, actor: &str, key: &str) -> Result<(), Error> {
        self.execute(
            "DELETE FROM idempotent WHERE actor = ?1 AND request_key = ?2 AND answer IS NULL",
            &[actor.into(), key.into()],
        )?;
        Ok(())
    }

    /// Forgets requests that began before a moment; answers how many.
    pub fn remove_requests_before(&mut self, moment: Timestamp) -> Result<u64, Error> {
        self.execute("DELETE FROM idempotent WHERE begun_at <= ?1", &[moment.into()])
    }
}
