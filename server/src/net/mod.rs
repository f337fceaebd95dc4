//! Sockets: taking connections, upgrading them, and the WebSocket that remains.
//!
//! # Reading order
//!
//! `accept` (listening), `reception`, `arrival`, `greet` and `first_word` (a connection's way to its upgrade),
//! `upgrade` (what its request says), `refusal`, `door` (who is let in) with `source`, `knocks` and `bucket`, `waiting`
//! (who is on the way), `ledger` (what is counted of them), `page`, `visit` and `files` (browsers); then the tick's:
//! `socket`, `wire`, `frames`, `transport`, `stream`, `tls_stream`, `tls_session`, `tuning`, `peer_limits`.

mod accept;
mod arrival;
mod bucket;
mod door;
mod files;
mod first_word;
mod frames;
mod greet;
mod knocks;
mod ledger;
mod page;
mod peer_limits;
mod reception;
mod refusal;
mod socket;
mod source;
mod stream;
mod tls_session;
mod tls_stream;
mod transport;
mod tuning;
mod upgrade;
mod visit;
mod waiting;
mod wire;

pub(crate) use accept::{bind, serve};
pub(crate) use arrival::{Arrival, Introduction};
pub(crate) use bucket::{Bucket, Rate};
#[cfg(test)]
pub(crate) use door::Admission;
pub(crate) use door::{AwayPlayers, Door, Errand, Kept};
pub use files::BuiltFile;
pub(crate) use ledger::Ledger;
pub(crate) use page::Page;
pub(crate) use peer_limits::PeerLimits;
pub(crate) use reception::Reception;
pub(crate) use refusal::Refusal;
pub(crate) use socket::{Came, Socket};
pub(crate) use source::Source;
#[cfg(test)]
pub(crate) use stream::Stream;
pub(crate) use tuning::CongestionControl;
pub(crate) use upgrade::{Judgement, check_head};
