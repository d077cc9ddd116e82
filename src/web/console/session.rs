//! The session of somebody who is signed in: the cookie that only the console's addresses get.

use actix_web::HttpRequest;

use crate::domain::session::SessionToken;

/// What holds the token of a session.
pub(in crate::web) const COOKIE: &str = "callpane_console";

/// The token that a browser shows.
pub(in crate::web) fn token(request: &HttpRequest) -> Option<SessionToken> {
    SessionToken::read(request.cookie(COOKIE)?.value())
}
