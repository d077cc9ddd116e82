//! The pages of the demo: a stand-in agent application and a stand-in CRM.

use serde::Serialize;

use super::Page;

/// A phone system whose calls the demo plays.
#[derive(Debug, Clone, Serialize)]
pub struct DemoVendor {
    /// Its source in the configuration.
    pub kind: String,
    /// Its name.
    pub label: String,
    /// What happens, request by request.
    pub steps: Vec<String>,
}

/// The stand-in agent application.
#[derive(Debug, Clone, Serialize)]
pub struct DemoDesktop {
    /// Callpane's address, another origin than this page's.
    pub callpane: String,
    /// Where rings are posted to.
    pub third_party_url: String,
    /// Queues to ring from.
    pub queues: Vec<DemoQueue>,
    /// Agents to ring.
    pub agents: Vec<DemoAgent>,
    /// Callers to choose from.
    pub callers: Vec<DemoCaller>,
    /// Phone systems whose calls can be played.
    pub vendors: Vec<DemoVendor>,
    /// The personal link to the built-in desktop of the agent whom those calls ring.
    pub built_in: String,
}

/// A queue of the demo.
#[derive(Debug, Clone, Serialize)]
pub struct DemoQueue {
    /// Its id.
    pub id: u32,
    /// Its technical name.
    pub name: &'static str,
    /// What people call it.
    pub display: &'static str,
    /// Its number.
    pub number: &'static str,
}

/// An agent of the demo.
#[derive(Debug, Clone, Serialize)]
pub struct DemoAgent {
    /// The user's id.
    pub user_id: u32,
    /// The agent's id.
    pub agent_id: u32,
    /// First name.
    pub first_name: &'static str,
    /// Last name.
    pub last_name: &'static str,
    /// The line they sit at.
    pub line: &'static str,
}

/// A caller of the demo.
#[derive(Debug, Clone, Serialize)]
pub struct DemoCaller {
    /// The number, as a phone system sends it.
    pub number: &'static str,
    /// What kind of caller that is.
    pub label: &'static str,
}

impl DemoDesktop {
    /// The demo's people, ringing at this Callpane.
    pub fn at(
        callpane: &str,
        third_party_url: String,
        vendors: Vec<DemoVendor>,
        built_in: String,
    ) -> Self {
        let queue = |id, name, display, number| DemoQueue { id, name, display, number };
        let agent = |id, first_name, last_name, line| DemoAgent {
            user_id: id,
            agent_id: id - 46,
            first_name,
            last_name,
            line,
        };
        let caller = |number, label| DemoCaller { number, label };
        Self {
            callpane: callpane.to_owned(),
            third_party_url,
            queues: vec![
                queue(2, "trucks", "Trucks", "3001"),
                queue(3, "billing", "Billing", "3002"),
                queue(9, "support_fr", "Support France", "3010"),
                queue(12, "quiet", "Quiet", "3020"),
            ],
            agents: vec![
                agent(87, "Ilse", "Marchetti", "1087"),
                agent(88, "Nadia", "Ferrer", "1088"),
            ],
            callers: vec![
                caller("0199005577", "Paris"),
                caller("+441632960001", "abroad"),
                caller("+12025550143", "overseas"),
                caller("0199005500", "switchboard"),
                caller("0199005598", "unknown"),
                caller("1013", "extension"),
                caller("anonymous", "withheld"),
            ],
            vendors,
            built_in,
        }
    }
}

impl Page for DemoDesktop {
    fn template(&self) -> String {
        "demo_desktop.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let steps = ["call:start", "call:update, ringing", "call:update, talking", "call:end"];
        let steps = steps.map(str::to_owned).to_vec();
        let vendor = DemoVendor { kind: "wildix".to_owned(), label: "Wildix".to_owned(), steps };
        let built_in = "http://127.0.0.1:8080/desktop/sample".to_owned();
        let callpane = "http://127.0.0.1:8080";
        vec![Self::at(callpane, format!("{callpane}/thirdparty"), vec![vendor], built_in)]
    }
}

/// The stand-in CRM: shows what it was opened with.
#[derive(Debug, Clone, Serialize)]
pub struct DemoCrm {
    /// The contact that it was opened for.
    pub contact: Option<CrmContact>,
    /// Its contacts: all, or those with the number that it was opened for.
    pub contacts: Vec<CrmContact>,
    /// The query it was opened with.
    pub query: Vec<QueryPair>,
    /// The path it was opened at.
    pub path: String,
    /// What destinations have told it, newest first; not for everybody.
    pub told: Option<Vec<CrmRequest>>,
}

/// Somebody whom the stand-in CRM knows.
#[derive(Debug, Clone, Serialize)]
pub struct CrmContact {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Where they work.
    pub company: String,
    /// Their e-mail address.
    pub email: String,
    /// Their number.
    pub phone: String,
    /// yes or no.
    pub vip: String,
}

/// A request that the stand-in CRM got.
#[derive(Debug, Clone, Serialize)]
pub struct CrmRequest {
    /// When, RFC 3339.
    pub at: String,
    /// POST, PATCH, …
    pub method: String,
    /// Its path and query.
    pub address: String,
    /// Its body.
    pub body: String,
    /// What it was answered.
    pub status: u16,
}

/// One parameter of a query.
#[derive(Debug, Clone, Serialize)]
pub struct QueryPair {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
}

impl DemoCrm {
    /// The people whom it knows at first; the last three share a switchboard.
    pub fn people() -> Vec<CrmContact> {
        [
            ("Zoë Brûlé", "Brûlé & Fils", "zoe@example.com", "+33199005577", "yes"),
            ("Owen Hartley", "Hartley Haulage", "owen@example.com", "+441632960001", "no"),
            ("Dana Whitfield", "Potomac Cold Storage", "dana@example.com", "+12025550143", "no"),
            ("Camille Aubry", "Transports Lenoir", "camille@example.com", "+33199005500", "yes"),
            ("Karim Benali", "Transports Lenoir", "karim@example.com", "+33199005500", "no"),
            ("Inès Lenoir", "Transports Lenoir", "ines@example.com", "+33199005500", "no"),
        ]
        .into_iter()
        .enumerate()
        .map(|(before, (name, company, email, phone, vip))| CrmContact {
            id: (before + 1).to_string(),
            name: name.to_owned(),
            company: company.to_owned(),
            email: email.to_owned(),
            phone: phone.to_owned(),
            vip: vip.to_owned(),
        })
        .collect()
    }
}

impl Page for DemoCrm {
    fn template(&self) -> String {
        "demo_crm.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let pair = QueryPair { key: "phone".to_owned(), value: "+33199005577".to_owned() };
        let told = CrmRequest {
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
        let odd = CrmContact { name: "<b>Zoë</b>".to_owned(), ..Self::people().remove(0) };
        let from_elsewhere = Self { told: None, ..page(Vec::new(), None, Vec::new()) };
        vec![
            page(vec![pair], None, Vec::new()),
            page(Vec::new(), Some(odd), Self::people()),
            from_elsewhere,
        ]
    }
}
