//! Forms of the console: read with a bound, and only if the console's own page sent them.

use actix_web::http::header;
use actix_web::{HttpMessage as _, HttpRequest};

use crate::domain::problem::Code;
use crate::web::body::{Body, PAGE};
use crate::web::problem::Problem;
use crate::web::rights::ConsoleSession;
use crate::web::state::AppState;

/// The name of the field that proves where a form is from.
const CSRF: &str = "csrf";

/// What a form says: its fields, in order.
#[derive(Debug)]
pub(in crate::web) struct Sent(Vec<(String, String)>);

impl Sent {
    /// Reads a form that a signed-in operator sent from a page of this session.
    pub(in crate::web) async fn read(
        request: &HttpRequest,
        session: &ConsoleSession,
        body: Body,
    ) -> Result<Self, Problem> {
        let sent = Self::read_from_here(request, body).await?;
        if session.token.is_csrf(sent.get(CSRF)) {
            return Ok(sent);
        }
        Err(forged("the field csrf is not that of this session"))
    }

    /// Reads the form of a page that needs no session.
    pub(in crate::web) async fn read_from_here(
        request: &HttpRequest,
        body: Body,
    ) -> Result<Self, Problem> {
        check_site(request)?;
        if request.content_type() != "application/x-www-form-urlencoded" {
            let detail = "send application/x-www-form-urlencoded";
            return Err(Problem::new(Code::WrongContentType, detail));
        }
        let body = body.read(&PAGE).await?;
        let fields = url::form_urlencoded::parse(&body);
        Ok(Self(fields.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()))
    }

    /// The first value of a field; empty if there is none.
    pub(in crate::web) fn get(&self, name: &str) -> &str {
        let mut all = self.0.iter().filter(|(known, _)| known == name);
        all.next().map_or("", |(_, value)| value.as_str())
    }

    /// Every value of a field: each box that is ticked has one.
    pub(in crate::web) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Whether a browser says that the form is from another site. One that says nothing still has to show the
/// session's proof.
fn check_site(request: &HttpRequest) -> Result<(), Problem> {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    match text("sec-fetch-site") {
        Some("same-origin" | "none") => return Ok(()),
        Some(_) => return Err(forged("the browser says that it was sent from another site")),
        None => {}
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else { return Ok(()) };
    let app = AppState::of(request)?;
    let own = url::Url::parse(&app.flow.context.options().public_url).ok();
    let own = own.map(|url| url.origin().ascii_serialization());
    let asked = request.connection_info().host().to_owned();
    let named = origin.split_once("://").map_or("", |(_, host)| host);
    if own.as_deref() == Some(origin) || named.eq_ignore_ascii_case(&asked) {
        return Ok(());
    }
    Err(forged("it was sent from a page of another origin"))
}

fn forged(detail: &str) -> Problem {
    Problem::new(Code::ForgedForm, detail)
}
