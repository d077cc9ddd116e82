//! Who is wired to whom, and who lives how long? The one place that binds, spawns and stops.

mod descriptors;

use std::net::{Shutdown, SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use socket2::SockRef;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::configuration::{Complaint, Surroundings};
use crate::domain::secret::Secret;
use crate::domain::server_key::ServerKeys;
use crate::domain::time::Clock;
use crate::flow::calls::identity::{self, Asking};
use crate::flow::calls::queue;
use crate::flow::configuration::apply;
use crate::flow::contacts::{Questions, lookup};
use crate::flow::server_keys;
use crate::flow::{Context, Flow, Workers, cause};
use crate::settings::{DesktopKey, Settings};
use crate::store::{Opener, Store};
use crate::transport::xuc::Xuc;
use crate::view::View;
use crate::web::{self, CrmMemory, Door, Guard, Guesses, Traffic};

/// Why it does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An address cannot be listened at.
    #[error("{setting}: {address} cannot be listened at: {error}")]
    Bind {
        /// The setting that named it.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        error: std::io::Error,
    },
    /// The database.
    #[error("CALLPANE_DATABASE: {}", cause(.0))]
    Store(#[from] crate::store::Error),
    /// The configuration that is kept in the database.
    #[error("the configuration in the database is wrong:\n{}", lines(.0))]
    Configuration(Vec<Complaint>),
    /// A template.
    #[error("CALLPANE_TEMPLATES: {0}")]
    Template(#[from] crate::template::Error),
    /// Certificate or key.
    #[error("CALLPANE_TLS_CERT, CALLPANE_TLS_KEY: {0}")]
    Tls(String),
    /// XuC's address.
    #[error("CALLPANE_XUC_URL: {}", cause(.0))]
    Xuc(#[from] crate::transport::http::Error),
    /// The system.
    #[error("the server could not start: {0}")]
    Io(#[from] std::io::Error),
}

fn lines(complaints: &[Complaint]) -> String {
    complaints.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl From<server_keys::Error> for Error {
    fn from(error: server_keys::Error) -> Self {
        match error {
            server_keys::Error::Store(error) => Self::Store(error),
            server_keys::Error::Random(error) => Self::Io(error),
        }
    }
}

impl From<apply::Error> for Error {
    fn from(error: apply::Error) -> Self {
        match error {
            apply::Error::Wrong(complaints) => Self::Configuration(complaints),
            apply::Error::Store(error) => Self::Store(error),
        }
    }
}

/// How often a node looks for a newer configuration, and for rows that are too old.
const REFRESH: Duration = Duration::from_secs(1);
const FORGET: Duration = Duration::from_hours(1);

/// How long after the start nothing is forgotten: a clock may be put right by the network first.
const SETTLED: Duration = Duration::from_mins(10);

/// How often calls are looked for whose end is overdue.
const REAP: Duration = Duration::from_secs(10);

/// How often it is told what was only counted, instead of logged.
const REPORT: Duration = Duration::from_secs(10);

/// How long requests under way have when the server stops, and in seconds, the ends of their answers.
const GRACE: Duration = Duration::from_secs(10);
const LAST_WORDS: u64 = 2;

/// Connections that the system holds until they are taken up: more than ring in one moment.
const BACKLOG: i32 = 1024;

/// How long it takes to take up the connections that the system holds.
const PAUSE: Duration = Duration::from_millis(10);

/// Bytes that one stream and one connection of HTTP/2 may send before they are read. Bodies are
/// small; what is not read stays with whoever sends it.
const STREAM: u32 = 64 * 1024;
const CONNECTION: u32 = 256 * 1024;

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

/// One that listens.
#[derive(Debug)]
struct Server {
    handle: ServerHandle,
    /// The same socket as the server's own.
    listener: TcpListener,
}

impl Running {
    /// Takes no more connections, ends the streams, answers whatever arrives on the connections that
    /// there are, then stops everything. What is not answered after ten seconds is cut off.
    pub async fn stop(mut self) {
        self.flow.context.stop();
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
        self.tasks.shutdown().await;
    }
}

impl Server {
    /// Whoever comes from now on is refused by the system. The server would go on listening until its
    /// last request is answered, and leave without an answer whoever came meanwhile. First the system
    /// takes up no more than one at a time, so that hardly anybody waits to be taken up when it ends.
    async fn stop_listening(&self) {
        let listener = SockRef::from(&self.listener);
        let shortened = listener.listen(0);
        tokio::time::sleep(PAUSE).await;
        if let Err(error) = shortened.and_then(|()| listener.shutdown(Shutdown::Both)) {
            tracing::warn!(%error, "the server listens until it has stopped");
        }
        self.handle.pause().await;
    }
}

/// Binds, opens, wires and starts everything.
pub async fn start(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Running, Error> {
    // Another part of the process may have chosen already: then that one is used.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let shares = descriptors::raise()?;
    let listener = listen("CALLPANE_BIND", settings.bind)?;
    let address = listener.local_addr()?;
    let hooks = settings.hooks_bind.map(|bind| listen("CALLPANE_HOOKS_BIND", bind)).transpose()?;
    let hooks_address = hooks.as_ref().map(TcpListener::local_addr).transpose()?;
    let demo = settings.demo.map(|bind| listen("CALLPANE_DEMO_BIND", bind)).transpose()?;
    let demo_url = match &demo {
        Some(demo) => Some(format!("http://{}", demo.local_addr()?)),
        None => None,
    };
    let public_url = public_url(settings, address);
    let base = settings.public_url.as_ref().map_or("", |url| url.path());
    let base = base.trim_end_matches('/').to_owned();
    if settings.public_url.is_none() && !address.ip().is_loopback() {
        tracing::warn!(%public_url, "CALLPANE_PUBLIC_URL is unset: agents elsewhere cannot open pages");
    }
    let is_open = |address: SocketAddr| !address.ip().is_loopback();
    if settings.demo.is_some_and(|demo| is_open(demo) || is_open(address)) {
        tracing::warn!(
            "CALLPANE_DEMO: whoever reaches CALLPANE_BIND or CALLPANE_DEMO_BIND can ring and read \
             what the demo shows: use invented data only"
        );
    }
    let view = Arc::new(View::new(&base, settings.templates.as_deref())?);
    let surroundings = Surroundings {
        region: settings.region,
        pages: view.call_pages(),
        secrets: settings.secrets.clone(),
    };
    let store = open(settings, Opener::Server).await?;
    let keys = server_keys(&store, settings, clock.as_ref()).await?;
    let in_force = apply::load(&store, &surroundings).await?;
    let guard = Arc::new(guard(&store, settings).await?);
    let (asking, asked) = settings.xuc_url.as_ref().map(|_| Asking::new(settings.xuc_away)).unzip();
    let options = options(settings, public_url.clone(), base, shares.streams);
    let (questions, callers) = Questions::channel();
    let guesses = Arc::new(Guesses::new(Arc::clone(&clock)));
    let context = Context::new(options, store, keys, clock, in_force);
    let flow = Arc::new(Flow::new(context, asking, questions));
    flow.configurations.refresh(&surroundings).await?;
    // Before the first ring is kept at a time that may be wrong.
    flow.retention.check_clock().await?;
    let mut tasks = JoinSet::new();
    if let (Some(url), Some(asked)) = (&settings.xuc_url, asked) {
        tasks.spawn(identity::run(Arc::clone(&flow.identities), Xuc::new(url.as_str())?, asked));
    }
    tasks.spawn(lookup::run(Arc::clone(&flow.contacts), callers));
    tasks.spawn(Arc::clone(&flow.context).forward_wakes());
    tasks.spawn(reap(Arc::clone(&flow)));
    let queues = queue::start(&flow.context, &flow.calls, &flow.refusals, &mut tasks);
    let deliveries = flow.outbox.start(&mut tasks);
    tasks.spawn(watch_configuration(Arc::clone(&flow), surroundings));
    if settings.server_key.is_none() {
        tasks.spawn(watch_keys(Arc::clone(&flow)));
    }
    tasks.spawn(forget(Arc::clone(&flow)));
    let door = Door {
        flow: Arc::clone(&flow),
        view,
        language: settings.language,
        guard: Arc::clone(&guard),
        hooks_elsewhere: hooks.is_some(),
        demo: demo_url.clone(),
        demo_crm: CrmMemory::default(),
        api_token: settings.api_token.clone(),
        guesses: Arc::clone(&guesses),
        traffic: Arc::default(),
    };
    tasks.spawn(report(Arc::clone(&flow), guesses, guard));
    // Phone systems on a listener of their own have a part of the connections, and no more.
    let of_hooks = if hooks.is_some() { shares.connections / 4 } else { 0 };
    let of_desktops = shares.connections - of_hooks;
    let mut servers = vec![serve(listener, web::doors(&door), settings, of_desktops, &mut tasks)?];
    if let Some(hooks) = hooks {
        servers.push(serve(hooks, web::hook_doors(&door), settings, of_hooks, &mut tasks)?);
    }
    if let Some(demo) = demo {
        servers.push(serve_demo(demo, &door, &mut tasks)?);
    }
    Ok(Running {
        address,
        third_party_url: door.guard.third_party_url(&public_url),
        public_url,
        hooks_address,
        demo_url,
        flow,
        servers,
        traffic: door.traffic,
        workers: vec![queues, deliveries],
        tasks,
    })
}

fn options(
    settings: &Settings,
    public_url: String,
    base: String,
    streams: usize,
) -> crate::flow::Options {
    crate::flow::Options {
        region: settings.region,
        public_url,
        base,
        origins: settings.origins.clone(),
        pane_lifetime: settings.pane_lifetime,
        ring_deadline: settings.ring_deadline,
        retention: settings.retention,
        private_targets: settings.private_targets.clone(),
        streams,
    }
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
    Ok(Flow::new(context, None, Questions::channel().0))
}

/// Opens the database; that may take a while, so it happens beside the async threads.
pub async fn open(settings: &Settings, opener: Opener) -> Result<Store, Error> {
    let options = settings.database.clone();
    let opened = tokio::task::spawn_blocking(move || Store::open(&options, opener)).await;
    Ok(opened.map_err(std::io::Error::other)??)
}

fn listen(setting: &'static str, address: SocketAddr) -> Result<TcpListener, Error> {
    let listen = || {
        let listener = TcpListener::bind(address)?;
        SockRef::from(&listener).listen(BACKLOG)?;
        Ok(listener)
    };
    listen().map_err(|error| Error::Bind { setting, address, error })
}

/// Our address from outside, without a slash at its end.
pub fn public_url(settings: &Settings, address: SocketAddr) -> String {
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    let unset = format!("{scheme}://localhost:{}", address.port());
    let url = settings.public_url.as_ref().map_or(unset, ToString::to_string);
    url.trim_end_matches('/').to_owned()
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

/// What keeps strangers out, as the operator chose, or as it has to be.
async fn guard(store: &Store, settings: &Settings) -> Result<Guard, Error> {
    let key = match &settings.desktop_key {
        DesktopKey::Unset if settings.needs_desktop_key() => {
            let fresh = Secret::random()?;
            let kept = store.write(move |tx| tx.setting_or(DESKTOP_KEY, fresh.expose())).await?;
            tracing::warn!(
                "CALLPANE_DESKTOP_KEY is unset and agents elsewhere reach this server: it has made a \
                 key, and THIRD_PARTY_URL needs it; `callpane settings` prints the address"
            );
            Some(Secret::new(kept))
        }
        DesktopKey::Unset => None,
        DesktopKey::Given(key) => Some(key.clone()),
        DesktopKey::Off => {
            if settings.is_open_to_strangers() {
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
pub const OPEN: &str = "whoever reaches this server and knows a number sees who calls from it: unset \
    CALLPANE_DESKTOP_KEY=off, or set CALLPANE_AGENT_NETWORKS or CALLPANE_XUC_URL";

/// The desktops' key that a server has made for itself on this database, if it has.
pub async fn made_desktop_key(store: &Store) -> Result<Option<Secret>, Error> {
    Ok(store.read(|tx| tx.setting(DESKTOP_KEY)).await?.map(Secret::new))
}

/// The name that the database keeps the desktops' key under.
const DESKTOP_KEY: &str = "desktop_key";

fn serve(
    listener: TcpListener,
    doors: impl FnOnce(&mut ServiceConfig) + Clone + Send + 'static,
    settings: &Settings,
    connections: usize,
    tasks: &mut JoinSet<()>,
) -> Result<Server, Error> {
    let ours = listener.try_clone()?;
    let app = move || {
        let app = App::new().wrap(from_fn(web::count)).wrap(from_fn(web::complete_headers));
        app.configure(doors.clone())
    };
    let workers = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
    // Whoever is one too many waits until another one has ended. Idle connections end after five
    // seconds, and so do those whose request does not begin.
    let connections = connections.div_ceil(workers);
    let server = HttpServer::new(app).workers(workers).max_connections(connections);
    let server = server.on_connect(web::connected);
    let server = server.disable_signals().shutdown_timeout(LAST_WORDS);
    let server =
        server.h2_initial_window_size(STREAM).h2_initial_connection_window_size(CONNECTION);
    let server = match &settings.tls {
        Some((cert, key)) => server.listen_rustls_0_23(listener, tls(cert, key)?)?,
        None => server.listen(listener)?,
    };
    Ok(run(server.run(), ours, tasks))
}

fn run(server: actix_web::dev::Server, listener: TcpListener, tasks: &mut JoinSet<()>) -> Server {
    let handle = server.handle();
    tasks.spawn(async move { drop(server.await) });
    Server { handle, listener }
}

fn serve_demo(
    listener: TcpListener,
    door: &Door,
    tasks: &mut JoinSet<()>,
) -> Result<Server, Error> {
    let (door, ours) = (door.clone(), listener.try_clone()?);
    let app = move || {
        let app = App::new().wrap(from_fn(web::count)).wrap(from_fn(web::complete_headers));
        app.configure(web::demo_doors(&door))
    };
    let server = HttpServer::new(app).workers(1).disable_signals().shutdown_timeout(LAST_WORDS);
    Ok(run(server.listen(listener)?.run(), ours, tasks))
}

fn tls(cert: &Path, key: &Path) -> Result<rustls::ServerConfig, Error> {
    let fail = |path: &Path, error: &dyn std::error::Error| {
        Error::Tls(format!("{}: {error}", path.display()))
    };
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(cert).map_err(|error| fail(cert, &error))?.collect();
    let chain = chain.map_err(|error| fail(cert, &error))?;
    let key_der = PrivateKeyDer::from_pem_file(key).map_err(|error| fail(key, &error))?;
    rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key_der)
        .map_err(|error| fail(cert, &error))
}

/// Takes up newer configurations. A failure is logged once, not every second.
async fn watch_configuration(flow: Arc<Flow>, surroundings: Surroundings) {
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
                    tracing::error!(error = text, "the old configuration stays in force");
                    last = text;
                }
            }
        }
    }
}

/// Takes up rotated server keys. That the database is away is said beside it.
async fn watch_keys(flow: Arc<Flow>) {
    let mut ticks = tokio::time::interval(REFRESH);
    loop {
        ticks.tick().await;
        if let Ok(true) = server_keys::refresh(&flow.context).await {
            tracing::info!("the server keys have changed: a rotation goes on");
        }
    }
}

/// Closes calls whose end never came.
async fn reap(flow: Arc<Flow>) {
    let mut ticks = tokio::time::interval(REAP);
    loop {
        ticks.tick().await;
        match flow.calls.expire_overdue().await {
            Ok(0) => {}
            Ok(calls) => tracing::info!(calls, "closed calls whose end was never heard"),
            Err(error) => tracing::error!(error = cause(&error), "could not close old calls"),
        }
    }
}

/// Tells how often that happened of late which anybody can cause.
async fn report(flow: Arc<Flow>, guesses: Arc<Guesses>, guard: Arc<Guard>) {
    let mut ticks = tokio::time::interval(REPORT);
    loop {
        ticks.tick().await;
        flow.refusals.report();
        guesses.report();
        guard.report();
    }
}

async fn forget(flow: Arc<Flow>) {
    let mut ticks = tokio::time::interval_at(Instant::now() + SETTLED, FORGET);
    loop {
        ticks.tick().await;
        match flow.retention.forget().await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "forgot what is older than CALLPANE_RETENTION"),
            Err(error) => tracing::error!(error = cause(&error), "could not forget old rows"),
        }
    }
}
