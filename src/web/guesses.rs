//! Wrong API tokens and passwords. Tokens: each address may be wrong a few times a minute. The right token is
//! compared first and is never held up, whoever guesses beside it, as behind a proxy that gives all one address.
//! Passwords: each address may try so often, and so often under one name. A name by itself is never held up:
//! otherwise any stranger could keep its owner out.

mod bounded;

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::{Quota, RateLimiter};

use super::problem::Problem;
use crate::domain::throttle::Throttle;
use crate::domain::time::Clock;
use bounded::Bounded;

/// Wrong tokens that one address may show at once, and again in each minute.
const A_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// Times that one address may try to sign in at once, and again in each minute: a call centre may have one
/// address.
const SIGN_INS: NonZeroU32 = NonZeroU32::MIN.saturating_add(29);

/// Lines in the log in one second; many addresses may guess together.
const LINES: u32 = 5;

type Limiter<K> = RateLimiter<K, Bounded<K>, Ticking, NoOpMiddleware<Duration>>;

/// Who guessed of late.
#[derive(Debug)]
pub struct Guesses {
    limiter: Limiter<IpAddr>,
    /// Who tries to sign in to the console, and as whom.
    addresses: Limiter<IpAddr>,
    /// Who comes back from an identity provider.
    callbacks: Limiter<IpAddr>,
    names: Limiter<(IpAddr, String)>,
    clock: Ticking,
    throttle: Throttle,
}

impl Guesses {
    /// Nobody did yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let clock = Ticking(clock);
        Self {
            limiter: limiter(A_MINUTE, &clock),
            addresses: limiter(SIGN_INS, &clock),
            callbacks: limiter(SIGN_INS, &clock),
            names: limiter(A_MINUTE, &clock),
            clock,
            throttle: Throttle::new(LINES),
        }
    }

    /// How a wrong token from this address is answered.
    pub(super) fn refuse(&self, from: Option<IpAddr>) -> Problem {
        let from = network(from.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)));
        if let Err(wait) = self.admit(from) {
            self.throttle.pass_over();
            return Problem::too_many_guesses(wait);
        }
        if self.throttle.admits(self.clock.0.now()) {
            tracing::warn!(%from, "API token refused");
        }
        Problem::unauthorized(
            "send Authorization: Bearer with CALLPANE_API_TOKEN or a token that `callpane tokens` created",
        )
    }

    /// Whether this address may be wrong once more, or how long it has to wait.
    fn admit(&self, from: IpAddr) -> Result<(), Duration> {
        self.admitted(&self.limiter, &from)
    }

    /// Whether somebody may try to sign in as an operator, from this address and under this name.
    pub(super) fn admit_sign_in(&self, from: Option<IpAddr>, name: &str) -> Result<(), Problem> {
        let from = network(from.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)));
        let admitted = self.admitted(&self.addresses, &from);
        let tried = (from, name.chars().take(100).collect());
        let admitted = admitted.and_then(|()| self.admitted(&self.names, &tried));
        admitted.map_err(|wait| {
            self.throttle.pass_over();
            Problem::too_many_guesses(wait)
        })
    }

    /// Whether somebody may come back from an identity provider once more, from this address.
    pub(super) fn admit_callback(&self, from: Option<IpAddr>) -> Result<(), Duration> {
        let from = network(from.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)));
        self.admitted(&self.callbacks, &from)
    }

    /// Logs why an identity provider signed nobody in.
    pub(super) fn note_failed_sign_in(&self, from: Option<IpAddr>, why: &str) {
        if self.throttle.admits(self.clock.0.now()) {
            let from = from.map(|from| from.to_string());
            tracing::warn!(why, from, "single sign-on failed");
        }
    }

    /// Logs that somebody was not signed in.
    pub(super) fn note_refused_sign_in(&self, from: Option<IpAddr>, name: &str) {
        if self.throttle.admits(self.clock.0.now()) {
            let from = from.map(|from| from.to_string());
            tracing::warn!(operator = name, from, "sign-in refused");
        }
    }

    fn admitted<K: Hash + Eq + Clone>(
        &self,
        limiter: &Limiter<K>,
        key: &K,
    ) -> Result<(), Duration> {
        let now = governor::clock::Clock::now(&self.clock);
        limiter.check_key(key).map_err(|not_until| not_until.wait_time_from(now))
    }

    /// Logs how many were passed over.
    pub fn report(&self) {
        if let Some(times) = self.throttle.take_beyond() {
            tracing::warn!(times, "more tokens and sign-ins were refused than are logged above");
        }
    }
}

fn limiter<K: Hash + Eq + Clone>(most: NonZeroU32, clock: &Ticking) -> Limiter<K> {
    RateLimiter::new(Quota::per_minute(most), Bounded::default(), clock.clone())
}

/// Whoever has one IPv6 address has 2⁶⁴ of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))
        }
    }
}

/// Our clock, as the limiter reads it.
#[derive(Debug, Clone)]
struct Ticking(Arc<dyn Clock>);

impl governor::clock::Clock for Ticking {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError as _;

    use super::*;
    use crate::domain::time::{StillClock, Timestamp};

    fn guesses() -> (Guesses, Arc<StillClock>) {
        let clock = Arc::new(StillClock::at(Timestamp(1_790_000_000_000)));
        (Guesses::new(Arc::<StillClock>::clone(&clock)), clock)
    }

    fn statuses(guesses: &Guesses, from: &str, times: usize) -> Vec<u16> {
        let from = Some(from.parse().unwrap());
        (0..times).map(|_| guesses.refuse(from).status_code().as_u16()).collect()
    }

    #[test]
    fn each_address_may_be_wrong_ten_times_a_minute() {
        let (guesses, clock) = guesses();
        assert_eq!(statuses(&guesses, "192.0.2.1", 10), [401; 10]);
        assert_eq!(statuses(&guesses, "192.0.2.1", 5), [429; 5]);
        assert_eq!(statuses(&guesses, "::ffff:192.0.2.1", 1), [429], "the same, written otherwise");
        assert_eq!(statuses(&guesses, "192.0.2.2", 1), [401], "nobody else is held up");
        clock.advance(Duration::from_secs(7));
        assert_eq!(statuses(&guesses, "192.0.2.1", 2), [401, 429]);
        assert_eq!(statuses(&guesses, "2001:db8::1", 10), [401; 10]);
        assert_eq!(statuses(&guesses, "2001:db8::2", 1), [429], "one network is one address");
    }

    #[test]
    fn a_stranger_who_tries_a_name_keeps_nobody_else_from_it() {
        let (guesses, _) = guesses();
        let admitted = |from: &str, name| guesses.admit_sign_in(Some(from.parse().unwrap()), name);
        let times = |from, name| (0..15).filter(|_| admitted(from, name).is_ok()).count();
        assert_eq!(times("192.0.2.1", "claire"), 10, "of one name");
        assert_eq!(times("192.0.2.1", "sami"), 10, "of another");
        assert_eq!(times("192.0.2.2", "claire"), 10, "from elsewhere");
        assert!(admitted("192.0.2.3", "claire").is_ok());
        assert!(admitted("192.0.2.1", "vera").is_err(), "an address has thirty in all");
    }

    #[test]
    fn in_a_flood_of_addresses_those_that_guess_most_are_remembered_and_nobody_is_refused() {
        let (guesses, clock) = guesses();
        let from = |number: u32| Some(IpAddr::V4(std::net::Ipv4Addr::from_bits(number)));
        assert_eq!(statuses(&guesses, "192.0.2.1", 11).last(), Some(&429));
        for number in 0..6000 {
            assert_eq!(guesses.refuse(from(number)).status_code(), 401, "{number}");
            clock.advance(Duration::from_millis(1));
        }
        assert_eq!(statuses(&guesses, "192.0.2.1", 2), [401, 429], "6 s later: one more");
    }
}
