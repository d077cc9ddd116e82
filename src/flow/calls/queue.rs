//! Phone systems that put their events into a queue: each message is taken up like a request, and
//! leaves the queue only when what it said is on disk. What can never be taken up is set aside
//! among the refusals, whole, so that it does not come back for ever.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::JoinSet;

use crate::domain::endpoint::SqsQueue;
use crate::domain::problem::Code;
use crate::flow::calls::receive::{Calls, Error};
use crate::flow::calls::refusals::Refusals;
use crate::flow::context::{Context, InForce, cause};
use crate::flow::workers::{StopSignal, Workers};
use crate::pbx::{Inbound, QueueAttribute, State};
use crate::store::Error as StoreError;
use crate::transport::sqs::{Message, Queue};

/// How long to wait after the queue or the database failed.
const PAUSE: Duration = Duration::from_secs(5);

/// How often a message may come that is not proven, before it is set aside: a wrong secret in the
/// configuration can be mended in that time.
const TIMEOUT: u32 = 5;

/// What each queue's reader needs.
#[derive(Clone)]
struct QueueReader {
    context: Arc<Context>,
    calls: Arc<Calls>,
    refusals: Arc<Refusals>,
}

/// Reads every configured queue.
pub fn start(
    context: &Arc<Context>,
    calls: &Arc<Calls>,
    refusals: &Arc<Refusals>,
    tasks: &mut JoinSet<()>,
) -> Workers {
    let reader = QueueReader {
        context: Arc::clone(context),
        calls: Arc::clone(calls),
        refusals: Arc::clone(refusals),
    };
    let follow = move |source, options, asked| follow(reader.clone(), source, options, asked);
    Workers::start(Arc::clone(context), tasks, wanted, follow)
}

/// A source's queue, and the attribute that authenticates its messages.
type Target = (SqsQueue, &'static QueueAttribute);

fn wanted(in_force: &InForce) -> HashMap<String, Target> {
    let listening = in_force.configuration.sources().filter(|source| source.state == State::On);
    let queues = listening.filter_map(|source| {
        Some((source.name.clone(), (source.queue.clone()?, source.make.queue?)))
    });
    queues.collect()
}

/// Reads one queue until it is asked to stop; only waiting is broken off, never a message.
async fn follow(
    reader: QueueReader,
    source: String,
    (queue, signature): Target,
    mut asked: StopSignal,
) {
    let queue = Queue::new(&queue, reader.context.options.private_targets.clone());
    tracing::info!(source, "reading the source's queue");
    let mut failing = false;
    while !*asked.borrow() {
        let received = tokio::select! {
            received = queue.receive(signature.attribute) => received,
            _ = asked.changed() => break,
        };
        let pause = match received {
            Ok(messages) => {
                failing = false;
                let mut away = false;
                for message in &messages {
                    away |= !take_up(&reader, &source, &queue, signature.header, message).await;
                }
                away
            }
            Err(error) => {
                if !failing {
                    tracing::error!(
                        source,
                        error = cause(&error),
                        "the source's queue cannot be read"
                    );
                }
                failing = true;
                true
            }
        };
        if pause {
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                _ = asked.changed() => break,
            }
        }
    }
    tracing::info!(source, "stopped reading the source's queue");
}

/// Takes up one message; answers whether the database was there.
async fn take_up(
    reader: &QueueReader,
    source: &str,
    queue: &Queue,
    signature: &str,
    message: &Message,
) -> bool {
    let headers: Vec<(String, String)> =
        [(signature, message.attribute.clone()), ("x-sqs-message-id", Some(message.id.clone()))]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect();
    let inbound = Inbound {
        method: "SQS",
        event: None,
        query: "",
        headers: &headers,
        body: message.body.as_bytes(),
        at: reader.context.now(),
    };
    // A message that a reader breaks off over must not take the reader with it.
    let received =
        AssertUnwindSafe(reader.calls.receive(source, inbound.clone())).catch_unwind().await;
    match received.unwrap_or(Err(Error::Store(StoreError::Panicked))) {
        Ok(_) => {}
        // Not the database's fault, and no better the next time: it is looked at by somebody.
        Err(Error::Store(StoreError::Panicked)) if message.received >= TIMEOUT => {
            let request = reader.refusals.describe(source, &inbound, usize::MAX);
            let detail = "Callpane failed on this message every time; the log says why";
            if !reader.refusals.add(source, Code::InternalError, detail, &request).await {
                return false;
            }
        }
        Err(Error::Store(StoreError::Panicked)) => {
            tracing::error!(source, received = message.received, "processing a message panicked");
            return true;
        }
        Err(Error::Store(_)) => return false,
        Err(error @ Error::Refused(_)) => {
            let (code, detail) = (error.code(), error.to_string());
            if code == Code::NotAuthentic && message.received < TIMEOUT {
                tracing::warn!(
                    source,
                    detail,
                    received = message.received,
                    "a message could not be authenticated"
                );
                return true;
            }
            let request = reader.refusals.describe(source, &inbound, usize::MAX);
            if !reader.refusals.add(source, code, &detail, &request).await {
                return false;
            }
        }
        // The configuration changed under this reader, which is about to be stopped.
        Err(Error::NoSource(_) | Error::Off(_)) => return true,
    }
    if let Err(error) = queue.delete(message).await {
        // It comes again, and is recognised.
        tracing::warn!(
            source,
            error = cause(&error),
            "a message could not be deleted from its queue"
        );
    }
    true
}
