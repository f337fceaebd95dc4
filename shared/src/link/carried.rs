//! State that outlives a client's connection: commands that the server may not have, and how many events have come.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::error::Misuse;
use crate::id::ClientId;
use crate::limits::{COMMAND_BYTES_PER_MESSAGE_MAX, COMMANDS_KEPT_MAX, COMMANDS_PER_TICK_MAX};
use crate::tick::Tick;

/// State that a client's next connection takes over from the one before, if it comes back as the same player:
/// [`Follower::carry`](crate::session::Follower::carry).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    client: ClientId,
    /// The number of the first of these commands, among all of the player's.
    first: u32,
    commands: VecDeque<Vec<u8>>,
    /// The number of the event that comes next, among all of the player's.
    next_event: u32,
    /// Events that came, and nobody has read: by the tick of the update that brought them.
    pub(crate) unread: Vec<(Tick, Vec<u8>)>,
}

impl Carried {
    /// Adds what was given on a connection that ended before it had taken anything over.
    pub(crate) fn append(&mut self, unsent: Self) {
        if unsent.client == self.client {
            self.commands.extend(unsent.commands);
            self.unread.extend(unsent.unread);
        }
    }
}

/// Commands and events of a connection, each by its number among all of the player's.
#[derive(Debug, Default)]
pub(crate) struct Numbered {
    /// The number of the first of `sent`.
    first: u32,
    /// Commands that the server may not have, oldest first.
    sent: VecDeque<Vec<u8>>,
    waiting: VecDeque<Vec<u8>>,
    /// The number of the next event that comes...
    next_event: u32,
    /// ... and of the next that was not heard before.
    next_new_event: u32,
    /// Set once the first update is there: by then it has taken over what there was. Commands are not sent before.
    is_open: bool,
    /// Commands and events that nobody had any more when the player came back.
    pub(crate) lost: u32,
}

impl Numbered {
    /// The welcome tells how many commands the server took, and which event it begins with.
    pub(crate) fn begin(&mut self, commands: u32, event: u32) {
        (self.first, self.next_event, self.next_new_event) = (commands, event, event);
    }

    /// The first update is there.
    pub(crate) const fn open(&mut self) {
        self.is_open = true;
    }

    /// A command of the player, encoded.
    pub(crate) fn add(&mut self, command: Vec<u8>) -> Result<(), Misuse> {
        let bytes: usize = self.waiting.iter().map(Vec::len).sum();
        let has_room =
            self.waiting.len() < COMMANDS_PER_TICK_MAX && bytes + command.len() <= COMMAND_BYTES_PER_MESSAGE_MAX;
        if !has_room {
            return Err(Misuse::CommandNotTaken);
        }
        self.waiting.push_back(command);
        Ok(())
    }

    /// Whether commands are to be sent.
    pub(crate) fn has_due(&self) -> bool {
        self.is_open && !self.waiting.is_empty()
    }

    /// The commands of the next message: as many as it takes.
    pub(crate) fn due(&self) -> impl ExactSizeIterator<Item = &Vec<u8>> {
        let mut bytes = 0;
        let fits = |command: &&Vec<u8>| {
            bytes += command.len();
            bytes <= COMMAND_BYTES_PER_MESSAGE_MAX
        };
        let count = self.waiting.iter().take(COMMANDS_PER_TICK_MAX).take_while(fits).count();
        self.waiting.iter().take(count)
    }

    /// So many of them were sent, and are kept for the case that they do not arrive.
    pub(crate) fn note_sent(&mut self, count: usize) {
        self.sent.extend(self.waiting.drain(..count));
        let too_many = self.sent.len().saturating_sub(COMMANDS_KEPT_MAX);
        self.sent.drain(..too_many);
        self.first = self.first.wrapping_add(too_many as u32);
    }

    /// An event came: whether it was not heard before.
    pub(crate) fn hear_event(&mut self) -> bool {
        let is_new = distance(self.next_new_event, self.next_event) >= 0;
        self.next_event = self.next_event.wrapping_add(1);
        if is_new {
            self.next_new_event = self.next_event;
        }
        is_new
    }

    pub(crate) fn carry(&self, client: ClientId) -> Carried {
        let commands = self.sent.iter().chain(&self.waiting).cloned().collect();
        Carried { client, first: self.first, commands, next_event: self.next_new_event, unread: Vec::new() }
    }

    /// Takes over what the connection before of `client` has left. What nobody has read of its events.
    pub(crate) fn adopt(&mut self, client: ClientId, carried: Carried) -> Vec<(Tick, Vec<u8>)> {
        if carried.client != client || self.is_open {
            return Vec::new();
        }
        let taken = distance(carried.first, self.first);
        self.lost = taken.min(0).unsigned_abs();
        let missing = carried.commands.into_iter().skip(taken.max(0) as usize);
        let own = core::mem::take(&mut self.waiting);
        self.waiting = missing.chain(own).collect();
        let unheard = distance(carried.next_event, self.next_event);
        if unheard > 0 {
            self.lost += unheard as u32;
        } else {
            self.next_new_event = carried.next_event;
        }
        carried.unread
    }
}

/// The way from one number to another, which both are among the last or next two billion.
const fn distance(from: u32, to: u32) -> i32 {
    to.wrapping_sub(from) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> ClientId {
        slotmap::KeyData::from_ffi(1 << 32 | 7).into()
    }

    fn commands(numbers: core::ops::Range<u8>) -> Numbered {
        let mut counted = Numbered::default();
        counted.open();
        for number in numbers {
            counted.add(alloc::vec![number]).unwrap();
            counted.note_sent(1);
        }
        counted
    }

    /// What waits after a return to a server that took so many.
    fn after(before: &Numbered, taken: u32) -> (Vec<u8>, u32) {
        let mut counted = Numbered::default();
        counted.begin(taken, 0);
        counted.adopt(client(), before.carry(client()));
        counted.open();
        let mut waiting = Vec::new();
        while counted.has_due() {
            let due: Vec<u8> = counted.due().map(|command| command[0]).collect();
            assert!((1..=COMMANDS_PER_TICK_MAX).contains(&due.len()));
            counted.note_sent(due.len());
            waiting.extend(due);
        }
        (waiting, counted.lost)
    }

    #[test]
    fn what_the_server_did_not_take_waits_again_in_order() {
        let before = commands(0..50);
        assert_eq!(after(&before, 50), (Vec::new(), 0));
        assert_eq!(after(&before, 47), (alloc::vec![47, 48, 49], 0));
        assert_eq!(after(&before, 0), ((0..50).collect(), 0));
        assert_eq!(after(&commands(0..0), 9), (Vec::new(), 0), "another program gave those");
    }

    #[test]
    fn so_many_are_kept_and_those_beyond_are_counted() {
        let before = commands(0..COMMANDS_KEPT_MAX as u8 + 5);
        assert_eq!(after(&before, 2), ((5..COMMANDS_KEPT_MAX as u8 + 5).collect(), 3));
    }

    #[test]
    fn another_player_takes_over_nothing() {
        let mut counted = Numbered::default();
        counted.adopt(slotmap::KeyData::from_ffi(1 << 32 | 8).into(), commands(0..3).carry(client()));
        assert!(counted.waiting.is_empty());
    }

    #[test]
    fn events_that_come_again_are_not_new_and_missing_ones_are_counted() {
        let mut before = Numbered::default();
        before.begin(0, u32::MAX - 1);
        assert!((0..5).all(|_| before.hear_event()), "numbers begin anew at their end");
        let mut counted = Numbered::default();
        counted.begin(0, 1);
        counted.adopt(client(), before.carry(client()));
        let new: Vec<bool> = (0..4).map(|_| counted.hear_event()).collect();
        assert_eq!((new, counted.lost), (alloc::vec![false, false, true, true], 0));
        let mut late = Numbered::default();
        late.begin(0, 10);
        late.adopt(client(), before.carry(client()));
        assert!(late.hear_event() && late.lost == 7);
    }
}
