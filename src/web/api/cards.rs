//! `/api/v1/calls/{id}/cards`: what other systems show on the live page of a call.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{command, known_id};
use crate::domain::actor::Actor;
use crate::domain::card;
use crate::domain::problem::Code;
use crate::flow::cards::Error;
use crate::store::CardRow;
use crate::web::body::Body;
use crate::web::problem::Problem;
use crate::web::schema;
use crate::web::sight::{answer_json, answer_json_with};
use crate::web::state::AppState;

/// A new card: plain text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCard)]
pub(in crate::web) struct New {
    /// A later card of the call with the same key takes the place of this one.
    key: Option<String>,
    title: String,
    text: Option<String>,
    /// The address of a page, with `https://` or `http://`.
    link: Option<String>,
    #[serde(default)]
    lines: Vec<Line>,
}

/// A line of a card.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CardLine)]
pub(in crate::web) struct Line {
    label: String,
    value: String,
}

impl From<New> for card::Card {
    fn from(new: New) -> Self {
        let lines = new.lines.into_iter();
        let lines = lines.map(|Line { label, value }| card::Line { label, value }).collect();
        Self { key: new.key, title: new.title, text: new.text, link: new.link, lines }
    }
}

/// A card of a call.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Card<'a> {
    #[schema(value_type = schema::Id)]
    id: String,
    /// When it was posted.
    #[schema(format = DateTime)]
    at: String,
    /// The call's `uuid`.
    #[schema(value_type = schema::Id)]
    call: String,
    key: Option<&'a str>,
    title: &'a str,
    text: Option<&'a str>,
    link: Option<&'a str>,
    lines: Vec<Line>,
    /// The name of the token that was shown.
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

/// The cards.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Cards<'a> {
    cards: Vec<Card<'a>>,
}

/// Show a card on the live page of a call. A call has at most 20: the newest push out the oldest.
#[utoipa::path(
    post,
    path = "/api/v1/calls/{id}/cards",
    operation_id = "postCard",
    tag = "Calls",
    params((
        "id" = String,
        Path,
        description = "The call's `uuid`, or the phone system's id of it, alone or as `SOURCE:ID`"
    )),
    request_body = New,
    responses((status = CREATED, description = "The card", body = Card<'_>)),
    extensions(("x-refusals" = json!(["no-such-call", "ambiguous-call", "invalid-value"])))
)]
pub(in crate::web) async fn post(
    actor: Actor,
    call: Path<String>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let new: New = command(body).await?;
    let row = app.flow.cards.post(&actor, &call, new.into()).await?;
    Ok(answer_json_with(&actor, StatusCode::CREATED, Card::from(&row)))
}

/// The cards of a call, the oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/calls/{id}/cards",
    operation_id = "listCards",
    tag = "Calls",
    params((
        "id" = String,
        Path,
        description = "The call's `uuid`, or the phone system's id of it, alone or as `SOURCE:ID`"
    )),
    responses((status = OK, description = "The cards", body = Cards<'_>)),
    extensions(("x-refusals" = json!(["no-such-call", "ambiguous-call"])))
)]
pub(in crate::web) async fn list(
    actor: Actor,
    call: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let rows = app.flow.cards.list(&call).await?;
    Ok(answer_json(&actor, Cards { cards: rows.iter().map(Card::from).collect() }))
}

/// Take a card back.
#[utoipa::path(
    delete,
    path = "/api/v1/calls/{id}/cards/{card}",
    operation_id = "removeCard",
    tag = "Calls",
    params(
        (
            "id" = String,
            Path,
            description = "The call's `uuid`, or the phone system's id of it, alone or as `SOURCE:ID`"
        ),
        ("card" = inline(schema::Id), Path, description = "The card's `id`")
    ),
    responses((status = NO_CONTENT, description = "It is no longer shown")),
    extensions(("x-refusals" = json!(["no-such-call", "ambiguous-call", "no-such-card"])))
)]
pub(in crate::web) async fn remove(
    _: Actor,
    wanted: Path<(String, String)>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let (call, card) = wanted.into_inner();
    let card = known_id(&card, || Error::NoSuchCard.into())?;
    app.flow.cards.remove(&call, card).await?;
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
