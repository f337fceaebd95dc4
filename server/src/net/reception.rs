//! [`Reception`]: what each connection is received with, on its way to a room.

use std::net::IpAddr;
use std::sync::Arc;

use super::door::Door;
use super::ledger::Ledger;
use super::page::Page;
use super::peer_limits::PeerLimits;
use super::source::Source;
use super::tuning::CongestionControl;
use crate::operate::access::AccessRules;
use crate::operate::shutdown::Stop;
use crate::rooms::Roster;
use crate::talk::SharedHall;
use crate::tls::Certificates;

/// Values that each connection is received with.
pub(crate) struct Reception {
    pub(crate) door: Door,
    pub(crate) access: AccessRules,
    /// None where connections are plain.
    pub(crate) certificates: Option<Certificates>,
    /// None where browsers are shown nothing.
    pub(crate) page: Option<Page>,
    pub(crate) limits: PeerLimits,
    pub(crate) congestion: CongestionControl,
    /// Seconds for which seats are kept; 0 for not at all.
    pub(crate) grace_seconds: u32,
    pub(crate) rooms: Arc<Roster>,
    pub(crate) hall: Arc<SharedHall>,
    pub(crate) stop: Arc<Stop>,
    pub(crate) ledger: Ledger,
}

impl Reception {
    /// The source that `peer` counts as. Behind a trusted proxy it is the forwarded address that counts, once
    /// it is known.
    pub(super) fn source(&self, peer: IpAddr) -> Option<Source> {
        Source::of(peer).filter(|_| !self.access.trusts(peer))
    }
}
