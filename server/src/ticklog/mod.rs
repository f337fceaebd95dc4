//! The tick log: whatever happens to a room, on disk before any client hears of it, so that the room goes on after the
//! end of its process. `server/LOG.md` has its bytes, and what is promised.
//!
//! # Reading order
//!
//! `frame` (a segment's bytes), `files` (their names), `owner` (who may write), `folder` (segments by number: which
//! there are, what they hold, which go), `progress` (what threads share), `writer` (of one room), `threads` (that
//! write and sync those of all), `found` (a log before it is written, and the logs of many rooms), `handle` (a room's
//! end), `followed` (a log that another node writes) and `follower` (who reads that), `look_back` (what is kept in
//! memory), `saves` (what the log needs of a game), `played` (a room that is made again of its record), `reel` (a log
//! that is played to and fro) and `twins` (those that are saved in place of large rooms).

mod files;
mod folder;
mod followed;
mod follower;
mod found;
mod frame;
mod handle;
mod look_back;
mod owner;
mod played;
mod progress;
mod reel;
mod saves;
mod threads;
mod twins;
mod writer;

use std::path::PathBuf;
use std::time::Duration;

pub(crate) use files::is_closed;
pub(crate) use folder::{LoggedRoom, Segments};
pub(crate) use followed::FollowedPart;
pub(crate) use follower::LogFollower;
pub(crate) use found::{FoundLog, RoomLogs, rooms_in};
pub(crate) use frame::{FrameKind, Head, HeadMaker, LogSegment, RoomAbout};
pub(crate) use handle::LogHandle;
pub(crate) use look_back::{LastSeconds, LookBack, LookBackBytes};
#[cfg_attr(
    not(any(test, feature = "nats")),
    expect(unused_imports, reason = "a node of a fleet makes claims of it")
)]
pub(crate) use owner::LogEpoch;
pub(crate) use owner::{ClaimError, LogClaim};
pub(crate) use played::PlayedRoom;
pub(crate) use progress::LogEntry;
pub(crate) use reel::Reel;
pub use saves::Saves;
pub(crate) use twins::{RoomTwin, TwinFault, Twins};

/// The log's place, and what is kept of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// The folder, which is made if it is not there.
    pub dir: PathBuf,
    /// Time after which what was written is on the disk itself, and outlasts a power cut.
    pub sync: Duration,
    /// Bytes of segments that are kept.
    pub keep_bytes: u64,
    /// Age of segments that are kept.
    pub keep: Duration,
}
