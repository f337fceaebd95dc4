//! [`Reception`]: what each connection is received with, on its way to be an [`Arrival`].

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::door::{Door, Errand};
use super::ledger::{Ledger, UnderWay};
use super::page::Page;
use super::peer_limits::PeerLimits;
use super::socket::Socket;
use super::source::Source;
use crate::operate::access::AccessRules;
use crate::operate::heartbeat::Heartbeat;
use crate::operate::shutdown::Stop;
use crate::tls::Certificates;

/// A client on its way to the tick thread.
pub(crate) struct Arrival {
    pub(crate) socket: Socket,
    pub(crate) address: SocketAddr,
    pub(crate) errand: Errand,
    /// The place under way, until it is counted among the clients.
    pub(crate) under_way: UnderWay,
}

/// Values that each connection is received with.
pub(crate) struct Reception {
    pub(crate) door: Door,
    pub(crate) access: AccessRules,
    /// None where connections are plain.
    pub(crate) certificates: Option<Certificates>,
    /// None where browsers are shown nothing.
    pub(crate) page: Option<Page>,
    pub(crate) limits: PeerLimits,
    /// Seconds for which seats are kept; 0 for not at all.
    pub(crate) grace_seconds: u32,
    pub(crate) arrivals: mpsc::Sender<Arrival>,
    pub(crate) stop: Arc<Stop>,
    pub(crate) heartbeat: Arc<Heartbeat>,
    pub(crate) ledger: Ledger,
}

impl Reception {
    /// The source that `peer` counts as. Behind a trusted proxy it is the forwarded address that counts, once
    /// it is known.
    pub(super) fn source(&self, peer: IpAddr) -> Option<Source> {
        Source::of(peer).filter(|_| !self.access.trusts(peer))
    }
}
