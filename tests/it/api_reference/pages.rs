//! Lists, page by page: by `next` and by the `Link` header, whatever is asked beside.

use reqwest::Url;
use serde_json::Value;

use super::TOKEN;
use crate::harness::{Callpane, lab};

#[tokio::test]
async fn a_list_goes_on_where_its_link_leads() {
    let setup = Callpane::setup().phone_systems("").set("CALLPANE_API_TOKEN", TOKEN);
    let callpane = setup.start().await;
    for call in ["c-1", "c-2", "c-3", "c-4", "c-5"] {
        callpane.pbx("lab").says(lab("ring", call, "0199005577", "310")).await;
    }
    let mut url = Url::parse(&callpane.url("/api/v1/events?limit=2&source=lab")).unwrap();
    let mut found = Vec::new();
    loop {
        let reply = callpane.http.get(url.clone()).bearer_auth(TOKEN).send().await.unwrap();
        let link = reply.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        let page: Value = serde_json::from_str(&reply.text().await.unwrap()).unwrap();
        found.extend(page["events"].as_array().unwrap().clone());
        let Some(link) = link else {
            assert!(page["next"].is_null(), "{page}");
            break;
        };
        assert_eq!(page["events"].as_array().unwrap().len(), 2);
        let next = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
        url = url.join(next).unwrap();
        assert!(url.as_str().ends_with(page["next"].as_str().unwrap()), "{url}");
    }
    let calls: Vec<&str> =
        found.iter().map(|event| event["call"]["id"].as_str().unwrap()).collect();
    assert_eq!(calls, ["c-5", "c-4", "c-3", "c-2", "c-1"]);
}
