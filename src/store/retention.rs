//! What is older than the retention goes.

use super::error::Error;
use super::tx::Tx;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;

impl Tx<'_> {
    /// Forgets everything that is older than a moment, at most `limit` rows of a table at a time.
    /// Answers how many rows are gone.
    pub fn remove_before(&mut self, moment: Timestamp, limit: i64) -> Result<u64, Error> {
        let floor = Id::floor(moment);
        let statements = [
            "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE id < ?1 ORDER BY id LIMIT ?2)",
            "DELETE FROM newest_ring WHERE agent IN (SELECT agent FROM newest_ring WHERE event_id < ?1 LIMIT ?2)",
            "UPDATE newest_ring SET before_event_id = NULL, before_call_id = NULL WHERE agent IN (SELECT agent FROM newest_ring WHERE before_event_id < ?1 LIMIT ?2)",
            "DELETE FROM call_alias WHERE (source, external_id) IN (SELECT source, external_id FROM call_alias WHERE call_id < ?1 ORDER BY call_id LIMIT ?2)",
            "DELETE FROM attempt WHERE id IN (SELECT id FROM attempt WHERE id < ?1 ORDER BY id LIMIT ?2)",
            "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE id < ?1 AND settled_at IS NOT NULL ORDER BY id LIMIT ?2)",
            "DELETE FROM delivery_facts WHERE id IN (SELECT f.id FROM delivery_facts f WHERE f.id < ?1 AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.line = f.line AND d.settled_at IS NULL) ORDER BY f.id LIMIT ?2)",
            "DELETE FROM entry WHERE (destination, call_id) IN (SELECT destination, call_id FROM entry WHERE call_id < ?1 ORDER BY call_id LIMIT ?2)",
            "DELETE FROM card WHERE id IN (SELECT id FROM card WHERE call_id < ?1 ORDER BY call_id LIMIT ?2)",
            "DELETE FROM presence WHERE (agent, source, kind) IN (SELECT agent, source, kind FROM presence WHERE event_id < ?1 LIMIT ?2)",
            "DELETE FROM refusal WHERE id IN (SELECT id FROM refusal WHERE id < ?1 ORDER BY id LIMIT ?2)",
            "DELETE FROM ring_timing WHERE id IN (SELECT id FROM ring_timing WHERE id < ?1 ORDER BY id LIMIT ?2)",
            "DELETE FROM unwritten_ring WHERE id IN (SELECT id FROM unwritten_ring WHERE id < ?1 ORDER BY id LIMIT ?2)",
            "DELETE FROM turned_away WHERE id IN (SELECT id FROM turned_away WHERE id < ?1 ORDER BY id LIMIT ?2)",
            "DELETE FROM call WHERE id IN (SELECT id FROM call WHERE id < ?1 ORDER BY id LIMIT ?2)",
        ];
        let mut removed = self.remove_ring_counts(moment, limit)?;
        for statement in statements {
            removed += self.execute(statement, &[floor.into(), limit.into()])?;
        }
        Ok(removed)
    }
}
