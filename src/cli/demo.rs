//! `callpane demo`: a server with a stand-in agent application and CRM, sample rules and a database
//! that is thrown away.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use super::context::{check_settings, open, surroundings};
use super::output::{Outcome, explained, say};
use super::serve::stopped;
use crate::configuration::Needed;
use crate::domain::secret::Secret;
use crate::domain::time::{Clock, SystemClock};
use crate::flow::configuration::apply;
use crate::settings::{self, Settings};
use crate::{app, demo, telemetry};

pub(super) async fn run() -> Outcome {
    let folder = std::env::temp_dir().join(format!("callpane-demo-{}", std::process::id()));
    let mut given = settings::surroundings().map_err(|complaint| complaint.to_string())?;
    let database = format!("sqlite:{}", folder.join("demo.db").display());
    given.insert("CALLPANE_DATABASE".to_owned(), database.clone());
    given.insert("CALLPANE_DEMO".to_owned(), "true".to_owned());
    let secret = Secret::random().map_err(|error| error.to_string())?;
    given.insert("DEMO_SECRET".to_owned(), secret.expose().to_owned());
    // The stand-in CRM is on this machine.
    given.insert("CALLPANE_PRIVATE_TARGETS".to_owned(), "127.0.0.0/8,::1".to_owned());
    let settings = check_settings(&given)?;
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let outcome = serve(settings, &database).await;
    // It was thrown away with the last words; a leftover in the temporary folder harms nobody.
    drop(std::fs::remove_dir_all(&folder));
    outcome
}

async fn serve(mut settings: Settings, database: &str) -> Outcome {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    settings.bind = free(settings.bind)?;
    settings.demo = settings.demo.map(free).transpose()?;
    let log = telemetry::start(&settings.log);
    let public = app::public_url(&settings, settings.bind);
    let document = demo::configuration(&public);
    let store = open(&settings).await?;
    let around = surroundings(&settings, Needed::All)?;
    let applied = apply::apply(&store, clock.as_ref(), document, "demo".to_owned(), &around);
    applied.await.map_err(explained)?;
    drop(store);
    let running = app::start(&settings, clock).await.map_err(|error| error.to_string())?;
    let desktop = running.demo_url.clone().unwrap_or_default();
    let built_in = running.flow.sessions.first_link().unwrap_or_default();
    let third_party = &running.third_party_url;
    say(&format!(
        "\nCallpane demo\n\n\
         Open {desktop}/demo/desktop and press Ring: a stand-in agent application, on its own\n\
         origin as XucMgt is. The queue Billing opens the stand-in CRM, {public}/demo/crm\n\n\
         Further down, Play the call sends another phone system's own requests. Watch them ring at\n\
         an agent's built-in desktop: {built_in}\n\n\
         For XiVO's own custom.env:  THIRD_PARTY_URL={third_party}\n\
         Is that address good?       callpane check {third_party}\n\
         Other rules?                CALLPANE_DATABASE={database} callpane apply FILE\n\n\
         The database is thrown away at the end. Stop with Ctrl+C.\n",
    ))?;
    stopped().await?;
    running.stop().await;
    drop(log);
    Ok(())
}

/// The address if nobody listens there, else one that the system chooses.
fn free(wanted: SocketAddr) -> Result<SocketAddr, String> {
    let any = SocketAddr::new(wanted.ip(), 0);
    let listener = TcpListener::bind(wanted).or_else(|_| TcpListener::bind(any));
    listener
        .and_then(|listener| listener.local_addr())
        .map_err(|error| format!("{wanted}: {error}"))
}
