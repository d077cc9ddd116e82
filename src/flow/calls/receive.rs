//! A phone system speaks: its request is proven and read, and every event in it is written down
//! with what it makes of its call, in one unit of work. When this answers `Ok`, it is on disk.

use std::sync::Arc;

use crate::domain::event::CallEvent;
use crate::domain::problem::Code;
use crate::flow::calls::intake::{Identified, Intake};
use crate::flow::calls::untold;
use crate::flow::contacts::Contacts;
use crate::flow::context::{Context, cause};
use crate::pbx::{Inbound, Refusal, State};
use crate::store::Error as StoreError;

/// What became of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    /// Events that were new.
    pub events: usize,
    /// Events that had been heard before.
    pub repeats: usize,
    /// Pages that were opened for them.
    pub pages: usize,
}

/// Why a request was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such source is configured.
    #[error(
        "there is no source \"{0}\" in the configuration; to add it, write [[source]] name = \
         \"{0}\""
    )]
    NoSource(String),
    /// It is switched off.
    #[error(
        "the source \"{0}\" is off: write state = \"on\" and run `callpane apply` to switch it on"
    )]
    Off(String),
    /// It was not proven, or not understood.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// Which refusal it is.
    pub fn code(&self) -> Code {
        match self {
            Self::NoSource(_) => Code::NoSuchSource,
            Self::Off(_) => Code::SourceOff,
            Self::Refused(Refusal::NotAuthentic(_)) => Code::NotAuthentic,
            Self::Refused(Refusal::NotUnderstood(_)) => Code::NotUnderstood,
            Self::Store(_) => Code::DatabaseUnavailable,
        }
    }
}

/// What phone systems report.
#[derive(Debug)]
pub struct Calls {
    pub(crate) context: Arc<Context>,
    contacts: Arc<Contacts>,
}

impl Calls {
    pub(crate) fn new(context: &Arc<Context>, contacts: &Arc<Contacts>) -> Self {
        Self { context: Arc::clone(context), contacts: Arc::clone(contacts) }
    }

    /// A phone system's request, by whichever way it came.
    pub async fn receive(&self, name: &str, inbound: Inbound<'_>) -> Result<Received, Error> {
        let in_force = self.context.in_force();
        let source = in_force.configuration.source(name);
        let source = Arc::clone(source.ok_or_else(|| Error::NoSource(name.to_owned()))?);
        if source.state == State::Off {
            return Err(Error::Off(source.name.clone()));
        }
        let body = source.kept(&inbound);
        let now = inbound.at;
        let request = source.verify(inbound)?;
        let events = source.decode(&request)?;
        let region = self.context.options.region;
        let anybody = self.contacts.any();
        let context = Arc::clone(&self.context);
        let intake = Intake { context, in_force, source, region, now, body, anybody };
        self.record(intake, events).await
    }

    async fn record(&self, intake: Intake, events: Vec<CallEvent>) -> Result<Received, Error> {
        let started = self.context.clock.elapsed();
        let name = intake.source.name.clone();
        let what = events.first().map(|event| {
            let line = event.agent.as_ref().and_then(|agent| agent.line.clone());
            (event.name.clone(), event.call.clone(), line)
        });
        let lacks = events
            .iter()
            .find_map(|event| event.kind.lacks(event.call.is_some(), event.agent.is_some()))
            .map(tracing::field::display);
        let events: Vec<Identified> =
            events.into_iter().map(|event| intake.identified(event)).collect();
        let heard = self.context.store.write(move |tx| {
            let mut heard = Received::default();
            let (mut callers, mut presence, mut ended) = (Vec::new(), Vec::new(), Vec::new());
            for event in &events {
                let Some(effect) = intake.take_up(tx, event)? else {
                    intake.count_repeat(tx, event)?;
                    heard.repeats += 1;
                    continue;
                };
                heard.events += 1;
                heard.pages += usize::from(effect.pane.is_some());
                callers.extend(effect.caller);
                presence.extend(effect.presence);
                ended.extend(effect.ended);
            }
            // Once all that the request says of them is known.
            for end in &ended {
                untold::tell_of(tx, end, intake.now, intake.region, &intake.in_force)?;
            }
            Ok((heard, callers, presence))
        });
        let heard = heard.await.map(|(heard, callers, presence)| {
            self.context.board.take_up(presence);
            for (caller, call) in &callers {
                self.contacts.ask_about(caller, *call);
            }
            heard
        });
        let micros = self.context.clock.elapsed().saturating_sub(started).as_micros();
        let (event, call, line) = what.unwrap_or_default();
        match &heard {
            Ok(Received { events, repeats, pages }) => {
                macro_rules! line {
                    ($level:ident) => {
                        tracing::$level!(
                            source = name,
                            event,
                            call,
                            line,
                            lacks,
                            events,
                            repeats,
                            pages,
                            micros,
                            "event"
                        )
                    };
                }
                if lacks.is_some() { line!(warn) } else { line!(info) }
            }
            Err(error) => {
                let error = cause(error);
                tracing::error!(source = name, event, call, error, "an event could not be stored");
            }
        }
        Ok(heard?)
    }
}
