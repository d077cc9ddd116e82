//! What every page of the console has in common: who reads it, what stands around it, and where its forms
//! lead back to.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::word::Word as _;
use crate::view::Page;
use crate::view::console::{Attention, Framed, Lamp, Shell};
use crate::web::frame;
use crate::web::problem::Problem;
use crate::web::rights::ConsoleSession;
use crate::web::sight::Sight;
use crate::web::state::AppState;

/// A page, with what stands around it, as whoever is signed in may see it.
pub(in crate::web) fn console_page<P: Page + Clone>(
    app: &AppState,
    request: &HttpRequest,
    session: &ConsoleSession,
    section: &'static str,
    page: P,
) -> Result<HttpResponse, Problem> {
    let framed = Framed { shell: shell(session, section), page };
    frame::console(app, request, StatusCode::OK, &framed, Sight::of(&session.actor))
}

fn shell(session: &ConsoleSession, section: &'static str) -> Shell {
    Shell {
        section,
        operator: session.actor.name.clone(),
        role: session.actor.role.word(),
        csrf: session.token.csrf(),
        search: String::new(),
        lamp: Lamp { state: "good", p99: None, errors: 0 },
        attention: Attention::default(),
    }
}

/// On to a page of the console, after a form.
pub(in crate::web) fn on_to(app: &AppState, path: &str) -> HttpResponse {
    let target = format!("{}/console{path}", app.flow.context.options().base);
    HttpResponse::SeeOther().insert_header((header::LOCATION, target)).finish()
}
