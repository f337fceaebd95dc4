//! The page's files, as a library serves them.

use std::convert::Infallible;
use std::path::Path;

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use tower_http::services::ServeDir;

/// The files of a folder.
#[derive(Clone)]
pub(super) struct Files(TowerToHyperService<ServeDir>);

impl Files {
    /// Those in `folder`. What is there as `FILE.gz` as well is sent like that to whoever takes it.
    pub(super) fn of(folder: &Path) -> Self {
        Self(TowerToHyperService::new(ServeDir::new(folder).precompressed_gzip()))
    }

    /// The response to `request`.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let found: Result<_, Infallible> = self.0.call(request).await;
        let Ok(response) = found;
        response.map(Body::new)
    }
}
