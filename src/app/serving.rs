//! The sockets, and the web servers that listen at them.

use std::net::{Shutdown, SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use socket2::SockRef;
use tokio::task::JoinSet;

use super::error::Error;
use crate::demo;
use crate::settings::Settings;
use crate::telemetry;
use crate::web::{self, AppState};

/// How many seconds the ends of answers have when the server stops.
const LAST_WORDS: u64 = 2;

/// Connections that the system holds until they are taken up: more than ring in one moment.
const BACKLOG: i32 = 1024;

/// How long it takes to take up the connections that the system holds.
const PAUSE: Duration = Duration::from_millis(10);

/// Bytes that one stream and one connection of HTTP/2 may send before they are read. Bodies are
/// small; what is not read stays with whoever sends it.
const STREAM: u32 = 64 * 1024;
const CONNECTION: u32 = 256 * 1024;

/// One that listens.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) handle: ServerHandle,
    /// The same socket as the server's own.
    listener: TcpListener,
}

impl Server {
    /// Whoever comes from now on is refused by the system. The server would go on listening until its
    /// last request is answered, and leave without an answer whoever came meanwhile. First the system
    /// takes up no more than one at a time, so that hardly anybody waits to be taken up when it ends.
    pub(super) async fn stop_listening(&self) {
        let listener = SockRef::from(&self.listener);
        let shortened = listener.listen(0);
        tokio::time::sleep(PAUSE).await;
        telemetry::listeners_close();
        if let Err(error) = shortened.and_then(|()| listener.shutdown(Shutdown::Both)) {
            tracing::warn!(%error, "the server listens until it has stopped");
        }
        self.handle.pause().await;
    }
}

pub(super) fn listen(setting: &'static str, address: SocketAddr) -> Result<TcpListener, Error> {
    let listen = || {
        let listener = TcpListener::bind(address)?;
        SockRef::from(&listener).listen(BACKLOG)?;
        Ok(listener)
    };
    listen().map_err(|error| Error::Bind { setting, address, error })
}

pub(super) fn serve(
    listener: TcpListener,
    endpoints: impl FnOnce(&mut ServiceConfig) + Clone + Send + 'static,
    settings: &Settings,
    connections: usize,
    tasks: &mut JoinSet<()>,
) -> Result<Server, Error> {
    let ours = listener.try_clone()?;
    let app = move || {
        let app = App::new().wrap(from_fn(web::count)).wrap(from_fn(web::complete_headers));
        app.configure(endpoints.clone())
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

pub(super) fn serve_demo(
    listener: TcpListener,
    state: &AppState,
    tasks: &mut JoinSet<()>,
) -> Result<Server, Error> {
    let (state, ours) = (state.clone(), listener.try_clone()?);
    let app = move || {
        let app = App::new().wrap(from_fn(web::count)).wrap(from_fn(web::complete_headers));
        app.configure(demo::desktop_endpoints(&state))
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
