//! [`Source`]: what counts as one address.

use std::net::IpAddr;

use crate::limits::ADDRESS_BITS_V6;

/// A source that counts as one address: an IPv4 address, or an IPv6 network as one household is given it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Source(IpAddr);

impl Source {
    /// None for this machine itself, which has no limits: bots under test, and a proxy that does not forward addresses.
    pub(crate) fn of(address: IpAddr) -> Option<Self> {
        match address.to_canonical() {
            address if address.is_loopback() => None,
            IpAddr::V6(address) => {
                Some(Self(IpAddr::V6((address.to_bits() >> (128 - ADDRESS_BITS_V6) << (128 - ADDRESS_BITS_V6)).into())))
            }
            address => Some(Self(address)),
        }
    }

    /// Whether an address is one of a private network, or of this machine: a proxy's or a router's more often
    /// than a player's, where others are let in than those of that network.
    pub(super) const fn is_inside(address: IpAddr) -> bool {
        match address.to_canonical() {
            IpAddr::V4(address) => {
                // What a provider has inside, too (RFC 6598).
                let [first, second, ..] = address.octets();
                address.is_private()
                    || address.is_loopback()
                    || address.is_link_local()
                    || (first == 100 && second & 0xc0 == 64)
            }
            IpAddr::V6(address) => {
                address.is_unique_local() || address.is_loopback() || address.is_unicast_link_local()
            }
        }
    }
}
