//! Bounds of what others can cause, and the times that the rules are made of.

/// Bytes of a room's code at most. As a key it is three times as long, and NATS takes subjects of 4 KiB.
pub const CODE_BYTES_MAX: usize = 64;

/// Bytes of a record in the store at most: a node knows [`NODES_MAX`] others, each in 19 bytes.
pub const RECORD_BYTES_MAX: usize = 16 * 1024;

/// Bytes of a letter between nodes at most, so that one of them is one datagram on any network.
pub const LETTER_BYTES_MAX: usize = 1200;

/// Bytes of a leaflet for all nodes at most. Each is carried to each node, so a large one costs a large fleet much.
pub const LEAFLET_BYTES_MAX: usize = 8 * 1024;

/// Nodes of a fleet at most. Each tells each other four times a second that it lives: a quarter of a million datagrams
/// a second in all at this size, and a thousand for each.
pub const NODES_MAX: usize = 256;

/// Rooms in a directory at most; beyond it a node knows its own alone, and asks the store for others one by one.
pub const ROOMS_MAX: usize = 1 << 20;

/// Words of players who are on their way here, at most. They are made by other nodes, for whom each stands for a player
/// who was let in there; the oldest goes first.
pub const WORDS_MAX: usize = 16 * 1024;

/// Bytes of what one node says to another of a player whom it sends there: an id and a name.
pub const WHO_BYTES_MAX: usize = 256;

/// Questions to the store that are under way at once, those about single rooms for players. Beyond it players are told
/// to ask again.
pub(crate) const LOOKS_MAX: usize = 256;

/// Players who are on their way to other nodes, of whom those were told and have not answered. Beyond it players are
/// told to ask again.
pub(crate) const SENDINGS_MAX: usize = 256;

/// Claims of rooms and hand-overs that are under way at once: each is a load of a room for this machine.
pub(crate) const CLAIMS_MAX: usize = 32;

/// Orphans that a program told of from logs and that wait, at most.
pub(crate) const ORPHANS_MAX: usize = 64 * 1024;

/// Requests for a new room that are under way at once.
pub(crate) const OPENINGS_MAX: usize = 256;

/// Rooms of others that are looked for at once, and nodes that are asked for each, those with most rooms: a player who
/// wants any room costs so many letters, and as many back.
pub(crate) const SEEKINGS_MAX: usize = 256;
pub(crate) const SEEK_NODES_MAX: usize = 16;

/// Seats that are looked for at once: each is asked of every node, which answers in a few milliseconds.
pub(crate) const SEAT_SEEKINGS_MAX: usize = 16;

/// Times of the rules, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Time for which a renewed lease holds. Longer: a dead node's rooms are away for longer. Shorter: a store that
    /// stutters stops rooms.
    pub lease: u64,
    /// Time by which an owner stops before its lease ends: for clocks of different speed, and for what happens between
    /// asking whether it may write and the write.
    pub margin: u64,
    /// Time between renewals.
    pub renew: u64,
    /// Time between two letters that say a node lives.
    pub beat: u64,
    /// Time after which an answer of the store is not waited for. What was asked may have happened all the same.
    pub patience: u64,
    /// Silence of the store after which a node calls itself blind.
    pub blind_after: u64,
    /// Time for which blind nodes go on together. A newcomer whom they do not know waits as long before it takes a room
    /// of theirs: so nobody needs to tell them of it.
    pub blind_for: u64,
    /// Age at which a request of another node is not done any more.
    pub fresh: u64,
    /// Time between two readings of everything, since a watch is no more than a hint.
    pub reread: u64,
    /// Time for which a player may be on its way with a word.
    pub word: u64,
    /// Time in which a hand-over gets no further before it is given up.
    pub hand_over: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            // Seven renewals. With it the rooms of a dead node are taken 3 to 4 s after its death.
            lease: 3_000_000,
            // A sixth: clocks differ by a thousandth at most, and a thread of a busy machine is late by less.
            margin: 500_000,
            renew: 400_000,
            // Blindness is known to all well before the lease ends: after 1.1 s, up to a renewal and a beat later.
            beat: 250_000,
            patience: 1_000_000,
            blind_after: 1_100_000,
            // Longer than any restart of a store that an operator watches.
            blind_for: 900_000_000,
            fresh: 2_000_000,
            reread: 30_000_000,
            word: 10_000_000,
            hand_over: 10_000_000,
        }
    }
}

impl Timing {
    /// Whether the times fit together.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.margin < self.lease / 2
            && self.renew * 3 < self.lease - self.margin
            && self.blind_after > self.renew * 2
            && self.blind_after + self.renew + self.beat * 2 < self.lease - self.margin
            && self.blind_for > self.lease * 2
    }
}

const _: () = assert!(NODES_MAX * 24 + 1024 < RECORD_BYTES_MAX);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_times_fit_together() {
        assert!(Timing::default().is_sound());
        let unsafe_lease = Timing { lease: Timing::default().blind_after, ..Timing::default() };
        assert!(!unsafe_lease.is_sound());
    }
}
