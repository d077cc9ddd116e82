//! Who asks, and what may they see? Handlers of a few lines; what all answers have in common stands
//! in the middlewares.

pub mod answers;
mod api;
mod body;
mod cors;
mod desktop;
mod frame;
mod guard;
mod guesses;
mod headers;
mod health;
mod hooks;
mod pane;
mod problem;
mod rights;
mod sheet;
mod stream;
mod thirdparty;
mod traffic;

use std::sync::Arc;

use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::web::{self as actix, Data, QueryConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Responder, Route, guard as route_guard};

use crate::domain::secret::Secret;
use crate::flow::Flow;
use crate::view::{Language, View};

pub(crate) use body::{Body, COMMAND};
pub(crate) use frame::{framed, framing};
pub use guard::Guard;
pub use guesses::Guesses;
pub use headers::complete as complete_headers;
pub use problem::Problem;
pub use traffic::{Traffic, connected, count};

/// What the doors need.
#[derive(Debug, Clone)]
pub struct Door {
    /// The verbs.
    pub flow: Arc<Flow>,
    /// The pages.
    pub view: Arc<View>,
    /// The language of every page; none follows each reader's browser.
    pub language: Option<Language>,
    /// What keeps strangers out.
    pub guard: Arc<Guard>,
    /// Whether phone systems are listened to elsewhere.
    pub hooks_elsewhere: bool,
    /// Who may read `/api/v1`.
    pub api_token: Option<Secret>,
    /// Who guesses that token.
    pub guesses: Arc<Guesses>,
    /// The requests under way.
    pub traffic: Arc<Traffic>,
}

impl Door {
    /// The language that this reader gets.
    pub(crate) fn language(&self, request: &HttpRequest) -> Language {
        self.language.unwrap_or_else(|| {
            let wishes = request.headers().get(header::ACCEPT_LANGUAGE);
            Language::wished(wishes.and_then(|value| value.to_str().ok()).unwrap_or_default())
        })
    }
}

/// Every door, at the root and under the path that the outside reaches us under, so that it does
/// not matter whether a proxy strips it; `beside` adds more of them.
pub fn doors<B>(door: &Door, beside: B) -> impl FnOnce(&mut ServiceConfig) + Clone + use<B>
where
    B: Fn(&mut ServiceConfig) + Clone,
{
    let door = door.clone();
    move |config| {
        let base = door.flow.context.options().base.clone();
        config.app_data(Data::new(door.clone()));
        // What cannot be read is refused as everything else is.
        config.app_data(QueryConfig::default().error_handler(|error, _| unreadable(&error)));
        if !base.is_empty() {
            config.service(actix::scope(&base).configure(|config| all(config, &door, &beside)));
        }
        all(config, &door, &beside);
    }
}

fn unreadable(error: &impl std::fmt::Display) -> actix_web::Error {
    Problem::malformed(error.to_string()).into()
}

fn all(config: &mut ServiceConfig, door: &Door, beside: &impl Fn(&mut ServiceConfig)) {
    let origins = &door.flow.context.options().origins;
    for path in ["/thirdparty", "/thirdparty/", "/thirdparty/{key}", "/thirdparty/{key}/"] {
        config.service(
            actix::resource(path)
                .wrap(cors::preflight(origins))
                .wrap(from_fn(cors::complete))
                .route(actix::post().to(thirdparty::ring))
                .route(actix::method(actix_web::http::Method::OPTIONS).to(cors::options))
                .default_service(actix::to(thirdparty::wrong_method)),
        );
    }
    config.route("/pane/check", get().to(pane::checked));
    config.service(
        actix::scope("/pane/{token}")
            .wrap(from_fn(guard::agents_only))
            .route("", get().to(pane::show))
            .route("/stream", actix::get().to(pane::follow))
            .route("/state", get().to(pane::state))
            .route("/notes", actix::put().to(pane::save))
            .route("/contact", actix::post().to(pane::contact))
            .route("/complete", actix::post().to(pane::complete)),
    );
    if !door.hooks_elsewhere {
        hooks_of_phone_systems(config);
    }
    config.service(
        actix::scope("/desktop")
            .wrap(from_fn(guard::agents_only))
            .route("", get().to(desktop::show))
            .route("/stream", actix::get().to(desktop::follow))
            .route("/state", get().to(desktop::state))
            .route("/close", actix::post().to(desktop::close))
            .route("/sign-out", actix::post().to(desktop::sign_out))
            .route("/signed-out", get().to(desktop::signed_out))
            // Not for HEAD: whoever only looks whether a link leads somewhere begins no session.
            .route("/{link}", actix::get().to(desktop::enter)),
    );
    config.route("/api/v1/agents/{id}/sessions", actix::delete().to(api::agents::sign_out));
    config.route("/api/v1/refusals", get().to(api::refusals::list));
    config.route("/api/openapi.json", get().to(api::document));
    config.route("/api/v1/deliveries", get().to(api::deliveries::list));
    config.route("/api/v1/deliveries/resend", actix::post().to(api::deliveries::resend));
    config.route("/api/v1/deliveries/{id}", get().to(api::deliveries::show));
    config.route("/api/v1/destinations", get().to(api::destinations::list));
    config.route("/api/v1/destinations/{name}/test", actix::post().to(api::destinations::test));
    config.route(
        "/api/v1/destinations/{name}/{verb:pause|resume}",
        actix::post().to(api::destinations::pause),
    );
    config.route("/api/v1/contacts", get().to(api::contacts::find));
    config.route("/api/v1/contacts/lists", get().to(api::contacts::lists));
    config.route("/api/v1/contacts/lists/{name}", actix::put().to(api::contacts::import));
    config.route("/api/v1/contacts/lists/{name}", actix::delete().to(api::contacts::forget));
    config.route("/api/v1/lookups", get().to(api::lookups::list));
    config.route("/api/v1/lookups/{name}/test", actix::post().to(api::lookups::test));
    config.route("/api/v1/sources/{source}/try", actix::post().to(api::sources::try_out));
    config.route("/sheet", get().to(sheet::open));
    config.route("/sheet/{key}", get().to(sheet::open));
    config.route("/static/{digest}/{name:.*}", get().to(asset));
    config.route("/health/live", get().to(health::live));
    config.route("/health/ready", get().to(health::ready));
    beside(config);
}

fn hooks_of_phone_systems(config: &mut ServiceConfig) {
    // Who appends what to an address, and with how many slashes, is not always told.
    for path in ["/hooks/{source}", "/hooks/{source}/{event:.*}"] {
        config.service(
            actix::resource(path)
                .route(actix::post().to(hooks::hear))
                .route(actix::get().to(hooks::hear))
                .default_service(actix::to(hooks::wrong_method)),
        );
    }
}

/// The phone systems' doors, on a listener of their own: what the internet reaches there is nothing
/// else.
pub fn hook_doors(door: &Door) -> impl FnOnce(&mut ServiceConfig) + Clone + use<> {
    let door = door.clone();
    move |config| {
        let base = door.flow.context.options().base.clone();
        config.app_data(Data::new(door));
        if !base.is_empty() {
            config.service(actix::scope(&base).configure(hooks_of_phone_systems));
        }
        hooks_of_phone_systems(config);
        config.route("/health/live", get().to(health::live));
    }
}

/// A page or a file is also there for those who only ask for its head, as monitors do.
pub(crate) fn get() -> Route {
    actix::route().guard(route_guard::Any(route_guard::Get()).or(route_guard::Head()))
}

/// A static file. Its address changes with its content; the address of another version, as during
/// an upgrade of several nodes, leads nowhere rather than to the wrong one.
pub(crate) async fn asset(path: actix::Path<(String, String)>) -> impl Responder {
    let (digest, name) = path.into_inner();
    let Some(asset) = crate::view::find_asset(&digest, &name) else {
        return HttpResponse::NotFound().finish();
    };
    HttpResponse::Ok()
        .content_type(asset.content_type)
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(asset.bytes.into_owned())
}
