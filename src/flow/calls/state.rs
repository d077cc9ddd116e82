//! A call as it is kept: read back from what phone systems and desktops told of it, and saved with
//! everything that is looked up in it.

use std::time::Duration;

use crate::configuration::{known_id, part_key};
use crate::desktop;
use crate::domain::call::{Call, CallPhase};
use crate::domain::contact::Who;
use crate::domain::event::{CallEvent, Side};
use crate::domain::ids::Id;
use crate::domain::phone::{Party, Region};
use crate::domain::presence::PresenceNow;
use crate::domain::ring::{Direction, Ring};
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::store::{CallState, Error as StoreError, LockedCall, Topic, Tx};

/// How long a call may ring without a word before its end is supposed.
pub(crate) const RINGS: Duration = Duration::from_mins(10);

/// What is known of a call: what was kept of it, else what desktops told of it.
pub(crate) fn load(tx: &mut Tx<'_>, held: &LockedCall, region: Region) -> Result<Call, StoreError> {
    if let Some(state) = &held.state {
        return serde_json::from_str(state).ok().ok_or(StoreError::Unreadable("call"));
    }
    let mut call = Call::default();
    for row in tx.list_rings(held.id)? {
        let body = row.body.as_deref().unwrap_or("{}");
        if let Some(ring) = desktop::reread(&held.source, body, region) {
            let who = part_key(row.agent.as_deref(), row.callee.as_deref());
            call.apply(&CallEvent::of_ring(&ring, row.event_id.minted()), who.as_deref());
        }
    }
    Ok(call)
}

/// Keeps what a call is now, and wakes whoever has it on screen.
pub(crate) fn save(
    tx: &mut Tx<'_>,
    held: &LockedCall,
    call: &Call,
    region: Region,
    now: Timestamp,
    expires: Duration,
) -> Result<(), StoreError> {
    let caller = other_party(call, region);
    tx.save_call(held.id, &of(call, &caller, now, expires)?)?;
    announce(tx, held.id, call);
    Ok(())
}

/// What is kept of a call: all of it, and what it is looked up by.
pub(crate) fn of<'a>(
    call: &'a Call,
    caller: &'a Party,
    now: Timestamp,
    expires: Duration,
) -> Result<CallState<'a>, StoreError> {
    let patience = match call.phase() {
        // Whoever placed a call may be speaking: not every phone system tells that it was answered.
        CallPhase::Started if call.direction() == Some(Direction::Outbound) => Some(expires),
        CallPhase::Started | CallPhase::Ringing => Some(RINGS.min(expires)),
        CallPhase::Answered | CallPhase::Held => Some(expires),
        CallPhase::Ended => None,
    };
    let queue = call.queue();
    let direction = call.direction().unwrap_or_else(|| Direction::of_ring(caller));
    Ok(CallState {
        state: serde_json::to_string(call).ok().ok_or(StoreError::Unreadable("call"))?,
        open_until: patience.map(|patience| now.plus(patience)),
        direction: direction.word(),
        caller: (caller.key(), &caller.raw, caller.name.as_deref()),
        dialled: call.dialled(),
        queue: (
            queue.and_then(|queue| queue.name.as_deref()),
            queue.and_then(|queue| queue.display.as_deref()),
            queue.and_then(|queue| queue.number.as_deref()),
        ),
    })
}

/// A ring as it is kept: what came, and its call by now.
pub(crate) struct KeptRing<'a> {
    /// The phone system that reported it; none of a desktop's.
    pub(crate) source: Option<&'a str>,
    /// Which system told of its call first.
    pub(crate) call_source: &'a str,
    pub(crate) call: Option<&'a Call>,
    pub(crate) body: Option<&'a str>,
    /// The agent's key and line.
    pub(crate) agent: Option<&'a str>,
    pub(crate) line: Option<&'a str>,
}

impl KeptRing<'_> {
    /// The ring, read again. A phone system tells more of its call as it goes on; what a desktop said stands.
    pub(crate) fn reread(&self, region: Region) -> Ring {
        let Self { source, call_source, call, body, agent, line } = *self;
        if let Some(source) = source {
            let who = part_key(agent, line).unwrap_or_default();
            return ring_of(call.unwrap_or(&Call::default()), source, &who, region);
        }
        let ring = desktop::reread(call_source, body.unwrap_or("{}"), region);
        ring.unwrap_or_else(|| desktop::sheet::decode(Vec::new(), region))
    }
}

/// Wakes whoever has a call on screen.
pub(crate) fn announce(tx: &mut Tx<'_>, id: Id, call: &Call) {
    tx.announce(Topic::call(id));
    call.everybody().for_each(|who| tx.announce(Topic::agent(who)));
}

/// Who is at the other end, as far as it was told.
pub(crate) fn other_party(call: &Call, region: Region) -> Party {
    let Side { number, sent, name, company, email } = call.other().unwrap_or_default();
    let read = Party::read(&number, name, region);
    Party { raw: sent.unwrap_or(number), company, email, ..read }
}

/// A call as a ring at one agent: what rules decide over, and a page shows.
pub(crate) fn ring_of(call: &Call, source: &str, who: &str, region: Region) -> Ring {
    let caller = other_party(call, region);
    let mut agent = call.agent(who).unwrap_or_default();
    agent.user_id = known_id(who).map(str::to_owned);
    Ring {
        source: source.to_owned(),
        external_id: None,
        direction: call.direction().unwrap_or_else(|| Direction::of_ring(&caller)),
        caller,
        callee: agent.line.clone(),
        agent,
        dialled: call.dialled().map(|number| Party::read(number, None, region)),
        queue: call.queue().cloned(),
        data: call.data().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        outcome: call.outcome(),
        presence: PresenceNow::default(),
        contact: Who::Unknown,
        origin: None,
        body: String::new(),
    }
}
