//! The parts of the netcode that can be switched off while one plays.

use auspice::replica::PictureSettings;
use auspice::state::Display;
use bevy::prelude::*;

/// Switches of a session: which parts of the netcode are on. The default is the best of each.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    /// The own entity obeys at once.
    pub prediction: bool,
    /// Corrections are hidden over some frames.
    pub smoothing: bool,
    /// Interpolation: others are shown in the past, between two known states, in place of advanced to the
    /// present.
    pub interpolation: bool,
    /// Shots are judged by what this client saw.
    pub compensation: bool,
    /// The server's truth and the unsmoothed prediction are drawn beside what is shown.
    pub ghosts: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self { prediction: true, smoothing: true, interpolation: false, compensation: true, ghosts: false }
    }
}

/// A switch, as the panel shows it.
#[derive(Clone, Copy)]
pub struct Switch {
    /// The switch's name.
    pub name: &'static str,
    /// Words for it while it is off, and while it is on.
    pub says: [&'static str; 2],
    /// Finds the switch among a session's.
    pub of: fn(&mut Switches) -> &mut bool,
}

/// All switches, as the panel shows them.
pub const SWITCHES: [Switch; 5] = [
    Switch { name: "prediction", says: ["off", "on"], of: |switches| &mut switches.prediction },
    Switch { name: "smoothing", says: ["off", "on"], of: |switches| &mut switches.smoothing },
    Switch { name: "others", says: ["advanced", "interpolated"], of: |switches| &mut switches.interpolation },
    Switch { name: "lag compensation", says: ["off", "on"], of: |switches| &mut switches.compensation },
    Switch { name: "ghosts", says: ["off", "on"], of: |switches| &mut switches.ghosts },
];

impl Switches {
    /// The switches that are not as at the start, in words; empty if all are.
    #[must_use]
    pub fn said(mut self) -> String {
        let mut best = Self::default();
        let changed = SWITCHES.iter().filter(|switch| *(switch.of)(&mut self) != *(switch.of)(&mut best));
        let changed: Vec<_> = changed.collect();
        let words = changed
            .iter()
            .map(|switch| format!("{} {}", switch.name, switch.says[usize::from(*(switch.of)(&mut self))]));
        words.collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn settings(self) -> PictureSettings {
        let Self { prediction, smoothing, compensation, .. } = self;
        let display = self.interpolation.then_some(Display::Interpolate);
        PictureSettings { prediction, smoothing, compensation, ..PictureSettings::default() }.with_display(display)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_starts_in_its_best_setting_and_says_when_it_is_not() {
        assert_eq!(Switches::default().settings(), PictureSettings::default());
        assert_eq!(Switches::default().said(), "");
        let switches = Switches { prediction: false, interpolation: true, ..Switches::default() };
        assert_eq!(switches.said(), "prediction off, others interpolated");
    }
}
