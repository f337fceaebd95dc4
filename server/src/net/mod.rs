//! Sockets: taking connections, upgrading them, and the WebSocket that remains.

mod accept;
mod bucket;
mod door;
mod files;
mod frames;
mod knocks;
mod ledger;
mod page;
mod socket;
mod stream;
mod upgrade;
mod visit;
mod waiting;
mod wire;

pub(crate) use accept::{Arrival, Reception, bind, serve};
#[cfg(test)]
pub(crate) use door::Admission;
pub(crate) use door::{Door, Errand, Kept, Source};
pub(crate) use ledger::Ledger;
pub(crate) use page::Page;
pub(crate) use socket::{Manners, Socket};
#[cfg(test)]
pub(crate) use stream::Stream;
pub(crate) use upgrade::{Judgement, Refusal, judge};
