//! What the console refuses, as a page for people: programs are told the problem itself.

use actix_web::{HttpRequest, HttpResponse, ResponseError as _};

use crate::domain::problem::Code;
use crate::view::console::{Alone, Refused};
use crate::web::frame;
use crate::web::nowhere::wants_page;
use crate::web::problem::{Problem, status};
use crate::web::sight::Sight;
use crate::web::state::AppState;

/// The page that says it in the reader's language; none for whoever asked for something else. The problem is
/// one as its reader may see it: nothing is masked here.
pub(in crate::web) fn page(request: &HttpRequest, problem: &Problem) -> Option<HttpResponse> {
    if !wants_page(request) {
        return None;
    }
    let app = AppState::of(request).ok()?;
    let reason = reason(problem.code());
    let detail = (reason == "other").then(|| problem.detail().to_owned());
    let page = Alone { page: Refused { reason, detail } };
    frame::console(app, request, problem.status_code(), &page, Sight::Whole).ok()
}

/// The word of the page's texts for a code.
fn reason(code: Code) -> &'static str {
    match code {
        Code::NotAllowed => "role",
        Code::ForgedForm => "form",
        Code::Unauthorized => "out",
        Code::NoSuchCall => "call",
        Code::NoSuchDelivery => "delivery",
        Code::NoSuchDestination => "destination",
        code => match status(code).as_u16() {
            404 | 405 | 410 => "missing",
            429 | 503 => "away",
            500.. => "failed",
            _ => "other",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::word::Word as _;

    #[test]
    fn every_problem_has_a_page() {
        for (word, code) in Code::ALL {
            assert!(Refused::REASONS.contains(&reason(*code)), "{word}");
        }
    }
}
