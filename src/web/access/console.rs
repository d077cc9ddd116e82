//! The endpoints of `/console`.

use super::Endpoint;

pub(super) const ENDPOINTS: &[Endpoint] = &[];
