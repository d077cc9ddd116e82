//! Who is wired to whom, and who lives how long? The one place that binds, spawns and stops.

mod background;
mod descriptors;
mod error;
mod serving;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::configuration::Surroundings;
use crate::demo;
use crate::domain::server_key::ServerKeys;
use crate::domain::time::Clock;
use crate::flow::calls::identity::{self, Asking};
use crate::flow::calls::queue;
use crate::flow::configuration::apply;
use crate::flow::contacts::{Questions, lookup};
use crate::flow::desktop_key;
use crate::flow::operators::ConsoleOptions;
use crate::flow::operators::single_sign_on::SingleSignOn;
use crate::flow::server_keys;
use crate::flow::{Context, Flow, Workers};
use crate::settings::{DesktopKey, Settings};
use crate::store::{Opener, Store};
use crate::transport::oidc::Provider;
use crate::transport::xuc::Xuc;
use crate::view::View;
use crate::web::{self, AppState, Guard, Guesses, Traffic};

pub use error::Error;
use serving::{Server, listen, serve, serve_demo};

/// How long requests under way have when the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// How long a stop waits for what is noted of the last rings.
const LAST: Duration = Duration::from_secs(1);

/// A server that runs.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Our address from outside.
    pub public_url: String,
    /// Where phone systems are listened to, if that is elsewhere.
    pub hooks_address: Option<SocketAddr>,
    /// What goes into XiVO's `THIRD_PARTY_URL`.
    pub third_party_url: String,
    /// The demo desktop's address, where the demo is on.
    pub demo_url: Option<String>,
    /// The verbs, for whoever runs a server inside a program of their own.
    pub flow: Arc<Flow>,
    servers: Vec<Server>,
    traffic: Arc<Traffic>,
    workers: Vec<Workers>,
    tasks: JoinSet<()>,
}

impl Running {
    /// Takes no more connections, ends the streams, answers whatever arrives on the connections that
    /// there are, then stops everything. What is not answered after ten seconds is cut off.
    pub async fn stop(mut self) {
        self.flow.context.stop();
        tracing::info!("stopping: finishing requests in progress first");
        self.traffic.close();
        for server in &self.servers {
            server.stop_listening().await;
        }
        let deliveries = async {
            for workers in &mut self.workers {
                workers.stop().await;
            }
        };
        // Cut short, it is all the same to whoever is answered: they are cut off below.
        let requests = tokio::time::timeout(GRACE, self.traffic.drained());
        drop(tokio::join!(requests, deliveries));
        for server in &self.servers {
            server.handle.stop(true).await;
        }
        // The last second's rings; a database that is away keeps nobody here.
        drop(tokio::time::timeout(LAST, self.flow.journal.flush()).await);
        self.tasks.shutdown().await;
    }
}

/// Binds, opens, wires and starts everything.
pub async fn start(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Running, Error> {
    // Another part of the process may have chosen already: then that one is used.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let shares = descriptors::raise()?;
    let listeners = Listeners::bind(settings)?;
    let public_url = public_url(settings, listeners.address);
    warn_of_exposure(settings, &listeners, &public_url);
    let base = settings.public_url.as_ref().map_or("", |url| url.path());
    let base = base.trim_end_matches('/').to_owned();
    let view = Arc::new(View::new(&base, settings.templates.as_deref())?);
    let surroundings = surroundings(settings, &view);
    let store = open(settings, Opener::Server).await?;
    let guard = Arc::new(guard(&store, settings).await?);
    let keys = server_keys(&store, settings, clock.as_ref()).await?;
    let in_force = apply::load(&store, &surroundings).await?;
    let guesses = Arc::new(Guesses::new(Arc::clone(&clock)));
    let mut options = options(settings, public_url.clone(), base, shares.streams);
    options.demo.clone_from(&listeners.demo_url);
    let context = Context::new(options, store, keys, clock, in_force);
    let mut tasks = JoinSet::new();
    let flow = start_flow(settings, context, &surroundings, &mut tasks).await?;
    let workers = start_workers(settings, &flow, surroundings, &mut tasks);
    let app = AppState {
        flow: Arc::clone(&flow),
        view,
        language: settings.language,
        guard: Arc::clone(&guard),
        hooks_elsewhere: listeners.hooks.is_some(),
        api_token: settings.api_token.clone(),
        guesses: Arc::clone(&guesses),
        traffic: Arc::default(),
    };
    tasks.spawn(background::report(Arc::clone(&flow), guesses, guard));
    Ok(Running {
        address: listeners.address,
        third_party_url: app.guard.third_party_url(&public_url),
        public_url,
        hooks_address: listeners.hooks_address,
        demo_url: listeners.demo_url.clone(),
        flow,
        servers: start_servers(settings, listeners, &app, shares.connections, &mut tasks)?,
        traffic: app.traffic,
        workers,
        tasks,
    })
}

/// Where requests come in.
struct Listeners {
    main: TcpListener,
    address: SocketAddr,
    /// Of phone systems, if that is elsewhere.
    hooks: Option<TcpListener>,
    hooks_address: Option<SocketAddr>,
    demo: Option<TcpListener>,
    demo_url: Option<String>,
}

impl Listeners {
    fn bind(settings: &Settings) -> Result<Self, Error> {
        let main = listen("CALLPANE_BIND", settings.bind)?;
        let hooks = settings.hooks_bind.map(|bind| listen("CALLPANE_HOOKS_BIND", bind));
        let hooks = hooks.transpose()?;
        let demo = settings.demo.map(|bind| listen("CALLPANE_DEMO_BIND", bind)).transpose()?;
        let demo_url = match &demo {
            Some(demo) => Some(demo_url(demo.local_addr()?)),
            None => None,
        };
        Ok(Self {
            address: main.local_addr()?,
            hooks_address: hooks.as_ref().map(TcpListener::local_addr).transpose()?,
            main,
            hooks,
            demo,
            demo_url,
        })
    }
}

/// Says what an operator may have overlooked.
fn warn_of_exposure(settings: &Settings, listeners: &Listeners, public_url: &str) {
    let is_open = |address: SocketAddr| !address.ip().is_loopback();
    if settings.public_url.is_none() && is_open(listeners.address) {
        tracing::warn!(%public_url, "CALLPANE_PUBLIC_URL is unset: agents on other machines \
                                     cannot open pages");
    }
    if settings.demo.is_some_and(|demo| is_open(demo) || is_open(listeners.address)) {
        tracing::warn!(
            "CALLPANE_DEMO is on: anyone who can reach CALLPANE_BIND or CALLPANE_DEMO_BIND can make calls \
             ring and read what the demo shows; use invented data only"
        );
    }
}

/// Wires the flow, and starts whoever asks XuC and lookups.
async fn start_flow(
    settings: &Settings,
    context: Context,
    surroundings: &Surroundings,
    tasks: &mut JoinSet<()>,
) -> Result<Arc<Flow>, Error> {
    let (asking, asked) = settings.xuc_url.as_ref().map(|_| Asking::new(settings.xuc_away)).unzip();
    let (questions, callers) = Questions::channel();
    let flow = Arc::new(Flow::new(context, console(settings)?, asking, questions));
    flow.configurations.refresh(surroundings).await?;
    flow.presences.refresh().await?;
    // Before the first ring is kept at a time that may be wrong.
    flow.retention.check_clock().await?;
    if let (Some(url), Some(asked)) = (&settings.xuc_url, asked) {
        tasks.spawn(identity::run(Arc::clone(&flow.identities), Xuc::new(url.as_str())?, asked));
    }
    tasks.spawn(lookup::run(Arc::clone(&flow.contacts), callers));
    Ok(flow)
}

/// Starts what a server does on its own account; answers the workers that must finish at the end.
fn start_workers(
    settings: &Settings,
    flow: &Arc<Flow>,
    surroundings: Surroundings,
    tasks: &mut JoinSet<()>,
) -> Vec<Workers> {
    tasks.spawn(background::reap(Arc::clone(flow)));
    tasks.spawn(background::keep_journal(Arc::clone(flow)));
    tasks.spawn(background::forget(Arc::clone(flow)));
    tasks.spawn(background::watch_frames(Arc::clone(flow)));
    tasks.spawn(background::watch_presence(Arc::clone(flow)));
    tasks.spawn(background::watch_pausing(Arc::clone(flow)));
    tasks.spawn(background::watch_configuration(Arc::clone(flow), surroundings));
    if settings.server_key.is_none() {
        tasks.spawn(background::watch_keys(Arc::clone(flow)));
    }
    let queues = queue::start(&flow.context, &flow.calls, &flow.refusals, tasks);
    vec![queues, flow.outbox.start(tasks)]
}

fn start_servers(
    settings: &Settings,
    listeners: Listeners,
    app: &AppState,
    connections: usize,
    tasks: &mut JoinSet<()>,
) -> Result<Vec<Server>, Error> {
    // Phone systems on a listener of their own have a part of the connections, and no more.
    let of_hooks = if listeners.hooks.is_some() { connections / 4 } else { 0 };
    let of_desktops = connections - of_hooks;
    let crm = listeners.demo_url.as_deref().map(demo::crm_endpoints);
    let endpoints = web::endpoints(app, move |config| {
        if let Some(crm) = &crm {
            crm(config);
        }
    });
    let mut servers = vec![serve(listeners.main, endpoints, settings, of_desktops, tasks)?];
    if let Some(hooks) = listeners.hooks {
        servers.push(serve(hooks, web::hook_endpoints(app), settings, of_hooks, tasks)?);
    }
    if let Some(demo) = listeners.demo {
        servers.push(serve_demo(demo, app, tasks)?);
    }
    Ok(servers)
}

fn options(
    settings: &Settings,
    public_url: String,
    base: String,
    streams: usize,
) -> crate::flow::Options {
    crate::flow::Options {
        region: settings.region,
        zone: settings.zone.clone(),
        public_url,
        base,
        origins: settings.origins.clone(),
        pane_lifetime: settings.pane_lifetime,
        ring_deadline: settings.ring_deadline,
        retention: settings.retention,
        private_targets: settings.private_targets.clone(),
        streams,
        demo: None,
    }
}

fn console(settings: &Settings) -> Result<ConsoleOptions, Error> {
    let single_sign_on = settings.oidc.clone().map(|oidc| {
        let provider =
            Provider::new(oidc.provider, settings.private_targets.clone()).map_err(Error::Oidc)?;
        Ok::<_, Error>(Arc::new(SingleSignOn { provider, grants: oidc.grants, label: oidc.label }))
    });
    Ok(ConsoleOptions {
        password: settings.console_password.clone(),
        lifetime: settings.session_lifetime,
        single_sign_on: single_sign_on.transpose()?,
    })
}

/// What a configuration is checked against.
pub fn surroundings(settings: &Settings, view: &View) -> Surroundings {
    let (region, secrets) = (settings.region, settings.secrets.clone());
    Surroundings { region, pages: view.call_pages(), secrets }
}

/// The verbs for a command that works beside a server: nothing listens, nothing runs.
pub async fn beside(
    settings: &Settings,
    store: Store,
    surroundings: &Surroundings,
    clock: Arc<dyn Clock>,
) -> Result<Flow, Error> {
    let keys = server_keys(&store, settings, clock.as_ref()).await?;
    let in_force = apply::load(&store, surroundings).await?;
    let options = options(settings, public_url(settings, settings.bind), String::new(), 0);
    let context = Context::new(options, store, keys, clock, in_force);
    Ok(Flow::new(context, console(settings)?, None, Questions::channel().0))
}

/// Opens the database; that may take a while, so it happens beside the async threads.
pub async fn open(settings: &Settings, opener: Opener) -> Result<Store, Error> {
    let options = settings.database.clone();
    let opened = tokio::task::spawn_blocking(move || Store::open(&options, opener)).await;
    Ok(opened.map_err(std::io::Error::other)??)
}

/// Our address from outside, without a slash at its end.
pub fn public_url(settings: &Settings, address: SocketAddr) -> String {
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    let unset = format!("{scheme}://localhost:{}", address.port());
    let url = settings.public_url.as_ref().map_or(unset, ToString::to_string);
    url.trim_end_matches('/').to_owned()
}

/// The demo's address. On this machine it has the name that our own address has: browsers then take both
/// for one site, and let the demo show the built-in desktop with its cookie.
fn demo_url(address: SocketAddr) -> String {
    if address.ip().is_loopback() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

/// The keys that sign addresses: the setting's, else those that the database keeps.
pub async fn server_keys(
    store: &Store,
    settings: &Settings,
    clock: &dyn Clock,
) -> Result<ServerKeys, Error> {
    match &settings.server_key {
        Some((first, others)) => Ok(ServerKeys::given(first, others)),
        None => Ok(server_keys::load(store, clock.now(), settings.pane_lifetime).await?),
    }
}

/// Who may ask for pages, as the operator chose, or as it has to be.
async fn guard(store: &Store, settings: &Settings) -> Result<Guard, Error> {
    let key = match &settings.desktop_key {
        DesktopKey::Unset if settings.needs_desktop_key() => {
            let made = desktop_key::find_or_make(store).await?;
            tracing::warn!(
                "CALLPANE_DESKTOP_KEY is unset and agents on other machines can reach this server: it has \
                 generated a key, which THIRD_PARTY_URL needs; `callpane settings` prints the address"
            );
            Some(made)
        }
        DesktopKey::Unset => None,
        DesktopKey::Given(key) => Some(key.clone()),
        DesktopKey::Off => {
            if settings.is_open_to_everybody() {
                tracing::warn!("{OPEN}");
            }
            None
        }
    };
    Ok(Guard {
        key,
        networks: settings.agent_networks.clone(),
        proxies: settings.trusted_proxies.clone(),
        ..Guard::default()
    })
}

/// What an operator is told who has left everything open.
pub const OPEN: &str = "anyone who can reach this server and knows a number can see who calls from it: \
    remove CALLPANE_DESKTOP_KEY=off, or set CALLPANE_AGENT_NETWORKS or CALLPANE_XUC_URL";
