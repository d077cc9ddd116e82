//! Operators, sessions, tokens and the audit, as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use super::moment;
use crate::domain::word::Word as _;
use crate::flow::{operators, tokens};
use crate::store::AuditRow;
use crate::web::schema;

/// Somebody who may sign in to the console.
#[derive(Debug, Serialize, ToSchema)]
pub struct Operator<'a> {
    name: &'a str,
    /// What they may do.
    #[schema(value_type = schema::PersonRole)]
    role: &'static str,
    /// Whether they have chosen a password.
    has_password: bool,
    /// Whether an identity provider signs them in, and decides their role.
    single_sign_on: bool,
    /// When they were added; the operator of `CALLPANE_CONSOLE_PASSWORD` never was.
    #[schema(format = DateTime)]
    created: Option<String>,
}

impl<'a> From<&'a operators::Operator> for Operator<'a> {
    fn from(operator: &'a operators::Operator) -> Self {
        Self {
            name: &operator.name,
            role: operator.role.word(),
            has_password: operator.has_password,
            single_sign_on: operator.single_sign_on,
            created: moment(operator.created_at),
        }
    }
}

/// A browser that is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session<'a> {
    id: &'a str,
    /// Who is signed in.
    operator: &'a str,
    /// When it began.
    #[schema(format = DateTime)]
    created: String,
    /// When it was last used.
    #[schema(format = DateTime)]
    used: String,
    /// The address that it began from.
    address: Option<&'a str>,
    /// What the browser calls itself.
    browser: Option<&'a str>,
}

impl<'a> From<&'a operators::Session> for Session<'a> {
    fn from(session: &'a operators::Session) -> Self {
        Self {
            id: &session.id,
            operator: &session.operator,
            created: session.created_at.to_string(),
            used: session.used_at.to_string(),
            address: session.address.as_deref(),
            browser: session.browser.as_deref(),
        }
    }
}

/// A program's token, without the token itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct Token<'a> {
    #[schema(value_type = schema::Id)]
    id: String,
    name: &'a str,
    /// What it may do.
    #[schema(value_type = schema::Role)]
    role: &'static str,
    /// When it was created.
    #[schema(format = DateTime)]
    created: String,
    /// Who created it.
    created_by: &'a str,
    /// When it expires.
    #[schema(format = DateTime)]
    expires: Option<String>,
    /// When it was last used.
    #[schema(format = DateTime)]
    used: Option<String>,
    /// Whether it has expired.
    expired: bool,
}

impl<'a> From<&'a tokens::Token> for Token<'a> {
    fn from(token: &'a tokens::Token) -> Self {
        Self {
            id: token.id.to_string(),
            name: &token.name,
            role: token.role.word(),
            created: token.id.minted().to_string(),
            created_by: &token.created_by,
            expires: moment(token.expires_at),
            used: moment(token.used_at),
            expired: token.is_over,
        }
    }
}

/// Something that somebody did.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntry<'a> {
    #[schema(value_type = schema::Id)]
    id: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// Who: the name of an operator or of a token.
    actor: &'a str,
    /// How they came in.
    via: &'a str,
    /// What they did.
    #[schema(value_type = schema::Act)]
    act: &'a str,
    /// To whom or what.
    subject: &'a str,
    /// How it was before.
    before: Option<&'a str>,
    /// How it was afterwards.
    after: Option<&'a str>,
    /// The address that they came from.
    address: Option<&'a str>,
}

impl<'a> From<&'a AuditRow> for AuditEntry<'a> {
    fn from(row: &'a AuditRow) -> Self {
        Self {
            id: row.id.to_string(),
            at: row.id.minted().to_string(),
            actor: &row.actor,
            via: &row.via,
            act: &row.act,
            subject: &row.subject,
            before: row.was.as_deref(),
            after: row.became.as_deref(),
            address: row.address.as_deref(),
        }
    }
}
