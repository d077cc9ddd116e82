//! What operators look for: calls, anything by its name, what needs attention. Read when somebody asks,
//! from what rings and events leave behind anyway.

mod agents;
mod attention;
mod calls;
mod line;
mod search;
mod sources;

use std::sync::Arc;

use crate::flow::contacts::Contacts;
use crate::flow::context::Context;

pub use agents::AgentLine;
pub use attention::Attention;
pub use calls::{CallFilter, CallPage, Error};
pub(crate) use calls::{calls_by_id, key_of};
pub use line::{CallLine, PageLine};
pub use search::{Hit, LeadsTo};
pub use sources::SourceStatus;

/// What operators look for.
#[derive(Debug)]
pub struct Lists {
    context: Arc<Context>,
    contacts: Arc<Contacts>,
    attention: attention::Kept,
}

impl Lists {
    pub(crate) fn new(context: &Arc<Context>, contacts: &Arc<Contacts>) -> Self {
        Self {
            context: Arc::clone(context),
            contacts: Arc::clone(contacts),
            attention: attention::Kept::default(),
        }
    }
}
