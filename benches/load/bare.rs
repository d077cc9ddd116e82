//! The least that answers a ring and an event: the body read into a struct, a constant; for a ring
//! CORS too.

use std::collections::HashMap;
use std::net::SocketAddr;

use actix_cors::Cors;
use actix_web::web::{Json, post, resource};
use actix_web::{App, HttpResponse, HttpServer, rt};
use serde::Deserialize;

use crate::Outcome;
use crate::requests::NEW;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "reading it is the work; the answer is constant")]
struct Ring {
    user: Who,
    callee: String,
    caller: String,
    user_data: HashMap<String, String>,
    call_data_call_id: String,
    queue: Queue,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "as above")]
struct Who {
    user_id: u64,
    agent_id: u64,
    first_name: String,
    last_name: String,
    full_name: String,
    token: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "as above")]
struct Queue {
    id: u64,
    name: String,
    display_name: String,
    number: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "as above")]
struct Event {
    id: String,
    time: i64,
    company: String,
    r#type: String,
    integration_id: String,
    data: Data,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "as above")]
struct Data {
    status: Option<String>,
    caller: Party,
    callee: Option<Party>,
    destination: String,
    queue_name: Option<String>,
    tags: Vec<String>,
    flags: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "as above")]
struct Party {
    r#type: String,
    phone: String,
    name: Option<String>,
    email: Option<String>,
    user_extension: Option<String>,
}

const ANSWER: &str = r#"{"action":"open","event":"EventRinging","url":"http://localhost:8080/pane/AZ3vV3bYcAGbq5nTgkZ1kQAAAAAAAAAAAAAAAA","autopause":false,"title":"01 99 00 00 00"}"#;

async fn ring(_ring: Json<Ring>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(ANSWER)
}

async fn event(_event: Json<Event>) -> HttpResponse {
    HttpResponse::Accepted().content_type("application/json").body(NEW)
}

async fn sink(_body: actix_web::web::Bytes) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body("{}")
}

/// A receiver that takes its time.
async fn slow(body: actix_web::web::Bytes) -> HttpResponse {
    rt::time::sleep(std::time::Duration::from_secs(2)).await;
    sink(body).await
}

/// A receiver that takes everything and answers nothing.
async fn never(_body: actix_web::web::Bytes) -> HttpResponse {
    std::future::pending().await
}

/// As many workers as Callpane has: one for each core it may use.
pub(crate) fn serve(address: SocketAddr) -> Outcome<()> {
    let cors = || Cors::default().allow_any_origin().send_wildcard().allowed_methods(["POST"]);
    let app = move || {
        App::new()
            .service(resource("/thirdparty").wrap(cors()).route(post().to(ring)))
            .route("/hooks/{source}", post().to(event))
            .route("/sink", post().to(sink))
            .route("/slow", post().to(slow))
            .route("/never", post().to(never))
    };
    Ok(rt::System::new().block_on(HttpServer::new(app).bind(address)?.run())?)
}
