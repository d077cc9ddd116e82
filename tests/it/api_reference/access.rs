//! Who may come in, and what was done: asked as programs ask.

use callpane::inside::Browser;

use super::Programs;

/// Operators, their sessions, tokens and the audit.
pub(super) async fn ask(programs: &mut Programs<'_>) {
    operators(programs).await;
    sessions(programs).await;
    let tokens = "/api/v1/tokens";
    let add = "POST /api/v1/tokens";
    let made = r#"{"name":"wallboard","role":"viewer","expires":"90d"}"#;
    let made = programs.ask(add, tokens, made).await;
    programs.ask(add, tokens, r#"{"name":"wallboard","role":"viewer","expires":"soon"}"#).await;
    programs.ask("GET /api/v1/tokens", tokens, "").await;
    for id in [made["made"]["id"].as_str().unwrap(), &"0".repeat(32)] {
        programs.ask("DELETE /api/v1/tokens/{id}", &format!("{tokens}/{id}"), "").await;
    }
    let query = "/api/v1/audit?act=token-added&limit=1";
    programs.ask("GET /api/v1/audit", query, "").await;
}

async fn operators(programs: &mut Programs<'_>) {
    let operators = "/api/v1/operators";
    for new in [
        r#"{"name":"robin","role":"admin"}"#,
        r#"{"name":"robin","role":"viewer"}"#,
        r#"{"name":"no spaces","role":"viewer"}"#,
        r#"{"name":"alex","role":"viewer"}"#,
    ] {
        programs.ask("POST /api/v1/operators", operators, new).await;
    }
    programs.ask("GET /api/v1/operators", operators, "").await;
    for (name, role) in
        [("alex", "supervisor"), ("alex", "king"), ("nobody", "viewer"), ("robin", "viewer")]
    {
        let (target, body) = (format!("{operators}/{name}"), format!("{{\"role\":\"{role}\"}}"));
        programs.ask("PUT /api/v1/operators/{name}", &target, &body).await;
    }
}

async fn sessions(programs: &mut Programs<'_>) {
    let operators = "/api/v1/operators";
    let link = "POST /api/v1/operators/{name}/sign-in-link";
    let made = programs.ask(link, &format!("{operators}/alex/sign-in-link"), "").await;
    programs.ask(link, &format!("{operators}/nobody/sign-in-link"), "").await;
    // Whom an identity provider signs in has none.
    let row = "INSERT INTO operator (name, role, created_at, issuer, subject)
        VALUES ('ines', 'viewer', 1790000000000, 'https://id.example.com', '17')";
    programs.callpane.sql(row).await;
    programs.ask(link, &format!("{operators}/ines/sign-in-link"), "").await;
    let link = made["link"].as_str().unwrap().rsplit('/').next().unwrap();
    let flow = &programs.callpane.running.flow;
    let signed_in = flow.operators.sign_in_by_link(link, None, Browser::default()).await;
    assert!(signed_in.unwrap().is_some());
    let all = programs.ask("GET /api/v1/sessions", "/api/v1/sessions", "").await;
    for id in [all["sessions"][0]["id"].as_str().unwrap(), "nobodys"] {
        programs.ask("DELETE /api/v1/sessions/{id}", &format!("/api/v1/sessions/{id}"), "").await;
    }
    for name in ["robin", "alex", "nobody"] {
        programs.ask("DELETE /api/v1/operators/{name}", &format!("{operators}/{name}"), "").await;
    }
}

/// What tests may not see twice: links and tokens, the same in every run.
pub(super) fn settled(page: &str) -> String {
    let secret = |mark: &str, page: String| {
        let mut parts = page.split(mark);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |all, part| {
            let rest = part.find('"').map_or("", |end| &part[end..]);
            all + mark + "…" + rest
        })
    };
    secret("/console/sign-in/", secret("\"token\": \"", page.to_owned()))
}
