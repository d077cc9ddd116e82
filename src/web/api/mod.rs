//! `/api/v1`: what programs may read and do. One file a resource.

pub(super) mod agents;
pub(super) mod audit;
pub(super) mod calls;
pub(super) mod cards;
pub(super) mod contacts;
pub(super) mod deliveries;
pub(super) mod destinations;
pub(super) mod events;
pub(super) mod explain;
pub(super) mod live;
pub(super) mod lookups;
pub(super) mod operators;
pub(super) mod refusals;
pub(super) mod search;
pub(super) mod sessions;
pub(super) mod sources;
pub(super) mod tokens;

use actix_web::HttpResponse;
use serde::Deserialize;

use crate::domain::ids::Id;
use crate::domain::problem::Code;
use crate::domain::role::Role;
use crate::domain::word::Word as _;
use crate::web::problem::Problem;

/// What this API has, as an OpenAPI document.
pub(super) async fn document() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(include_str!("openapi.json"))
}

fn id(text: &str) -> Result<Id, Problem> {
    Id::parse(text).ok_or_else(|| Problem::malformed(format!("\"{text}\" is not an id")))
}

/// Which rows of a list: of one source, and older than one that the reader has.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct Older {
    source: Option<String>,
    before: Option<String>,
    limit: Option<i64>,
}

impl Older {
    fn before(&self) -> Result<Option<Id>, Problem> {
        self.before.as_deref().map(id).transpose()
    }
}

/// How many rows a list has at most.
fn limit(wanted: Option<i64>) -> i64 {
    wanted.unwrap_or(50).clamp(1, 500)
}

/// One of these roles.
fn role(word: &str, allowed: impl Iterator<Item = Role>) -> Result<Role, Problem> {
    let allowed: Vec<Role> = allowed.collect();
    let known = Role::read(word).filter(|role| allowed.contains(role));
    known.ok_or_else(|| {
        let words: Vec<&str> = allowed.iter().map(|role| role.word()).collect();
        Problem::new(
            Code::InvalidValue,
            format!("role: \"{word}\" is not one of {}", words.join(", ")),
        )
    })
}
