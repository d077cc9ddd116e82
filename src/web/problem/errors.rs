//! What the flow's errors are answered with. What caused them is logged here, once.

use super::Problem;
use crate::domain::identity::Identity;
use crate::domain::problem::Code;
use crate::domain::token::Gone;
use crate::flow::{operators, outbox, panes, tokens};
use crate::store;

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        tracing::error!(error = crate::flow::cause(&error), "a request could not be served");
        Self::unavailable()
    }
}

impl From<panes::Error> for Problem {
    fn from(error: panes::Error) -> Self {
        let detail = error.to_string();
        match error {
            panes::Error::Gone(gone) => Self::gone(gone == Gone::Expired),
            panes::Error::Conflict { notes, version } => Self::conflict(detail, &notes, version),
            panes::Error::TooMany(_) => Self::too_many_streams(detail),
            panes::Error::Completed => Self::new(Code::PageCompleted, detail),
            panes::Error::DispositionRequired(_) => Self::new(Code::DispositionRequired, detail),
            panes::Error::UnknownDisposition { .. } => Self::new(Code::UnknownDisposition, detail),
            panes::Error::NoSuchContact => Self::new(Code::NoSuchContact, detail),
            panes::Error::ContactNameMissing => Self::new(Code::ContactNameMissing, detail),
            panes::Error::NotConfirmed(identity) => Self::new(not_confirmed(identity), detail),
            panes::Error::Store(error) => error.into(),
        }
    }
}

impl From<outbox::Error> for Problem {
    fn from(error: outbox::Error) -> Self {
        use outbox::Error;
        let detail = error.to_string();
        match error {
            Error::Unknown(_) => Self::new(Code::NoSuchDestination, detail),
            Error::NoDelivery(_) => Self::new(Code::NoSuchDelivery, detail),
            Error::NothingToSend(_) => Self::new(Code::NotToBeWritten, detail),
            Error::Store(error) => error.into(),
        }
    }
}

impl From<operators::Error> for Problem {
    fn from(error: operators::Error) -> Self {
        use operators::Error;
        let detail = error.to_string();
        let code = match error {
            Error::Name
            | Error::Role
            | Error::Password(_)
            | Error::SetElsewhere
            | Error::SignsInElsewhere(_)
            | Error::WrongPassword => Code::InvalidValue,
            Error::Exists(_) => Code::OperatorExists,
            Error::Unknown(_) => Code::NoSuchOperator,
            Error::LastAdmin => Code::LastAdmin,
            Error::Busy => return Self::new(Code::TooManyBodies, detail).retry_after(60),
            Error::Random(error) => return failed(&error),
            Error::Store(error) => return error.into(),
        };
        Self::new(code, detail)
    }
}

impl From<tokens::Error> for Problem {
    fn from(error: tokens::Error) -> Self {
        let detail = error.to_string();
        match error {
            tokens::Error::Name | tokens::Error::Lifetime => Self::new(Code::InvalidValue, detail),
            tokens::Error::Random(error) => failed(&error),
            tokens::Error::Store(error) => error.into(),
        }
    }
}

fn failed(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "a request could not be served");
    Problem::internal()
}

/// Why nothing is taken from an agent who is not confirmed.
fn not_confirmed(identity: Identity) -> Code {
    match identity {
        Identity::Pending => Code::AgentPending,
        Identity::Away => Code::AgentNotChecked,
        Identity::Unconfirmed | Identity::Confirmed => Code::AgentUnconfirmed,
    }
}
