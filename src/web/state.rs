//! What every handler works with.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::{Data, ServiceConfig};

use super::guard::Guard;
use super::guesses::Guesses;
use super::problem::Problem;
use super::traffic::Traffic;
use crate::domain::secret::Secret;
use crate::flow::Flow;
use crate::view::{Language, View};

/// What every handler works with.
#[derive(Debug, Clone)]
pub struct AppState {
    /// The verbs.
    pub flow: Arc<Flow>,
    /// The pages.
    pub view: Arc<View>,
    /// The language of every page; none follows each reader's browser.
    pub language: Option<Language>,
    /// Who may ask for pages.
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

impl AppState {
    /// Gives it to the handlers and middlewares of an application.
    pub(crate) fn register(self, config: &mut ServiceConfig) {
        config.app_data(Data::from(Arc::clone(&self.traffic)));
        config.app_data(Data::new(self));
    }

    /// The one that a request came to.
    pub(super) fn of(request: &HttpRequest) -> Result<&Data<Self>, Problem> {
        request.app_data::<Data<Self>>().ok_or_else(Problem::internal)
    }

    /// The language that this reader gets.
    pub(crate) fn language(&self, request: &HttpRequest) -> Language {
        self.language.unwrap_or_else(|| {
            let wishes = request.headers().get(header::ACCEPT_LANGUAGE);
            Language::wished(wishes.and_then(|value| value.to_str().ok()).unwrap_or_default())
        })
    }
}
