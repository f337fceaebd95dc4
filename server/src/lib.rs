//! The Auspice server: listening sockets, real time and threads around one [`Room`](auspice::authority::Room).
//!
//! No rule of a game and no rule of the protocol is here. A server for a game of one's own is
//! [`command::main`] in a `main.rs`, or [`run`] with a [`Config`], or [`Server::start`] inside another process.
//!
//! # Threads
//!
//! ```text
//!  accept thread (tokio)                 tick thread (no tokio)                      shard threads (only if shards > 1)
//!  ---------------------                 ----------------------                      ----------------------------------
//!  listen, limits                        loop, once a tick:
//!  HTTP head, 3 s, 8 KiB                   exchange  ------- batch: frames -------->  write every socket once
//!  101 and a plain socket ---channel--.              (one shard: the same             wait for the deadline
//!                                     |               calls, on this thread)          read every socket once
//!  main thread                        |              <------ batch: messages -------
//!  -----------                        '--> admit     connections become clients
//!  signals --> stop flag                   handle    messages go to the room
//!                                          step      room.tick()
//!                                          compose   room.poll_update() for each client
//! ```
//!
//! Nobody is woken between two ticks: a client-tick costs one read and one write, no task, no channel, no lock and no
//! allocation. A batch goes back and forth between the tick thread and a shard, so a tick crosses threads once each way
//! per shard, whatever the number of clients.
//!
//! # Reading order
//!
//! `server` (start and stop), `driver` (the tick), `shard` and `batch`, `net` (sockets, and the page for browsers), `ending` (why a
//! connection ends), `error` (why a server does), then `command`, `args`, `config`, `address`, `entry` (what an operator types),
//! `limits`, `schedule`, `report`, `metrics`, `tick_metrics`, `journal`, `outlet`, `logs`, `panics`, `output`, `shutdown`.

pub mod address;
pub mod args;
pub mod command;
pub mod config;
#[doc(hidden)]
pub mod conformance;
pub mod entry;
pub mod logs;
pub mod tls;

mod admin;
mod batch;
mod driver;
mod ending;
mod error;
mod flight;
mod journal;
mod limits;
mod metrics;
mod mint;
mod net;
mod outlet;
pub mod output;
mod overload;
mod panics;
mod pulse;
mod report;
mod schedule;
mod server;
pub mod session;
mod shard;
mod shutdown;
mod tick_metrics;

pub use address::{Address, Addresses};
pub use admin::TokenError;
pub use config::{AdminConfig, AdminListen, Config, Settings};
pub use error::ServeError;
pub use report::TickTimes;
pub use server::{Handle, Server, run};

/// Paths on which a client may ask for the upgrade.
pub const GAME_PATHS: [&str; 2] = ["/", "/play"];
