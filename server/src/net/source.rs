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
}
