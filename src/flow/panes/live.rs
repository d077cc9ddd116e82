//! What an open page and the built-in desktop show at this moment: read whole, whenever something
//! has changed. A reader needs no earlier state, so nothing is lost with a connection.

use std::time::Duration;

use serde_json::{Value, json};

use crate::configuration::{KnownAgent, part};
use crate::domain::call::{Queue, Ring};
use crate::domain::contact::Who;
use crate::domain::decision::Word as _;
use crate::domain::identity::Identity;
use crate::domain::ids::Id;
use crate::domain::pane::{DesktopToken, Gone, PaneToken};
use crate::domain::progress::{Became, Call, Part};
use crate::domain::session::SessionToken;
use crate::domain::time::Timestamp;
use crate::flow::Flow;
use crate::flow::calls::receive::{is_due, other_party};
use crate::flow::calls::unreported;
use crate::flow::contacts::known;
use crate::flow::panes::page::Error;
use crate::flow::panes::seen::Seen;
use crate::flow::panes::shared::Snapshot;
use crate::flow::sessions;
use crate::flow::streams::{Reader, TooMany};
use crate::flow::watch::Streaming;
use crate::store::{DesktopRow, Error as StoreError, PaneRow, Topic};
use crate::view;

/// Pages of an agent that the built-in desktop shows at most, and missed calls.
const PAGES: i64 = 60;
const MISSED: usize = 20;

impl Flow {
    /// What a page shows now.
    pub async fn pane_state(&self, token: &str) -> Result<Snapshot, Error> {
        let id = self.open(token)?;
        let (pane, Ring { caller, queue, .. }, background) = self.read_page(id).await?;
        let Seen { withheld, call, part: at, contact, history, newest } =
            self.seen(&pane, &caller, background);
        let caller = self.caller(&caller);
        let state = json!({
            "phase": at.phase.word(),
            "since": at.since.map(|since| since.0),
            "reported": pane.state.is_some(),
            "rang": at.rang.map(|span| span.as_secs()),
            "talked": at.talked.map(|span| span.as_secs()),
            "became": at.became.as_ref().map(became),
            "cause": call.cause(),
            "recordings": call.recordings().collect::<Vec<_>>(),
            "tags": call.tags(),
            "voicemail": call.voicemail(),
            "completed": pane.completed_at.is_some(),
            "identity": pane.identity.map(Identity::word),
            "withheld": withheld.map(Identity::word),
            "caller": caller,
            "contact": contact,
            "queue": queue.as_ref().or(call.queue()).and_then(Queue::label),
            "history": history,
            "newest": newest,
        });
        Ok(Snapshot::new(&state))
    }

    /// Follows everything that a page shows.
    pub async fn follow_pane(&self, token: &str) -> Result<Streaming, Error> {
        let id = self.open(token)?;
        let pane = self.store.read(move |tx| tx.find_pane(id)).await?;
        let pane = pane.ok_or(Error::Gone(Gone::Unknown))?;
        let agent = pane.agent.as_deref().map(Topic::agent);
        let topics = std::iter::once(Topic::call(pane.call.id)).chain(agent).collect();
        let reader = Reader { subject: format!("pane {id}"), agent: pane.agent };
        Ok(self.stream(reader, topics)?)
    }

    /// A pane's call, and this agent's part in it.
    pub(crate) fn part_of(pane: &PaneRow, now: Timestamp) -> (Call, Part) {
        let rang = pane.event_id.minted();
        let Some(state) = pane.state.as_deref() else {
            return (Call::default(), unreported::part(rang, unreported::proven(pane), now));
        };
        let call: Call = serde_json::from_str(state).unwrap_or_default();
        let who = part(pane.agent.as_deref(), pane.callee.as_deref()).unwrap_or_default();
        let mut part = call.part(&who);
        part.since = part.since.or(Some(rang));
        (call, part)
    }

    /// What a page's template sees of its call's progress.
    pub(crate) fn progress(&self, pane: &PaneRow, seen: &Seen) -> view::Progress {
        let (call, part, now) = (&seen.call, &seen.part, self.clock.now());
        view::Progress {
            phase: part.phase.word(),
            since: part.since.map(|since| since.to_string()).unwrap_or_default(),
            since_text: part.since.map(view::time_of_day).unwrap_or_default(),
            elapsed: part.since.map_or(0, |since| now.since(since).as_secs()),
            reported: pane.state.is_some(),
            rang: part.rang.map(|span| span.as_secs()),
            talked: part.talked.map(|span| span.as_secs()),
            became: part.became.as_ref().map(became),
            cause: call.cause().map(str::to_owned),
            recordings: call.recordings().map(str::to_owned).collect(),
            tags: call.tags().to_vec(),
            voicemail: call.voicemail(),
        }
    }

    /// Whose personal link this is, if it is good.
    pub fn desktop_agent(&self, token: &str) -> Option<KnownAgent> {
        let opened = DesktopToken::open(token, &self.keys.load())?;
        let in_force = self.in_force.load();
        let agents = in_force.configuration.agents();
        let good = |agent: &&KnownAgent| agent.id == opened.agent && agent.link == opened.link;
        agents.iter().find(good).cloned()
    }

    /// The personal link of an agent.
    pub fn desktop_link(&self, agent: &KnownAgent) -> String {
        let token = DesktopToken::issue(&self.keys.load(), &agent.id, agent.link);
        format!("{}/desktop/{token}", self.options.public_url)
    }

    /// Follows everything that an agent's built-in desktop shows.
    pub fn follow_desktop(
        &self,
        agent: &KnownAgent,
        token: &SessionToken,
    ) -> Result<Streaming, TooMany> {
        let key = agent.key();
        let topics = vec![Topic::agent(&key)];
        // What is read for one session is no other one's: each may end.
        let subject = format!("desktop {}", token.digest());
        let reader = Reader { subject, agent: Some(key) };
        self.stream(reader, topics)
    }

    fn stream(&self, reader: Reader, topics: Vec<Topic>) -> Result<Streaming, TooMany> {
        let streaming = self.hub.stream(reader, topics);
        if matches!(streaming, Err(TooMany::InAll)) && self.crowd.admits(self.clock.now()) {
            let most = self.options.streams;
            tracing::warn!(most, "all streams are taken: raise LimitNOFILE, or add a server");
        }
        streaming
    }

    /// What the built-in desktop of whoever shows this token has to show now; none when their session
    /// has ended.
    pub async fn desktop_state(
        &self,
        token: &SessionToken,
    ) -> Result<Option<Snapshot>, StoreError> {
        let (now, digest) = (self.clock.now(), token.digest());
        let since = now.minus(self.options.pane_lifetime);
        let (in_force, region, people) = (self.in_force(), self.options.region, self.people.any());
        let found = self.store.read(move |tx| {
            let signed_in = sessions::find(tx, &in_force.configuration, &digest, now)?;
            let Some(signed_in) = signed_in else { return Ok(None) };
            let mut all = Vec::new();
            for row in tx.list_desktop(&signed_in.agent.key(), since, PAGES)? {
                let state = row.state.as_deref();
                let call = state.and_then(|state| serde_json::from_str::<Call>(state).ok());
                let call = call.unwrap_or_default();
                let caller = other_party(&call, region);
                let contact = people.then(|| known::who(tx, &in_force, &caller, row.call_id, now));
                all.push((row, call, contact.transpose()?.unwrap_or_default()));
            }
            Ok(Some((signed_in, all)))
        });
        let Some((signed_in, all)) = found.await? else { return Ok(None) };
        self.note_use(token, &signed_in).await;
        let agent = &signed_in.agent;
        let mut panes = Vec::new();
        let mut missed = Vec::new();
        for (row, call, contact) in all {
            let who = part(Some(&agent.key()), row.callee.as_deref()).unwrap_or_default();
            let at = call.part(&who);
            let was_missed = matches!(at.became, Some(Became::Missed | Became::Expired));
            if was_missed && missed.len() < MISSED {
                missed.push(self.desktop_entry(&row, &call, &contact, &at, true));
            }
            if row.completed_at.is_none() {
                panes.push(self.desktop_entry(&row, &call, &contact, &at, false));
            }
        }
        let state = json!({
            "agent": { "id": agent.id, "name": agent.name },
            "panes": panes,
            "missed": missed,
        });
        Ok(Some(Snapshot::new(&state)))
    }

    fn desktop_entry(
        &self,
        row: &DesktopRow,
        call: &Call,
        contact: &Who,
        part: &Part,
        missed: bool,
    ) -> Value {
        let caller = other_party(call, self.options.region);
        let display = caller.display(self.options.region);
        let hosted = row.hosted.then(|| self.pane_path(row.id));
        let mut entry = json!({
            "id": row.id.to_string(),
            "url": hosted.or_else(|| row.address.clone().filter(|_| !missed)),
            "caller": display,
            "name": contact.name().or(caller.name.as_deref()),
            "queue": call.queue().and_then(|queue| queue.label()),
            "at": row.id.minted().0,
        });
        if let (false, Some(entry)) = (missed, entry.as_object_mut()) {
            let name = contact.name().or(caller.name.as_deref());
            let name = || name.unwrap_or(&display).to_owned();
            let title = if row.title.is_empty() { name() } else { row.title.clone() };
            entry.extend([
                ("hosted".to_owned(), row.hosted.into()),
                ("action".to_owned(), row.action.as_str().into()),
                ("multitab".to_owned(), row.multitab.into()),
                ("moment".to_owned(), row.moment.as_str().into()),
                ("due".to_owned(), is_due(&row.moment, part).into()),
                ("title".to_owned(), title.into()),
                ("phase".to_owned(), part.phase.word().into()),
                ("since".to_owned(), part.since.map(|since| since.0).into()),
                ("became".to_owned(), json!(part.became.as_ref().map(became))),
            ]);
        }
        entry
    }

    /// Closes a page for good that has no Done of its own, or whose call this agent did not have.
    /// Answers whether there was such a page.
    pub async fn close_pane(&self, agent: &KnownAgent, id: Id) -> Result<bool, StoreError> {
        let (now, key) = (self.clock.now(), agent.key());
        let closed = self.store.write(move |tx| {
            let pane = tx.find_pane(id)?.filter(|pane| pane.agent.as_deref() == Some(&key));
            let Some(pane) = pane else { return Ok(false) };
            let (_, part) = Self::part_of(&pane, now);
            let spoke = matches!(part.became, Some(Became::Talked | Became::Transferred(_)));
            let has_done = pane.page.is_some() && (part.became.is_none() || spoke);
            if has_done {
                return Ok(false);
            }
            if tx.complete_pane(id, now, None, None, None)? {
                crate::flow::panes::page::record(tx, "pane.completed", &pane, now)?;
            }
            tx.announce(Topic::agent(&key));
            tx.announce(Topic::call(pane.call.id));
            Ok(true)
        });
        closed.await
    }

    /// How long somebody who follows waits before they look again without a hint.
    pub fn heartbeat(&self) -> Duration {
        Duration::from_secs(15)
    }

    /// The address of a page, for those who were told of it otherwise.
    pub fn pane_token(&self, pane: Id) -> PaneToken {
        PaneToken::issue(&self.keys.load(), pane)
    }
}

fn became(became: &Became) -> view::Became {
    let (kind, name) = match became {
        Became::Talked => ("talked", &None),
        Became::Transferred(name) => ("transferred", name),
        Became::Elsewhere(name) => ("elsewhere", name),
        Became::Missed => ("missed", &None),
        Became::Expired => ("expired", &None),
    };
    view::Became { kind, name: name.clone() }
}

// The receiving side knows when a page is due; both speak of the same moments.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::progress::CallPhase;

    #[test]
    fn a_page_is_due_when_its_moment_has_come() {
        let part = |phase, became| Part { phase, since: None, rang: None, talked: None, became };
        let cases = [
            (part(CallPhase::Ringing, None), [true, false, false]),
            (part(CallPhase::Answered, None), [true, true, false]),
            (part(CallPhase::Ended, Some(Became::Talked)), [true, true, true]),
            (part(CallPhase::Ended, Some(Became::Missed)), [true, false, false]),
            (part(CallPhase::Ended, Some(Became::Elsewhere(None))), [true, false, false]),
        ];
        for (part, due) in cases {
            let moments = ["ringing", "answered", "ended"];
            assert_eq!(moments.map(|moment| is_due(moment, &part)), due, "{part:?}");
        }
    }
}
