//! Sockets: taking connections, upgrading them, and the WebSocket that remains.

mod accept;
mod bucket;
mod door;
mod files;
mod frames;
mod knocks;
mod ledger;
mod page;
mod peer_limits;
mod socket;
mod source;
mod stream;
mod upgrade;
mod visit;
mod waiting;
mod wire;

pub(crate) use accept::{Arrival, Reception, bind, serve};
#[cfg(test)]
pub(crate) use door::Admission;
pub(crate) use door::{Door, Errand, Kept};
pub(crate) use ledger::Ledger;
pub(crate) use page::Page;
pub(crate) use peer_limits::PeerLimits;
pub(crate) use socket::Socket;
pub(crate) use source::Source;
#[cfg(test)]
pub(crate) use stream::Stream;
pub(crate) use upgrade::{Judgement, Refusal, judge};
