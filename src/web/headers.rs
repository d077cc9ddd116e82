//! What every answer says to the browser, whoever gives it: keep no copy, believe the type, tell nobody
//! the address. A handler that says otherwise is left alone.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::state::AppState;

/// A year, of this host only.
const HTTPS_ONLY: &str = "max-age=31536000";

/// Sets what is missing.
pub async fn complete(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> actix_web::Result<ServiceResponse<impl MessageBody>> {
    let https_only = is_own_https_host(&request);
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    let usual = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in usual {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if https_only {
        let https_only = HeaderValue::from_static(HTTPS_ONLY);
        headers.insert(header::STRICT_TRANSPORT_SECURITY, https_only);
    }
    Ok(response)
}

/// Whether the browser came over https to a host that is Callpane's own. HSTS covers every port and
/// path of a host: behind another port, or below a path, somebody else serves there too.
fn is_own_https_host(request: &ServiceRequest) -> bool {
    let Some(app) = request.app_data::<Data<AppState>>() else { return false };
    let Some(host) = own_host(&app.flow.context.options().public_url) else { return false };
    let connection = request.connection_info();
    let asked = connection.host();
    let asked = asked.strip_suffix(":443").unwrap_or(asked);
    connection.scheme() == "https" && asked.eq_ignore_ascii_case(host)
}

/// The host of a public URL that is https on the usual port, without a path.
fn own_host(public_url: &str) -> Option<&str> {
    public_url.strip_prefix("https://").filter(|host| !host.contains([':', '/']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_ours_without_a_port_and_a_path() {
        assert_eq!(own_host("https://callpane.example.com"), Some("callpane.example.com"));
        for shared in [
            "http://callpane.example.com",
            "https://callpane.example.com:8443",
            "https://intranet.example.com/callpane",
            "https://[2001:db8::1]",
        ] {
            assert_eq!(own_host(shared), None, "{shared}");
        }
    }
}
