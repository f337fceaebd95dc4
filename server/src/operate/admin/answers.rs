//! [`Answers`]: whatever answers requests to the admin listener.

use std::net::SocketAddr;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};

/// Answers to requests.
pub(super) trait Answers: Send + Sync + 'static {
    /// The response to a request of `peer`.
    fn answer(
        &self,
        peer: SocketAddr,
        request: Request<Incoming>,
    ) -> impl Future<Output = Response<Full<Bytes>>> + Send;
}
