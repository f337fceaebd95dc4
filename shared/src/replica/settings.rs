//! Settings by which a client shows the world: every part can be switched off while playing, to see what it
//! does.

use crate::limits::KINDS_MAX;
use crate::state::{Display, Kind};

/// Settings by which a client shows the world. The default is the best of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureSettings {
    /// The own entity obeys at once. Otherwise it is shown when the server says so, in the past.
    pub prediction: bool,
    /// Corrections are hidden over some pictures. Otherwise they are shown as they come.
    pub smoothing: bool,
    /// The server is told how this client sees the others, and judges its shots by it. Otherwise by how things are.
    pub compensation: bool,
    /// The display of each kind, by index; `None` leaves it to the game.
    pub displays: [Option<Display>; KINDS_MAX],
}

impl Default for PictureSettings {
    fn default() -> Self {
        Self { prediction: true, smoothing: true, compensation: true, displays: [None; KINDS_MAX] }
    }
}

impl PictureSettings {
    /// Shows all kinds in one way, or each as the game would have it.
    #[must_use]
    pub const fn with_display(mut self, display: Option<Display>) -> Self {
        self.displays = [display; KINDS_MAX];
        self
    }

    /// The display of entities of `kinds[kind]`.
    #[must_use]
    pub fn display(&self, kinds: &[Kind], kind: usize) -> Display {
        self.displays.get(kind).copied().flatten().unwrap_or(kinds[kind].display)
    }
}
