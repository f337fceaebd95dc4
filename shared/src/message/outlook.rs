//! [`Outlook`]: how a client shows the others, as it tells the server.

use crate::state::{Display, Kind};

/// How a client shows the others, as far as it matters for what it aims at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outlook {
    /// It wants to be judged by what it saw.
    pub(crate) is_compensated: bool,
    /// A bit for each kind that is shown in the past.
    pub(crate) interpolated: u64,
    /// By how many ticks.
    pub(crate) behind: u32,
}

impl Outlook {
    /// As the game would have it: what both ends take for granted.
    pub(crate) fn of(kinds: &[Kind]) -> Self {
        let past = |(_, kind): &(usize, &Kind)| kind.display == Display::Interpolate;
        let interpolated = kinds.iter().enumerate().filter(past).fold(0, |bits, (index, _)| bits | 1 << index);
        Self { is_compensated: true, interpolated, behind: 0 }
    }
}
