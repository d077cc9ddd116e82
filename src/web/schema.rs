//! Texts of the API that have a known form or are one of a closed set, as its document describes them. Each
//! schema is made of the set itself.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::audit;
use crate::domain::contact::ContactState;
use crate::domain::decision::{Action, Moment};
use crate::domain::delivery::{Settled, filters, states};
use crate::domain::destination::State;
use crate::domain::event;
use crate::domain::presence;
use crate::domain::problem::Code;
use crate::domain::ring::{Direction, Outcome};
use crate::domain::role;
use crate::domain::word::Word;
use crate::flow::explain;

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn one_of(words: impl Iterator<Item = &'static str>) -> RefOr<Schema> {
    text().enum_values(Some(words)).into()
}

/// What may be known of whoever has a number, while nobody is being asked.
const WHO: [ContactState; 3] = [ContactState::Known, ContactState::Several, ContactState::Unknown];

/// Types that stand for these schemas; they have no values.
macro_rules! schemas {
    ($($name:ident = $schema:expr;)*) => {$(
        #[derive(Debug)]
        pub(super) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $schema
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )*};
}

schemas! {
    Id = text().pattern(Some("^[0-9a-f]{32}$")).into();
    PageAction = one_of(Action::words());
    PageMoment = one_of(Moment::words());
    EventKind = one_of(event::told().into_iter());
    CallDirection = one_of(Direction::words());
    CallOutcome = one_of(Outcome::words());
    PresenceKind = one_of(presence::PresenceKind::words());
    WhoState = one_of(WHO.into_iter().map(Word::word));
    DestinationState = one_of(State::words());
    DeliveryState = one_of(states());
    DeliveryFilter = one_of(filters());
    Verdict = one_of(std::iter::once("retry").chain(Settled::words()));
    ProblemCode = one_of(Code::words());
    Role = one_of(role::Role::words());
    ExplainedKind = one_of(explain::Kind::words());
    Act = one_of(audit::Act::words());
    PersonRole = one_of(role::Role::of_people().map(Word::word));
    CallerKind = one_of(["number", "extension", "anonymous", "other"].into_iter());
    Found = one_of(
        ["call", "caller", "agent", "queue", "rule", "source", "destination", "lookup"].into_iter()
    );
}
