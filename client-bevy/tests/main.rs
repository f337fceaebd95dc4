//! The client without a window.

mod assets;
mod away;
mod common;
mod dials;
mod flight;
mod gamepad;
mod lab;
mod screen;
#[cfg(feature = "host")]
mod server;
mod touch;
