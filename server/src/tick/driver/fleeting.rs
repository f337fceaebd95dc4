//! [`Fleeting`]: what a room keeps in mind of its part in a fleet.

use std::time::Instant;

use auspice::ClientId;
use auspice::authority::Admitted;
use auspice::message::Credential;
use tokio::sync::oneshot;

use crate::fleet::{FoundRoom, Wanted};
use crate::net::Arrival;

/// A room's part in a fleet.
#[derive(Default)]
pub(super) struct Fleeting {
    /// Time stands still, since the room may not be written.
    pub(super) is_held: bool,
    /// The time since which players are told of the node that goes on with it.
    pub(super) ahead_since: Option<Instant>,
    /// The time at which its last tick was made: another node goes on with it.
    pub(super) cut_at: Option<Instant>,
    /// Connections that waited for the room to come from another node, until the first tick here.
    pub(super) waiting: Vec<Arrival>,
    /// Inputs that came since, until they can be forwarded.
    pub(super) late: Vec<Vec<u8>>,
    /// The time at which it was last of use, of a porch of a node that drains.
    pub(super) needed_at: Option<Instant>,
    /// The number of the addresses that players were told.
    pub(super) addressed: u64,
    pub(super) travels: Vec<Travel>,
    /// Applicants who were let in by another room, which has read their hellos.
    pub(super) judged: Vec<(ClientId, Admitted)>,
}

/// Somebody who wants to be in a room of another node, until the fleet answers.
pub(super) struct Travel {
    pub(super) client: ClientId,
    /// The room that was asked for.
    pub(super) wanted: Wanted,
    /// The player, where it was judged here.
    pub(super) who: Option<Admitted>,
    /// The credential by which it was let in there.
    pub(super) shown: Option<Credential>,
    /// Plays here, and does until then.
    pub(super) plays: bool,
    pub(super) answer: oneshot::Receiver<FoundRoom>,
}
