//! Who is wired to whom, and who lives how long? The one place that binds, spawns and stops.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::configuration::{Complaint, Surroundings};
use crate::domain::server_key::ServerKeys;
use crate::domain::time::Clock;
use crate::flow::look_up::{self, People};
use crate::flow::workers::Workers;
use crate::flow::{Flow, cause, configure, confirm, deliver, keys, queue};
use crate::settings::Settings;
use crate::store::{Opener, Store};
use crate::transport::xuc::Xuc;
use crate::view::View;
use crate::web::{self, CrmMemory, Door};

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

impl From<keys::Error> for Error {
    fn from(error: keys::Error) -> Self {
        match error {
            keys::Error::Store(error) => Self::Store(error),
            keys::Error::Random(error) => Self::Io(error),
        }
    }
}

impl From<configure::Error> for Error {
    fn from(error: configure::Error) -> Self {
        match error {
            configure::Error::Wrong(complaints) => Self::Configuration(complaints),
            configure::Error::Store(error) => Self::Store(error),
        }
    }
}

/// How often a node looks for a newer configuration, and for rows that are too old.
const REFRESH: Duration = Duration::from_secs(1);
const FORGET: Duration = Duration::from_hours(1);

/// How often calls are looked for whose end is overdue.
const REAP: Duration = Duration::from_secs(10);

/// How long requests under way have when the server stops.
const GRACE: u64 = 10;

/// A server that runs.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Our address from outside.
    pub public_url: String,
    /// The demo desktop's address, where the demo is on.
    pub demo_url: Option<String>,
    /// The verbs, for whoever runs a server inside a program of their own.
    pub flow: Arc<Flow>,
    servers: Vec<ServerHandle>,
    workers: Vec<Workers>,
    tasks: JoinSet<()>,
}

impl Running {
    /// Finishes the requests under way, then stops everything.
    pub async fn stop(mut self) {
        self.flow.dismiss();
        for workers in &mut self.workers {
            workers.stop().await;
        }
        for server in &self.servers {
            server.stop(true).await;
        }
        self.tasks.shutdown().await;
    }
}

/// Binds, opens, wires and starts everything.
pub async fn start(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Running, Error> {
    // Another part of the process may have chosen already: then that one is used.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let listener = listen("CALLPANE_BIND", settings.bind)?;
    let address = listener.local_addr()?;
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
    let in_force = configure::load(&store, &surroundings).await?;
    let (questions, asked) = match &settings.xuc_url {
        Some(_) => {
            let (questions, asked) = mpsc::channel(confirm::WAITING);
            (Some(questions), Some(asked))
        }
        None => (None, None),
    };
    let options = options(settings, public_url.clone(), base);
    let (people, callers) = People::new();
    let flow = Arc::new(Flow::new(options, store, keys, clock, in_force, questions, people));
    flow.refresh(&surroundings).await?;
    let mut tasks = JoinSet::new();
    if let (Some(url), Some(asked)) = (&settings.xuc_url, asked) {
        tasks.spawn(confirm::run(Arc::clone(&flow), Xuc::new(url.as_str())?, asked));
    }
    tasks.spawn(look_up::run(Arc::clone(&flow), callers));
    tasks.spawn(Arc::clone(&flow).hand_on());
    tasks.spawn(reap(Arc::clone(&flow)));
    let queues = queue::start(Arc::clone(&flow), &mut tasks);
    let deliveries = deliver::start(Arc::clone(&flow), &mut tasks);
    tasks.spawn(watch_configuration(Arc::clone(&flow), surroundings));
    if settings.server_key.is_none() {
        tasks.spawn(watch_keys(Arc::clone(&flow)));
    }
    tasks.spawn(forget(Arc::clone(&flow)));
    let door = Door {
        flow: Arc::clone(&flow),
        view,
        language: settings.language,
        demo: demo_url.clone(),
        demo_crm: CrmMemory::default(),
        api_token: settings.api_token.clone(),
    };
    let mut servers = vec![serve(listener, &door, settings, &mut tasks)?];
    if let Some(demo) = demo {
        servers.push(serve_demo(demo, &door, &mut tasks)?);
    }
    Ok(Running {
        address,
        public_url,
        demo_url,
        flow,
        servers,
        workers: vec![queues, deliveries],
        tasks,
    })
}

fn options(settings: &Settings, public_url: String, base: String) -> crate::flow::Options {
    crate::flow::Options {
        region: settings.region,
        public_url,
        base,
        origins: settings.origins.clone(),
        pane_lifetime: settings.pane_lifetime,
        ring_deadline: settings.ring_deadline,
        retention: settings.retention,
        private_targets: settings.private_targets.clone(),
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
    let in_force = configure::load(&store, surroundings).await?;
    let options = options(settings, public_url(settings, settings.bind), String::new());
    Ok(Flow::new(options, store, keys, clock, in_force, None, People::new().0))
}

/// Opens the database; that may take a while, so it happens beside the async threads.
pub async fn open(settings: &Settings, opener: Opener) -> Result<Store, Error> {
    let options = settings.database.clone();
    let opened = tokio::task::spawn_blocking(move || Store::open(&options, opener)).await;
    Ok(opened.map_err(std::io::Error::other)??)
}

fn listen(setting: &'static str, address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address).map_err(|error| Error::Bind { setting, address, error })
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
        None => Ok(keys::load(store, clock.now(), settings.pane_lifetime).await?),
    }
}

fn serve(
    listener: TcpListener,
    door: &Door,
    settings: &Settings,
    tasks: &mut JoinSet<()>,
) -> Result<ServerHandle, Error> {
    let door = door.clone();
    let server = HttpServer::new(move || {
        App::new().wrap(from_fn(web::complete_headers)).configure(web::doors(&door))
    });
    let server = server.disable_signals().shutdown_timeout(GRACE);
    let server = match &settings.tls {
        Some((cert, key)) => server.listen_rustls_0_23(listener, tls(cert, key)?)?,
        None => server.listen(listener)?,
    };
    let server = server.run();
    let handle = server.handle();
    tasks.spawn(async move { drop(server.await) });
    Ok(handle)
}

fn serve_demo(
    listener: TcpListener,
    door: &Door,
    tasks: &mut JoinSet<()>,
) -> Result<ServerHandle, Error> {
    let door = door.clone();
    let server = HttpServer::new(move || {
        App::new().wrap(from_fn(web::complete_headers)).configure(web::demo_doors(&door))
    });
    let server = server.workers(1).disable_signals().shutdown_timeout(GRACE);
    let server = server.listen(listener)?.run();
    let handle = server.handle();
    tasks.spawn(async move { drop(server.await) });
    Ok(handle)
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
        match flow.refresh(&surroundings).await {
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
        if let Ok(true) = flow.refresh_keys().await {
            tracing::info!("the server keys have changed: a rotation goes on");
        }
    }
}

/// Closes calls whose end never came.
async fn reap(flow: Arc<Flow>) {
    let mut ticks = tokio::time::interval(REAP);
    loop {
        ticks.tick().await;
        match flow.reap().await {
            Ok(0) => {}
            Ok(calls) => tracing::info!(calls, "closed calls whose end was never heard"),
            Err(error) => tracing::error!(error = cause(&error), "could not close old calls"),
        }
    }
}

async fn forget(flow: Arc<Flow>) {
    let mut ticks = tokio::time::interval(FORGET);
    loop {
        ticks.tick().await;
        match flow.forget().await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "forgot what is older than CALLPANE_RETENTION"),
            Err(error) => tracing::error!(error = cause(&error), "could not forget old rows"),
        }
    }
}
