//! Who may do what: the endpoints of `/api/v1` and `/console` in one table, each with what it needs. They
//! are registered from it behind a check that is made from it, so that no handler can forget to ask.

mod api;
mod console;
mod surface;

use std::sync::Arc;

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self as actix, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, Route, Scope, guard};

use super::problem::Problem;
use crate::domain::problem::Code;
use crate::domain::role::Need;
use surface::Surface;

/// One endpoint: its route cannot be reached by anybody who may not.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    pub method: &'static str,
    /// Below the path of its table.
    pub path: &'static str,
    /// What it asks of whoever uses it; none: it is open to everybody.
    pub need: Option<Need>,
    /// Whether GET is also for those who only ask for the head.
    head: bool,
    /// Whether whoever asks is there, or only a page of theirs that is open.
    is_use: bool,
    route: fn() -> Route,
}

impl Endpoint {
    const fn new(
        method: &'static str,
        path: &'static str,
        need: Need,
        route: fn() -> Route,
    ) -> Self {
        Self { method, path, need: Some(need), head: true, is_use: true, route }
    }

    const fn get(path: &'static str, need: Need, route: fn() -> Route) -> Self {
        Self::new("GET", path, need, route)
    }

    const fn post(path: &'static str, need: Need, route: fn() -> Route) -> Self {
        Self::new("POST", path, need, route)
    }

    const fn put(path: &'static str, need: Need, route: fn() -> Route) -> Self {
        Self::new("PUT", path, need, route)
    }

    const fn delete(path: &'static str, need: Need, route: fn() -> Route) -> Self {
        Self::new("DELETE", path, need, route)
    }

    /// Open to everybody.
    const fn open(self) -> Self {
        Self { need: None, ..self }
    }

    /// Not for those who ask for the head alone, as of an answer without an end.
    const fn headless(self) -> Self {
        Self { head: false, ..self }
    }

    /// What an open page asks by itself: a session ends unused although one is open.
    const fn watching(self) -> Self {
        Self { is_use: false, ..self }
    }

    fn takes(&self, method: &str) -> bool {
        method == self.method || (self.head && self.method == "GET" && method == "HEAD")
    }

    fn guarded(&'static self) -> Route {
        (self.route)().guard(guard::fn_guard(|request| self.takes(request.head().method.as_str())))
    }
}

/// Every endpoint of the tables, with its whole path: what the tests walk.
pub fn endpoints() -> impl Iterator<Item = (String, &'static Endpoint)> {
    let tables = [("/api/v1", api::ENDPOINTS), ("/console", console::ENDPOINTS)];
    tables.into_iter().flat_map(|(base, table)| {
        table.iter().map(move |endpoint| (format!("{base}{}", endpoint.path), endpoint))
    })
}

/// Registers both tables.
pub(super) fn register(config: &mut ServiceConfig) {
    config.service(below("/api/v1", api::ENDPOINTS, Surface::Api));
    config.service(below("/console", console::ENDPOINTS, Surface::Console));
}

/// Endpoints of one path are one resource, in the order of the table.
fn below(base: &'static str, table: &'static [Endpoint], surface: Surface) -> Scope {
    let mut paths: Vec<&'static str> = Vec::new();
    for endpoint in table {
        if !paths.contains(&endpoint.path) {
            paths.push(endpoint.path);
        }
    }
    let resources = paths.into_iter().map(|path| {
        let here: Here = table.iter().filter(|endpoint| endpoint.path == path).collect();
        resource(path, &here, surface)
    });
    resources.fold(actix::scope(base), Scope::service)
}

/// The endpoints at one path.
type Here = Arc<[&'static Endpoint]>;

fn resource(
    path: &str,
    here: &Here,
    surface: Surface,
) -> impl actix_web::dev::HttpServiceFactory + use<> {
    let (checked, methods) = (Arc::clone(here), allowed(here));
    let resource = here
        .iter()
        .fold(Resource::new(path), |resource, endpoint| resource.route(endpoint.guarded()));
    let wrong = move |request: HttpRequest| wrong_method(&request, &methods);
    resource
        .default_service(actix::to(move |request: HttpRequest| std::future::ready(wrong(request))))
        .wrap(from_fn(super::api::idempotency::once))
        .wrap(from_fn(super::api::contract::check))
        .wrap(from_fn(move |request, next| admit(surface, Arc::clone(&checked), request, next)))
}

fn allowed(here: &[&Endpoint]) -> String {
    let known = ["GET", "HEAD", "POST", "PUT", "DELETE"];
    let taken = known.into_iter().filter(|method| here.iter().any(|one| one.takes(method)));
    taken.collect::<Vec<_>>().join(", ")
}

fn wrong_method(request: &HttpRequest, allowed: &str) -> HttpResponse {
    let detail = format!("{} is not accepted here; use {allowed}", request.method());
    let mut answer = HttpResponse::from_error(Problem::new(Code::WrongMethod, detail));
    if let Ok(value) = allowed.parse() {
        answer.headers_mut().insert(header::ALLOW, value);
    }
    answer
}

/// Lets in whoever may use this endpoint; the handler is told who that is.
async fn admit(
    surface: Surface,
    here: Here,
    request: ServiceRequest,
    next: Next<actix_web::body::BoxBody>,
) -> actix_web::Result<ServiceResponse> {
    let wanted = here.iter().find(|endpoint| endpoint.takes(request.method().as_str()));
    // Nothing is there for another method, whoever asks.
    let Some((endpoint, need)) = wanted.and_then(|endpoint| Some((endpoint, endpoint.need?)))
    else {
        return Ok(surface.complete(next.call(request).await?, None));
    };
    match surface.check(request.request(), need, endpoint.is_use).await {
        Ok(sight) => Ok(surface.complete(next.call(request).await?, Some(sight))),
        Err(problem) => {
            let answer = surface.refuse(request.request(), &problem);
            // `request.into_response` would forget which refusal it is.
            let (request, _) = request.into_parts();
            Ok(surface.complete(ServiceResponse::new(request, answer), None))
        }
    }
}
