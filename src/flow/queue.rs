//! Phone systems that put their events into a queue: each message is taken up like a request, and
//! leaves the queue only when what it said is on disk. What can never be taken up is set aside
//! among the refusals, whole, so that it does not come back for ever.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::receive::Error;
use super::refuse::{described, status};
use super::{Flow, cause};
use crate::pbx::{Inbound, SQS_ATTRIBUTE};
use crate::transport::sqs::{Message, Options, Queue};

/// How long to wait after the queue or the database failed.
const PAUSE: Duration = Duration::from_secs(5);

/// How often a message may come that is not proven, before it is set aside: a wrong secret in the
/// configuration can be mended in that time.
const PATIENCE: u32 = 5;

/// How often the configuration is compared with the queues that are read.
const COMPARE: Duration = Duration::from_secs(1);

/// The readers of all queues, as the configuration has them.
#[derive(Debug)]
pub struct Queues {
    stop: watch::Sender<bool>,
    stopped: watch::Receiver<()>,
}

impl Queues {
    /// Reads every configured queue, and follows the configuration.
    pub fn start(flow: Arc<Flow>, tasks: &mut JoinSet<()>) -> Self {
        let (stop, asked) = watch::channel(false);
        // Dropped by the last reader: then all have stopped.
        let (reading, stopped) = watch::channel(());
        tasks.spawn(supervise(flow, asked, reading));
        Self { stop, stopped }
    }

    /// Finishes the messages that are being taken up; answers when no reader is left.
    pub async fn stop(&mut self) {
        self.stop.send_replace(true);
        // An error says that the other end is gone, which is what is waited for.
        drop(tokio::time::timeout(PAUSE, self.stopped.changed()).await);
    }
}

/// One reader a queue; a queue that changes gets a new one.
async fn supervise(flow: Arc<Flow>, mut asked: watch::Receiver<bool>, reading: watch::Sender<()>) {
    let mut readers = JoinSet::new();
    let mut read: HashMap<String, (Options, watch::Sender<bool>)> = HashMap::new();
    while !*asked.borrow() {
        let in_force = flow.in_force();
        let wanted: HashMap<String, Options> = in_force
            .configuration
            .queues()
            .map(|(source, options)| (source.to_owned(), options.clone()))
            .collect();
        read.retain(|source, (options, stop)| {
            let stays = wanted.get(source) == Some(options);
            if !stays {
                stop.send_replace(true);
            }
            stays
        });
        for (source, options) in wanted {
            if let Entry::Vacant(free) = read.entry(source) {
                let (stop, asked) = watch::channel(false);
                let (source, queue) = (free.key().clone(), Queue::new(&options));
                readers.spawn(follow(Arc::clone(&flow), source, queue, asked));
                free.insert((options, stop));
            }
        }
        tokio::select! {
            _ = asked.changed() => {}
            () = tokio::time::sleep(COMPARE) => {}
        }
        while readers.try_join_next().is_some() {}
    }
    for (_, stop) in read.values() {
        stop.send_replace(true);
    }
    while readers.join_next().await.is_some() {}
    drop(reading);
}

/// Reads one queue until it is asked to stop; only waiting is broken off, never a message.
async fn follow(flow: Arc<Flow>, source: String, queue: Queue, mut asked: watch::Receiver<bool>) {
    tracing::info!(source, "reading its queue");
    let mut failing = false;
    while !*asked.borrow() {
        let received = tokio::select! {
            received = queue.receive(SQS_ATTRIBUTE) => received,
            _ = asked.changed() => break,
        };
        let pause = match received {
            Ok(messages) => {
                failing = false;
                let mut away = false;
                for message in &messages {
                    away |= !take_up(&flow, &source, &queue, message).await;
                }
                away
            }
            Err(error) => {
                if !failing {
                    tracing::error!(source, error = cause(&error), "its queue cannot be read");
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
    tracing::info!(source, "stopped reading its queue");
}

/// Takes up one message; answers whether the database was there.
async fn take_up(flow: &Flow, source: &str, queue: &Queue, message: &Message) -> bool {
    let headers: Vec<(String, String)> = [
        ("x-signature", message.attribute.clone()),
        ("x-sqs-message-id", Some(message.id.clone())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect();
    let inbound = Inbound {
        method: "SQS",
        event: None,
        query: "",
        headers: &headers,
        body: message.body.as_bytes(),
        at: flow.clock().now(),
    };
    match flow.receive(source, inbound.clone()).await {
        Ok(_) => {}
        Err(Error::Store(_)) => return false,
        Err(error @ Error::Refused(_)) => {
            let ((status, code), detail) = (status(&error), error.to_string());
            if code == "not-authentic" && message.received < PATIENCE {
                tracing::warn!(source, detail, received = message.received, "message not proven");
                return true;
            }
            let request = described(&inbound, usize::MAX);
            if !flow.refuse(source, status, code, &detail, &request).await {
                return false;
            }
        }
        // The configuration changed under this reader, which is about to be stopped.
        Err(Error::NoSource(_)) => return true,
    }
    if let Err(error) = queue.delete(message).await {
        // It comes again, and is recognised.
        tracing::warn!(source, error = cause(&error), "a message stays in its queue");
    }
    true
}
