//! Who may come in: signing in, one's own account, operators, tokens and sessions, and the audit.

use serde::Serialize;

use super::{Moment, Page};
use crate::domain::audit::Act;
use crate::domain::word::Word as _;

/// The way into the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignIn {
    /// new, wrong, wait, out, away; of single sign-on: `sso_away`, `sso_failed`, `sso_denied`,
    /// `sso_role`, `sso_name`.
    pub state: &'static str,
    /// The name that was given.
    pub name: String,
    /// Where to go on from there.
    pub next: String,
    /// The way in with an identity provider, if there is one.
    pub single_sign_on: Option<SingleSignOn>,
    /// The claims that were looked at in vain.
    pub claims: Vec<String>,
}

/// The way in with an identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SingleSignOn {
    /// What people call the provider, if that is set.
    pub label: Option<String>,
    /// Where to go on from there, as an address has it.
    pub next: String,
}

/// A link that signs in once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignInLink {
    /// Whose it is; none: it has been used, or has expired.
    pub operator: Option<String>,
    /// Its secret part.
    pub link: String,
    /// Whether a password may be chosen with it.
    pub may_choose: bool,
    /// Whether the password that was chosen is too short or too long.
    pub is_refused: bool,
    pub shortest: usize,
}

/// One's own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Who has the password: here, setting, provider.
    pub kept_by: &'static str,
    pub has_password: bool,
    pub sessions: Vec<Session>,
    /// Whether the password has just been changed.
    pub is_changed: bool,
    /// Why it was not, as a code.
    pub problem: Option<&'static str>,
    pub shortest: usize,
}

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Session {
    pub id: String,
    pub operator: String,
    /// Whether it is the reader's own.
    pub is_this: bool,
    pub created: Moment,
    pub used: Moment,
    pub address: Option<String>,
    pub browser: Option<String>,
}

/// Everything that lets somebody in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Access {
    pub operators: Vec<Operator>,
    pub tokens: Vec<Token>,
    pub sessions: Vec<Session>,
    /// What was just made, to be copied: it is shown once.
    pub made: Option<Made>,
    /// Why nothing was done, as a code.
    pub problem: Option<&'static str>,
    /// What was typed into the form that was refused; the other one is as it always begins.
    pub new_operator: Newcomer,
    pub new_token: Newcomer,
}

/// Who is to be let in, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Newcomer {
    pub name: String,
    pub role: String,
    /// How many days a token lasts; empty: it has no end.
    pub days: String,
}

impl Default for Newcomer {
    /// A token is offered an end.
    fn default() -> Self {
        Self { name: String::new(), role: String::new(), days: "90".to_owned() }
    }
}

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Operator {
    pub name: String,
    /// viewer, supervisor, admin.
    pub role: &'static str,
    pub has_password: bool,
    /// Whether an identity provider signs them in.
    pub single_sign_on: bool,
    /// None: their password is a setting.
    pub created: Option<Moment>,
}

/// A program that may use the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Token {
    pub id: String,
    pub name: String,
    /// cards, viewer, supervisor, admin.
    pub role: &'static str,
    pub created: Moment,
    pub created_by: String,
    /// The day; none: it has no end.
    pub expires: Option<String>,
    pub is_expired: bool,
    pub used: Option<Moment>,
}

/// A secret that is shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Made {
    /// link or token.
    pub kind: &'static str,
    pub name: String,
    pub secret: String,
}

/// Who did what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditPage {
    pub acts: Vec<AuditEntry>,
    /// What is looked for.
    pub actor: String,
    pub act: String,
    /// Every act that there is.
    pub known: Vec<AuditAct>,
    /// Where older ones are.
    pub older: Option<String>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditAct {
    /// As it is kept.
    pub word: String,
    /// As the names of texts have it, in which a hyphen divides.
    pub text: String,
}

impl AuditAct {
    pub fn of(word: &str) -> Self {
        Self { word: word.to_owned(), text: word.replace('-', "_") }
    }

    /// Every act that there is.
    pub fn all() -> Vec<Self> {
        Act::words().map(Self::of).collect()
    }
}

/// One act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    pub at: Moment,
    pub actor: String,
    pub via: String,
    pub act: AuditAct,
    pub subject: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub address: Option<String>,
}

impl Page for SignIn {
    fn template(&self) -> String {
        "console/sign_in.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let named = |state| Self {
            state,
            name: "\"<b>".to_owned(),
            next: "/console?a=1&b".to_owned(),
            single_sign_on: None,
            claims: vec!["groups <b>".to_owned(), "roles".to_owned()],
        };
        let other = |label: Option<&str>| {
            let label = label.map(str::to_owned);
            Some(SingleSignOn { label, next: "%2Fconsole".to_owned() })
        };
        let by_password = ["new", "wrong", "wait", "out", "away"].map(named);
        let by_other = ["new", "sso_away", "sso_failed", "sso_denied", "sso_role", "sso_name"];
        let by_other = by_other.map(|state| Self { single_sign_on: other(None), ..named(state) });
        let labelled = Self { single_sign_on: other(Some("Example <ID>")), ..named("new") };
        by_password.into_iter().chain(by_other).chain([labelled]).collect()
    }
}

impl Page for SignInLink {
    fn template(&self) -> String {
        "console/sign_in_link.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let good = Self {
            operator: Some("claire <b>".to_owned()),
            link: "secret".to_owned(),
            may_choose: true,
            is_refused: false,
            shortest: 10,
        };
        let refused = Self { is_refused: true, ..good.clone() };
        let fixed = Self { may_choose: false, ..good.clone() };
        let ended = Self { operator: None, ..good.clone() };
        vec![good, refused, fixed, ended]
    }
}

impl Session {
    fn sample(is_this: bool) -> Self {
        Self {
            id: "5f1d".to_owned(),
            operator: "claire".to_owned(),
            is_this,
            created: Moment::sample("yesterday"),
            used: Moment::sample("today"),
            address: is_this.then(|| "192.0.2.17".to_owned()),
            browser: is_this.then(|| "Mozilla/5.0 <Linux>".to_owned()),
        }
    }
}

impl Page for Account {
    fn template(&self) -> String {
        "console/account.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let usual = Self {
            kept_by: "here",
            has_password: true,
            sessions: vec![Session::sample(true), Session::sample(false)],
            is_changed: false,
            problem: None,
            shortest: 10,
        };
        let changed = Self { is_changed: true, ..usual.clone() };
        let wrong = Self { problem: Some("wrong"), ..usual.clone() };
        let short = Self { problem: Some("invalid"), has_password: false, ..usual.clone() };
        let fixed = Self { kept_by: "setting", ..usual.clone() };
        let other = Self { kept_by: "provider", ..usual.clone() };
        vec![usual, changed, wrong, short, fixed, other]
    }
}

impl Page for Access {
    fn template(&self) -> String {
        "console/access.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let operator = |name: &str, role, created: Option<Moment>| Operator {
            name: name.to_owned(),
            role,
            has_password: created.is_none(),
            single_sign_on: name == "luc@example.com",
            created,
        };
        let token = |name: &str, role, is_expired: bool| Token {
            id: "01a0c4524c787a008000000000000004".to_owned(),
            name: name.to_owned(),
            role,
            created: Moment::sample("other"),
            created_by: "admin".to_owned(),
            expires: is_expired.then(|| "2026-11-21".to_owned()),
            is_expired,
            used: is_expired.then(|| Moment::sample("today")),
        };
        let usual = Self {
            operators: vec![
                operator("admin", "admin", None),
                operator("claire <b>", "viewer", Some(Moment::sample("today"))),
                operator("sami", "supervisor", Some(Moment::sample("other"))),
                operator("luc@example.com", "viewer", Some(Moment::sample("other"))),
            ],
            tokens: vec![token("billing <b>", "cards", false), token("old", "admin", true)],
            sessions: vec![Session::sample(true), Session::sample(false)],
            made: None,
            problem: None,
            new_operator: Newcomer::default(),
            new_token: Newcomer::default(),
        };
        let made = |kind| Made { kind, name: "<i>".to_owned(), secret: "callpane_x".to_owned() };
        let link = Self { made: Some(made("link")), ..usual.clone() };
        let shown = Self { made: Some(made("token")), ..usual.clone() };
        let fresh = Self { tokens: Vec::new(), sessions: Vec::new(), ..usual.clone() };
        let problems = ["exists", "last", "unknown", "invalid", "gone", "elsewhere"];
        let refused = problems.map(|problem| Self { problem: Some(problem), ..usual.clone() });
        let newcomer = |role: &str, days: &str| Newcomer {
            name: "\"<b>".to_owned(),
            role: role.to_owned(),
            days: days.to_owned(),
        };
        let wrong = Self { problem: Some("invalid"), ..usual.clone() };
        let operator = Self { new_operator: newcomer("admin", ""), ..wrong.clone() };
        let token = Self { new_token: newcomer("cards", ""), ..wrong };
        let all = [usual, link, shown, fresh, operator, token];
        all.into_iter().chain(refused).collect()
    }
}

impl Page for AuditPage {
    fn template(&self) -> String {
        "console/audit.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let act = |act: &str, changed: bool| AuditEntry {
            at: Moment::sample("today"),
            actor: "claire <b>".to_owned(),
            via: if changed { "console" } else { "token" }.to_owned(),
            act: AuditAct::of(act),
            subject: "sami".to_owned(),
            before: changed.then(|| "viewer".to_owned()),
            after: changed.then(|| "admin <b>".to_owned()),
            address: changed.then(|| "192.0.2.17".to_owned()),
        };
        let known = AuditAct::all();
        let all = known.iter().map(|known| act(&known.word, true)).collect();
        let usual = Self {
            acts: all,
            actor: "\"<b>".to_owned(),
            act: "signed-in".to_owned(),
            known,
            older: Some("?before=01a0c4524c787a008000000000000004".to_owned()),
        };
        let by_token = Self { acts: vec![act("token-added", false)], older: None, ..usual.clone() };
        let none = Self { acts: Vec::new(), older: None, ..usual.clone() };
        vec![usual, by_token, none]
    }
}
