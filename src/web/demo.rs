//! `/demo/desktop`: a stand-in agent application, for the first minute and for tests.
//!
//! Whoever reaches the demo may ring. What opens more than that is for whoever sits at the machine that
//! it runs on: an agent's personal link, the phone systems whose secrets Callpane would show in their
//! place, and what was told to the stand-in CRM.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::body::{self, Body};
use super::{Door, Problem, frame};
use crate::domain::problem::Code;
use crate::flow::play::Wanted;
use crate::view::{DemoDesktop, DemoVendor};

/// The agent application.
pub(super) async fn desktop(
    request: HttpRequest,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let callpane = &door.flow.context.options().public_url;
    let (vendors, built_in) = if is_local(&request) { playable(&door) } else { Default::default() };
    let page = DemoDesktop::at(callpane, door.guard.third_party_url(callpane), vendors, built_in);
    let origin = callpane.trim_end_matches(&door.flow.context.options().base);
    // The last one is where nobody answers, for whoever plays an outage.
    let connected = format!("{origin} http://127.0.0.1:9");
    frame::framing(&door, door.language(&request), &page, &connected)
}

/// The phone systems whose calls can be played, and where their agent watches them.
fn playable(door: &Door) -> (Vec<DemoVendor>, String) {
    let vendors = door.flow.playable().into_iter().map(|script| DemoVendor {
        kind: script.kind,
        label: script.label,
        steps: script.steps.into_iter().map(|step| step.name).collect(),
    });
    (vendors.collect(), door.flow.sessions.first_link().unwrap_or_default())
}

/// Whether somebody at this very machine asks: from it, by a name of it, and through no proxy. The name
/// matters because a page of anybody's can have its own name lead here.
pub(super) fn is_local(request: &HttpRequest) -> bool {
    let from_here = request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let proxied = [header::FORWARDED, header::X_FORWARDED_FOR, header::VIA]
        .iter()
        .any(|name| request.headers().contains_key(name));
    from_here && named.is_some_and(is_this_machine) && !proxied
}

/// `localhost`, or an address of the loopback interface; with a port or without.
fn is_this_machine(host: &str) -> bool {
    match url::Url::parse(&format!("http://{host}")).ok().as_ref().and_then(url::Url::host) {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

/// Plays one request of a phone system's call, and shows it with its answer.
pub(super) async fn play(
    request: HttpRequest,
    body: Body,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    if !is_local(&request) {
        return Err(Problem::new(
            Code::NotFromHere,
            "calls are played on the machine that Callpane runs on only: open the demo there, as \
             http://localhost with its port",
        ));
    }
    let wanted: Wanted = body.read(&body::COMMAND).await?.json()?;
    let played = door.flow.play(&wanted).await.map_err(|error| {
        tracing::error!(error = crate::flow::cause(&error), "a call could not be played");
        Problem::broke_off()
    })?;
    let played = played.ok_or_else(|| Problem::malformed("there is no such step to play"))?;
    Ok(HttpResponse::Ok().json(json!({
        "request": {
            "method": played.method,
            "url": played.url,
            "headers": played.headers,
            "body": played.body,
        },
        "answer": { "status": played.status, "body": played.answer },
    })))
}

/// The agent application lives on an origin of its own.
pub(super) async fn elsewhere(door: Data<Door>) -> HttpResponse {
    let demo = door.demo.clone().unwrap_or_default();
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, format!("{demo}/demo/desktop")))
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_this_machine_is_told_from_any_other() {
        for own in [
            "localhost",
            "localhost:8081",
            "LOCALHOST",
            "127.0.0.1:8081",
            "127.8.8.8",
            "[::1]:8081",
        ] {
            assert!(is_this_machine(own), "{own}");
        }
        for other in [
            "",
            "evil.example.com",
            "localhost.example.com",
            "192.168.1.7:8081",
            "[2001:db8::1]",
            "x@127.0.0.1.example.com",
            "0.0.0.0",
        ] {
            assert!(!is_this_machine(other), "{other}");
        }
    }
}
