//! The client without a window.

mod assets;
mod common;
mod dials;
mod flight;
#[cfg(feature = "host")]
mod server;
