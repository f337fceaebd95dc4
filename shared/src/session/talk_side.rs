//! [`TalkSide`]: lines of a session that wait, to be sent or to be read.

use alloc::collections::VecDeque;
use alloc::string::String;

use super::ConnectionId;
use crate::message::Talk;

/// A session's lines.
#[derive(Debug, Default)]
pub(super) struct TalkSide {
    /// The connection on which the server takes lines, and the code of the room that it leads to.
    pub(super) by: Option<(ConnectionId, String)>,
    /// Lines that are not sent yet.
    pub(super) waiting: VecDeque<String>,
    /// Lines that nobody has read.
    pub(super) heard: VecDeque<Talk>,
}
