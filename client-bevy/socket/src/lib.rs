//! A client's connection to a server of Auspice, without an engine: natively and in a browser.
//!
//! A [`Socket`] never waits. A client is a [`Session`](auspice::session::Session) with a socket for each
//! connection that it asks for: `examples/plain.rs` is one. Programs that have a runtime of their own and
//! thousands of connections, such as bots, take a [`Dial`] instead.
//!
//! # Reading order
//!
//! `socket` (the two queues between a program and its connection), `sockets` (those of a session), then
//! behind them `native` or `web` (what carries messages), and `why` (what a page may ask about a refusal).
//! Natively: `dial` (the way to an open WebSocket), `eyeballs` (which of a name's addresses, and how often),
//! `trust` (whose certificates), `tunnel` (a network that is simulated, by lines of the core).

#[cfg(not(target_arch = "wasm32"))]
mod dial;
#[cfg(not(target_arch = "wasm32"))]
mod eyeballs;
#[cfg(not(target_arch = "wasm32"))]
mod native;
mod socket;
mod sockets;
#[cfg(not(target_arch = "wasm32"))]
mod trust;
#[cfg(not(target_arch = "wasm32"))]
mod tunnel;
#[cfg(target_arch = "wasm32")]
mod web;
#[cfg(target_arch = "wasm32")]
mod why;

#[cfg(not(target_arch = "wasm32"))]
use native as platform;
#[cfg(target_arch = "wasm32")]
use web as platform;

pub use auspice::session::Closed;
pub use auspice::sim::Dials;
use tokio::sync::watch;

#[cfg(not(target_arch = "wasm32"))]
pub use dial::{Dial, Upgraded};
pub use socket::{FarEnd, Signal, Socket};
pub use sockets::Sockets;
#[cfg(not(target_arch = "wasm32"))]
pub use trust::trust;
#[cfg(target_arch = "wasm32")]
pub use why::fetch;

impl Socket {
    /// Begins to connect to `address`, a WebSocket URL. Never waits: success and failure come as [`Signal`]s.
    /// Has no patience of its own: a session says when to give it up.
    #[must_use]
    pub fn open(address: &str) -> Self {
        // A sender that is gone turns nothing any more.
        Self::open_over(address, watch::Sender::new(Dials::default()).subscribe())
    }

    /// The same over a network as bad as `dials` say at any time.
    #[must_use]
    pub fn open_over(address: &str, dials: watch::Receiver<Dials>) -> Self {
        Self::open_as(address, dials, false)
    }

    /// The same for a player who says lines to others and hears them, where the server lets players talk
    /// ([`Session::say`](auspice::session::Session::say)). In pages, lines do not go over
    /// the simulated network; natively all of the connection does.
    #[must_use]
    pub fn open_talking(address: &str, dials: watch::Receiver<Dials>) -> Self {
        Self::open_as(address, dials, true)
    }

    fn open_as(address: &str, dials: watch::Receiver<Dials>, talks: bool) -> Self {
        let (socket, far_end) = Self::pair();
        platform::pump(address.to_owned(), far_end, dials, talks);
        socket
    }
}

/// A number that nobody can foresee, another one each time: for waits and whims.
#[must_use]
pub fn chance() -> u64 {
    platform::chance()
}
