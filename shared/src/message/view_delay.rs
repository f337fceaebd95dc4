//! [`ViewDelay`]: how a client shows the others, as it tells the server.

use serde::{Deserialize, Serialize};

use crate::state::{Display, Kind};

/// The way in which a client shows the others, as far as it matters for its aim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ViewDelay {
    /// Asks to be judged by what the client saw.
    pub(crate) is_compensated: bool,
    /// A bit for each kind that is shown in the past.
    pub(crate) interpolated: u64,
    /// Ticks behind the present at which kinds in the past are shown.
    pub(crate) behind: u32,
}

impl ViewDelay {
    /// The view delay that the game's kinds ask for, which both ends take for granted at first.
    pub(crate) fn of(kinds: &[Kind]) -> Self {
        let past = |(_, kind): &(usize, &Kind)| kind.display == Display::Interpolate;
        let interpolated = kinds.iter().enumerate().filter(past).fold(0, |bits, (index, _)| bits | 1 << index);
        Self { is_compensated: true, interpolated, behind: 0 }
    }
}
