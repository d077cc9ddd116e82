//! What a server does again and again, on its own account.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};

use super::error::Error;
use crate::configuration::Surroundings;
use crate::flow::{Flow, cause, server_keys};
use crate::web::{Guard, Guesses};

/// How often a node looks for a newer configuration, and for rows that are too old.
const REFRESH: Duration = Duration::from_secs(1);
const FORGET: Duration = Duration::from_hours(1);

/// How long after the start nothing is forgotten: a clock may be put right by the network first.
const SETTLED: Duration = Duration::from_mins(10);

/// How often calls are looked for whose end is overdue.
const REAP: Duration = Duration::from_secs(10);

/// How often it is written down which pausing pages are on a screen.
const PAUSING: Duration = Duration::from_secs(30);

/// How often it is written down how long rings took.
const JOURNAL: Duration = Duration::from_secs(1);

/// How often it is told what was only counted, instead of logged.
const REPORT: Duration = Duration::from_secs(10);

/// Takes up newer configurations. A failure is logged once, not every second.
pub(super) async fn watch_configuration(flow: Arc<Flow>, surroundings: Surroundings) {
    let mut ticks = tokio::time::interval(REFRESH);
    let mut last = String::new();
    loop {
        ticks.tick().await;
        match flow.configurations.refresh(&surroundings).await {
            Ok(Some(version)) => tracing::info!(version, "a new configuration is in force"),
            Ok(None) => last.clear(),
            Err(error) => {
                let text = Error::from(error).to_string();
                if text != last {
                    tracing::error!(
                        error = text,
                        "the new configuration cannot be used: the old one stays in force"
                    );
                    last = text;
                }
            }
        }
    }
}

/// Takes up rotated server keys. That the database is away is said beside it.
pub(super) async fn watch_keys(flow: Arc<Flow>) {
    let mut ticks = tokio::time::interval(REFRESH);
    loop {
        ticks.tick().await;
        if let Ok(true) = server_keys::refresh(&flow.context).await {
            tracing::info!("the server keys have changed: a rotation is in progress");
        }
    }
}

/// Keeps in mind which sites may be framed.
pub(super) async fn watch_frames(flow: Arc<Flow>) {
    flow.panes.frames.watch().await;
}

/// Takes up what other nodes hear of agents' presence.
pub(super) async fn watch_presence(flow: Arc<Flow>) {
    flow.presences.keep_in_step().await;
}

/// Writes down which pausing pages are on a screen. One that could not be noted is the next time.
pub(super) async fn watch_pausing(flow: Arc<Flow>) {
    let mut ticks = tokio::time::interval(PAUSING);
    loop {
        ticks.tick().await;
        if let Err(error) = flow.panes.keep_on_screen().await {
            tracing::debug!(error = cause(&error), "which pages are on a screen was not stored");
        }
    }
}

/// Writes down what rings left in memory. A failure is logged once, not every second.
pub(super) async fn keep_journal(flow: Arc<Flow>) {
    let mut ticks = tokio::time::interval(JOURNAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = String::new();
    loop {
        ticks.tick().await;
        let text =
            flow.journal.flush().await.map_or_else(|error| cause(&error), |()| String::new());
        if !text.is_empty() && text != last {
            tracing::warn!(
                error = text,
                "the figures of rings could not be stored: they are kept in memory"
            );
        }
        last = text;
    }
}

/// Closes calls whose end never came.
pub(super) async fn reap(flow: Arc<Flow>) {
    let mut ticks = tokio::time::interval(REAP);
    loop {
        ticks.tick().await;
        match flow.calls.expire_overdue().await {
            Ok(0) => {}
            Ok(calls) => tracing::info!(calls, "closed calls whose end was never reported"),
            Err(error) => tracing::error!(error = cause(&error), "could not close old calls"),
        }
    }
}

/// Tells how often that happened of late which anybody can cause.
pub(super) async fn report(flow: Arc<Flow>, guesses: Arc<Guesses>, guard: Arc<Guard>) {
    let mut ticks = tokio::time::interval(REPORT);
    loop {
        ticks.tick().await;
        flow.refusals.report();
        guesses.report();
        guard.report();
    }
}

pub(super) async fn forget(flow: Arc<Flow>) {
    let mut ticks = tokio::time::interval_at(Instant::now() + SETTLED, FORGET);
    loop {
        ticks.tick().await;
        match flow.retention.forget().await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "deleted what is older than CALLPANE_RETENTION"),
            Err(error) => tracing::error!(error = cause(&error), "could not delete old rows"),
        }
    }
}
