//! Every address, and who answers there.

use actix_web::middleware::from_fn;
use actix_web::web::{self as actix, QueryConfig, ServiceConfig};

use super::assets::{asset, get};
use super::problem::{Problem, said};
use super::state::AppState;
use super::{access, api, cors, desktop, health, hooks, nowhere, pane, rights, sheet, thirdparty};

/// Every app, at the root and under the path that the outside reaches us under, so that it does
/// not matter whether a proxy strips it; `beside` adds more of them.
pub fn endpoints<B>(app: &AppState, beside: B) -> impl FnOnce(&mut ServiceConfig) + Clone + use<B>
where
    B: Fn(&mut ServiceConfig) + Clone,
{
    let app = app.clone();
    move |config| {
        let base = app.flow.context.options().base.clone();
        app.clone().register(config);
        // What cannot be read is refused as everything else is.
        config.app_data(QueryConfig::default().error_handler(|error, _| unreadable(&error)));
        if !base.is_empty() {
            config.service(actix::scope(&base).configure(|config| all(config, &app, &beside)));
        }
        all(config, &app, &beside);
        config.default_service(actix::to(nowhere::unknown));
    }
}

fn unreadable(error: &impl std::fmt::Display) -> actix_web::Error {
    Problem::malformed(said::of_query(error)).into()
}

fn all(config: &mut ServiceConfig, app: &AppState, beside: &impl Fn(&mut ServiceConfig)) {
    // What is asked most stands first, and whatever has several addresses is a scope: a request is
    // compared with one after the other, and an address with a name in it costs a regular expression.
    rings(config, app);
    if !app.hooks_elsewhere {
        hooks_of_phone_systems(config);
    }
    pages(config);
    built_in_desktop(config);
    programs(config);
    config.route("/static/{digest}/{name:.*}", get().to(asset));
    config.route("/health/live", get().to(health::live));
    config.route("/health/ready", get().to(health::ready));
    beside(config);
}

/// Desktops that ask what to open.
fn rings(config: &mut ServiceConfig, app: &AppState) {
    let origins = &app.flow.context.options().origins;
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
    config.route("/sheet", get().to(sheet::open));
    config.route("/sheet/{key}", get().to(sheet::open));
}

/// Pages of calls.
fn pages(config: &mut ServiceConfig) {
    config.route("/pane/check", get().to(pane::checked));
    config.service(
        actix::scope("/pane/{token}")
            .wrap(from_fn(rights::agents_only))
            .route("", get().to(pane::show))
            .route("/stream", actix::get().to(pane::follow))
            .route("/state", get().to(pane::state))
            .route("/notes", actix::put().to(pane::save))
            .route("/contact", actix::post().to(pane::contact))
            .route("/complete", actix::post().to(pane::complete)),
    );
}

/// The built-in agent desktop.
fn built_in_desktop(config: &mut ServiceConfig) {
    config.service(
        actix::scope("/desktop")
            .wrap(from_fn(rights::agents_only))
            .route("", get().to(desktop::show))
            .route("/stream", actix::get().to(desktop::follow))
            .route("/state", get().to(desktop::state))
            .route("/close", actix::post().to(desktop::close))
            .route("/sign-out", actix::post().to(desktop::sign_out))
            .route("/signed-out", get().to(desktop::signed_out))
            // Not for HEAD: whoever only looks whether a link leads somewhere begins no session.
            .route("/{link}", actix::get().to(desktop::enter)),
    );
}

/// The API and the console.
fn programs(config: &mut ServiceConfig) {
    config.route("/api", get().to(api::reference::show));
    config.route("/api/openapi.json", get().to(api::document));
    access::register(config);
}

fn hooks_of_phone_systems(config: &mut ServiceConfig) {
    let hear = |path: &str| {
        actix::resource(path)
            .route(actix::post().to(hooks::hear))
            .route(actix::get().to(hooks::hear))
            .default_service(actix::to(hooks::wrong_method))
    };
    // Who appends what to an address, and with how many slashes, is not always told.
    let hooks = actix::scope("/hooks").service(hear("/{source}"));
    config.service(hooks.service(hear("/{source}/{event:.*}")));
}

/// The phone systems' endpoints, on a listener of their own: what the internet reaches there is nothing
/// else.
pub fn hook_endpoints(app: &AppState) -> impl FnOnce(&mut ServiceConfig) + Clone + use<> {
    let app = app.clone();
    move |config| {
        let base = app.flow.context.options().base.clone();
        app.register(config);
        if !base.is_empty() {
            config.service(actix::scope(&base).configure(hooks_of_phone_systems));
        }
        hooks_of_phone_systems(config);
        config.route("/health/live", get().to(health::live));
    }
}
