//! The tick log: whatever happens to a room, on disk before any client hears of it, so that the room goes on after the
//! end of its process. `server/LOG.md` has its bytes, and what is promised.
//!
//! # Reading order
//!
//! `frame` (a segment's bytes), `folder` (segments by number: which there are, what they hold, which go), `progress`
//! (what threads share), `writer` (those that write and sync), `handle` (the tick thread's end), `saves` (what the log
//! needs of a game).

mod folder;
mod frame;
mod handle;
mod progress;
mod saves;
mod writer;

use std::path::PathBuf;
use std::time::Duration;

pub(crate) use folder::{LoggedRoom, Segments, lock_folder};
pub(crate) use frame::{FrameKind, Head, LogSegment};
pub(crate) use handle::LogHandle;
pub(crate) use progress::LogEntry;
pub use saves::Saves;

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
