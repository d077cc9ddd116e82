//! `/api/v1/events`: what was accepted lately, and what came of it.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::paging::{self, limit};
use crate::domain::actor::Actor;
use crate::flow::panes::accepted::{AcceptedFilter, AcceptedPage};
use crate::web::answers::Event;
use crate::web::problem::Problem;
use crate::web::schema;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Wanted {
    /// Only this phone system's; `xivo` and `sheet` for the rings of desktops.
    source: Option<String>,
    /// Only what is older: the `next` of the previous page.
    #[param(value_type = Option<schema::Id>)]
    before: Option<String>,
    /// How many at most: 50 unless given, never more than 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
}

/// The events.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Events<'a> {
    events: Vec<Event<'a>>,
    /// Where the next page begins: send it as `before`.
    #[schema(value_type = Option<schema::Id>)]
    next: Option<String>,
}

/// What was accepted recently, newest first, and why no page was opened.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    operation_id = "listEvents",
    tag = "Events",
    security(("token" = ["viewer"])),
    params(Wanted),
    responses((status = OK, description = "The events", body = Events<'_>))
)]
pub(in crate::web) async fn list(
    actor: Actor,
    wanted: Query<Wanted>,
    request: HttpRequest,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let wanted = wanted.into_inner();
    let (before, limit) = (paging::before(wanted.before.as_deref())?, limit(wanted.limit)?);
    let filter = AcceptedFilter { before, source: wanted.source };
    let found = app.flow.accepted.list(filter, paging::one_more(limit)).await?;
    let AcceptedPage { mut events, looked_back_to } = found;
    let next = paging::next(&mut events, limit, |event| event.row.id);
    let next = next.or_else(|| looked_back_to.map(|id| id.to_string()));
    let events = events.iter().map(Event::from).collect();
    let answer = answer_json(&actor, Events { events, next: next.clone() });
    Ok(paging::linked(&request, next.as_deref(), answer))
}
