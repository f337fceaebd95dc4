//! [`Terms`]: what a session is played by, the same at both ends; and [`Ground`], the terms with what follows
//! from them.

use core::fmt::{self, Debug, Formatter};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Game;
use crate::limits::{INPUT_EVERY_MAX, INPUT_SILENCE_TICKS_MAX, INPUT_SILENCE_TIMES, PATIENCE_MILLIS_MAX};
use crate::state::ViewReach;

/// Terms of a session: the server sends them in its welcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terms<R> {
    /// Ticks a second, 1 to 240.
    pub tick_hz: u32,
    /// Ticks from one update to the next at least, 1 to 16. TCP learns of a lost packet by those that follow it, so
    /// with more than 1 a loss is mended later, by one to two times as many ticks: leave it at 1 where links lose
    /// packets.
    pub send_every: u32,
    /// A client that wants the same as before says so only every so many ticks at least, 1 to [`INPUT_EVERY_MAX`];
    /// what it wants anew it says at once. More than 1 saves messages on the client's line, and tells the
    /// server less often of what the client holds; a loss on the way up is mended later, as with `send_every`.
    pub input_every: u32,
    /// Milliseconds for which news at the edge of interest may wait for an update, 0 to [`PATIENCE_MILLIS_MAX`]. Nearer
    /// news waits for less, and what is near for nothing. It is the longest silence as well: a client hears something
    /// within that time, and says something within twice of it. With 0, or no more than `send_every` ticks, an update
    /// goes out each time that one may, and the client says something every `input_every` ticks.
    pub patience_millis: u32,
    /// A client sees entities that come within this distance, in the units of [`Game::place`].
    pub interest_radius: f32,
    /// The game's own rules.
    pub rules: R,
}

impl<R> Terms<R> {
    /// Terms for `G` with the given rules and everything else as the game would have it.
    pub fn of<G: Game<Rules = R>>(rules: R) -> Self {
        Self {
            tick_hz: G::TICK_HZ,
            send_every: 1,
            input_every: 1,
            patience_millis: G::PATIENCE_MILLIS,
            interest_radius: G::INTEREST_RADIUS,
            rules,
        }
    }

    /// The same where no news waits: an update and an input in every tick.
    #[must_use]
    pub fn strict(self) -> Self {
        Self { patience_millis: 0, ..self }
    }

    /// Ticks for which news at the edge of interest may wait; 0 where nothing waits, and an update goes out each time
    /// that one may.
    #[must_use]
    pub const fn patience(&self) -> u32 {
        let ticks = (self.patience_millis as u64 * self.tick_hz as u64 / 1000) as u32;
        if ticks > self.send_every { ticks } else { 0 }
    }

    /// Ticks from one update to the next at most, while the server keeps up.
    #[must_use]
    pub fn longest_silence(&self) -> u32 {
        self.patience().max(self.send_every)
    }

    /// Ticks after which a client says what it wants even if that is what it wanted before.
    #[must_use]
    pub fn input_silence(&self) -> u32 {
        (self.patience() * INPUT_SILENCE_TIMES).min(INPUT_SILENCE_TICKS_MAX).max(self.input_every)
    }

    /// The distance within which an entity that is seen stays seen: a tenth more than the radius in which it comes into
    /// view, so that nothing flickers at the edge.
    #[must_use]
    pub fn keep_radius(&self) -> f32 {
        self.interest_radius * 1.1
    }

    pub(crate) fn reach(&self) -> ViewReach {
        ViewReach { interest: self.interest_radius, keep: self.keep_radius() }
    }

    /// Whether every number is in its range.
    #[must_use]
    pub fn are_playable(&self) -> bool {
        (1..=240).contains(&self.tick_hz)
            && (1..=16).contains(&self.send_every)
            && (1..=INPUT_EVERY_MAX).contains(&self.input_every)
            && self.patience_millis <= PATIENCE_MILLIS_MAX
            && self.interest_radius > 0.0
            && self.interest_radius < 1e9
    }
}

/// Ticks that follow from the terms, worked out once by whoever asks for them with each message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cadence {
    /// See [`Terms::patience`].
    pub(crate) patience: u32,
    /// See [`Terms::longest_silence`].
    pub(crate) longest_silence: u32,
    /// See [`Terms::input_silence`].
    pub(crate) input_silence: u32,
}

impl Cadence {
    pub(crate) fn of<R>(terms: &Terms<R>) -> Self {
        Self {
            patience: terms.patience(),
            longest_silence: terms.longest_silence(),
            input_silence: terms.input_silence(),
        }
    }
}

/// The empty level, where nothing follows from the terms that would be worth keeping.
impl<R> From<&Terms<R>> for () {
    fn from(_: &Terms<R>) {}
}

/// Ground of a session, the same at both ends all the time: the terms, and the level that was made of them.
///
#[doc = include_str!("../../LEVELS.md")]
pub struct Ground<G: Game> {
    /// The terms that the session is played by.
    pub terms: Terms<G::Rules>,
    /// The level that the game made of it.
    pub level: G::Level,
}

impl<G: Game> Ground<G> {
    /// Makes the level.
    #[must_use]
    pub fn new(terms: Terms<G::Rules>) -> Self {
        Self { level: G::Level::from(&terms), terms }
    }
}

/// The terms alone: the level follows from them.
impl<G: Game> Serialize for Ground<G> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.terms.serialize(serializer)
    }
}

impl<'de, G: Game> Deserialize<'de> for Ground<G> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Terms::deserialize(deserializer).map(Self::new)
    }
}

impl<G: Game<Level: Clone>> Clone for Ground<G> {
    fn clone(&self) -> Self {
        Self { terms: self.terms.clone(), level: self.level.clone() }
    }
}

impl<G: Game<Rules: Debug, Level: Debug>> Debug for Ground<G> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ground").field("terms", &self.terms).field("level", &self.level).finish()
    }
}
