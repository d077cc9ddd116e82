//! What each code of a refusal means: its status, its title and the remedy. The table also writes
//! `docs/problems.md`.

use actix_web::http::StatusCode;

use crate::domain::problem::Code;

/// What a code means.
struct About {
    code: Code,
    status: StatusCode,
    title: &'static str,
    remedy: &'static str,
}

/// Every code, in the order of `docs/problems.md`.
const TABLE: &[About] = &[
    About {
        code: Code::MalformedBody,
        status: StatusCode::BAD_REQUEST,
        title: "The request cannot be read",
        remedy: "Read the detail: it names the place. Send what the endpoint expects.",
    },
    About {
        code: Code::BodyTooLarge,
        status: StatusCode::PAYLOAD_TOO_LARGE,
        title: "The body is too large",
        remedy: "Send less; the detail has the limit in bytes.",
    },
    About {
        code: Code::BodyTooSlow,
        status: StatusCode::REQUEST_TIMEOUT,
        title: "The body did not arrive in time",
        remedy: "Check the network between the sender and Callpane, and send again.",
    },
    About {
        code: Code::WrongContentType,
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        title: "The body has the wrong content type",
        remedy: "Send the content type that the detail names.",
    },
    About {
        code: Code::WrongMethod,
        status: StatusCode::METHOD_NOT_ALLOWED,
        title: "The endpoint does not accept this method",
        remedy: "Use the method that the detail names.",
    },
    About {
        code: Code::TooManyBodies,
        status: StatusCode::SERVICE_UNAVAILABLE,
        title: "Too many requests of this kind at once",
        remedy: "Try again after the seconds in Retry-After.",
    },
    About {
        code: Code::TooManyRequests,
        status: StatusCode::SERVICE_UNAVAILABLE,
        title: "Too many requests on one connection",
        remedy: "Wait for an answer before sending more on this connection.",
    },
    About {
        code: Code::TooManyStreams,
        status: StatusCode::SERVICE_UNAVAILABLE,
        title: "Too many streams are open",
        remedy: "Request the state instead, and open a stream again after the seconds in Retry-After. The operator can raise LimitNOFILE.",
    },
    About {
        code: Code::TooManyGuesses,
        status: StatusCode::TOO_MANY_REQUESTS,
        title: "Too many wrong tokens came from this address",
        remedy: "Send the right token, which is always accepted.",
    },
    About {
        code: Code::Unauthorized,
        status: StatusCode::UNAUTHORIZED,
        title: "No valid credential was sent",
        remedy: "Programs send Authorization: Bearer with a token (`callpane tokens`); agents open \
                 their personal link again.",
    },
    About {
        code: Code::NotAllowed,
        status: StatusCode::FORBIDDEN,
        title: "This role may not do that",
        remedy: "Ask somebody with the role that the detail names, or for a token with it.",
    },
    About {
        code: Code::ForgedForm,
        status: StatusCode::FORBIDDEN,
        title: "The form was not sent from the console",
        remedy: "Load the page again and send its form once more.",
    },
    About {
        code: Code::OutsideAgentNetworks,
        status: StatusCode::FORBIDDEN,
        title: "The address is not in the agents' networks",
        remedy: "Add the network to CALLPANE_AGENT_NETWORKS if agents are there.",
    },
    About {
        code: Code::DesktopKey,
        status: StatusCode::FORBIDDEN,
        title: "The address has no valid desktop key",
        remedy: "Set THIRD_PARTY_URL to what `callpane settings` prints.",
    },
    About {
        code: Code::ForeignOrigin,
        status: StatusCode::FORBIDDEN,
        title: "The origin is not one of the desktops",
        remedy: "Add it to CALLPANE_DESKTOP_ORIGINS if it is a desktop.",
    },
    About {
        code: Code::NotANavigation,
        status: StatusCode::FORBIDDEN,
        title: "A sheet was loaded by another page",
        remedy: "Open the address of the sheet in a tab or a frame of its own.",
    },
    About {
        code: Code::NoSuchAddress,
        status: StatusCode::NOT_FOUND,
        title: "Nothing is at this address",
        remedy: "Check the path: /api/openapi.json lists the endpoints of the API.",
    },
    About {
        code: Code::NoSuchPage,
        status: StatusCode::NOT_FOUND,
        title: "There is no such page",
        remedy: "Open the page from the call again.",
    },
    About {
        code: Code::PageExpired,
        status: StatusCode::GONE,
        title: "The page has expired",
        remedy: "Nothing can be done: CALLPANE_PANE_LIFETIME sets how long pages are valid.",
    },
    About {
        code: Code::PageCompleted,
        status: StatusCode::GONE,
        title: "The page has been completed",
        remedy: "Nothing can be done: completed pages accept no more notes.",
    },
    About {
        code: Code::NotesChanged,
        status: StatusCode::CONFLICT,
        title: "Somebody else saved in between",
        remedy: "Merge with the `notes` in the answer and save again with its `version`.",
    },
    About {
        code: Code::DispositionRequired,
        status: StatusCode::UNPROCESSABLE_ENTITY,
        title: "An outcome must be chosen",
        remedy: "Choose one of those in the detail.",
    },
    About {
        code: Code::UnknownDisposition,
        status: StatusCode::UNPROCESSABLE_ENTITY,
        title: "There is no such outcome",
        remedy: "Choose one of those in the detail.",
    },
    About {
        code: Code::NoSuchContact,
        status: StatusCode::UNPROCESSABLE_ENTITY,
        title: "The contact does not have this number",
        remedy: "Choose one of the contacts on the page.",
    },
    About {
        code: Code::ContactNameMissing,
        status: StatusCode::UNPROCESSABLE_ENTITY,
        title: "The contact has no name",
        remedy: "Send a `name`.",
    },
    About {
        code: Code::AgentPending,
        status: StatusCode::FORBIDDEN,
        title: "XuC has not confirmed the agent yet",
        remedy: "Send it again in a moment; nothing was saved.",
    },
    About {
        code: Code::AgentNotChecked,
        status: StatusCode::FORBIDDEN,
        title: "XuC cannot be reached to confirm the agent",
        remedy: "Send it again when XuC is back; nothing was saved.",
    },
    About {
        code: Code::AgentUnconfirmed,
        status: StatusCode::FORBIDDEN,
        title: "XuC does not recognise the agent's session",
        remedy: "Sign in to XucMgt again.",
    },
    About {
        code: Code::NotToBeClosed,
        status: StatusCode::UNPROCESSABLE_ENTITY,
        title: "The page must be finished with Done",
        remedy: "Complete the page instead.",
    },
    About {
        code: Code::NoSuchSource,
        status: StatusCode::NOT_FOUND,
        title: "There is no such source",
        remedy: "Add a [[source]] of this name to the configuration, or correct the address.",
    },
    About {
        code: Code::SourceOff,
        status: StatusCode::NOT_FOUND,
        title: "The source is switched off",
        remedy: "Set state = \"on\" in its [[source]] and apply the configuration, or stop the \
                 phone system from sending.",
    },
    About {
        code: Code::NotAuthentic,
        status: StatusCode::UNAUTHORIZED,
        title: "The phone system's request is not authentic",
        remedy: "Compare the secret in the phone system with the one in the configuration.",
    },
    About {
        code: Code::NotUnderstood,
        status: StatusCode::UNPROCESSABLE_ENTITY,
        title: "The phone system's request was not understood",
        remedy: "`callpane try` shows what is missing.",
    },
    About {
        code: Code::NoSuchDelivery,
        status: StatusCode::NOT_FOUND,
        title: "There is no such delivery",
        remedy: "Take an id from GET /api/v1/deliveries.",
    },
    About {
        code: Code::NoSuchDestination,
        status: StatusCode::NOT_FOUND,
        title: "There is no such destination",
        remedy: "GET /api/v1/destinations lists them.",
    },
    About {
        code: Code::NoSuchLookup,
        status: StatusCode::NOT_FOUND,
        title: "There is no such lookup",
        remedy: "GET /api/v1/lookups lists them.",
    },
    About {
        code: Code::NoSuchList,
        status: StatusCode::NOT_FOUND,
        title: "There is no such list of contacts",
        remedy: "GET /api/v1/contacts/lists lists them.",
    },
    About {
        code: Code::NoSuchAgent,
        status: StatusCode::NOT_FOUND,
        title: "There is no such agent",
        remedy: "Take an id from [[agent]] in the configuration.",
    },
    About {
        code: Code::NoSuchOperator,
        status: StatusCode::NOT_FOUND,
        title: "There is no such operator",
        remedy: "GET /api/v1/operators lists them.",
    },
    About {
        code: Code::NoSuchToken,
        status: StatusCode::NOT_FOUND,
        title: "There is no such token",
        remedy: "GET /api/v1/tokens lists them.",
    },
    About {
        code: Code::NoSuchSession,
        status: StatusCode::NOT_FOUND,
        title: "There is no such session",
        remedy: "GET /api/v1/sessions lists them; it may have ended.",
    },
    About {
        code: Code::OperatorExists,
        status: StatusCode::CONFLICT,
        title: "There is an operator of this name already",
        remedy: "Choose another name.",
    },
    About {
        code: Code::LastAdmin,
        status: StatusCode::CONFLICT,
        title: "Nobody else could administer this installation",
        remedy: "Give somebody else the role admin first.",
    },
    About {
        code: Code::InvalidValue,
        status: StatusCode::UNPROCESSABLE_ENTITY,
        title: "A value is not accepted",
        remedy: "Read the detail: it says what is.",
    },
    About {
        code: Code::NoSuchCall,
        status: StatusCode::NOT_FOUND,
        title: "There is no such call",
        remedy: "Take an id from GET /api/v1/calls, or write SOURCE:ID with the phone system's id of the \
                 call. Calls are deleted after CALLPANE_RETENTION.",
    },
    About {
        code: Code::AmbiguousCall,
        status: StatusCode::CONFLICT,
        title: "Several calls have this id",
        remedy: "Write SOURCE:ID, with the name of the source that the id is from.",
    },
    About {
        code: Code::NoSuchCard,
        status: StatusCode::NOT_FOUND,
        title: "There is no such card",
        remedy: "GET /api/v1/calls/{id}/cards lists them; another one may have taken its place.",
    },
    About {
        code: Code::NotYourCard,
        status: StatusCode::FORBIDDEN,
        title: "Another program posted this card",
        remedy: "Post yours with another key. A token with the role supervisor may replace and remove any card.",
    },
    About {
        code: Code::TooManyCards,
        status: StatusCode::CONFLICT,
        title: "The call has no room for another card",
        remedy: "Have one of the other cards removed. A token with the role supervisor takes the place of the oldest.",
    },
    About {
        code: Code::NotANumber,
        status: StatusCode::UNPROCESSABLE_ENTITY,
        title: "This is not a phone number",
        remedy: "Send a number, in any format: 01 99 00 55 77 or +33 1 99 00 55 77.",
    },
    About {
        code: Code::NotImported,
        status: StatusCode::UNPROCESSABLE_ENTITY,
        title: "The contacts were not imported",
        remedy: "Read the detail: it names the line. The list was not changed.",
    },
    About {
        code: Code::NotToBeWritten,
        status: StatusCode::UNPROCESSABLE_ENTITY,
        title: "The request cannot be built",
        remedy: "Read the detail: it names what is missing.",
    },
    About {
        code: Code::NotFromHere,
        status: StatusCode::FORBIDDEN,
        title: "The demo was opened on another machine",
        remedy: "Open the demo on the machine that Callpane runs on, at the address that it \
                 printed.",
    },
    About {
        code: Code::EnoughContacts,
        status: StatusCode::UNPROCESSABLE_ENTITY,
        title: "The demo cannot store more contacts",
        remedy: "Restart the demo.",
    },
    About {
        code: Code::IdempotencyKeyReused,
        status: StatusCode::UNPROCESSABLE_ENTITY,
        title: "The idempotency key belongs to another request",
        remedy: "Send each request with a key of its own; send a request again exactly as it was.",
    },
    About {
        code: Code::IdempotencyKeyInUse,
        status: StatusCode::CONFLICT,
        title: "The request with this idempotency key has no answer yet",
        remedy: "Send it again in a moment. If that does not help, nobody knows whether it was done, \
                 because something failed meanwhile: check whether it was, then use a new key.",
    },
    About {
        code: Code::AnswerNotKept,
        status: StatusCode::CONFLICT,
        title: "The request was carried out, and its answer is not given again",
        remedy: "If the secret in it was lost, revoke what was created, and create another with a new key.",
    },
    About {
        code: Code::DatabaseUnavailable,
        status: StatusCode::SERVICE_UNAVAILABLE,
        title: "The database is unavailable",
        remedy: "Try again: nothing was lost. The log says why.",
    },
    About {
        code: Code::InternalError,
        status: StatusCode::INTERNAL_SERVER_ERROR,
        title: "The request could not be handled",
        remedy: "The log says why; report it.",
    },
];

fn about(code: Code) -> Option<&'static About> {
    TABLE.iter().find(|about| about.code == code)
}

/// The status that a code is answered with.
pub(in crate::web) fn status(code: Code) -> StatusCode {
    about(code).map_or(StatusCode::INTERNAL_SERVER_ERROR, |about| about.status)
}

/// What is wrong, in a few words that are the same for every refusal of this code.
pub(in crate::web) fn title(code: Code) -> &'static str {
    about(code).map_or("", |about| about.title)
}

/// What to do about it.
pub(in crate::web) fn remedy(code: Code) -> &'static str {
    about(code).map_or("", |about| about.remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::word::Word as _;

    const INTRODUCTION: &str = "# Refusals\n\n\
        Callpane answers what it refuses with `application/problem+json` (RFC 9457): `code` says which \
        refusal it is, `detail` what is wrong with this request, `remedy` what to do. `type` is \
        `urn:callpane:problem:` followed by the code.\n\n\
        | Code | Status | What is wrong | What to do |\n|---|---|---|---|\n";

    fn documented() -> String {
        let lines = TABLE.iter().map(|about| {
            let (code, status) = (about.code.word(), about.status.as_u16());
            format!("| `{code}` | {status} | {} | {} |\n", about.title, about.remedy)
        });
        std::iter::once(INTRODUCTION.to_owned()).chain(lines).collect()
    }

    #[test]
    fn every_code_is_in_the_table_and_in_the_documentation() {
        for (word, code) in Code::ALL {
            assert!(about(*code).is_some(), "{word} is missing in the table");
        }
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let written = std::fs::read_to_string(root.join("docs/problems.md")).unwrap_or_default();
        let expected = documented();
        if written != expected {
            std::fs::write(root.join("target/problems.md"), &expected).unwrap();
            panic!("docs/problems.md differs: cp target/problems.md docs/problems.md");
        }
    }
}
