//! Wildix over SQS, against moto's server: taken up, deleted only after the commit, known again.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::types::{MessageAttributeValue, QueueAttributeName};
use callpane::inside::Secret;
use serde_json::Value;

use crate::harness::{Callpane, Setup, eventually};

const SECRET: &str = "vector-aws-secret-access-key";

/// A server of SQS, and one queue on it.
struct Sqs {
    process: Child,
    endpoint: String,
    client: Client,
    url: String,
}

impl Drop for Sqs {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Sqs {
    /// Messages come back after this many seconds if nobody deletes them.
    async fn start(visibility: u32) -> Self {
        let program = format!("{}/tests/.venv/bin/moto_server", env!("CARGO_MANIFEST_DIR"));
        let mut process = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("moto_server: tests/run installs it");
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let endpoint = loop {
            let line = lines.next().expect("a moto_server that starts").unwrap();
            if let Some((_, address)) = line.split_once("Running on ") {
                break address.trim().to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("key", SECRET, None, None, "test"))
            .endpoint_url(&endpoint)
            .build();
        let client = Client::from_conf(config);
        let queue = client
            .create_queue()
            .queue_name("wildix")
            .attributes(QueueAttributeName::VisibilityTimeout, visibility.to_string());
        let url = queue.send().await.unwrap().queue_url.unwrap();
        Self { process, endpoint, client, url }
    }

    /// As the phone system puts it there.
    async fn put(&self, body: &str, signature: &str) {
        let value = MessageAttributeValue::builder().data_type("String").string_value(signature);
        let message = self.client.send_message().queue_url(&self.url).message_body(body);
        let message = message.message_attributes("X-SIGNATURE", value.build().unwrap());
        message.send().await.unwrap();
    }

    /// Puts a body with its right signature.
    async fn put_signed(&self, body: &str) {
        self.put(body, &callpane::inside::hex_hmac(&Secret::new(SECRET), body.as_bytes())).await;
    }

    /// Messages that are there, whether hidden or not.
    async fn left(&self) -> i64 {
        let counts = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let asked = self.client.get_queue_attributes().queue_url(&self.url);
        let asked = asked.set_attribute_names(Some(counts.to_vec())).send().await.unwrap();
        let counts = asked.attributes.unwrap();
        counts.values().map(|count| count.parse::<i64>().unwrap()).sum()
    }

    async fn is_emptied(&self) {
        eventually("the queue is empty", async || (self.left().await == 0).then_some(())).await;
    }

    fn document(&self, endpoint: &str, more: &str) -> String {
        format!(
            r#"
            [[source]]
            name = "cloud"
            kind = "wildix"
            {more}
            sqs = {{ url = "{}", region = "eu-central-1", key = "env:SQS_KEY", secret = "env:SQS_SECRET", endpoint = "{endpoint}" }}
            "#,
            self.url
        )
    }

    /// A Callpane that reads this queue through an address.
    fn reader(&self, endpoint: &str, more: &str) -> Setup {
        let document = self.document(endpoint, more);
        let setup = Callpane::setup().set("SQS_KEY", "key").set("SQS_SECRET", SECRET);
        let setup = setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8");
        // The recorded message is of a quarter of an hour after then.
        setup.rules(&document).later(Duration::from_secs(1000))
    }
}

/// The recorded message.
fn recorded() -> (String, String) {
    let path = format!("{}/tests/vectors/wildix/sqs_message.json", env!("CARGO_MANIFEST_DIR"));
    let message: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let signature = &message["MessageAttributes"]["X-SIGNATURE"]["StringValue"];
    (text(&message["Body"]), text(signature))
}

#[tokio::test]
async fn a_message_is_taken_up_and_leaves_the_queue() {
    let sqs = Sqs::start(30).await;
    let callpane = sqs.reader(&sqs.endpoint, "").start().await;
    let (body, signature) = recorded();
    sqs.put(&body, &signature).await;
    sqs.is_emptied().await;
    let call = callpane.sql("SELECT source, external_id, caller FROM call").await;
    assert_eq!(call, ["cloud|zz_w900100_1790001000.77|+441632960123"]);
    let stopped = tokio::time::timeout(Duration::from_secs(4), callpane.running.stop()).await;
    assert!(stopped.is_ok(), "a reader that waits for messages is stopped at once");
}

#[tokio::test]
async fn the_queue_of_a_source_that_is_off_is_not_read() {
    let sqs = Sqs::start(30).await;
    let off = sqs.reader(&sqs.endpoint, "state = \"off\"").start().await;
    let on = sqs.document(&sqs.endpoint, "");
    let (body, signature) = recorded();
    sqs.put(&body, &signature).await;
    // Whoever begins to read it has done so before another configuration is in force.
    off.applies(&sqs.document(&sqs.endpoint, "state = \"off\"\nmax_age = \"2d\"")).await;
    assert_eq!(sqs.left().await, 1);
    assert!(off.sql("SELECT id FROM event").await.is_empty());
    off.applies(&on).await;
    sqs.is_emptied().await;
    assert_eq!(off.sql("SELECT COUNT(*) FROM event").await, ["1"]);
}

#[tokio::test]
async fn a_crash_between_the_commit_and_the_deletion_loses_and_doubles_nothing() {
    let sqs = Sqs::start(1).await;
    let crashing = without_deletions(sqs.endpoint.clone());
    let first = sqs.reader(&crashing, "").start().await;
    let (body, signature) = recorded();
    sqs.put(&body, &signature).await;
    eventually("the message is on disk", async || {
        (first.sql("SELECT id FROM event").await.len() == 1).then_some(())
    })
    .await;
    assert_eq!(sqs.left().await, 1);
    let database = first.database.clone();
    first.running.stop().await;
    let second = sqs.reader(&sqs.endpoint, "").on(database).start().await;
    sqs.is_emptied().await;
    assert_eq!(second.sql("SELECT COUNT(*) FROM event").await, ["1"]);
    assert_eq!(second.sql("SELECT COUNT(*) FROM call").await, ["1"]);
}

/// Passes everything on to SQS but deletions.
fn without_deletions(endpoint: String) -> String {
    let server = HttpServer::new(move || {
        let endpoint = endpoint.clone();
        App::new().default_service(web::to(move |request: HttpRequest, body: web::Bytes| {
            let endpoint = endpoint.clone();
            async move {
                let target =
                    request.headers().get("x-amz-target").unwrap().to_str().unwrap().to_owned();
                if target.ends_with("DeleteMessage") {
                    return HttpResponse::ServiceUnavailable().finish();
                }
                let mut sent = reqwest::Client::new().post(&endpoint).body(body);
                for (name, value) in request.headers().iter().filter(|(name, _)| *name != "host") {
                    sent = sent.header(name.as_str(), value.as_bytes());
                }
                let reply = sent.send().await.unwrap();
                let status = actix_web::http::StatusCode::from_u16(reply.status().as_u16());
                HttpResponse::build(status.unwrap())
                    .content_type("application/x-amz-json-1.0")
                    .body(reply.bytes().await.unwrap())
            }
        }))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", server.addrs()[0]);
    tokio::spawn(server.run());
    address
}

#[tokio::test]
async fn what_can_never_be_taken_up_is_set_aside_whole() {
    let sqs = Sqs::start(0).await;
    let callpane = sqs.reader(&sqs.endpoint, "").start().await;
    let long = format!("not json {}", "x".repeat(20_000));
    sqs.put_signed(&long).await;
    sqs.put("{}", "00").await;
    let (body, signature) = recorded();
    sqs.put(&body, &signature).await;
    sqs.is_emptied().await;
    let refused = callpane.sql("SELECT code, request FROM refusal ORDER BY code").await;
    assert_eq!(refused.len(), 2);
    assert!(refused[0].starts_with("not-authentic|"));
    assert!(refused[1].starts_with("not-understood|") && refused[1].contains(&long));
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM event").await, ["1"], "the good one is taken");
}

#[tokio::test]
async fn a_destination_may_be_a_queue_and_signs_as_wildix_does() {
    let sqs = Sqs::start(30).await;
    let document = format!(
        r#"
        [[destination]]
        name = "events"
        on = ["call.ended"]
        sqs = {{ url = "{}", region = "eu-central-1", key = "env:SQS_KEY", secret = "env:SQS_SECRET", endpoint = "{}" }}
        "#,
        sqs.url, sqs.endpoint
    );
    let setup = Callpane::setup().phone_systems(&document);
    let setup = setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8");
    let callpane = setup.set("SQS_KEY", "key").set("SQS_SECRET", SECRET).start().await;
    let lab = callpane.pbx("lab");
    lab.says(crate::harness::lab("ring", "c1", "+33199005577", "310")).await;
    lab.says(crate::harness::lab("hangup", "c1", "+33199005577", "310")).await;
    let message = eventually("a message is in the queue", async || {
        let received = sqs.client.receive_message().queue_url(&sqs.url);
        let received = received.message_attribute_names("All").send().await.unwrap();
        received.messages.unwrap_or_default().pop()
    })
    .await;
    let body = message.body.unwrap();
    let attributes = message.message_attributes.unwrap();
    let signature = attributes["X-SIGNATURE"].string_value.as_deref().unwrap();
    assert_eq!(signature, callpane::inside::hex_hmac(&Secret::new(SECRET), body.as_bytes()));
    let said: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&said["event"]["kind"], &said["caller"]["e164"]),
        (&"call.ended".into(), &"+33199005577".into())
    );
}

#[tokio::test]
async fn a_queue_in_a_private_network_that_is_not_listed_is_not_reached() {
    let house = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    house.set_nonblocking(true).unwrap();
    let port = house.local_addr().unwrap().port();
    let queue = |host: &str| {
        format!(
            r#"{{ url = "http://{host}:{port}/q", region = "eu-central-1", key = "env:SQS_KEY", secret = "env:SQS_SECRET", endpoint = "http://{host}:{port}" }}"#
        )
    };
    let destination = |host| {
        format!(
            "[[destination]]\nname = \"{host}\"\non = [\"call.ended\"]\nsqs = {}\n",
            queue(host)
        )
    };
    let source =
        format!("[[source]]\nname = \"cloud\"\nkind = \"wildix\"\nsqs = {}\n", queue("localhost"));
    let document = [destination("127.0.0.1"), destination("localhost"), source].concat();
    let document = document.replace("name = \"127.0.0.1\"", "name = \"literal\"");
    let setup = Callpane::setup().phone_systems(&document);
    let setup = setup.set("SQS_KEY", "key").set("SQS_SECRET", SECRET);
    // The queue that it should read is not reached either.
    let callpane = setup.leaves_deliveries().expects_errors().start().await;
    let lab = callpane.pbx("lab");
    lab.says(crate::harness::lab("ring", "c1", "+33199005577", "310")).await;
    lab.says(crate::harness::lab("hangup", "c1", "+33199005577", "310")).await;
    let reasons = eventually("both attempts have failed", async || {
        let reasons = callpane.sql("SELECT reason FROM attempt WHERE number = 1").await;
        (reasons.len() == 2).then_some(reasons)
    })
    .await;
    for reason in reasons {
        assert!(reason.contains("add the network to CALLPANE_PRIVATE_TARGETS"), "{reason}");
    }
    let nobody = house.accept().unwrap_err().kind();
    assert_eq!(nobody, std::io::ErrorKind::WouldBlock, "somebody was there");
}
