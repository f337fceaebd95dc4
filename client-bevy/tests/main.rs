//! The client without a window.

mod assets;
mod common;
mod dials;
mod flight;
mod lab;
mod screen;
#[cfg(feature = "host")]
mod server;
