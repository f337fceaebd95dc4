//! [`ChatSwitch`]: whether players talk beside the game.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Whether players may say lines to each other, and lists of them are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChatSwitch {
    /// Players say lines, and are listed.
    On,
    /// No client is let talk, a line closes its connection, and no player is listed.
    Off,
}
