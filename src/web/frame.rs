//! What every page's answer says to the browser: who may frame it, and that nothing but our own
//! scripts runs in it.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use super::compression;
use super::problem::Problem;
use super::sight::Sight;
use super::state::AppState;
use crate::view::{self, Language, Page};

/// A page that a desktop may frame.
pub(crate) fn framed<P: Page>(
    app: &AppState,
    request: &HttpRequest,
    status: StatusCode,
    page: &P,
) -> Result<HttpResponse, Problem> {
    let policy =
        format!("{OWN_FILES}; frame-ancestors 'self' {}", app.flow.context.options().origins);
    html(app, request, status, page, &policy)
}

/// The same, around a page of this one origin.
pub(crate) fn wrapping<P: Page>(
    app: &AppState,
    request: &HttpRequest,
    page: &P,
    framed: &str,
) -> Result<HttpResponse, Problem> {
    let origins = &app.flow.context.options().origins;
    let policy = format!("{OWN_FILES}; frame-src {framed}; frame-ancestors 'self' {origins}");
    html(app, request, StatusCode::OK, page, &policy)
}

/// A desktop, the built-in one or the demo's: frames Callpane's pages and the CRM's, and talks to its
/// own origin and where else it is connected. Nobody but the demo may frame it.
pub(crate) fn framing<P: Page>(
    app: &AppState,
    request: &HttpRequest,
    page: &P,
    connected: &str,
) -> Result<HttpResponse, Problem> {
    let framer = app.flow.context.options().demo.as_deref().unwrap_or("'none'");
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self' {connected}; frame-src 'self' http: https:; base-uri 'none'; \
         form-action 'self'; frame-ancestors {framer}"
    );
    html(app, request, StatusCode::OK, page, &policy)
}

/// A page of the console, as somebody may see it. Nobody may frame it.
pub(super) fn console<P: Page>(
    app: &AppState,
    request: &HttpRequest,
    status: StatusCode,
    page: &P,
    sight: Sight,
) -> Result<HttpResponse, Problem> {
    let language = app.language(request);
    let html = match sight {
        Sight::Whole => app.view.render(page, language),
        Sight::Masked => app.view.render_seen(&page.template(), &sight.page(page)?, language),
    };
    written(request, status, html, language, &format!("{OWN_FILES}; frame-ancestors 'none'"))
}

/// No inline script or style, no foreign host.
const OWN_FILES: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'";

/// Parts of a page, for the scripts of the page that is open: shown by themselves they may do nothing.
pub(super) fn parts(answer: &mut HttpResponseBuilder, html: String) -> HttpResponse {
    answer
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .body(html)
}

fn html<P: Page>(
    app: &AppState,
    request: &HttpRequest,
    status: StatusCode,
    page: &P,
    policy: &str,
) -> Result<HttpResponse, Problem> {
    let language = app.language(request);
    written(request, status, app.view.render(page, language), language, policy)
}

fn written(
    request: &HttpRequest,
    status: StatusCode,
    html: Result<String, view::Error>,
    language: Language,
    policy: &str,
) -> Result<HttpResponse, Problem> {
    let html = html.map_err(|error| {
        tracing::error!(%error, "a page could not be rendered");
        Problem::internal()
    })?;
    let mut answer = HttpResponse::build(status);
    answer
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .insert_header((header::CONTENT_LANGUAGE, language.code()))
        .insert_header((header::VARY, "Accept-Language, Accept-Encoding"));
    Ok(compression::answer(request, &mut answer, html))
}
