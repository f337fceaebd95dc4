//! SHA-256, for everything that is to be known again without being kept.

use ring::digest::SHA256;

/// The digest of `bytes`.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    ring::digest::digest(&SHA256, bytes).as_ref().try_into().expect("a SHA-256 digest should have 32 bytes")
}
