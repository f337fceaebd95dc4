//! [`Arrival`]: a client on its way to a room.

use std::net::SocketAddr;

use auspice::authority::Admitted;
use auspice::message::Credential;

use super::door::Errand;
use super::ledger::UnderWay;
use super::socket::Socket;

/// A client on its way to a room.
pub(crate) struct Arrival {
    pub(crate) socket: Socket,
    pub(crate) address: SocketAddr,
    pub(crate) errand: Errand,
    /// The place under way, until it is counted among the clients; none for one that was counted in another room.
    pub(crate) under_way: Option<UnderWay>,
    /// The word of the room that it comes from, if it comes from one.
    pub(crate) introduction: Option<Introduction>,
}

/// The word of one room about a connection that goes to another.
#[derive(Debug)]
pub(crate) enum Introduction {
    /// Said this hello, and belongs there.
    Hello {
        /// The player's name.
        name: String,
        /// The credential that it showed.
        credential: Credential,
    },
    /// Said its hello there and was let in, and has heard nothing yet.
    Judged(Admitted),
    /// Played there, and goes here.
    Player(Admitted),
}
