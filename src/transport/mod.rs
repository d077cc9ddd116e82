//! How does it get there? One request out, bounded in time and size. The HTTP client lives only
//! here.

pub mod client;
pub mod http;
pub mod oidc;
pub mod sqs;
pub mod vetting;
pub mod xuc;
