//! `/api/v1/calls/{id}/cards`: what other systems show on the live page of a call.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::Serialize;
use serde_json::{Value, json};

use super::known_id;
use crate::domain::actor::Actor;
use crate::domain::card;
use crate::domain::problem::Code;
use crate::flow::cards::Error;
use crate::store::CardRow;
use crate::web::body::{self, Body};
use crate::web::problem::Problem;
use crate::web::sight::{answer_json, answer_json_with};
use crate::web::state::AppState;

/// A card of a call.
#[derive(Debug, Serialize)]
struct Card<'a> {
    id: String,
    at: String,
    call: String,
    key: Option<&'a str>,
    title: &'a str,
    text: Option<&'a str>,
    link: Option<&'a str>,
    lines: Vec<card::Line>,
    posted_by: &'a str,
}

impl<'a> From<&'a CardRow> for Card<'a> {
    fn from(row: &'a CardRow) -> Self {
        Self {
            id: row.id.to_string(),
            at: row.id.minted().to_string(),
            call: row.call_id.to_string(),
            key: row.key.as_deref(),
            title: &row.title,
            text: row.text.as_deref(),
            link: row.link.as_deref(),
            lines: serde_json::from_str(&row.lines).unwrap_or_default(),
            posted_by: &row.posted_by,
        }
    }
}

/// Shows a card.
pub(in crate::web) async fn post(
    actor: Actor,
    call: Path<String>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let card: Value = body.read(&body::PAGE).await?.json()?;
    let card: card::Card = serde_json::from_value(card)
        .map_err(|error| Problem::new(Code::InvalidValue, error.to_string()))?;
    let row = app.flow.cards.post(&actor, &call, card).await?;
    Ok(answer_json_with(&actor, StatusCode::CREATED, Card::from(&row)))
}

/// The cards of a call, the oldest first.
pub(in crate::web) async fn list(
    actor: Actor,
    call: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let rows = app.flow.cards.list(&call).await?;
    let all: Vec<Card<'_>> = rows.iter().map(Card::from).collect();
    Ok(answer_json(&actor, json!({ "cards": all })))
}

/// Takes one back.
pub(in crate::web) async fn remove(
    _: Actor,
    wanted: Path<(String, String)>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let (call, card) = wanted.into_inner();
    let none = || Problem::new(Code::NoSuchCard, "this call has no such card");
    app.flow.cards.remove(&call, known_id(&card, none)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::NoSuchCall(_) => Self::new(Code::NoSuchCall, detail),
            Error::AmbiguousCall(_) => Self::new(Code::AmbiguousCall, detail),
            Error::NoSuchCard => Self::new(Code::NoSuchCard, detail),
            Error::Invalid(_) => Self::new(Code::InvalidValue, detail),
            Error::Store(error) => error.into(),
        }
    }
}
