//! One worker for each of several configured things: when the configuration changes, so do they;
//! when the server stops, each finishes what it has in hand.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::flow::context::{Context, InForce};

/// How often the configuration is compared with what is worked on.
const COMPARE: Duration = Duration::from_secs(1);

/// How long workers have to finish.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Becomes true when a worker shall stop.
pub(crate) type StopSignal = watch::Receiver<bool>;

/// All workers of one kind.
#[derive(Debug)]
pub struct Workers {
    stop: watch::Sender<bool>,
    stopped: watch::Receiver<()>,
}

impl Workers {
    /// Starts one for each thing that is wanted, by its name.
    pub(crate) fn start<T, W>(
        context: Arc<Context>,
        tasks: &mut JoinSet<()>,
        wanted: fn(&InForce) -> HashMap<String, T>,
        work: impl Fn(String, T, StopSignal) -> W + Send + Sync + 'static,
    ) -> Self
    where
        T: Clone + PartialEq + Send + 'static,
        W: Future<Output = ()> + Send + 'static,
    {
        let (stop, asked) = watch::channel(false);
        // Dropped when the last worker has stopped.
        let (working, stopped) = watch::channel(());
        tasks.spawn(supervise(context, asked, working, wanted, work));
        Self { stop, stopped }
    }

    /// Asks all of them to stop; answers when they have, or when it takes too long.
    pub async fn stop(&mut self) {
        self.stop.send_replace(true);
        // An error says that the other end is gone, which is what is waited for.
        drop(tokio::time::timeout(TIMEOUT, self.stopped.changed()).await);
    }
}

async fn supervise<T, W>(
    context: Arc<Context>,
    mut asked: StopSignal,
    working: watch::Sender<()>,
    wanted: fn(&InForce) -> HashMap<String, T>,
    work: impl Fn(String, T, StopSignal) -> W + Send + Sync + 'static,
) where
    T: Clone + PartialEq + Send + 'static,
    W: Future<Output = ()> + Send + 'static,
{
    let mut workers = JoinSet::new();
    let mut busy: HashMap<String, (T, watch::Sender<bool>)> = HashMap::new();
    while !*asked.borrow() {
        let wanted = wanted(&context.in_force());
        busy.retain(|name, (thing, stop)| {
            let stays = wanted.get(name) == Some(thing);
            if !stays {
                stop.send_replace(true);
            }
            stays
        });
        for (name, thing) in wanted {
            if let Entry::Vacant(free) = busy.entry(name) {
                let (stop, asked) = watch::channel(false);
                workers.spawn(work(free.key().clone(), thing.clone(), asked));
                free.insert((thing, stop));
            }
        }
        tokio::select! {
            _ = asked.changed() => {}
            () = tokio::time::sleep(COMPARE) => {}
        }
        while workers.try_join_next().is_some() {}
    }
    for (_, stop) in busy.values() {
        stop.send_replace(true);
    }
    while workers.join_next().await.is_some() {}
    drop(working);
}
