//! `callpane serve`.

use std::sync::Arc;

use super::context::read_settings;
use super::output::Outcome;
use crate::domain::time::SystemClock;
use crate::{app, telemetry};

pub(super) async fn run() -> Outcome {
    let settings = read_settings()?;
    let log = telemetry::start(&settings.log);
    let running = app::start(&settings, Arc::new(SystemClock::default()));
    let running = running.await.map_err(|error| error.to_string())?;
    tracing::info!(address = %running.address, public_url = running.public_url, "callpane started");
    let link = running.flow.operators.first_link().await.map_err(|error| error.to_string())?;
    if let Some(link) = link {
        tracing::warn!(
            link,
            "nobody can administer the console: this link signs in an administrator, once, within 15 \
             minutes"
        );
    }
    stopped().await?;
    running.stop().await;
    drop(log);
    Ok(())
}

/// Waits for whoever stops us: a person at the terminal, or the service manager.
pub(super) async fn stopped() -> Outcome {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .map_err(|error| error.to_string())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(|error| error.to_string()),
        _ = terminate.recv() => Ok(()),
    }
}
