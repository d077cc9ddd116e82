//! Addresses that lead nowhere say so: a page for people, a problem for programs.

use reqwest::header::ACCEPT;
use serde_json::Value;

use crate::harness::Callpane;

#[tokio::test]
async fn an_address_that_leads_nowhere_says_so_to_people_and_to_programs() {
    let callpane = Callpane::start().await;
    for (path, status, title, detail) in [
        ("/", 404, "Nothing is at this address", "nothing is at this address"),
        ("/demo", 404, "Nothing is at this address", "nothing is at this address"),
        ("/pane", 404, "Nothing is at this address", "nothing is at this address"),
        ("/desktop/a/b", 404, "Nothing is at this address", "nothing is at this address"),
        ("/sheet", 400, "does not say who is calling", "it takes caller, name, did, queue"),
        ("/sheet?token=t", 400, "does not say who is calling", "it takes caller, name, did, queue"),
    ] {
        let ask =
            |accept: &str| callpane.http.get(callpane.url(path)).header(ACCEPT, accept).send();
        let page = ask("text/html,application/xhtml+xml,*/*;q=0.8").await.unwrap();
        assert_eq!(page.status().as_u16(), status, "{path}");
        let html = page.text().await.unwrap();
        assert!(html.contains(title) && html.contains("href=\"/desktop\""), "{path}: {html}");
        assert!(!html.contains("<script"), "{path}");
        let problem = ask("*/*").await.unwrap();
        assert_eq!(problem.headers()["content-type"], "application/problem+json", "{path}");
        let problem: Value = problem.json().await.unwrap();
        assert_eq!(problem["status"], status, "{path}");
        assert!(problem["detail"].as_str().unwrap().contains(detail), "{path}: {problem}");
    }
    let french = callpane.http.get(callpane.url("/")).header(ACCEPT, "text/html");
    let french = french.header("accept-language", "fr").send().await.unwrap();
    assert!(french.text().await.unwrap().contains("Il n’y a rien à cette adresse"));
    let posted = callpane.http.post(callpane.url("/nowhere")).send().await.unwrap();
    assert_eq!(posted.status().as_u16(), 404);
    assert_eq!(posted.json::<Value>().await.unwrap()["code"], "no-such-address");
    assert!(callpane.sql("SELECT id FROM call").await.is_empty(), "no call was made of it");
    let withheld = callpane.http.get(callpane.url("/sheet?caller=")).send().await.unwrap();
    assert!(withheld.status().is_redirection(), "a withheld number is a ring");
}
