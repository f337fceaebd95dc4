//! Sockets: taking connections, upgrading them, and the WebSocket that remains.

mod accept;
mod socket;
mod upgrade;
mod wire;

pub(crate) use accept::{Admission, Arrival, Door, bind, serve};
pub(crate) use socket::Socket;
