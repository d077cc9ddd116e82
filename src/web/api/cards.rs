//! `/api/v1/calls/{id}/cards`: what other systems show on the live page of a call.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::Serialize;
use utoipa::ToSchema;

use super::{known_id, read, sent};
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

/// A card of a call.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Card<'a> {
    #[schema(value_type = schema::Id)]
    id: String,
    /// When it was shown first.
    #[schema(format = DateTime)]
    at: String,
    /// The `uuid` of its call.
    #[schema(value_type = schema::Id)]
    call: String,
    /// A later card with the same key takes its place.
    key: Option<&'a str>,
    title: &'a str,
    text: Option<&'a str>,
    /// Where it leads.
    link: Option<&'a str>,
    #[schema(value_type = Vec<CardLine>)]
    lines: Vec<card::Line>,
    /// Whose token posted it.
    posted_by: &'a str,
}

/// The cards.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Cards<'a> {
    cards: Vec<Card<'a>>,
}

/// A card, as it is asked for. All of it is plain text.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes what `domain::card` reads")]
pub(in crate::web) struct NewCard {
    /// A later card with the same key takes its place: at most 60 characters.
    key: Option<String>,
    /// At most 120 characters.
    title: String,
    /// At most 1000 characters.
    text: Option<String>,
    /// Where it leads: an address that begins with `https://` or `http://`.
    link: Option<String>,
    /// At most 20.
    #[schema(required = false)]
    lines: Vec<CardLine>,
}

/// A line of a card.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes what `domain::card` reads")]
pub(in crate::web) struct CardLine {
    /// At most 60 characters.
    label: String,
    /// At most 300 characters.
    value: String,
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

/// Show a card on the pages of a call, at most 20: the next one takes the place of the oldest that the same token posted; a token with the role `cards` replaces only its own.
#[utoipa::path(
    post,
    path = "/api/v1/calls/{id}/cards",
    operation_id = "showCard",
    tag = "Cards",
    security(("token" = ["cards"])),
    params(("id" = String, Path, description = "The call's `uuid`, or the phone system's id of it, alone or as `SOURCE:ID`")),
    request_body = NewCard,
    responses((status = CREATED, description = "The card", body = Card<'_>)),
    extensions(("x-refusals" = json!(["no-such-call", "ambiguous-call", "not-your-card", "too-many-cards", "invalid-value"])))
)]
pub(in crate::web) async fn post(
    actor: Actor,
    call: Path<String>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let card = read::<card::Card>(sent(body).await?);
    let card = card.map_err(|wrong| Problem::new(Code::InvalidValue, wrong))?;
    let row = app.flow.cards.post(&actor, &call, card).await?;
    Ok(answer_json_with(&actor, StatusCode::CREATED, Card::from(&row)))
}

/// The cards of a call, oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/calls/{id}/cards",
    operation_id = "listCards",
    tag = "Cards",
    security(("token" = ["viewer"])),
    params(("id" = String, Path, description = "The call's `uuid`, or the phone system's id of it, alone or as `SOURCE:ID`")),
    responses((status = OK, description = "The cards", body = Cards<'_>)),
    extensions(("x-refusals" = json!(["no-such-call", "ambiguous-call"])))
)]
pub(in crate::web) async fn list(
    actor: Actor,
    call: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let rows = app.flow.cards.list(&call).await?;
    let all: Vec<Card<'_>> = rows.iter().map(Card::from).collect();
    Ok(answer_json(&actor, Cards { cards: all }))
}

/// Remove a card; a token with the role `cards` removes only its own.
#[utoipa::path(
    delete,
    path = "/api/v1/calls/{id}/cards/{card}",
    operation_id = "removeCard",
    tag = "Cards",
    security(("token" = ["cards"])),
    params(
        ("id" = String, Path, description = "The call's `uuid`, or the phone system's id of it, alone or as `SOURCE:ID`"),
        ("card" = inline(schema::Id), Path, description = "The card's `id`")
    ),
    responses((status = NO_CONTENT, description = "The card is gone")),
    extensions(("x-refusals" = json!(["no-such-call", "ambiguous-call", "no-such-card", "not-your-card"])))
)]
pub(in crate::web) async fn remove(
    actor: Actor,
    wanted: Path<(String, String)>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let (call, card) = wanted.into_inner();
    app.flow.cards.remove(&actor, &call, known_id(&card, none)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn none() -> Problem {
    Error::NoSuchCard.into()
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::NoSuchCall(_) => Self::new(Code::NoSuchCall, detail),
            Error::AmbiguousCall(_) => Self::new(Code::AmbiguousCall, detail),
            Error::NoSuchCard => Self::new(Code::NoSuchCard, detail),
            Error::NotYours { .. } => Self::new(Code::NotYourCard, detail),
            Error::TooMany => Self::new(Code::TooManyCards, detail),
            Error::Invalid(_) => Self::new(Code::InvalidValue, detail),
            Error::Store(error) => error.into(),
        }
    }
}
