//! [`PictureReach`]: how far from the newest state a picture goes, in ticks of the room's rate.

use crate::limits::{
    PREDICT_MILLIS_MAX, PREDICT_TICKS_MAX, PREDICT_TICKS_MIN, STATED_MILLIS_MAX, STATED_ROWS_MAX,
    VIEW_BEHIND_MILLIS_MAX,
};
use crate::tick::ticks_in;

/// Greatest distances from the newest state.
#[derive(Clone, Copy, Debug)]
pub(super) struct PictureReach {
    /// Ticks that are predicted.
    pub(super) ahead: u32,
    /// Ticks by which others are shown in the past.
    pub(super) behind: u32,
    /// Stated rows of an entity that wait for a picture.
    pub(super) stated: usize,
}

impl PictureReach {
    pub(super) fn new(tick_hz: u32) -> Self {
        Self {
            ahead: ticks_in(PREDICT_MILLIS_MAX, tick_hz).clamp(PREDICT_TICKS_MIN, PREDICT_TICKS_MAX),
            behind: ticks_in(VIEW_BEHIND_MILLIS_MAX, tick_hz).max(PREDICT_TICKS_MIN),
            stated: (ticks_in(STATED_MILLIS_MAX, tick_hz) as usize).min(STATED_ROWS_MAX),
        }
    }
}
