//! PostgreSQL goes away and comes back, by way of a connection between that is cut.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::figure;
use crate::harness::{Callpane, Database, eventually};

/// Passes connections on while it is whole; when it is cut, those that there are end too.
struct Wire {
    address: SocketAddr,
    whole: watch::Sender<bool>,
}

impl Wire {
    async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (whole, state) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (server, mut state) = (server.clone(), state.clone());
                tokio::spawn(async move {
                    if !*state.borrow() {
                        return;
                    }
                    let Ok(mut far) = TcpStream::connect(server).await else { return };
                    tokio::select! {
                        _ended = copy_bidirectional(&mut near, &mut far) => {}
                        _cut = state.wait_for(|whole| !whole) => {}
                    }
                });
            }
        });
        Self { address, whole }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_rings_while_postgres_is_away_is_answered_and_nothing_acknowledged_is_lost() {
    let database = Database::new().await;
    if database.is_sqlite() {
        return; // There is nothing between the program and its file.
    }
    let url = url::Url::parse(&database.url).unwrap();
    let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
    let wire = Wire::to(server).await;
    let mut by_wire = url.clone();
    by_wire.set_host(Some("127.0.0.1")).unwrap();
    by_wire.set_port(Some(wire.address.port())).unwrap();
    let mut through = database.clone();
    through.url = by_wire.to_string();
    let setup = Callpane::setup().on(through).set("CALLPANE_RING_DEADLINE", "400ms");
    let callpane = setup.expects_errors().start().await;
    let desktop = callpane.desktop(12);
    let mut opened = 0;
    for outage in 0..figure(2, 8) {
        for ring in 0..20 {
            let call = format!("{outage}.{ring}");
            opened +=
                usize::from(desktop.rings_with("0199005577", "q", &call).await["action"] == "open");
        }
        wire.whole.send_replace(false);
        for ring in 0..3 {
            let answer =
                desktop.rings_with("0199005577", "q", &format!("away.{outage}.{ring}")).await;
            assert_eq!(answer["action"], "none", "{answer}");
        }
        let ready = callpane.http.get(callpane.url("/health/ready")).send().await.unwrap();
        assert_eq!(ready.status().as_u16(), 503);
        wire.whole.send_replace(true);
        eventually("rings have pages again", async || {
            let answer = desktop.rings("0199005577", "q").await;
            let open = answer["action"] == "open";
            opened += usize::from(open);
            open.then_some(())
        })
        .await;
    }
    assert!(opened >= figure(2, 8) * 15, "{opened}");
    let kept = database.query("SELECT COUNT(*) FROM pane").await;
    assert!(kept[0].parse::<usize>().unwrap() >= opened, "{kept:?} of {opened}");
}
