//! `/api/v1/sources`: what a phone system's request would mean.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use crate::domain::actor::Actor;
use crate::domain::problem::Code;
use crate::pbx::Pasted;
use crate::web::answers::Trial;
use crate::web::body::{self, Body};
use crate::web::problem::Problem;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// What a pasted request of a phone system would mean; nothing is stored.
#[utoipa::path(
    post,
    path = "/api/v1/sources/{source}/try",
    operation_id = "tryRequest",
    tag = "Events",
    security(("token" = ["supervisor"])),
    params(("source" = String, Path, description = "The `[[source]]` that would receive it")),
    request_body(
        content = String,
        content_type = "text/plain",
        description = "A whole HTTP request, or only its body"
    ),
    responses((status = OK, description = "What it means", body = Trial<'_>)),
    extensions(("x-refusals" = json!(["no-such-source"])))
)]
pub(in crate::web) async fn try_out(
    actor: Actor,
    source: Path<String>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let body = body.read(&body::COMMAND).await?;
    let pasted = Pasted::read(body.text()?);
    let tried = app.flow.refusals.try_out(&source, &pasted).ok_or_else(|| {
        Problem::new(Code::NoSuchSource, format!("there is no source \"{source}\""))
    })?;
    Ok(answer_json(&actor, Trial::from(&tried)))
}
