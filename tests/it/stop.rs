//! The service manager stops the server: whatever was sent is answered first, whoever comes later is
//! refused at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use serde_json::Value;

use crate::checks::Command;
use crate::harness::{Database, eventually};
use crate::raw::{Raw, ring};
use crate::server::Server;

const STOPPING: &str = "stopping: finishing requests in progress first";

async fn server() -> (Server, Database) {
    let database = Database::new().await;
    let command = Command::serving(&database).set("CALLPANE_RING_DEADLINE", "30s");
    (Server::start(&command), database)
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_arrives_on_its_connections_is_answered_before_the_server_ends() {
    const DESKTOPS: usize = 20;
    let (mut server, database) = server().await;
    let connect = async || {
        let mut connection = Raw::open(&server.address).await.unwrap();
        assert_eq!(connection.asks("GET", "/health/live").await.unwrap().status, 200);
        connection
    };
    let mut page = connect().await;
    page.sends(&ring(99, "0.1")).await;
    let url = page.answer().await.unwrap().json()["url"].as_str().unwrap().to_owned();
    let path = format!("/pane/{}/stream", url.rsplit_once('/').unwrap().1);
    assert_eq!(page.asks("GET", &path).await.unwrap().status, 200);

    // A ring whose body has not come yet: the server has said that it listens.
    let mut slow = connect().await;
    let request = ring(98, "0.2").replacen("\r\n", "\r\nexpect: 100-continue\r\n", 1);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    slow.sends(&format!("{head}\r\n\r\n")).await;
    assert_eq!(slow.answer().await.unwrap().status, 100);

    let mut monitor = connect().await;
    let mut desktops = Vec::new();
    for _ in 0..DESKTOPS {
        desktops.push(connect().await);
    }
    server.terminate();
    server.has_logged(STOPPING);
    for (at, desktop) in desktops.iter_mut().enumerate() {
        assert!(desktop.sends(&ring(at, &format!("1.{at}"))).await);
    }
    let not_ready = monitor.asks("GET", "/health/ready").await.unwrap();
    assert_eq!((not_ready.status, &not_ready.json()["ready"]), (503, &false.into()));
    eventually("nobody new is taken", async || {
        Raw::open(&server.address).await.is_none().then_some(())
    })
    .await;
    // A stream ends at once, and whole.
    page.reads_until("\r\n0\r\n\r\n").await;
    for desktop in &mut desktops {
        let answer = desktop.answer().await.expect("an answer on a connection that was taken");
        assert_eq!((answer.status, answer.header("connection")), (200, "close"));
        assert_eq!(answer.json()["action"], "open");
        assert_eq!(desktop.rest().await, "", "the connection ends behind it");
    }
    assert!(slow.sends(body).await);
    assert_eq!(slow.answer().await.unwrap().json()["action"], "open");
    assert!(server.ends());
    assert_eq!(server.errors(), Vec::<Value>::new(), "a stop is not an error");
    let rings = database.query("SELECT COUNT(*) FROM event WHERE kind = 'call.ringing'").await;
    assert_eq!(rings, [(DESKTOPS + 2).to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_in_the_middle_of_rings_loses_none() {
    let (mut server, database) = server().await;
    let (answered, lost) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let desktops = (0..8).map(|user| {
        let (address, answered) = (server.address.clone(), Arc::clone(&answered));
        let lost = Arc::clone(&lost);
        tokio::spawn(async move {
            // Until nobody takes the connection any more.
            for at in 0.. {
                let Some(mut connection) = Raw::open(&address).await else { break };
                for call in 0.. {
                    connection.sends(&ring(user, &format!("{user}.{at}.{call}"))).await;
                    let Some(answer) = connection.answer().await else {
                        // Whoever had an answer on this connection was not told that it ends.
                        lost.fetch_add(usize::from(call > 0), Ordering::SeqCst);
                        break;
                    };
                    assert_eq!(answer.json()["action"], "open");
                    answered.fetch_add(1, Ordering::SeqCst);
                    if answer.header("connection") == "close" {
                        break;
                    }
                }
            }
        })
    });
    let desktops: Vec<_> = desktops.collect();
    eventually("rings are under way", async || {
        (answered.load(Ordering::SeqCst) > 50).then_some(())
    })
    .await;
    server.terminate();
    for desktop in join_all(desktops).await {
        desktop.unwrap();
    }
    assert!(server.ends());
    assert_eq!(lost.load(Ordering::SeqCst), 0, "connections that ended without a word");
    let written = database.query("SELECT COUNT(*) FROM event WHERE kind = 'call.ringing'").await;
    assert_eq!(written, [answered.load(Ordering::SeqCst).to_string()], "written and answered");
}
