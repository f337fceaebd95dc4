//! [`PlayedRoom`]: a room that is made again of what was recorded of it, as that comes.

use auspice::Game;
use auspice::authority::{Replay, ReplayError, Room};
use auspice::error::LoadError;

use super::saves::Saves;

/// A room that another one's calls are played on.
pub(crate) struct PlayedRoom<G: Game> {
    pub(crate) saves: Saves<G>,
    pub(crate) room: Room<G>,
    replay: Replay,
}

impl<G: Game> PlayedRoom<G> {
    /// This room, of which nothing has been played since it was saved.
    pub(crate) fn of(saves: Saves<G>, room: Room<G>) -> Self {
        Self { saves, room, replay: Replay::new() }
    }

    /// The room that was saved, by the terms that it was played by.
    ///
    /// # Errors
    /// [`LoadError`]
    pub(super) fn load(saves: Saves<G>, saved: &[u8]) -> Result<Self, LoadError> {
        Ok(Self::of(saves, (saves.load_as_it_was)(saved)?))
    }

    /// Plays what comes next.
    ///
    /// # Errors
    /// [`ReplayError`]: where a tick publishes something else than it did, too.
    pub(crate) fn play(&mut self, calls: &[u8]) -> Result<(), ReplayError> {
        (self.saves.play)(&mut self.replay, &mut self.room, calls)?;
        // Whoever watched the room then was told.
        while self.room.poll_notice().is_some() {}
        Ok(())
    }

    /// Begins anew: the next calls were recorded from here on.
    pub(crate) fn begin_anew(&mut self) {
        self.replay = Replay::new();
    }

    /// The room as bytes, in memory that there is.
    pub(super) fn save(&mut self, mut memory: Vec<u8>) -> Vec<u8> {
        (self.saves.save)(&mut self.room, &mut memory);
        memory
    }
}
