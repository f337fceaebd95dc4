//! Servers as nodes of a fleet on a real NATS server, and players who follow their room from one to another.
//!
//! `.ci/nats.sh` installs a NATS server. Without one these tests say that they were skipped.

#![cfg(unix)]

mod agones;
mod belonging;
mod crowd;
mod moves;
// The NATS server of the fleet's own tests.
#[allow(unreachable_pub, dead_code, reason = "it is shared with other tests, which need more of it")]
#[path = "../../fleet/tests/nats/server.rs"]
mod nats_server;
mod nodes;
mod secured;
mod security;
// The sidecar of the server's own tests.
#[allow(dead_code, reason = "it is shared with other tests, which need more of it")]
#[path = "../loopback/sidecar.rs"]
mod sidecar;
mod talk;
mod way;
