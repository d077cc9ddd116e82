//! The two ways in: programs show a token at `/api/v1`, browsers a session at `/console`.

use std::time::Duration;

use actix_web::dev::{Payload, ServiceResponse};
use actix_web::http::{ConnectionType, Method, header};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse, ResponseError as _};
use futures_util::future::{Ready, ready};

use crate::domain::actor::{Actor, Via};
use crate::domain::problem::Code;
use crate::domain::role::{Need, Role};
use crate::domain::word::Word as _;
use crate::web::console::refused;
use crate::web::problem::Problem;
use crate::web::rights::ConsoleSession;
use crate::web::sight::Sight;
use crate::web::state::AppState;

/// How long somebody waits who guesses too often: each of their connections asks ten times a second at
/// most, and takes no time from rings.
const DELAY: Duration = Duration::from_millis(100);

/// By which way a request comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    Api,
    Console,
}

impl Surface {
    /// Finds out who asks and whether they may; the handler is given the [`Actor`].
    pub(super) async fn check(
        self,
        request: &HttpRequest,
        need: Need,
        is_use: bool,
    ) -> Result<Sight, Problem> {
        let actor = match self {
            Self::Api => program(request).await?,
            Self::Console => operator(request, is_use).await?,
        };
        if !actor.role.may(need) {
            return Err(not_allowed(&actor, need));
        }
        let sight = Sight::of(&actor);
        request.extensions_mut().insert(actor);
        Ok(sight)
    }

    /// How a request is answered that was not let in. Somebody in a browser is led to the sign-in page,
    /// and from there back.
    pub(super) fn refuse(self, request: &HttpRequest, problem: &Problem) -> HttpResponse {
        let to_sign_in = self == Self::Console
            && problem.code() == Code::Unauthorized
            && matches!(*request.method(), Method::GET | Method::HEAD)
            && accepts_pages(request);
        if !to_sign_in {
            return HttpResponse::from_error(problem.clone());
        }
        let base = AppState::of(request).map(|app| app.flow.context.options().base.clone());
        let next = request.uri().path_and_query().map_or("", |path| path.as_str());
        let next = url::form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>();
        let target = format!("{}/console/sign-in?next={next}", base.unwrap_or_default());
        HttpResponse::SeeOther().insert_header((header::LOCATION, target)).finish()
    }

    /// What all answers have in common: a refusal shows no number to whoever may not see one, and is a page to
    /// whoever reads the console.
    pub(super) fn complete(
        self,
        response: ServiceResponse,
        sight: Option<Sight>,
    ) -> ServiceResponse {
        let mut response = match refusal(&response) {
            Some(problem) => self.told(response, problem, sight),
            None => response,
        };
        if self == Self::Console {
            // Browsers then say of a form which site it was sent from; to other sites they say nothing.
            let policy = header::HeaderValue::from_static("same-origin");
            response.headers_mut().insert(header::REFERRER_POLICY, policy);
        }
        response
    }

    /// A refusal, as whoever asked may see it.
    fn told(
        self,
        response: ServiceResponse,
        problem: Problem,
        sight: Option<Sight>,
    ) -> ServiceResponse {
        let is_masked = sight == Some(Sight::Masked);
        let problem = if is_masked { Sight::Masked.problem(problem) } else { problem };
        let page = match self {
            Self::Console => refused::page(response.request(), &problem),
            Self::Api => None,
        };
        match page {
            Some(page) => in_place(response, page),
            None if is_masked => response.into_response(problem.error_response()),
            None => response,
        }
    }
}

/// A page in the place of an answer. What else that said stays: how long to wait, which method to use.
fn in_place(response: ServiceResponse, mut page: HttpResponse) -> ServiceResponse {
    for name in [header::ALLOW, header::RETRY_AFTER, header::WWW_AUTHENTICATE] {
        if let Some(value) = response.headers().get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    if response.response().head().connection_type() == ConnectionType::Close {
        page.head_mut().set_connection_type(ConnectionType::Close);
    }
    response.into_response(page)
}

fn refusal(response: &ServiceResponse) -> Option<Problem> {
    response.response().error().and_then(|error| error.as_error::<Problem>()).cloned()
}

fn accepts_pages(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_none_or(|accepted| accepted.contains("text/html"))
}

fn not_allowed(actor: &Actor, need: Need) -> Problem {
    let enough = Role::ALL.iter().find(|(_, role)| role.may(need));
    let enough = enough.map_or("admin", |(word, _)| word);
    let detail =
        format!("this needs the role {enough}; {} has the role {}", actor.name, actor.role.word());
    Problem::new(Code::NotAllowed, detail)
}

/// A program, by its token.
async fn program(request: &HttpRequest) -> Result<Actor, Problem> {
    let app = AppState::of(request)?;
    let shown = request.headers().get(header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.to_str().ok()).and_then(|v| v.split_once(' '));
    let shown = shown.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let shown = shown.map_or("", |(_, token)| token.trim());
    let client = app.guard.client(request);
    let from = client.map(|from| from.to_string());
    if app.api_token.as_ref().is_some_and(|token| token.is(shown)) {
        let name = "CALLPANE_API_TOKEN".to_owned();
        return Ok(Actor { name, role: Role::Admin, via: Via::Token(None), from });
    }
    if let Some(actor) = app.flow.tokens.holder(shown, from).await? {
        return Ok(actor);
    }
    let refused = app.guesses.refuse(client);
    if refused.code() == Code::TooManyGuesses {
        tokio::time::sleep(DELAY).await;
    }
    Err(refused)
}

/// Somebody who is signed in to the console.
async fn operator(request: &HttpRequest, is_use: bool) -> Result<Actor, Problem> {
    let (app, token) = (AppState::of(request)?, ConsoleSession::shown(request));
    let signed_out = || Problem::unauthorized("sign in to the console");
    let token = token.ok_or_else(signed_out)?;
    let operators = &app.flow.operators;
    let actor = if is_use {
        operators.signed_in(&token).await?
    } else {
        operators.watching(&token.digest()).await?
    };
    let mut actor = actor.ok_or_else(signed_out)?;
    // Where they are now, not where they signed in.
    actor.from = app.guard.client(request).map(|from| from.to_string());
    let session = ConsoleSession { actor: actor.clone(), token };
    request.extensions_mut().insert(session);
    Ok(actor)
}

/// Whoever was let in.
impl FromRequest for Actor {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or_else(Problem::internal))
    }
}
