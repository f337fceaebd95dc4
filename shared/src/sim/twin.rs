//! [`Twin`]: a room that was loaded from what another saved, and is told whatever happens to that.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::authority::{Replay, ReplayError, Room, Saved};
use crate::error::LoadError;
use crate::game::Game;

/// Plays a part of a record on a room.
type Play<G> = fn(&mut Replay, &mut Room<G>, &[u8]) -> Result<(), ReplayError>;

/// A room beside another, which it must not differ from.
pub(super) struct Twin<G: Game> {
    room: Room<G>,
    replay: Replay,
    play: Play<G>,
    save: fn(&mut Room<G>) -> Vec<u8>,
    record: Vec<u8>,
}

impl<G: Saved> Twin<G> {
    /// The twin of a room, as that is now.
    pub(super) fn of(room: &mut Room<G>) -> Result<Self, LoadError> {
        let saved = room.save();
        let twin = Room::load(room.terms().clone(), &saved)?;
        room.record();
        Ok(Self { room: twin, replay: Replay::new(), play: Replay::play, save: Room::save, record: Vec::new() })
    }
}

impl<G: Game> Twin<G> {
    /// Tells it whatever happened to the other room since the last time. The first thing in which they differ.
    pub(super) fn follow(&mut self, room: &mut Room<G>) -> Option<String> {
        self.record.clear();
        room.take_record(&mut self.record);
        let played = (self.play)(&mut self.replay, &mut self.room, &self.record);
        let difference = room.first_difference(&self.room).map(|difference| difference.to_string());
        let said = difference.or_else(|| played.err().map(|error| error.to_string()));
        said.map(|what| format!("the room that was saved and loaded goes another way: {what}"))
    }

    /// Whether both are saved as the same bytes.
    pub(super) fn is_saved_alike(&mut self, room: &mut Room<G>) -> bool {
        let saved = (self.save)(room);
        // That the other was saved is told to this one first.
        self.follow(room).is_none() && (self.save)(&mut self.room) == saved
    }
}
