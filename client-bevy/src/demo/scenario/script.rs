//! A scenario as it is written: a TOML file of moments.
//!
//! ```toml
//! seconds = 12.0         # until the end
//! seed = 7               # of whoever flies
//!
//! [[at]]
//! time = 2.0             # seconds after everybody plays
//! delay_ms = 200         # dials stay until they are turned again
//! hold = ["thrust"]      # keys held from now on
//!
//! [[at]]
//! time = 9.0
//! screenshot = "slow.png"
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::Switches;
use crate::lab::FrameCap;
use crate::socket::Dials;

/// Longest scenario, in seconds: one that runs for ever by a slip of the pen is no use.
const SECONDS_MAX: f32 = 3600.0;

/// The script of a scenario: what is to happen, and when.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Length of the scenario.
    pub seconds: f32,
    /// Seed of the pilot's whims.
    #[serde(default = "first_seed")]
    pub seed: u64,
    /// Whether a pilot flies from the start.
    #[serde(default)]
    pub pilot: bool,
    /// Events of the scenario, by time.
    #[serde(default, rename = "at")]
    pub moments: Vec<Moment>,
}

const fn first_seed() -> u64 {
    1
}

/// An event of the scenario. What is not named stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Moment {
    /// Seconds after everybody plays.
    pub time: f32,
    /// The view, from the left, counted from 1; the last where it is not named. For dials and switches.
    pub view: Option<usize>,
    /// See [`Dials::delay_ms`].
    pub delay_ms: Option<u32>,
    /// See [`Dials::jitter_ms`].
    pub jitter_ms: Option<u32>,
    /// See [`Dials::stall_ms`].
    pub stall_ms: Option<u32>,
    /// See [`Dials::cap_kbps`].
    pub cap_kbps: Option<u32>,
    /// Pulls the cable for so many seconds.
    pub cut_seconds: Option<f32>,
    /// Breaks the connection.
    pub drop: bool,
    /// Most frames a second; 0 for all.
    pub frames: Option<u32>,
    /// See [`Switches::prediction`].
    pub prediction: Option<bool>,
    /// See [`Switches::smoothing`].
    pub smoothing: Option<bool>,
    /// See [`Switches::interpolation`].
    pub interpolation: Option<bool>,
    /// See [`Switches::compensation`].
    pub compensation: Option<bool>,
    /// See [`Switches::ghosts`].
    pub ghosts: Option<bool>,
    /// Whether a pilot flies.
    pub pilot: Option<bool>,
    /// Buttons held after this, in all views, in place of the keyboard.
    pub hold: Option<Vec<Hold>>,
    /// Page of the overlay that is open; 0 for none.
    pub overlay: Option<usize>,
    /// Whether the panel of dials is open.
    pub lab: Option<bool>,
    /// Whether the scoreboard is open.
    pub scores: Option<bool>,
    /// Point that the camera looks at, in units; an empty list lets it follow the ship again.
    pub camera: Option<Vec<f32>>,
    /// Says something to all players.
    pub say: Option<String>,
    /// Saves a picture of the window.
    pub screenshot: Option<PathBuf>,
}

/// Something that a player can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hold {
    /// Turns to the left.
    Left,
    /// Turns to the right.
    Right,
    /// Burns the engine.
    Thrust,
    /// Fires the gun.
    Fire,
    /// Fires the laser.
    Laser,
    /// Fires missiles.
    Missile,
}

impl Scenario {
    /// Reads one from a file.
    ///
    /// # Errors
    /// What is wrong with it, and where: a sentence or two.
    pub fn read(file: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        Self::parse(&text).map_err(|error| format!("{}: {error}", file.display()))
    }

    /// Reads one from text.
    ///
    /// # Errors
    /// What is wrong with it, and where: a sentence or two.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut scenario: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        if !(0.0..=SECONDS_MAX).contains(&scenario.seconds) {
            return Err(format!("seconds is {}, and must be from 0 to {SECONDS_MAX}", scenario.seconds));
        }
        let late = scenario.moments.iter().find(|moment| !(0.0..=scenario.seconds).contains(&moment.time));
        if let Some(moment) = late {
            return Err(format!("time is {}, and must be from 0 to the end at {}", moment.time, scenario.seconds));
        }
        if scenario.moments.iter().any(|moment| moment.camera.as_ref().is_some_and(|at| !matches!(at.len(), 0 | 2))) {
            return Err("camera must be [x, y], or [] to follow the ship".into());
        }
        scenario.moments.sort_by(|one, other| one.time.total_cmp(&other.time));
        Ok(scenario)
    }
}

impl Moment {
    /// The dials after this moment.
    #[must_use]
    pub fn dials(&self, before: Dials) -> Dials {
        Dials {
            delay_ms: self.delay_ms.unwrap_or(before.delay_ms),
            jitter_ms: self.jitter_ms.unwrap_or(before.jitter_ms),
            stall_ms: self.stall_ms.unwrap_or(before.stall_ms),
            cap_kbps: self.cap_kbps.unwrap_or(before.cap_kbps),
            is_cut: before.is_cut,
        }
    }

    /// The switches after this moment.
    #[must_use]
    pub fn switches(&self, before: Switches) -> Switches {
        Switches {
            prediction: self.prediction.unwrap_or(before.prediction),
            smoothing: self.smoothing.unwrap_or(before.smoothing),
            interpolation: self.interpolation.unwrap_or(before.interpolation),
            compensation: self.compensation.unwrap_or(before.compensation),
            ghosts: self.ghosts.unwrap_or(before.ghosts),
        }
    }

    /// The cap on frames after this moment.
    #[must_use]
    pub fn frame_cap(&self, before: FrameCap) -> FrameCap {
        self.frames.map_or(before, FrameCap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_is_read_and_sorted_by_time() {
        let text = "seconds = 10\nseed = 3\n[[at]]\ntime = 5\ndelay_ms = 200\nprediction = false\n\
                    [[at]]\ntime = 1.5\nhold = [\"thrust\", \"left\"]\nscreenshot = \"a.png\"\n";
        let scenario = Scenario::parse(text).unwrap();
        assert_eq!((scenario.seconds, scenario.seed, scenario.pilot), (10.0, 3, false));
        assert_eq!(scenario.moments[0].hold, Some(vec![Hold::Thrust, Hold::Left]));
        let later = &scenario.moments[1];
        let dials = later.dials(Dials { jitter_ms: 9, ..Dials::default() });
        assert_eq!((dials.delay_ms, dials.jitter_ms), (200, 9), "what is not named stays");
        let switches = later.switches(Switches::default());
        assert_eq!(switches, Switches { prediction: false, ..Switches::default() });
    }

    #[test]
    fn mistakes_are_named() {
        let wrong = |text| Scenario::parse(text).unwrap_err();
        assert!(wrong("seconds = 1\n[[at]]\ntime = 0\ndelay = 3\n").contains("delay"), "an unknown key");
        assert!(wrong("seconds = 1\n[[at]]\ntime = 2\n").contains("time is 2"));
        assert!(wrong("seconds = -1\n").contains("seconds is -1"));
        assert!(wrong("seconds = 1\n[[at]]\nhold = [\"jump\"]\n").contains("jump"));
        assert!(wrong("seconds = 1\n[[at]]\ncamera = [1.0]\n").contains("camera"));
        assert!(wrong("").contains("seconds"));
    }
}
