//! Every way to write an address inside the house: no delivery reaches it unless it is listed.

use std::collections::BTreeSet;

use actix_web::http::header::LOCATION;
use actix_web::{App, HttpResponse, HttpServer, web};

use crate::crm::Crm;
use crate::harness::{Callpane, eventually, lab};

/// Hosts that mean this machine, or another inside, or the place where clouds keep their secrets.
const HOSTS: [&str; 31] = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "0x0",
    "127.0.0.1.",
    "%31%32%37.0.0.1",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "user@127.0.0.1",
    "example.com@127.0.0.1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "169.254.169.254",
    "[fd00:ec2::254]",
];

/// Somebody who may be reached, and leads on to somebody who may not.
fn leads_on(to: &str) -> String {
    let to = to.to_owned();
    let server = HttpServer::new(move || {
        let to = to.clone();
        let answer = move |status: web::Path<u16>| {
            let status = status.into_inner().try_into().unwrap();
            let answer = HttpResponse::build(status).insert_header((LOCATION, to.clone())).finish();
            async move { answer }
        };
        App::new().route("/{status}", web::to(answer))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.2:0").unwrap();
    let url = format!("http://{}", server.addrs()[0]);
    tokio::spawn(server.run());
    url
}

// On threads of its own: so many destinations at once would keep the only one busy.
#[tokio::test(flavor = "multi_thread")]
async fn no_way_to_write_an_address_leads_into_the_house() {
    let inside = Crm::start();
    let port = inside.url.rsplit_once(':').unwrap().1;
    let guide = leads_on(&inside.url);
    let urls = HOSTS.iter().map(|host| format!("http://{host}:{port}/"));
    let urls: Vec<String> = urls.chain([format!("{guide}/302"), format!("{guide}/307")]).collect();
    assert_eq!(urls.len(), 33);
    let document = urls.iter().enumerate().map(|(number, url)| {
        format!(
            "[[destination]]\nname = \"d{number}\"\non = [\"call.ended\"]\nurl = \"{url}\"\njson = {{}}\n"
        )
    });
    let setup = Callpane::setup().set("CALLPANE_PRIVATE_TARGETS", "127.0.0.2");
    let callpane =
        setup.phone_systems(&document.collect::<String>()).leaves_deliveries().start().await;
    for event in ["ring", "hangup"] {
        callpane.pbx("lab").says(lab(event, "c1", "0199005577", "310")).await;
    }
    let tried = eventually("all were tried", async || {
        let sql = "SELECT delivery.destination, attempt.status, attempt.reason FROM attempt \
                   JOIN delivery ON delivery.id = attempt.delivery_id";
        let rows: BTreeSet<String> = callpane.sql(sql).await.into_iter().collect();
        (rows.len() >= urls.len()).then_some(rows)
    })
    .await;
    for row in tried {
        // Not every machine knows every spelling of localhost.
        let ends = ["CALLPANE_PRIVATE_TARGETS", "|302|", "|307|", "could not be resolved"];
        assert!(ends.iter().any(|end| row.contains(end)), "{row}");
    }
    assert!(inside.got().is_empty());
}
