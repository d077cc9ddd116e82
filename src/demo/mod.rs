//! The demo: a stand-in agent application, the calls that it plays as phone systems would, and a
//! stand-in CRM.

mod contacts;
mod crm;
mod crm_api;
mod day;
mod desktop;
pub mod history;
mod local;
mod pages;
mod play;

use std::future::ready;
use std::path::Path;

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{self as actix, Data, ServiceConfig};

use crate::view::{Error, View};
use crate::web::{AppState, asset, get};

/// The configuration that `callpane demo` starts with, for a Callpane at this address. The secret of its
/// phone systems is in a file, so that whoever changes the configuration needs none in the environment.
pub fn configuration(public_url: &str, secret: &Path) -> String {
    include_str!("configuration.toml")
        .replace("http://localhost:8080", public_url)
        .replace("file:demo-secret", &format!("file:{}", secret.display()))
}

/// Renders the pages of the demo with every sample.
pub fn render_samples(view: &View) -> Vec<Result<String, Error>> {
    let mut results = view.render_samples_of::<pages::DesktopPage>();
    results.extend(view.render_samples_of::<pages::CrmPage>());
    results
}

/// The stand-in CRM beside Callpane's own endpoints, and the way to the agent application, which
/// lives on an origin of its own.
pub fn crm_endpoints(desktop_origin: &str) -> impl Fn(&mut ServiceConfig) + Clone + use<> {
    let desktop = format!("{desktop_origin}/demo/desktop");
    let crm = Data::new(crm::Crm::default());
    move |config| {
        config.app_data(crm.clone());
        for path in ["/demo", "/demo/desktop"] {
            let desktop = desktop.clone();
            config.route(path, get().to(move || ready(elsewhere(&desktop))));
        }
        config.route("/demo/crm", get().to(crm::show));
        config.route("/demo/crm/api/contacts", get().to(crm_api::find));
        config.route("/demo/crm/api/contacts", actix::post().to(crm_api::create));
        config.route("/demo/crm/api/{tail:.*}", actix::to(crm_api::hear));
    }
}

fn elsewhere(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, address)).finish()
}

/// The agent application, on an origin of its own so that CORS is real.
pub fn desktop_endpoints(app: &AppState) -> impl FnOnce(&mut ServiceConfig) + Clone + use<> {
    let app = app.clone();
    move |config| {
        let base = app.flow.context.options().base.clone();
        app.register(config);
        for path in ["/", "/demo"] {
            config.route(path, get().to(|| ready(elsewhere("/demo/desktop"))));
        }
        config.route("/demo/desktop", get().to(desktop::desktop));
        config.route("/demo/play", actix::post().to(desktop::play));
        config.route(&format!("{base}/static/{{digest}}/{{name:.*}}"), get().to(asset));
    }
}
