//! Who sits at the machine that the demo runs on.
//!
//! Whoever reaches the demo may ring. What opens more than that is for whoever sits at its machine: an
//! agent's personal link, the phone systems whose secrets Callpane would show in their place, and what
//! was told to the stand-in CRM.

use actix_web::HttpRequest;
use actix_web::http::header;

/// Whether somebody at this very machine asks: from it, by a name of it, and through no proxy. The name
/// matters because a page of anybody's can have its own name lead here.
pub(super) fn is_local(request: &HttpRequest) -> bool {
    let from_here = request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let proxied = [header::FORWARDED, header::X_FORWARDED_FOR, header::VIA]
        .iter()
        .any(|name| request.headers().contains_key(name));
    from_here && named.is_some_and(is_this_machine) && !proxied
}

/// `localhost`, or an address of the loopback interface; with a port or without.
fn is_this_machine(host: &str) -> bool {
    match url::Url::parse(&format!("http://{host}")).ok().as_ref().and_then(url::Url::host) {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_this_machine_is_told_from_any_other() {
        for own in [
            "localhost",
            "localhost:8081",
            "LOCALHOST",
            "127.0.0.1:8081",
            "127.8.8.8",
            "[::1]:8081",
        ] {
            assert!(is_this_machine(own), "{own}");
        }
        for other in [
            "",
            "evil.example.com",
            "localhost.example.com",
            "192.168.1.7:8081",
            "[2001:db8::1]",
            "x@127.0.0.1.example.com",
            "0.0.0.0",
        ] {
            assert!(!is_this_machine(other), "{other}");
        }
    }
}
