//! What pages of calls and desktops are rendered with by `callpane check` and by tests: one of everything.

use super::Page;
use super::pages::{
    Agent, Banner, Call, Callee, Caller, Card, Choice, Contact, DEFAULT, Datum, DesktopCalls,
    DesktopPane, Detail, EarlierCall, Ending, ListedCall, OwnPresence, Pane, PanePage, Progress,
    Queue,
};

impl Page for PanePage {
    fn template(&self) -> String {
        if self.is_default() { "pane.html".to_owned() } else { format!("{}.html", self.page) }
    }

    fn samples() -> Vec<Self> {
        let full = page();
        let bare = Self {
            caller: Caller {
                kind: "anonymous",
                name: None,
                company: None,
                email: None,
                display: String::new(),
                e164: None,
                national: None,
                international: None,
                country: None,
                dial: None,
                raw: String::new(),
            },
            contact: Contact::nobody(),
            callee: Callee { number: None },
            agent: Agent { name: None, id: None },
            queue: None,
            vip: false,
            data: Vec::new(),
            attached: 0,
            cards: Vec::new(),
            history: Vec::new(),
            disposition_options: Vec::new(),
            disposition_required: false,
            newest: None,
            ..full.clone()
        };
        let kept_back = |identity| Self {
            pane: Pane { identity: Some(identity), withheld: Some(identity), ..full.pane.clone() },
            contact: Contact::nobody(),
            cards: Vec::new(),
            history: Vec::new(),
            newest: None,
            ..full.clone()
        };
        let kept_back = ["pending", "unconfirmed", "away"].map(kept_back);
        let done = Pane { completed: true, identity: None, disposition: None, ..full.pane.clone() };
        let done = Self { pane: done, ..full.clone() };
        let phase = |progress: Progress| {
            let call = Call { progress, ..full.call.clone() };
            Self { call, newest: None, ..full.clone() }
        };
        let ringing = full.call.progress.clone();
        let held = phase(Progress { phase: "held", rang: Some(7), ..ringing.clone() });
        let became = |kind, name: Option<&str>| Progress {
            phase: "ended",
            became: Some(Ending { kind, name: name.map(str::to_owned) }),
            rang: Some(7),
            ..ringing.clone()
        };
        let talked = phase(Progress {
            talked: Some(3723),
            recordings: vec!["https://pbx.example.com/recordings/1.wav".to_owned()],
            tags: vec!["Opp Won".to_owned(), "<b>Large</b>".to_owned()],
            voicemail: true,
            ..became("talked", None)
        });
        let refused = Some("Call Rejected".to_owned());
        let missed = phase(Progress { cause: refused, ..became("missed", None) });
        let elsewhere = phase(became("elsewhere", Some("Marcus Lee")));
        let transferred = phase(became("transferred", None));
        let expired = phase(became("expired", None));
        let unreported = |phase_now| Progress {
            phase: phase_now,
            elapsed: 700,
            reported: false,
            ..ringing.clone()
        };
        let (rang, answered) = (phase(unreported("started")), phase(unreported("answered")));
        let contacts = contacts().into_iter();
        let contacts = contacts.map(|contact| Self { contact, newest: None, ..full.clone() });
        let calls = vec![
            full.clone(),
            bare,
            done,
            held,
            talked,
            missed,
            elsewhere,
            transferred,
            expired,
            rang,
            answered,
        ];
        calls.into_iter().chain(kept_back).chain(contacts).collect()
    }
}

/// What contacts may say beside the usual.
fn contacts() -> Vec<Contact> {
    let choice = |id: &str, name: &str, company: Option<&str>| Choice {
        last: false,
        book: "crm".to_owned(),
        id: id.to_owned(),
        name: Some(name.to_owned()),
        company: company.map(str::to_owned),
        email: None,
    };
    let choices = vec![
        choice("42", "Zoë Brûlé", Some("Brûlé & Fils")),
        choice("43", "Noé Brûlé <junior>", Some("Brûlé & Fils")),
        choice("44", "Front desk", None),
    ];
    let known = page().contact;
    let several = Contact { state: "several", choices: choices.clone(), ..Contact::default() };
    let mut colleagues: Vec<Choice> = choices.iter().take(2).cloned().collect();
    colleagues.iter_mut().take(1).for_each(|choice| choice.last = true);
    let last = Contact {
        company: Some("Brûlé & Fils".to_owned()),
        last: Some("Zoë Brûlé".to_owned()),
        choices: colleagues,
        ..several.clone()
    };
    let chosen = Contact { choices, chosen: true, ..known };
    let unknown = Contact {
        state: "unknown",
        create: Some("https://crm.example.com/contacts/new?phone=%2B33199005577".to_owned()),
        search: Some("https://crm.example.com/search?q=%2B33199005577".to_owned()),
        ..Contact::default()
    };
    let looking = Contact { state: "looking", ..Contact::default() };
    let away = Contact { state: "away", ..unknown.clone() };
    vec![several, last, chosen, unknown, looking, away]
}

/// What a desktop may show: a call that rings, one that opens later, one that is over, and missed ones.
pub(super) fn desktop_calls() -> DesktopCalls {
    let call = |id: &str, name: Option<&str>, url: Option<&str>| ListedCall {
        id: id.to_owned(),
        url: url.map(str::to_owned),
        caller: "01 99 00 55 77".to_owned(),
        name: name.map(str::to_owned),
        queue: Some("Support <France>".to_owned()),
        at: 1_790_000_123_000,
    };
    let ringing = DesktopPane {
        call: call("1", Some("Zoë Brûlé"), Some("/pane/1")),
        hosted: true,
        action: "open".to_owned(),
        multitab: false,
        moment: "ringing".to_owned(),
        due: true,
        title: "Zoë Brûlé".to_owned(),
        phase: "ringing",
        since: Some(1_790_000_123_000),
        became: None,
    };
    let phase = |phase| DesktopPane { phase, ..ringing.clone() };
    let over = |kind, name: Option<&str>| DesktopPane {
        became: Some(Ending { kind, name: name.map(str::to_owned) }),
        ..phase("ended")
    };
    let panes = vec![
        ringing.clone(),
        phase("started"),
        DesktopPane { due: false, title: String::new(), ..phase("answered") },
        phase("held"),
        over("talked", None),
        over("transferred", None),
        over("elsewhere", Some("Marcus Lee")),
        over("missed", None),
        over("expired", None),
    ];
    let missed = vec![call("2", None, None), call("3", Some("Noé <junior>"), Some("/pane/3"))];
    let presence = OwnPresence {
        status: Some("DND".to_owned()),
        message: Some("Lunch <now>".to_owned()),
        until: Some("2026-09-21T15:00:00Z".to_owned()),
        telephony: Some("rt".to_owned()),
    };
    DesktopCalls { presence: Some(presence), panes, missed }
}

fn caller() -> Caller {
    let text = str::to_owned;
    Caller {
        kind: "number",
        name: Some(text("Zoë Brûlé")),
        company: Some(text("Brûlé & Fils")),
        email: Some(text("zoe@example.com")),
        display: text("01 99 00 55 77"),
        e164: Some(text("+33199005577")),
        national: Some(text("01 99 00 55 77")),
        international: Some(text("+33 1 99 00 55 77")),
        country: Some(text("FR")),
        dial: Some(text("tel:+33199005577")),
        raw: text("0199005577"),
    }
}

fn page() -> PanePage {
    let text = str::to_owned;
    PanePage {
        wrapped: None,
        page: text(DEFAULT),
        pane: Pane {
            path: text("/pane/sample"),
            title: text("Zoë Brûlé <fleet>"),
            autopause: true,
            notes: text("Asked for the invoice of March."),
            version: 3,
            disposition: Some(text("Call back")),
            completed: false,
            identity: Some("confirmed"),
            withheld: None,
            trace: text("K7Q-4M2"),
        },
        call: Call {
            id: Some(text("1790000123.4521")),
            uuid: text("0199c0de000070008000000000000001"),
            direction: text("inbound"),
            started_at: text("2026-09-21T14:15:23Z"),
            dialled: Some(text("3010")),
            progress: Progress {
                phase: "ringing",
                since: text("2026-09-21T14:15:23Z"),
                since_ms: Some(1_790_000_123_000),
                since_text: text("14:15 UTC"),
                elapsed: 7,
                reported: true,
                rang: None,
                talked: None,
                became: None,
                cause: None,
                recordings: Vec::new(),
                tags: Vec::new(),
                voicemail: false,
            },
        },
        caller: caller(),
        contact: Contact {
            state: "known",
            name: Some(text("Zoë Brûlé <Transports>")),
            company: Some(text("Brûlé & Fils")),
            email: Some(text("zoe@example.com")),
            link: Some(text("https://crm.example.com/contacts/42")),
            id: Some(text("42")),
            book: Some(text("crm")),
            crm: Some(text("EspoCRM")),
            vip: true,
            data: vec![
                Detail { label: text("Contract"), value: text("C-10442") },
                Detail { label: text("Language"), value: text("French") },
            ],
            ..Contact::default()
        },
        callee: Callee { number: Some(text("1087")) },
        agent: Agent { name: Some(text("Ilse Marchetti")), id: Some(text("12")) },
        queue: Some(Queue {
            name: text("support_fr"),
            display: text("Support France"),
            number: Some(text("3010")),
            colour: Some("orange"),
        }),
        vip: true,
        attached: 1,
        data: vec![Datum {
            key: text("USR_customer"),
            label: text("Customer"),
            value: text("C-20418"),
            technical: false,
        }],
        cards: vec![Card {
            id: text("0199c0de000070008000000000000009"),
            title: text("Open order <A-1207>"),
            text: Some(text("Delayed since Monday.\nPromise nothing.")),
            link: Some(text("https://shop.example.com/orders/A-1207?a=1&b=2")),
            lines: vec![Detail { label: text("Truck"), value: text("17 \"red\"") }],
        }],
        history: vec![EarlierCall {
            id: text("0199c0de000070008000000000000000"),
            when: text("2026-09-18T09:02:11Z"),
            when_text: text("18 September 2026, 09:02 UTC"),
            agent: Some(text("Nadia Ferrer")),
            queue: Some(text("Fleet desk")),
            disposition: Some(text("Sold")),
            notes: Some(text("Two trucks.")),
        }],
        disposition_options: vec![text("Sold"), text("Call back"), text("Wrong number")],
        disposition_required: true,
        newest: Some(Banner {
            kind: "rings",
            display: text("+44 1632 960001"),
            name: None,
            path: Some(text("/pane/other")),
        }),
        desktop_origin: text("https://xucmgt.example.com"),
    }
}
