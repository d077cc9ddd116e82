//! Operators, sessions, tokens and the audit, as JSON.

use serde::Serialize;

use super::moment;
use crate::domain::word::Word as _;
use crate::flow::{operators, tokens};
use crate::store::AuditRow;

/// Somebody who may sign in to the console.
#[derive(Debug, Serialize)]
pub struct Operator<'a> {
    name: &'a str,
    role: &'static str,
    has_password: bool,
    created: Option<String>,
}

impl<'a> From<&'a operators::Operator> for Operator<'a> {
    fn from(operator: &'a operators::Operator) -> Self {
        Self {
            name: &operator.name,
            role: operator.role.word(),
            has_password: operator.has_password,
            created: moment(operator.created_at),
        }
    }
}

/// A browser that is signed in.
#[derive(Debug, Serialize)]
pub struct Session<'a> {
    id: &'a str,
    operator: &'a str,
    created: String,
    used: String,
    address: Option<&'a str>,
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
#[derive(Debug, Serialize)]
pub struct Token<'a> {
    id: String,
    name: &'a str,
    role: &'static str,
    created: String,
    created_by: &'a str,
    expires: Option<String>,
    used: Option<String>,
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
#[derive(Debug, Serialize)]
pub struct AuditEntry<'a> {
    id: String,
    at: String,
    actor: &'a str,
    via: &'a str,
    act: &'a str,
    subject: &'a str,
    before: Option<&'a str>,
    after: Option<&'a str>,
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
