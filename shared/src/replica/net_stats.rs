//! Everything that an overlay shows of the netcode: [`NetStats`].

use super::picture::Corrections;
use crate::message::InputReport;
use crate::tick::{Micros, Tick};

/// How it stands between a client and its server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// No state yet.
    #[default]
    Joining,
    /// All is well.
    Playing,
    /// Nothing has come for this long. The picture goes on by foresight.
    Stalled {
        /// Since the last update.
        silent_for: Micros,
    },
    /// The program stood still (a hidden tab, a machine that slept) and is back: until the server has heard of it again.
    CatchingUp,
}

/// The netcode in figures. Counts are since the welcome.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NetStats {
    /// How it stands.
    pub condition: Condition,
    /// The least time, of the last seconds, from sending an input to hearing that the server has it: the way there and back, and what is
    /// left of waiting for the server's tick.
    pub ping: Micros,
    /// By how much updates come sooner or later than evenly, as a mean (RFC 3550, section 6.4.1).
    pub jitter: Micros,
    /// The newest state held.
    pub tick: Tick,
    /// The player's present, in ticks.
    pub present: f64,
    /// Since the newest state came.
    pub snapshot_age: Micros,
    /// By how many ticks inputs are early at the server, as a mean.
    pub lead: f64,
    /// By how many ticks the latest input of the last second was early; below 0 it was late.
    pub slack: i32,
    /// Inputs sent.
    pub inputs_sent: u64,
    /// Updates that said that the server had no input for their tick.
    pub inputs_starved: u64,
    /// Ticks for which none was ever given: after a pause only the newest is.
    pub inputs_skipped: u64,
    /// What the server counted of them, as of its last report ([`Replica::ask_report`](super::Replica::ask_report)).
    pub server: Option<InputReport>,
    /// Ticks of the own entity that were shown before the server's word came.
    pub ticks_predicted: u64,
    /// How many of them were wrong.
    pub ticks_mispredicted: u64,
    /// Of the own entity.
    pub own_corrections: Corrections,
    /// Of all others.
    pub other_corrections: Corrections,
    /// By how many ticks what is shown in the past is behind the present.
    pub interpolation_ticks: u32,
    /// The length of a tick.
    pub tick_period: Micros,
}
