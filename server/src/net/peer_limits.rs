//! [`PeerLimits`]: what the other end of a connection may do.

use auspice::limits::CLIENT_MESSAGE_BYTES_MAX;

use super::bucket::Rate;
use crate::limits::{
    CONTROL_FRAMES_BURST, CONTROL_FRAMES_PER_SECOND, RAW_BYTES_BURST, RAW_BYTES_PER_SECOND, READ_BYTES_PER_TICK_MAX,
    UNSENT_BYTES_MAX,
};

/// Limits of a peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerLimits {
    /// A player sends whole binary messages. Anybody else may send whatever the RFC allows.
    pub(crate) is_player: bool,
    /// Bytes of a message.
    pub(crate) message_bytes_max: usize,
    /// Pings and pongs.
    pub(crate) control_frames: Rate,
    /// Bytes, whatever they mean.
    pub(crate) raw_bytes: Rate,
    /// Bytes read in one tick.
    pub(crate) read_bytes_per_tick: usize,
    /// Bytes that may wait to be sent to it.
    pub(crate) unsent_bytes_max: usize,
}

impl PeerLimits {
    /// Limits of a game's clients.
    pub(crate) const fn of_players() -> Self {
        Self {
            is_player: true,
            message_bytes_max: CLIENT_MESSAGE_BYTES_MAX,
            control_frames: Rate { burst: CONTROL_FRAMES_BURST, per_second: CONTROL_FRAMES_PER_SECOND },
            raw_bytes: Rate { burst: RAW_BYTES_BURST, per_second: RAW_BYTES_PER_SECOND },
            read_bytes_per_tick: READ_BYTES_PER_TICK_MAX,
            unsent_bytes_max: UNSENT_BYTES_MAX,
        }
    }

    /// Limits of whoever tests the protocol and not the game: nearly none.
    pub(crate) const fn of_anybody() -> Self {
        const MUCH: u32 = 1 << 30;
        const ALL: Rate = Rate { burst: MUCH, per_second: MUCH };
        Self {
            is_player: false,
            message_bytes_max: MUCH as usize,
            control_frames: ALL,
            raw_bytes: ALL,
            read_bytes_per_tick: MUCH as usize,
            unsent_bytes_max: MUCH as usize,
        }
    }
}
