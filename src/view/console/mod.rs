//! The console's pages: each stands in a [`Framed`], with the rail, the search and the lamp around it.

mod access;
mod calls;
mod deliveries;
mod delivery;
mod events;
mod explain;
mod home;
mod live;
mod moment;
mod reason;
mod refusals;
mod refused;
mod shell;

use serde::Serialize;

use super::Page;

pub use access::{
    Access, Account, AuditAct, AuditEntry, AuditPage, Made, Newcomer, Operator, Session, SignIn,
    SignInLink, SingleSignOn, Token,
};
pub use calls::{CallRow, Calls, Carried, Filter, Found, FoundHit, Sought};
pub use deliveries::{Deliveries, Delivery, DeliveryFilter, Destination, Done, Failure};
pub use delivery::{Attempt, FullDelivery, Request};
pub use events::{Event, EventFilter, Events, Source, Why};
pub use explain::{
    AlsoRang, Asked, Explain, ExplainedCondition, ExplainedDecision, ExplainedRule, ExplainedStep,
    Explanation,
};
pub use home::{Day, Home, Step};
pub use live::{Live, LiveAgent, LiveCall, Paused};
pub use moment::Moment;
pub use reason::Reason;
pub use refusals::{Refusal, Refusals};
pub use refused::Refused;
pub use shell::{Attention, Lamp, Shell};

/// A page of the console, and what stands around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Framed<P> {
    pub shell: Shell,
    pub page: P,
}

impl<P: Page + Clone> Page for Framed<P> {
    fn template(&self) -> String {
        self.page.template()
    }

    fn samples() -> Vec<Self> {
        let shells = Shell::samples();
        let around = |page: P| {
            let framed = |shell: &Shell| Self { shell: shell.clone(), page: page.clone() };
            shells.iter().map(framed).collect::<Vec<_>>()
        };
        P::samples().into_iter().flat_map(around).collect()
    }
}

/// A page of the console by itself, for whoever is not signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alone<P> {
    pub page: P,
}

impl<P: Page> Page for Alone<P> {
    fn template(&self) -> String {
        self.page.template()
    }

    fn samples() -> Vec<Self> {
        P::samples().into_iter().map(|page| Self { page }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{Language, View};

    /// Every sample of a page in French.
    fn in_french<P: Page + Clone>() -> String {
        let view = View::new("", None).unwrap();
        let pages = Framed::<P>::samples();
        pages.iter().map(|page| view.render(page, Language::Fr).unwrap()).collect()
    }

    #[test]
    fn presence_is_written_in_the_readers_language() {
        let html = in_french::<Live>();
        for word in
            [">Ne pas déranger</td>", ">en communication</td>", "<span lang=\"\">on <leave></span>"]
        {
            let word = word.replace("<leave>", "&lt;leave&gt;");
            assert!(html.contains(&word), "{word}");
        }
    }

    #[test]
    fn reasons_of_ours_are_written_in_the_readers_language_and_others_are_marked() {
        let html = in_french::<Deliveries>();
        for said in [
            "réponse reçue\u{202f}: 503",
            "aucune réponse au bout de 10\u{202f}s",
            "&lt;crm.internal&gt; mène à un réseau privé",
            "certificat TLS expiré",
            "<span lang=\"en\">refused &lt;b&gt;</span>",
            ">3\u{202f}010</td>",
        ] {
            assert!(html.contains(said), "{said}");
        }
        let html = in_french::<Events>();
        for said in ["Aucune règle ne correspond.", "<span lang=\"en\">Tera &lt;error&gt;</span>"]
        {
            assert!(html.contains(said), "{said}");
        }
    }
}
