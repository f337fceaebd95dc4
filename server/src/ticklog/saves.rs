//! [`Saves`]: what the log needs of a game, which not every game has.

use std::fmt;

use auspice::authority::{Replay, ReplayError, Room, Saved};
use auspice::error::LoadError;
use auspice::{Game, Terms};

type SaveRoom<G> = fn(&mut Room<G>, &mut Vec<u8>);
type SettleRoom<G> = fn(&mut Room<G>);
type LoadRoom<G> = fn(Terms<<G as Game>::Rules>, &[u8]) -> Result<Room<G>, LoadError>;
type PlayRecord<G> = fn(&mut Replay, &mut Room<G>, &[u8]) -> Result<(), ReplayError>;

/// Proof that a game can be saved, as the functions that do it.
pub struct Saves<G: Game> {
    pub(crate) save: SaveRoom<G>,
    pub(crate) settle: SettleRoom<G>,
    pub(crate) load: LoadRoom<G>,
    pub(crate) load_as_it_was: fn(&[u8]) -> Result<Room<G>, LoadError>,
    pub(crate) play: PlayRecord<G>,
}

impl<G: Saved> Saves<G> {
    /// Those of a game that can be.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            save: Room::save_into,
            settle: Room::settle,
            load: Room::load,
            load_as_it_was: Room::load_as_it_was,
            play: Replay::play,
        }
    }
}

impl<G: Saved> Default for Saves<G> {
    fn default() -> Self {
        Self::new()
    }
}

impl<G: Game> Clone for Saves<G> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<G: Game> Copy for Saves<G> {}

impl<G: Game> fmt::Debug for Saves<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Saves").finish_non_exhaustive()
    }
}
