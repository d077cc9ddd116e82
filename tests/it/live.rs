//! Open pages and desktops hear of what changes, at once and whole.

use std::time::Duration;

use crate::harness::{Callpane, PATIENCE, lab};
use futures_util::StreamExt;

/// A stream of server-sent events.
pub(crate) struct Stream {
    reply: reqwest::Response,
    buffer: String,
}

impl Stream {
    pub(crate) async fn open(callpane: &Callpane, path: &str, headers: &[(&str, &str)]) -> Self {
        let mut request = callpane.http.get(callpane.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply = request.send().await.unwrap();
        assert_eq!(reply.status(), 200);
        assert_eq!(reply.headers()["content-type"], "text/event-stream; charset=utf-8");
        Self { reply, buffer: String::new() }
    }

    /// The next event: its name, its id, what it shows.
    pub(crate) async fn next(&mut self) -> Option<(String, String, Shown)> {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let member = |name: &str| {
                    let lines = event.lines().filter_map(|line| line.strip_prefix(name));
                    lines
                        .map(|line| line.strip_prefix(' ').unwrap_or(line))
                        .collect::<Vec<_>>()
                        .join("\n")
                };
                let found = (member("event:"), member("id:"), member("data:"));
                let seen = self.buffer.len() - rest.len();
                self.buffer.drain(..seen);
                // A beat says that nothing has changed: a late wake-up of what was read before.
                if !found.0.is_empty() && found.0 != "beat" {
                    return Some((found.0, found.1, Shown(found.2)));
                }
                continue;
            }
            let chunk = tokio::time::timeout(PATIENCE, self.reply.chunk()).await;
            let chunk = chunk.expect("something is said in time").ok()??;
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

/// Parts of a page, as a browser is sent them.
#[derive(Debug)]
pub(crate) struct Shown(pub(crate) String);

impl Shown {
    /// An attribute of the first element that has it.
    pub(crate) fn first(&self, attribute: &str) -> &str {
        let after = self.0.split_once(&format!("{attribute}=\"")).map(|(_, after)| after);
        after.and_then(|after| after.split_once('"')).map_or("", |(value, _)| value)
    }

    /// The text of the element with this id.
    pub(crate) fn text(&self, id: &str) -> &str {
        let tag =
            self.0.split_once(&format!(" id=\"{id}\"")).and_then(|(_, tag)| tag.split_once('>'));
        tag.and_then(|(_, text)| text.split_once('<')).map_or("", |(text, _)| text.trim())
    }

    /// Whether the element with this id is there to be seen.
    pub(crate) fn has(&self, id: &str) -> bool {
        let tag =
            self.0.split_once(&format!(" id=\"{id}\"")).and_then(|(_, tag)| tag.split_once('>'));
        tag.is_some_and(|(attributes, _)| !attributes.ends_with(" hidden"))
    }
}

async fn priyas_page(callpane: &Callpane) -> String {
    let shown = callpane.built_in_desktop("priya").await;
    shown["panes"][0]["url"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_page_hears_at_once_what_its_call_does() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    callpane.pbx("lab").says(lab("ring", "c1", "0199005577", "310")).await;
    let path = priyas_page(&callpane).await;
    let mut stream = Stream::open(&callpane, &format!("{path}/stream"), &[]).await;
    let (name, first, state) = stream.next().await.unwrap();
    assert_eq!((name.as_str(), state.first("data-phase")), ("state", "ringing"));
    callpane.pbx("lab").says(lab("answer", "c1", "0199005577", "310")).await;
    let (_, second, state) = stream.next().await.unwrap();
    assert_eq!(state.first("data-phase"), "answered");
    assert_ne!(first, second);
    drop(stream);
    let has = [("last-event-id", second.as_str())];
    let mut stream = Stream::open(&callpane, &format!("{path}/stream"), &has).await;
    assert_eq!(stream.next().await.unwrap().0, "same", "a reader is not told again what it has");
    callpane.pbx("lab").says(lab("hangup", "c1", "0199005577", "310")).await;
    assert_eq!(stream.next().await.unwrap().2.first("data-phase"), "ended");
    drop(stream);
    let has = [("last-event-id", first.as_str())];
    let mut stream = Stream::open(&callpane, &format!("{path}/stream"), &has).await;
    assert_eq!(
        stream.next().await.unwrap().2.first("data-phase"),
        "ended",
        "what was missed comes whole"
    );
}

#[tokio::test]
async fn a_desktop_hears_of_new_calls_and_of_the_end_of_its_link() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let cookie = callpane.cookie_of("priya").await;
    let mut stream = Stream::open(&callpane, "/desktop/stream", &[("cookie", &cookie)]).await;
    assert_eq!(stream.next().await.unwrap().2.first("data-phase"), "");
    callpane.pbx("lab").says(lab("ring", "c1", "0199005577", "310")).await;
    let (_, _, state) = stream.next().await.unwrap();
    assert_eq!(state.first("data-phase"), "ringing");
    callpane.pbx("lab").says(lab("ring", "c2", "0199005578", "311")).await;
    let other = crate::harness::PHONE_SYSTEMS.replace("id = \"priya\"", "id = \"priya\"\nlink = 2");
    callpane.applies(&other).await;
    assert_eq!(stream.next().await.unwrap().0, "gone");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_page_hears_of_a_newer_call_and_of_done_in_another_window() {
    let callpane = Callpane::start().await;
    let first = callpane.desktop(12).rings("0199005577", "any").await;
    let page = callpane.opens(&first).await;
    let mut stream = Stream::open(&callpane, &format!("{}/stream", page.path), &[]).await;
    let first = stream.next().await.unwrap().2;
    assert_eq!((first.has("newest"), first.text("queue")), (false, "The any desk"));
    callpane.desktop(12).rings("+441632960001", "any").await;
    let then = stream.next().await.unwrap().2;
    assert!(then.has("newest") && then.0.contains("+44 1632 960001"), "{then:?}");
    page.done("spoke", None).await;
    assert_eq!(stream.next().await.unwrap().2.first("data-completed"), "true");
}

#[tokio::test]
async fn lines_of_notes_reach_an_open_page_whole() {
    let callpane = Callpane::start().await;
    let first = callpane.desktop(12).rings_with("0199005577", "any", "7.1").await;
    callpane.opens(&first).await.done("one\r\ntwo\rthree\n\nfour", None).await;
    let second = callpane.desktop(12).rings_with("0199005577", "any", "7.2").await;
    let page = callpane.opens(&second).await;
    let mut stream = Stream::open(&callpane, &format!("{}/stream", page.path), &[]).await;
    let shown = stream.next().await.unwrap().2;
    assert!(shown.0.contains("one\ntwo\nthree\n\nfour"), "{shown:?}");
}

#[tokio::test]
async fn whoever_polls_is_told_only_what_is_new() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    callpane.pbx("lab").says(lab("ring", "c1", "0199005577", "310")).await;
    let url = callpane.url(&format!("{}/state", priyas_page(&callpane).await));
    let first = callpane.http.get(&url).send().await.unwrap();
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    let again = callpane.http.get(&url).header("if-none-match", &tag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    callpane.pbx("lab").says(lab("answer", "c1", "0199005577", "310")).await;
    let changed = callpane.http.get(&url).header("if-none-match", &tag).send().await.unwrap();
    assert_eq!(changed.status(), 200);
    let nobody = callpane.http.get(callpane.url("/pane/nonsense/state")).send().await.unwrap();
    assert_eq!(nobody.status(), 404);
    let nobody = callpane.http.get(callpane.url("/pane/nonsense/stream")).send().await.unwrap();
    assert_eq!(nobody.status(), 404);
}

#[tokio::test]
async fn open_streams_do_not_hold_up_the_end() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    callpane.pbx("lab").says(lab("ring", "c1", "0199005577", "310")).await;
    let path = format!("{}/stream", priyas_page(&callpane).await);
    let mut streams = futures_util::stream::iter(0..6)
        .then(|_| Stream::open(&callpane, &path, &[]))
        .collect::<Vec<_>>()
        .await;
    for stream in &mut streams {
        stream.next().await.unwrap();
    }
    let stopped = tokio::time::timeout(Duration::from_secs(5), callpane.running.stop()).await;
    assert!(stopped.is_ok(), "the server waited for its readers");
}

#[tokio::test]
async fn a_page_on_one_node_hears_what_another_node_is_told() {
    let first = Callpane::setup().phone_systems("").start().await;
    if first.database.is_sqlite() {
        return; // serves one node
    }
    let second = Callpane::setup().phone_systems("").on(first.database.clone()).start().await;
    first.pbx("lab").says(lab("ring", "c1", "0199005577", "310")).await;
    let path = priyas_page(&second).await;
    let mut stream = Stream::open(&second, &format!("{path}/stream"), &[]).await;
    assert_eq!(stream.next().await.unwrap().2.first("data-phase"), "ringing");
    first.pbx("lab").says(lab("answer", "c1", "0199005577", "310")).await;
    assert_eq!(stream.next().await.unwrap().2.first("data-phase"), "answered");
}
