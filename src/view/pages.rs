//! Every page's data, as its template sees it.

use serde::Serialize;

use super::Page;
use crate::domain::time::Timestamp;

/// The page that a rule opens when it names none.
pub(super) const DEFAULT: &str = "default";

/// The page of one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PanePage {
    /// Which of the pages, without `.html`.
    #[serde(skip)]
    pub page: String,
    /// The pane itself.
    pub pane: Pane,
    /// Somebody else's page, which this one frames.
    pub wrapped: Option<Wrapped>,
    pub call: Call,
    /// Who is calling, as the phone system says it.
    pub caller: Caller,
    /// Who that is, as contacts say it.
    pub contact: Contact,
    /// The agent's line.
    pub callee: Callee,
    pub agent: Agent,
    /// The queue it came through.
    pub queue: Option<Queue>,
    /// Whether the contact's or the call's data say that this is a VIP.
    pub vip: bool,
    /// Data that the phone system attached: an integrator's own first, then what is technical.
    pub data: Vec<Datum>,
    /// How many of them are an integrator's own.
    pub attached: usize,
    /// This caller's earlier calls, newest first.
    pub history: Vec<EarlierCall>,
    /// What other systems show of the call, the oldest first.
    pub cards: Vec<Card>,
    /// Outcomes to choose from.
    pub disposition_options: Vec<String>,
    /// Whether one must be chosen.
    pub disposition_required: bool,
    /// A newer call at this agent.
    pub newest: Option<Banner>,
    /// Where the page posts its message to: an origin, or `*`.
    pub desktop_origin: String,
}

/// Somebody else's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wrapped {
    pub url: String,
    /// Where its messages come from.
    pub origin: String,
    /// Whether to frame it: as far as anybody knows, it does not refuse.
    pub framed: bool,
}

/// The pane of a [`PanePage`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pane {
    /// Its address without the origin.
    pub path: String,
    /// The tab's title.
    pub title: String,
    /// Whether the agent is paused while it is open.
    pub autopause: bool,
    /// What is noted so far.
    pub notes: String,
    /// Counts the savings of the notes.
    pub version: i64,
    /// The outcome chosen so far.
    pub disposition: Option<String>,
    /// Whether the agent is done with it.
    pub completed: bool,
    /// pending, confirmed, unconfirmed or away, where XuC is asked who the agent is.
    pub identity: Option<&'static str>,
    /// The same, where history and contact are kept back until XuC knows the agent.
    pub withheld: Option<&'static str>,
    /// What to tell an administrator who is asked about this page.
    pub trace: String,
}

/// The call of a [`PanePage`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// Its id at the phone system.
    pub id: Option<String>,
    /// Its id here.
    pub uuid: String,
    /// inbound, outbound, internal.
    pub direction: String,
    /// When it rang, RFC 3339.
    pub started_at: String,
    /// What the caller dialled.
    pub dialled: Option<String>,
    /// What it is doing; also streamed while the page is open.
    #[serde(flatten)]
    pub progress: Progress,
}

/// What a call is doing at this agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// started, ringing, answered, held, ended.
    pub phase: &'static str,
    /// When that began, RFC 3339.
    pub since: String,
    /// The same in milliseconds since 1970, for the timer.
    pub since_ms: Option<i64>,
    /// The same for people: the time of day, until the browser writes it in the reader's time zone.
    pub since_text: String,
    /// Seconds since then.
    pub elapsed: u64,
    /// Whether a phone system reports it: otherwise it is what the ring and the page itself tell.
    pub reported: bool,
    /// Seconds that it rang, once that is over.
    pub rang: Option<u64>,
    /// Seconds that they spoke, once that is over.
    pub talked: Option<u64>,
    /// What became of it, once it is over.
    pub became: Option<Ending>,
    /// Why it ended, in the phone system's words.
    pub cause: Option<String>,
    /// Addresses of recordings.
    pub recordings: Vec<String>,
    /// Tags or account codes.
    pub tags: Vec<String>,
    /// Whether the caller left a message.
    pub voicemail: bool,
}

/// A time of day that needs no browser to be read.
pub fn time_of_day(at: Timestamp) -> String {
    let at = at.to_string();
    at.get(11..16).map_or(at.clone(), |time| format!("{time} UTC"))
}

/// What became of an agent's part in a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ending {
    /// talked, transferred, elsewhere, missed, expired.
    pub kind: &'static str,
    /// Who took it, where somebody else did.
    pub name: Option<String>,
}

/// The caller of a [`PanePage`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Caller {
    /// number, extension, anonymous, other.
    pub kind: &'static str,
    /// Their name, where it is known.
    pub name: Option<String>,
    /// Where they work, and their e-mail address, where the phone system knows them.
    pub company: Option<String>,
    pub email: Option<String>,
    /// As the agent reads and dials it; empty for somebody anonymous.
    pub display: String,
    /// E.164, for public numbers.
    pub e164: Option<String>,
    /// National form, for public numbers.
    pub national: Option<String>,
    /// International form, for public numbers.
    pub international: Option<String>,
    /// ISO 3166 code.
    pub country: Option<String>,
    /// A `tel:` address.
    pub dial: Option<String>,
    /// As the phone system sent it.
    pub raw: String,
}

/// Who the caller is, as far as contacts know.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// known, several, unknown, looking, away; nobody where there is nothing to look for.
    pub state: &'static str,
    pub name: Option<String>,
    /// Where they work; of several contacts the company that all of them work for.
    pub company: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Their own page.
    pub link: Option<String>,
    /// Their id where they are from.
    pub id: Option<String>,
    /// Where they are from: the name of a lookup or of a list.
    pub book: Option<String>,
    /// What people call the CRM that they are from.
    pub crm: Option<String>,
    /// Whether their data say that they are a VIP.
    pub vip: bool,
    /// Whatever else is known of them.
    pub data: Vec<Detail>,
    /// Everybody who has this number, where that is more than one.
    pub choices: Vec<Choice>,
    /// Whether an agent chose this one among them on this call.
    pub chosen: bool,
    /// Where nobody chose on this call: who it was on the last call on which somebody did.
    pub last: Option<String>,
    /// A form of the CRM's own for somebody new.
    pub create: Option<String>,
    /// The CRM's own search.
    pub search: Option<String>,
}

impl Contact {
    /// What a page shows where there is nothing to look for, or nothing to be seen.
    pub fn nobody() -> Self {
        Self { state: "nobody", ..Self::default() }
    }
}

/// One thing that is known of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// What it is.
    pub label: String,
    pub value: String,
}

/// One of several contacts with the same number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Whether it was they the last time.
    pub last: bool,
    /// Where they are from.
    pub book: String,
    pub id: String,
    pub name: Option<String>,
    /// Where they work.
    pub company: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
}

/// The agent's line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Callee {
    pub number: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Agent {
    pub name: Option<String>,
    /// Their id at the phone system, else their user's.
    pub id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Queue {
    /// Its technical name.
    pub name: String,
    /// What people call it.
    pub display: String,
    pub number: Option<String>,
    /// Its own colour, one of twelve: red, teal; the same on every page.
    pub colour: Option<&'static str>,
}

/// One line of call data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Datum {
    /// As the phone system named it.
    pub key: String,
    /// As a person reads it.
    pub label: String,
    pub value: String,
    /// Whether it is the phone system's own and says little to an agent.
    pub technical: bool,
}

/// What another system shows of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Card {
    pub id: String,
    pub title: String,
    pub text: Option<String>,
    /// A page on the web.
    pub link: Option<String>,
    pub lines: Vec<Detail>,
}

/// An earlier call of the same caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EarlierCall {
    /// Its id here.
    pub id: String,
    /// When it rang, RFC 3339.
    pub when: String,
    /// When it rang, for people.
    pub when_text: String,
    /// Who took it.
    pub agent: Option<String>,
    pub queue: Option<String>,
    /// How it ended.
    pub disposition: Option<String>,
    pub notes: Option<String>,
}

/// What a page says of the agent's newer call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Banner {
    /// rings, talks, or rang (nobody tells what became of it); earlier, where the page itself is an
    /// earlier call's.
    pub kind: &'static str,
    /// The newer caller's number; empty if it is withheld.
    pub display: String,
    pub name: Option<String>,
    /// Their page, if they have one.
    pub path: Option<String>,
}

impl PanePage {
    /// Whether it is the built-in page.
    pub fn is_default(&self) -> bool {
        self.page == DEFAULT
    }

    /// The same call on the built-in page.
    #[must_use]
    pub fn into_default(self) -> Self {
        Self { page: DEFAULT.to_owned(), ..self }
    }
}

/// An address that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Nowhere {
    /// address, or sheet.
    pub reason: &'static str,
    /// The path of our address from outside.
    pub base: String,
}

impl Page for Nowhere {
    fn template(&self) -> String {
        "nowhere.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        ["address", "sheet"].map(|reason| Self { reason, base: String::new() }).to_vec()
    }
}

/// An address that leads to no pane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// expired, unknown, away, nothing, or check.
    pub reason: &'static str,
    /// Where the page posts its message to.
    pub desktop_origin: String,
}

impl Page for Gone {
    fn template(&self) -> String {
        "gone.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let page = |reason| Self { reason, desktop_origin: "*".to_owned() };
        vec![page("expired"), page("unknown"), page("away"), page("nothing"), page("check")]
    }
}

/// The built-in agent desktop: shows pages as calls of this agent ring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desktop {
    pub agent_name: String,
    /// Its address without the origin; `…/stream`, `…/state` and `…/close` stand below it.
    pub path: String,
}

impl Page for Desktop {
    fn template(&self) -> String {
        "desktop.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        vec![Self { agent_name: "Zoë <Brûlé>".to_owned(), path: "/desktop".to_owned() }]
    }
}

/// What a desktop shows at this moment; sent while it is open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DesktopCalls {
    /// The agent's own presence, where a phone system reports it.
    pub presence: Option<OwnPresence>,
    /// Calls with a page for this agent, unless they are done with it.
    pub panes: Vec<DesktopPane>,
    /// Calls that nobody took.
    pub missed: Vec<ListedCall>,
}

/// An agent's presence, as their desktop shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OwnPresence {
    /// Their own status, in the phone system's word.
    pub status: Option<String>,
    /// What they wrote beside it.
    pub message: Option<String>,
    /// Until when it holds, RFC 3339.
    pub until: Option<String>,
    /// What their telephone is doing, in the phone system's word.
    pub telephony: Option<String>,
}

/// A page on the desktop, or one that opens later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DesktopPane {
    /// Its id, page and caller.
    #[serde(flatten)]
    pub call: ListedCall,
    /// Whether the page is Callpane's own.
    pub hosted: bool,
    /// open, popup, run.
    pub action: String,
    /// Whether each call gets a window of its own.
    pub multitab: bool,
    /// ringing, answered, ended: when the page opens.
    pub moment: String,
    /// Whether that moment has come.
    pub due: bool,
    /// What its tab is called.
    pub title: String,
    /// started, ringing, answered, held, ended.
    pub phase: &'static str,
    /// When that began, in milliseconds since 1970.
    pub since: Option<i64>,
    /// What became of the call, once it is over.
    pub became: Option<Ending>,
}

/// A call as a desktop lists it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ListedCall {
    /// The pane's id.
    pub id: String,
    /// Where its page is, if there is one.
    pub url: Option<String>,
    /// The caller's number; empty if it is withheld.
    pub caller: String,
    pub name: Option<String>,
    pub queue: Option<String>,
    /// When it rang, in milliseconds since 1970.
    pub at: i64,
}

/// The way into the desktop, for somebody who is not signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignInPage {
    /// none: they came without a link; unknown: the link is not, or no longer, good; ended: so is their
    /// session; out: they have signed out; away: the database cannot be asked.
    pub reason: &'static str,
}

impl Page for SignInPage {
    fn template(&self) -> String {
        "desktop_sign_in.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        ["none", "unknown", "ended", "out", "away"].map(|reason| Self { reason }).to_vec()
    }
}
