//! [`ChatSwitch`]: whether players talk beside the game.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Whether players may say lines to each other, and lists of them are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChatSwitch {
    /// They may.
    On,
    /// Nobody is told of anybody.
    Off,
}
