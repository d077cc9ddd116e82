//! HTTP/2 that no browser speaks: frames made by hand, over https, as many and as fast as they can be
//! written, without reading the answers.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;

use super::{figure, program};
use crate::harness::{Database, SelfSigned};
use crate::server::Server;

/// Kinds of frames, and the flags of those that have some.
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// `GET /health/live` and `POST /thirdparty`, packed as HPACK has it, without the dynamic table.
const GET: &[u8] = b"\x82\x87\x04\x0c/health/live\x41\x09localhost";
const POST: &[u8] = b"\x83\x87\x04\x0b/thirdparty\x41\x09localhost";

/// The most that the server may have afterwards, in MiB.
const MEMORY: usize = 200;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [&length[..], &[kind, flags], &stream.to_be_bytes()].concat();
    [&head, payload].concat()
}

/// The frames of one flood, one after the other.
fn flood(name: &str, number: u32) -> Vec<u8> {
    let stream = 2 * number + 1;
    match name {
        "rapid reset" => {
            let reset = frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes());
            [frame(HEADERS, END_HEADERS | END_STREAM, stream, GET), reset].concat()
        }
        // A head that is begun, and never ends.
        "continuation" | "empty continuation" if number == 0 => frame(HEADERS, END_STREAM, 1, GET),
        // A header that is not to be indexed, as often as it fits.
        "continuation" => frame(CONTINUATION, 0, 1, &b"\x10\x01x\x01y".repeat(3000)),
        "empty continuation" => frame(CONTINUATION, 0, 1, b""),
        "many streams" => frame(HEADERS, END_HEADERS, stream, POST),
        "settings" => frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 255, 255]),
        "ping" => frame(PING, 0, 0, &[0; 8]),
        "window" => frame(WINDOW_UPDATE, 0, 0, &1_u32.to_be_bytes()),
        "never read" => frame(HEADERS, END_HEADERS | END_STREAM, stream, GET),
        other => panic!("{other}"),
    }
}

const FLOODS: [&str; 8] = [
    "rapid reset",
    "continuation",
    "empty continuation",
    "many streams",
    "settings",
    "ping",
    "window",
    "never read",
];

/// Writes until it is done or the server has had enough; the connection stays open.
fn write(server: &str, tls: Arc<ClientConfig>, name: &str, frames: u32) -> impl Sized + use<> {
    let tcp = TcpStream::connect(server).unwrap();
    tcp.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    let host = ServerName::try_from("localhost").unwrap();
    let mut stream = StreamOwned::new(ClientConnection::new(tls, host).unwrap(), tcp);
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, b"")).unwrap();
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"h2"[..]));
    for number in 0..frames {
        if stream.write_all(&flood(name, number)).is_err() {
            break;
        }
    }
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn no_flood_of_frames_holds_up_a_ring_or_takes_memory() {
    let own = SelfSigned::new();
    let database = Database::new().await;
    let command = program(&database);
    let command = command.set("CALLPANE_TLS_CERT", &own.cert).set("CALLPANE_TLS_KEY", &own.key);
    let server = Server::start(&command);
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let mut roots = RootCertStore::empty();
    roots.add(own.der.clone()).unwrap();
    let mut tls = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let tls = Arc::new(tls);
    let trusted = reqwest::Certificate::from_der(&own.der).unwrap();
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([trusted]);
    let http = http.timeout(Duration::from_secs(10)).build().unwrap();
    let port = server.address.rsplit_once(':').unwrap().1;
    let url = format!("https://localhost:{port}/thirdparty");
    let frames = u32::try_from(figure(2_000, 50_000)).unwrap();
    for name in FLOODS {
        let (address, tls) = (server.address.clone(), Arc::clone(&tls));
        let open = tokio::task::spawn_blocking(move || write(&address, tls, name, frames));
        let open = open.await.unwrap();
        let ring = http.post(&url).header("content-type", "application/json");
        let answer = ring.body(json!({ "caller": "0199005577" }).to_string()).send().await;
        let answer = answer.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert!(answer.text().await.unwrap().contains("\"open\""), "{name}");
        assert!(server.resident() < MEMORY, "{name}: {} MiB", server.resident());
        drop(open);
    }
}
