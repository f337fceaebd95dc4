//! Players: how they come and go, what they say, and where they look from while they have no ship.

use alloc::string::String;
use alloc::vec::Vec;

use auspice::message::is_plain;
use auspice::{Audience, ClientId, EntityId, Place, Viewpoint};
use glam::IVec2;
use serde::{Deserialize, Serialize};

use crate::grid::{STEPS_PER_UNIT, to_units};
use crate::rules::ticks_in;
use crate::world::{Key, PlayerSeat, World};
use crate::{CHAT_CHARS_MAX, Command, Event, NAME_CHARS_MAX};

/// Sayings (and changes of name) that a player may make at once.
const SAYINGS_AT_ONCE: u32 = 3;
/// Time from one saying to the next, on average.
const SAYING_MS: u32 = 2000;
/// Time from one change between playing and watching to the next.
const SEAT_MS: u32 = 1000;

/// Target of a spectator's eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Watch {
    /// The ship in this slot, wherever it flies: see [`Standing::ship`](crate::Standing::ship).
    Ship(u32),
    /// A point, in units.
    At {
        /// On the first axis.
        x: u16,
        /// On the second.
        y: u16,
    },
}

/// Why a command was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// Too soon after the last one.
    TooFast,
    /// No text to read, or characters that nobody sees.
    NotText,
    /// More than [`CHAT_CHARS_MAX`] or [`NAME_CHARS_MAX`] characters.
    TooLong,
    /// No ship flies in that slot.
    NoSuchShip,
    /// Too much talk by all together.
    Busy,
    /// The name is not the player's to change: its ticket says it.
    NameHeld,
}

/// A client in the game. Times are in ticks, and run down to 0.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Player {
    name: String,
    /// Whether it keeps its name.
    is_name_held: bool,
    /// None while it watches.
    pub(crate) ship: Option<Key>,
    /// The ship that it watches.
    watched: Option<Key>,
    /// Place that a player without a ship looks from, in steps.
    eye: IVec2,
    /// Ticks until it may change between playing and watching.
    seat_left: u32,
    /// Ticks until all its sayings are there again: each takes [`SAYING_MS`] more.
    sayings_left: u32,
    /// Ticks until it is told of the next refusal: a flood is not answered with a flood.
    refusal_left: u32,
}

impl Player {
    pub(crate) fn count_time(&mut self) {
        for left in [&mut self.seat_left, &mut self.sayings_left, &mut self.refusal_left] {
            *left = left.saturating_sub(1);
        }
    }
}

impl World {
    /// A ship for `client`, somewhere safe.
    pub fn join(&mut self, client: ClientId, name: &str) {
        let name = shortened(name, NAME_CHARS_MAX);
        self.broadcast(Event::Joined { name: name.clone() });
        let ship = self.add_ship(name.clone(), PlayerSeat::Player(client));
        let player = Player {
            name,
            is_name_held: false,
            ship: Some(ship),
            watched: None,
            eye: IVec2::ZERO,
            seat_left: 0,
            sayings_left: 0,
            refusal_left: 0,
        };
        self.players.insert(client, player);
    }

    /// The name of `client` is not its to change.
    pub fn hold_name(&mut self, client: ClientId) {
        if let Some(player) = self.players.get_mut(client) {
            player.is_name_held = true;
        }
    }

    /// The ship of `client` goes with it.
    pub fn leave(&mut self, client: ClientId) {
        let Some(player) = self.players.remove(client) else { return };
        if let Some(ship) = player.ship {
            self.remove_ship(ship);
        }
        self.broadcast(Event::Left { name: player.name });
    }

    /// Every client, and where it looks from.
    pub fn players(&self) -> impl Iterator<Item = (ClientId, Viewpoint)> {
        self.players.iter().map(|(client, player)| {
            let viewpoint = match player.ship {
                Some(ship) => Viewpoint::of(EntityId::from_key(ship)),
                None => Viewpoint::at(Place::from(to_units(player.eye))),
            };
            (client, viewpoint)
        })
    }

    pub(crate) fn obey_commands(&mut self, commands: &mut Vec<(ClientId, Command)>) {
        for (client, command) in commands.drain(..) {
            let done = match command {
                Command::Say(text) => self.say(client, &text),
                Command::Rename(name) => self.rename(client, &name),
                Command::Spectate(watch) => self.spectate(client, watch),
                Command::Play => self.play(client),
            };
            let Err(refusal) = done else { continue };
            let Some(player) = self.players.get_mut(client).filter(|player| player.refusal_left == 0) else { continue };
            player.refusal_left = self.ground.terms.tick_hz;
            self.events.send(Audience::One(client), Event::Refused(refusal));
        }
    }

    fn say(&mut self, client: ClientId, text: &str) -> Result<(), Refusal> {
        let text = checked(text, CHAT_CHARS_MAX)?;
        self.take_saying(client)?;
        let Some(player) = self.players.get(client) else { return Ok(()) };
        let name = player.name.clone();
        if self.broadcast(Event::Said { name, text }) { Ok(()) } else { Err(Refusal::Busy) }
    }

    fn rename(&mut self, client: ClientId, name: &str) -> Result<(), Refusal> {
        let name = checked(name, NAME_CHARS_MAX)?;
        if self.players.get(client).is_some_and(|player| player.is_name_held) {
            return Err(Refusal::NameHeld);
        }
        self.take_saying(client)?;
        let Some(player) = self.players.get_mut(client) else { return Ok(()) };
        player.name.clone_from(&name);
        if let Some(crew) = player.ship.and_then(|ship| self.crews.get_mut(ship)) {
            crew.name = name;
        }
        Ok(())
    }

    /// Takes one of a player's sayings: some may come at once, and then one every [`SAYING_MS`].
    fn take_saying(&mut self, client: ClientId) -> Result<(), Refusal> {
        let each = ticks_in(SAYING_MS, self.ground.terms.tick_hz);
        let Some(player) = self.players.get_mut(client) else { return Ok(()) };
        if player.sayings_left > each * (SAYINGS_AT_ONCE - 1) {
            return Err(Refusal::TooFast);
        }
        player.sayings_left += each;
        Ok(())
    }

    fn spectate(&mut self, client: ClientId, watch: Watch) -> Result<(), Refusal> {
        let watched = match watch {
            Watch::Ship(slot) => Some(self.ship_in_slot(slot).ok_or(Refusal::NoSuchShip)?),
            Watch::At { .. } => None,
        };
        let own = self.players.get(client).and_then(|player| player.ship);
        let here = own.and_then(|ship| Some((ship, self.ship(ship)?.position)));
        let (seconds, size) = (ticks_in(SEAT_MS, self.ground.terms.tick_hz), self.ground.terms.rules.size as i32);
        let Some(player) = self.players.get_mut(client) else { return Ok(()) };
        if let Some((ship, position)) = here {
            if player.seat_left > 0 {
                return Err(Refusal::TooFast);
            }
            (player.seat_left, player.ship, player.eye) = (seconds, None, position);
            self.remove_ship(ship);
        }
        let Some(player) = self.players.get_mut(client) else { return Ok(()) };
        if let Watch::At { x, y } = watch {
            player.eye = IVec2::new(i32::from(x), i32::from(y)).min(IVec2::splat(size)) * STEPS_PER_UNIT;
        }
        if player.watched != watched || here.is_some() {
            player.watched = watched;
            self.events.send(Audience::One(client), Event::Watching { ship: watched.map(EntityId::from_key) });
        }
        Ok(())
    }

    fn play(&mut self, client: ClientId) -> Result<(), Refusal> {
        let wait = ticks_in(SEAT_MS, self.ground.terms.tick_hz);
        let Some(player) = self.players.get_mut(client).filter(|player| player.ship.is_none()) else { return Ok(()) };
        if player.seat_left > 0 {
            return Err(Refusal::TooFast);
        }
        (player.seat_left, player.watched) = (wait, None);
        let name = player.name.clone();
        let ship = self.add_ship(name, PlayerSeat::Player(client));
        if let Some(player) = self.players.get_mut(client) {
            player.ship = Some(ship);
        }
        Ok(())
    }

    /// The eyes of those who watch a ship go with it; where it is gone, they stay.
    pub(crate) fn move_eyes(&mut self) {
        let Self { players, entities, .. } = self;
        for player in players.values_mut().filter(|player| player.ship.is_none()) {
            let Some(watched) = player.watched else { continue };
            match entities.get(watched).and_then(|entity| entity.position()) {
                Some(position) => player.eye = position,
                None => player.watched = None,
            }
        }
    }

    fn ship_in_slot(&self, slot: u32) -> Option<Key> {
        self.ships.iter().copied().find(|&key| EntityId::from_key(key).slot == slot)
    }
}

/// `text` if it can be shown as it is: something to read, nothing that cannot be seen, not too long.
fn checked(text: &str, chars_max: usize) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || !is_plain(text) {
        return Err(Refusal::NotText);
    }
    if text.chars().count() > chars_max { Err(Refusal::TooLong) } else { Ok(text.into()) }
}

/// `text` without what does not belong on a line, cut to at most `chars`.
fn shortened(text: &str, chars: usize) -> String {
    text.trim().chars().filter(|character| !character.is_control()).take(chars).collect()
}
