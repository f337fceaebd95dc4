//! The Auspice server: listening sockets, real time and threads around one [`Room`](auspice::authority::Room), or many.
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
//!  HTTP head, 3 s, 8 KiB                   receive   <------ batch: messages -------  read sockets that have something
//!  101 and a plain socket ---channel--.              (one shard: the same calls,      wait for the deadline
//!                                     |               on this thread)
//!  admin thread (tokio)               '--> seat      connections become clients
//!  --------------------                    handle    messages go to the room
//!  health, metrics                         answer    who said hello is let in, or not
//!  orders: drain, kick ------channel--.    step      room.tick()
//!                                     |    compose   room.poll_update() for each client
//!  main thread                        '--> orders    of an operator
//!  -----------                             send      ------- batch: frames -------->  write each socket once
//!  signals --> stop flag
//! ```
//!
//! Nobody is woken between two ticks: a client-tick costs one read and one write, no task, no channel, no lock and no
//! allocation. A batch goes back and forth between the tick thread and a shard, so a tick crosses threads once each way
//! per shard, whatever the number of clients.
//!
//! With a log two more threads write it (`ticklog`). With many rooms workers take the tick thread's place, each for
//! some of them (`room_threads`).
//!
//! # Reading order
//!
//! `server` (start and stop), `room_threads` (what runs rooms), `rooms` (many in a process), `fleet` (on many
//! machines), `error` (why it could not, or did not end well), `tick` (the tick thread and its shards), `ticklog`
//! (what outlasts the process), `net` (sockets, and the page for browsers), `tls`, `session` (who may join, who
//! comes back), `talk` (what players say to each other), `digest`, `ending` (why a connection ends), `limits`
//! (every bound, with its reason), then `operate`, which is all that an operator meets: settings, orders, metrics,
//! logs. `conformance` is for test suites of the protocol. Each folder goes on in its `mod.rs`.

#[doc(hidden)]
pub mod conformance;
pub mod session;
pub mod tls;

mod digest;
mod ending;
mod error;
mod fleet;
mod limits;
mod net;
mod operate;
mod room_threads;
mod rooms;
mod server;
mod talk;
mod tick;
mod ticklog;

pub use error::ServeError;
pub use fleet::FleetConfig;
pub use net::BuiltFile;
pub use operate::address::{Address, Addresses};
pub use operate::admin::TokenError;
pub use operate::config::{AdminConfig, AdminListen, Config, RoomsConfig, Settings};
pub use operate::{access, address, args, command, config, logs, schema};
pub use rooms::RoomOptions;
pub use server::{Handle, Server, run, run_saved, run_with_world};
pub use tick::driver::{NewWorld, RoomTerms};
pub use tick::report::TickTimes;
pub use ticklog::{LogConfig, Saves};

/// Paths on which a client may ask for the upgrade.
pub const GAME_PATHS: [&str; 2] = ["/", "/play"];
