//! The built-in agent desktop: the pages that it has to show, calls that were missed, and closing a page.

use std::sync::Arc;

use crate::configuration::{KnownAgent, part_key};
use crate::domain::call::{Call, Ending, Part};
use crate::domain::contact::Who;
use crate::domain::event::PageEventKind;
use crate::domain::ids::Id;
use crate::domain::presence::PresenceNow;
use crate::domain::session::SessionToken;
use crate::domain::word::Word as _;
use crate::flow::calls::state::other_party;
use crate::flow::contacts::{Contacts, known};
use crate::flow::context::Context;
use crate::flow::hub::{Snapshot, State, StreamSubscription, Subscriber, TooMany};
use crate::flow::panes::call::{became, part_of, reported};
use crate::flow::panes::due::is_due;
use crate::flow::panes::events::record;
use crate::flow::presence;
use crate::flow::sessions::{self, Sessions};
use crate::store::{DesktopRow, Error as StoreError, Topic};
use crate::view;

/// Pages of an agent that the built-in desktop shows at most, and missed calls.
const PAGES: i64 = 60;
const MISSED: usize = 20;

/// The built-in agent desktop.
#[derive(Debug)]
pub struct Desktops {
    context: Arc<Context>,
    contacts: Arc<Contacts>,
    sessions: Arc<Sessions>,
}

impl Desktops {
    pub(crate) fn new(
        context: &Arc<Context>,
        contacts: &Arc<Contacts>,
        sessions: &Arc<Sessions>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            contacts: Arc::clone(contacts),
            sessions: Arc::clone(sessions),
        }
    }

    /// Follows everything that an agent's built-in desktop shows.
    pub fn follow(
        &self,
        agent: &KnownAgent,
        token: &SessionToken,
    ) -> Result<StreamSubscription, TooMany> {
        let key = agent.key();
        let topics = vec![Topic::agent(&key)];
        // What is read for one session is not another one's: each may end.
        let subject = format!("desktop {}", token.digest());
        let reader = Subscriber { subject, agent: Some(key) };
        self.context.hub.stream(reader, topics, Vec::new(), self.context.now())
    }

    /// What the built-in desktop of whoever shows this token has to show now; none when their session
    /// has ended.
    pub async fn state(&self, token: &SessionToken) -> Result<Option<Arc<Snapshot>>, StoreError> {
        let (now, digest) = (self.context.now(), token.digest());
        let since = now.minus(self.context.options.pane_lifetime);
        let (in_force, region, people) =
            (self.context.in_force(), self.context.options.region, self.contacts.any());
        let found = self.context.store.read(move |tx| {
            let signed_in = sessions::find(tx, &in_force.configuration, &digest, now)?;
            let Some(signed_in) = signed_in else { return Ok(None) };
            let mut all = Vec::new();
            for row in tx.list_desktop(&signed_in.agent.key(), since, PAGES)? {
                let call = Call::restore(row.state.as_deref()).unwrap_or_default();
                let caller = other_party(&call, region);
                let contact = people.then(|| known::who(tx, &in_force, &caller, row.call_id, now));
                all.push((row, call, contact.transpose()?.unwrap_or_default()));
            }
            let key = signed_in.agent.key();
            let presence = presence::read(tx, &in_force.configuration, Some(&key), now)?;
            Ok(Some((signed_in, all, presence)))
        });
        let Some((signed_in, all, presence)) = found.await? else { return Ok(None) };
        self.sessions.note_use(token, &signed_in).await;
        let agent = &signed_in.agent;
        let mut panes = Vec::new();
        let mut missed = Vec::new();
        for (row, call, contact) in all {
            let who = part_key(Some(&agent.key()), row.callee.as_deref()).unwrap_or_default();
            let at = call.part(&who);
            let was_missed = matches!(at.became, Some(Ending::Missed | Ending::Expired));
            if was_missed && missed.len() < MISSED {
                missed.push(self.listed(&row, &call, &contact));
            }
            if row.completed_at.is_none() {
                panes.push(self.pane(&row, &call, &contact, &at));
            }
        }
        let presence = own_presence(presence);
        let calls = view::DesktopCalls { presence, panes, missed };
        Ok(Some(Arc::new(Snapshot::new(State::Desktop(calls)))))
    }

    fn listed(&self, row: &DesktopRow, call: &Call, contact: &Who) -> view::ListedCall {
        let caller = other_party(call, self.context.options.region);
        view::ListedCall {
            id: row.id.to_string(),
            url: row.hosted.then(|| self.context.pane_path(row.id)),
            caller: caller.display(self.context.options.region),
            name: contact.name().map(str::to_owned).or(caller.name),
            queue: call.queue().and_then(|queue| queue.label()).map(str::to_owned),
            at: row.id.minted().0,
        }
    }

    fn pane(&self, row: &DesktopRow, call: &Call, contact: &Who, part: &Part) -> view::DesktopPane {
        let mut listed = self.listed(row, call, contact);
        listed.url = listed.url.or_else(|| row.address.clone());
        let name = || listed.name.as_ref().unwrap_or(&listed.caller).clone();
        view::DesktopPane {
            hosted: row.hosted,
            action: row.action.clone(),
            multitab: row.multitab,
            moment: row.moment.clone(),
            due: is_due(&row.moment, part),
            title: if row.title.is_empty() { name() } else { row.title.clone() },
            phase: part.phase.word(),
            since: part.since.map(|since| since.0),
            became: part.became.as_ref().map(became),
            call: listed,
        }
    }

    /// Closes a page for good that has no Done of its own, or whose call this agent did not have.
    /// Answers whether there was such a page.
    pub async fn close(&self, agent: &KnownAgent, id: Id) -> Result<bool, StoreError> {
        let (now, key) = (self.context.now(), agent.key());
        let closed = self.context.store.write(move |tx| {
            let pane = tx.find_pane(id)?.filter(|pane| pane.agent.as_deref() == Some(&key));
            let Some(pane) = pane else { return Ok(false) };
            let part = part_of(&pane, reported(&pane).as_ref(), now);
            let spoke = matches!(part.became, Some(Ending::Talked | Ending::Transferred(_)));
            let has_done = pane.page.is_some() && (part.became.is_none() || spoke);
            if has_done {
                return Ok(false);
            }
            if tx.complete_pane(id, now, None, None, None)? {
                record(tx, PageEventKind::Completed, &pane, now)?;
            }
            tx.announce(Topic::agent(&key));
            tx.announce(Topic::call(pane.call.id));
            Ok(true)
        });
        closed.await
    }
}

/// The agent's own presence, if anything is told of it.
fn own_presence(presence: PresenceNow) -> Option<view::OwnPresence> {
    let PresenceNow { user, telephony, .. } = presence;
    let user = user.unwrap_or_default();
    let shown = view::OwnPresence {
        until: user.until.filter(|_| user.status.is_some()).map(|until| until.to_string()),
        status: user.status,
        message: user.message,
        telephony,
    };
    Some(shown).filter(|shown| *shown != view::OwnPresence::default())
}
