//! `callpane demo`: a server with a stand-in agent application and CRM, sample rules and a database
//! that is thrown away.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::context::{actor, check_settings, open, surroundings};
use super::output::{Outcome, explained, say};
use super::serve::stopped;
use crate::app::{self, Running};
use crate::configuration::Needed;
use crate::domain::secret::Secret;
use crate::domain::time::{Clock, StillClock, SystemClock, Timestamp};
use crate::flow::configuration::apply;
use crate::flow::operators::ADMIN;
use crate::settings::{self, Settings};
use crate::store::Store;
use crate::{demo, telemetry};
/// How long a call of the weeks before may take to be stored: nobody waits for its page.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn run() -> Outcome {
    // It is thrown away when this function ends.
    let folder = tempfile::Builder::new().prefix("callpane-demo-").tempdir();
    let folder = folder.map_err(|error| error.to_string())?;
    let mut given = settings::surroundings().map_err(|complaint| complaint.to_string())?;
    let database = format!("sqlite:{}", folder.path().join("demo.db").display());
    given.insert("CALLPANE_DATABASE".to_owned(), database.clone());
    given.insert("CALLPANE_DEMO".to_owned(), "true".to_owned());
    // The stand-in CRM is on this machine.
    given.insert("CALLPANE_PRIVATE_TARGETS".to_owned(), "127.0.0.0/8,::1".to_owned());
    let settings = check_settings(&given)?;
    let random = Secret::random().map_err(|error| error.to_string())?;
    let secret = folder.path().join("secret");
    std::fs::write(&secret, random.expose())
        .map_err(|error| format!("{}: {error}", secret.display()))?;
    serve(settings, &database, &secret).await
}

async fn serve(mut settings: Settings, database: &str, secret: &Path) -> Outcome {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    // Held until the server takes them, so that nobody else does.
    let held = (free(settings.bind)?, settings.demo.map(free).transpose()?);
    settings.bind = address(&held.0)?;
    settings.demo = held.1.as_ref().map(address).transpose()?;
    let public = app::public_url(&settings, settings.bind);
    let document = demo::configuration(&public, secret);
    let store = open(&settings).await?;
    let around = surroundings(&settings, Needed::All)?;
    // In force when the first of the calls of before rings, so that each is explained by it.
    let beginning = StillClock::at(demo::history::beginning(clock.now()));
    let applied = apply::apply(&store, &beginning, document, "demo".to_owned(), &around);
    applied.await.map_err(explained)?;
    remember(&settings, store, clock.now()).await?;
    // Only now: the calls of the weeks before are nothing to report.
    let log = telemetry::start(&settings.log);
    drop(held);
    let running = app::start(&settings, clock).await.map_err(|error| error.to_string())?;
    demo::history::introduce(&running.flow);
    let console = running.flow.operators.make_link(&actor(), ADMIN).await;
    let console = console.map_err(|error| error.to_string())?;
    say(&what_to_open(&running, database, &console)?)?;
    stopped().await?;
    running.stop().await;
    drop(log);
    Ok(())
}

/// Puts the calls of the weeks before into the database.
async fn remember(settings: &Settings, store: Store, now: Timestamp) -> Outcome {
    let settings = &Settings { ring_deadline: PATIENCE, ..settings.clone() };
    let clock = Arc::new(StillClock::at(demo::history::beginning(now)));
    let surroundings = surroundings(settings, Needed::All)?;
    let flow = app::beside(settings, store, &surroundings, Arc::<StillClock>::clone(&clock)).await;
    let flow = flow.map_err(|error| error.to_string())?;
    demo::history::play(&flow, &clock, now).await
}

fn what_to_open(running: &Running, database: &str, console: &str) -> Result<String, String> {
    let desktop = running.demo_url.clone().unwrap_or_default();
    let built_in = running.flow.sessions.first_link().unwrap_or_default();
    let (public, third_party) = (&running.public_url, &running.third_party_url);
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let callpane = program.display();
    Ok(format!(
        "\nCallpane demo\n\n\
         Open {desktop}/demo/desktop and press Ring. It is a stand-in agent application, on an\n\
         origin of its own like XucMgt. Its queue Billing opens a stand-in CRM, {public}/demo/crm\n\n\
         Further down on that desktop, Play the call sends another phone system's requests. Its calls\n\
         ring below, on the built-in desktop of Priya Nair, who also has a link of her own:\n\
         {built_in}\n\n\
         The console shows every call and explains it. This link signs in once, within 15 minutes:\n\
         {console}\n\n\
         For XiVO's own custom.env:  THIRD_PARTY_URL={third_party}\n\
         To check that address:      {callpane} check {third_party}\n\
         To change the rules, in another terminal:\n  \
         export CALLPANE_DATABASE={database} CALLPANE_PUBLIC_URL={public}\n  \
         {callpane} export > demo.toml   # edit it, then\n  \
         {callpane} apply demo.toml\n\n\
         The database is deleted when the demo stops. Stop with Ctrl+C.\n",
    ))
}

/// A listener at this address if nobody listens there, else at one that the system chooses.
fn free(wanted: SocketAddr) -> Result<TcpListener, String> {
    let any = SocketAddr::new(wanted.ip(), 0);
    let listener = TcpListener::bind(wanted).or_else(|_| TcpListener::bind(any));
    listener.map_err(|error| format!("{wanted}: {error}"))
}

fn address(listener: &TcpListener) -> Result<SocketAddr, String> {
    listener.local_addr().map_err(|error| error.to_string())
}
