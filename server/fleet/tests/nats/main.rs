//! A fleet on a real NATS server: processes that are killed and stopped, and a server that is.
//!
//! `.ci/nats.sh` installs a server. Without one these tests say that they were skipped.

// A test binary has no outside that could reach anything.
#![allow(unreachable_pub, missing_docs)]

mod many;
mod ownership;
mod rig;
mod server;
