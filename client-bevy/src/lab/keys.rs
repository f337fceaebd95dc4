//! The keys of the laboratory, and what they open and mark.

use std::time::Duration;

use bevy::prelude::*;

use crate::switches::SWITCHES;

/// Time for which the key that pulls the cable pulls it.
pub const CUT: Duration = Duration::from_secs(3);

/// The keys of the laboratory.
#[derive(Resource, Clone, Copy, Debug)]
pub struct LabKeys {
    /// Opens and closes the panel.
    pub open: KeyCode,
    /// Pulls the cable for [`CUT`].
    pub cut: KeyCode,
    /// Breaks the connection, which is dialled anew.
    pub drop: KeyCode,
    /// Key that resets everything to what it was at the start.
    pub reset: KeyCode,
    /// Marks the row above.
    pub above: KeyCode,
    /// Marks the row below.
    pub below: KeyCode,
    /// Turns the marked dial down.
    pub less: KeyCode,
    /// Turns the marked dial up.
    pub more: KeyCode,
    /// Turns each of [`SWITCHES`] on or off.
    pub switches: [KeyCode; SWITCHES.len()],
}

impl Default for LabKeys {
    fn default() -> Self {
        use KeyCode::{Equal, F4, F5, F6, F7, F8, F9, F10, F11, F12, Minus, PageDown, PageUp};
        let switches = [F5, F6, F7, F8, F9];
        Self {
            open: F4,
            cut: F10,
            drop: F11,
            reset: F12,
            above: PageUp,
            below: PageDown,
            less: Minus,
            more: Equal,
            switches,
        }
    }
}

impl LabKeys {
    /// Keys that always do the same, whatever opens the panel.
    pub fn fixed(&self) -> impl Iterator<Item = KeyCode> {
        let single = [self.cut, self.drop, self.reset, self.above, self.below, self.less, self.more];
        single.into_iter().chain(self.switches)
    }
}

/// The panel's state.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Lab {
    /// Whether it is open.
    pub is_open: bool,
    /// Index of the one of [`KNOBS`](super::KNOBS) that the keys turn.
    pub marked: usize,
}
