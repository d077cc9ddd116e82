//! The pages of the demo: a stand-in agent application and a stand-in CRM.

use serde::Serialize;

use super::contacts::{Contact, people};
use crate::view::Page;

/// A phone system whose calls the demo plays.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Vendor {
    /// Its name.
    pub(super) label: String,
    pub(super) calls: Vec<VendorCall>,
}

/// A call that the demo plays.
#[derive(Debug, Clone, Serialize)]
pub(super) struct VendorCall {
    pub(super) id: String,
    /// What it shows: inbound, outbound, ivr, …
    pub(super) kind: String,
    /// What happens, request by request.
    pub(super) steps: Vec<String>,
}

/// What only somebody at the demo's own machine may play.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Playable {
    /// Phone systems whose calls can be played.
    pub(super) vendors: Vec<Vendor>,
    /// The personal link to the built-in desktop of the agent whom those calls ring.
    pub(super) built_in: String,
    /// Whether XuC reports the calls of this application.
    pub(super) reported: bool,
}

/// The stand-in agent application.
#[derive(Debug, Clone, Serialize)]
pub(super) struct DesktopPage {
    /// Callpane's address, another origin than this page's.
    pub(super) callpane: String,
    /// Where rings are posted to.
    pub(super) third_party_url: String,
    /// Queues to ring from.
    pub(super) queues: Vec<Queue>,
    /// Agents to ring.
    pub(super) agents: Vec<DesktopAgent>,
    /// Callers to choose from.
    pub(super) callers: Vec<Caller>,
    #[serde(flatten)]
    pub(super) playable: Playable,
}

/// A queue of the demo.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Queue {
    pub(super) id: u32,
    /// Its technical name.
    pub(super) name: &'static str,
    /// What people call it.
    pub(super) display: &'static str,
    pub(super) number: &'static str,
}

/// An agent of the demo.
#[derive(Debug, Clone, Serialize)]
pub(super) struct DesktopAgent {
    pub(super) user_id: u32,
    pub(super) agent_id: u32,
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    /// The line they sit at.
    pub(super) line: &'static str,
}

/// A caller of the demo.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Caller {
    /// The number, as a phone system sends it.
    pub(super) number: &'static str,
    /// What kind of caller that is.
    pub(super) label: &'static str,
}

/// The queues of the demo.
pub(super) fn queues() -> Vec<Queue> {
    let queue = |id, name, display, number| Queue { id, name, display, number };
    vec![
        queue(2, "trucks", "Trucks", "3001"),
        queue(3, "billing", "Billing", "3002"),
        queue(9, "support_fr", "Support France", "3010"),
        queue(12, "quiet", "Quiet", "3020"),
    ]
}

/// The agents of the demo.
pub(super) fn agents() -> Vec<DesktopAgent> {
    let agent = |id, first_name, last_name, line| DesktopAgent {
        user_id: id,
        agent_id: id - 46,
        first_name,
        last_name,
        line,
    };
    vec![agent(87, "Ilse", "Marchetti", "1087"), agent(88, "Nadia", "Ferrer", "1088")]
}

impl DesktopPage {
    /// The demo's people, ringing at this Callpane.
    pub(super) fn at(callpane: &str, third_party_url: String, playable: Playable) -> Self {
        let caller = |number, label| Caller { number, label };
        Self {
            callpane: callpane.to_owned(),
            third_party_url,
            queues: queues(),
            agents: agents(),
            callers: vec![
                caller("0199005577", "Paris"),
                caller("+441632960001", "abroad"),
                caller("+12025550143", "overseas"),
                caller("0199005500", "switchboard"),
                caller("0199005598", "unknown"),
                caller("1013", "extension"),
                caller("anonymous", "withheld"),
            ],
            playable,
        }
    }
}

impl Page for DesktopPage {
    fn template(&self) -> String {
        "demo_desktop.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let steps = ["call:start", "call:update, ringing", "call:update, talking", "call:end"];
        let call = |kind: &str| VendorCall {
            id: format!("wildix-{kind}"),
            kind: kind.to_owned(),
            steps: steps.map(str::to_owned).to_vec(),
        };
        let kinds = ["inbound", "outbound", "ivr", "voicemail", "queue", "presence"];
        let vendor = Vendor { label: "Wildix".to_owned(), calls: kinds.map(call).into() };
        let built_in = "http://127.0.0.1:8080/desktop/sample".to_owned();
        let playable = Playable { vendors: vec![vendor], built_in, reported: true };
        let callpane = "http://127.0.0.1:8080";
        let at = |playable| Self::at(callpane, format!("{callpane}/thirdparty"), playable);
        vec![at(playable), at(Playable::default())]
    }
}

/// The stand-in CRM: shows what it was opened with.
#[derive(Debug, Clone, Serialize)]
pub(super) struct CrmPage {
    /// The contact that it was opened for.
    pub(super) contact: Option<Contact>,
    /// Its contacts: all, or those with the number that it was opened for.
    pub(super) contacts: Vec<Contact>,
    /// The query it was opened with.
    pub(super) query: Vec<QueryPair>,
    /// The path it was opened at.
    pub(super) path: String,
    /// What destinations have told it, newest first; not for everybody.
    pub(super) told: Option<Vec<Received>>,
}

/// A request that the stand-in CRM got.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Received {
    /// When, RFC 3339.
    pub(super) at: String,
    /// POST, PATCH, …
    pub(super) method: String,
    /// Its path and query.
    pub(super) address: String,
    pub(super) body: String,
    /// What it was answered.
    pub(super) status: u16,
}

/// One parameter of a query.
#[derive(Debug, Clone, Serialize)]
pub(super) struct QueryPair {
    /// Its name.
    pub(super) key: String,
    pub(super) value: String,
}

impl Page for CrmPage {
    fn template(&self) -> String {
        "demo_crm.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let pair = QueryPair { key: "phone".to_owned(), value: "+33199005577".to_owned() };
        let told = Received {
            at: "2026-09-21T14:15:23Z".to_owned(),
            method: "POST".to_owned(),
            address: "/demo/crm/api/calls".to_owned(),
            body: "{\"id\":\"<1>\"}".to_owned(),
            status: 201,
        };
        let page = |query, contact, contacts| Self {
            contact,
            contacts,
            query,
            path: "/demo/crm".to_owned(),
            told: Some(vec![told.clone()]),
        };
        let odd = Contact { name: "<b>Zoë</b>".to_owned(), ..people().remove(0) };
        let from_elsewhere = Self { told: None, ..page(Vec::new(), None, Vec::new()) };
        vec![
            page(vec![pair], None, Vec::new()),
            page(Vec::new(), Some(odd), people()),
            from_elsewhere,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{Language, View};

    #[test]
    fn every_page_renders_with_every_sample_in_every_language() {
        fn assert_translated<P: Page>(view: &View) {
            for page in P::samples() {
                for html in Language::ALL.map(|language| view.render(&page, language).unwrap()) {
                    assert!(!html.contains(">[") && !html.contains("\"["), "a text is missing");
                }
            }
        }
        let view = View::new("/prefix", None).unwrap();
        assert_translated::<DesktopPage>(&view);
        assert_translated::<CrmPage>(&view);
    }
}
