//! [`NetStats`]: every figure of the netcode that an overlay shows.

use super::picture::Corrections;
use crate::message::InputReport;
use crate::tick::{Micros, Tick};

/// The connection's condition, as the client sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// No state yet.
    #[default]
    Joining,
    /// All is well.
    Playing,
    /// No message for this long. The picture goes on by foresight.
    Stalled {
        /// Time since the last update.
        silent_for: Micros,
    },
    /// The program stood still (a hidden tab, a machine that slept) and is back: until the server has heard
    /// of it again.
    CatchingUp,
}

/// The netcode in figures. Counts are since the welcome.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NetStats {
    /// The connection's condition.
    pub condition: Condition,
    /// The least time, of the last seconds, from sending an input to hearing that the server has it: the way
    /// there and back, and what is left of waiting for the server's tick.
    pub ping: Micros,
    /// Mean time by which updates come sooner or later than evenly (RFC 3550, section 6.4.1).
    pub jitter: Micros,
    /// The newest state held.
    pub tick: Tick,
    /// The player's present, in ticks.
    pub present: f64,
    /// Time since the newest state came.
    pub snapshot_age: Micros,
    /// Mean number of ticks by which inputs are early at the server.
    pub lead: f64,
    /// Ticks by which the latest input of the last second was early; below 0 it was late.
    pub slack: i32,
    /// Inputs sent.
    pub inputs_sent: u64,
    /// Updates that said that the server had no input for their tick.
    pub inputs_starved: u64,
    /// Ticks for which none was ever given: after a pause only the newest is.
    pub inputs_skipped: u64,
    /// The server's counts of them, as of its last report
    /// ([`Replica::ask_report`](super::Replica::ask_report)).
    pub server: Option<InputReport>,
    /// Ticks of the own entity that were shown before the server's word came. Counted by pictures, as is all that
    /// follows: without [`Replica::frame`](super::Replica::frame) it stays 0.
    pub ticks_predicted: u64,
    /// Number of them for which any field was wrong, such as a score that the client cannot foresee.
    pub ticks_mispredicted: u64,
    /// Corrections of the own entity: it was elsewhere than shown. With an exact prediction there are none.
    pub own_corrections: Corrections,
    /// Corrections of all others.
    pub other_corrections: Corrections,
    /// Ticks by which the entities shown in the past are behind the present.
    pub interpolation_ticks: u32,
    /// The length of a tick.
    pub tick_period: Micros,
    /// Views that were compared with the hash that the server stated of them. Of each that differed a
    /// [`ReplicaEvent::Diverged`](super::ReplicaEvent::Diverged) tells.
    pub views_compared: u64,
}
