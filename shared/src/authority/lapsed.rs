//! [`Lapsed`]: tokens that were good once, and why they are so no more.

use alloc::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::session::TokenDigest;
use crate::error::SessionEnd;
use crate::limits::LAPSED_TOKENS_MAX;

/// Digests of the latest of them, oldest first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Lapsed(VecDeque<(TokenDigest, SessionEnd)>);

impl Lapsed {
    /// Forgets the oldest where there are too many.
    pub(super) fn remember(&mut self, digest: TokenDigest, why: SessionEnd) {
        if self.0.len() >= LAPSED_TOKENS_MAX {
            self.0.pop_front();
        }
        self.0.push_back((digest, why));
    }

    pub(super) fn recall(&self, digest: &TokenDigest) -> Option<SessionEnd> {
        self.0.iter().find(|(known, _)| known == digest).map(|&(_, why)| why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_remembered_and_no_more() {
        let mut lapsed = Lapsed::default();
        let digest = |number: usize| core::array::from_fn(|byte| (number >> (byte % 8 * 8)) as u8);
        for number in 0..=LAPSED_TOKENS_MAX {
            lapsed.remember(digest(number), SessionEnd::Kicked);
        }
        assert_eq!((lapsed.recall(&digest(0)), lapsed.recall(&digest(1))), (None, Some(SessionEnd::Kicked)));
        assert_eq!(lapsed.0.len(), LAPSED_TOKENS_MAX);
    }
}
