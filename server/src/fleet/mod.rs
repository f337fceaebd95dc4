//! Rooms over nodes, as the rest of the server sees it: [`Fleet`] is what doors and rooms ask.
//!
//! Whatever has to do with `auspice-fleet` is behind the feature `nats`, in `node`: most servers are alone, and build
//! nothing of it.
//!
//! # Reading order
//!
//! `options` (what an operator says of it), `wanted` and `face` (what others ask), then `node`.

mod face;
#[cfg(feature = "nats")]
mod node;
mod options;
mod wanted;

pub(crate) use face::{Fleet, FoundRoom, NodeSpec, way_to};
#[cfg(feature = "nats")]
pub(crate) use node::start;
pub use options::FleetConfig;
pub(crate) use wanted::Wanted;

/// Joins nothing: this program was built without it.
///
/// # Errors
/// A sentence that says so.
#[cfg(not(feature = "nats"))]
pub(crate) fn start(
    _: NodeSpec,
    _: &std::sync::Arc<crate::rooms::Roster>,
    _: &std::sync::Arc<crate::operate::shutdown::Stop>,
) -> Result<std::thread::JoinHandle<()>, crate::error::ServeError> {
    Err(crate::error::ServeError::Fleet("this program was built without it; build it with --features nats".into()))
}
