//! Lists, page by page: the newest first, each page from where the one before ended, however many rows have come
//! since.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use super::id;
use crate::domain::ids::Id;
use crate::web::problem::Problem;

/// How many rows a page has at most.
const MOST: i64 = 500;

/// How many rows a page has if nobody says.
const USUAL: i64 = 50;

/// How many rows are wanted.
pub(super) fn limit(wanted: Option<i64>) -> Result<i64, Problem> {
    let wanted = wanted.unwrap_or(USUAL);
    if (1..=MOST).contains(&wanted) {
        return Ok(wanted);
    }
    Err(Problem::malformed(format!("limit: {wanted} is not from 1 to {MOST}")))
}

/// Where a page begins.
pub(super) fn before(text: Option<&str>) -> Result<Option<Id>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let foreign = || Problem::malformed("before: send the `next` of the previous page");
    id(text)?.map(Some).ok_or_else(foreign)
}

/// The row after a page tells that there is another.
pub(super) const fn one_more(limit: i64) -> i64 {
    limit.saturating_add(1)
}

/// Where the next page begins, if there is one; leaves the rows of this page.
pub(super) fn next<T>(rows: &mut Vec<T>, limit: i64, id: impl Fn(&T) -> Id) -> Option<String> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if rows.len() <= limit {
        return None;
    }
    rows.truncate(limit);
    rows.last().map(|row| id(row).to_string())
}

/// An answer whose header says where the next page is: at the same address, whatever a proxy calls that.
pub(super) fn linked(
    request: &HttpRequest,
    next: Option<&str>,
    mut answer: HttpResponse,
) -> HttpResponse {
    let Some(next) = next else { return answer };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let sent = url::form_urlencoded::parse(request.query_string().as_bytes());
    query.extend_pairs(sent.filter(|(name, _)| name != "before"));
    query.append_pair("before", next);
    let link = format!("<?{}>; rel=\"next\"", query.finish());
    if let Ok(link) = header::HeaderValue::try_from(link) {
        answer.headers_mut().insert(header::LINK, link);
    }
    answer
}
