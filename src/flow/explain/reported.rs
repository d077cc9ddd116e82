//! A call that a phone system reported at an agent, and that no rules were asked about: the agent's desktop did
//! not ask, or where the phone system has none of its own, for the reason that the page of its events gives.

use super::verdict::Verdict;
use super::{AgentLabel, Explained, Explanations, causes, steps};
use crate::flow::panes::{Why, accepted};
use crate::store::{Error as StoreError, HeardRow};

impl Explanations {
    /// A phone system reported the call at this agent, and nothing was decided.
    pub(super) async fn of_report(
        &self,
        agent: AgentLabel,
        event: HeardRow,
    ) -> Result<Explained, StoreError> {
        let at = event.id.minted();
        let (verdict, causes) = match self.why_undecided(&event).await? {
            None => (Verdict::not_asked(&agent, &event), causes::of_unasked()),
            Some(why) => (Verdict::undecided(&agent, &event, &why), Vec::new()),
        };
        let steps = match event.call_id {
            Some(call) => self.steps_of_call(call, at, &event).await?,
            None => Vec::new(),
        };
        Ok(Explained {
            causes,
            call: event.call_id,
            steps: steps::with_gaps(steps),
            ..Explained::bare(verdict, agent, at)
        })
    }

    /// Why nothing was decided over an event; none where a desktop should have asked.
    async fn why_undecided(&self, event: &HeardRow) -> Result<Option<Why>, StoreError> {
        let in_force = self.context.in_force();
        let source = event.source.as_deref();
        let source = source.and_then(|source| in_force.configuration.source(source));
        if source.is_none_or(|source| source.make.desktop.is_some()) {
            return Ok(None);
        }
        let (id, now) = (event.id, self.context.now());
        let found = self.context.store.read(move |tx| tx.list_accepted(None, Some(id.next()), 1));
        let found = found.await?.into_iter().find(|row| row.id == id);
        Ok(found.and_then(|row| accepted::why(&row, &in_force.configuration, now)))
    }
}
