//! A request that is ready to go.

use crate::client::Http;
use crate::hop::Hop;
use crate::plan::Plan;

/// A request that is ready to go; a redirect turns its hop into the next.
pub(crate) struct Prepared {
    pub(crate) http: Http,
    pub(crate) plan: Plan,
    pub(crate) hop: Hop,
}
