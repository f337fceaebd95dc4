//! The world, and the stages of its tick.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use auspice::{ClientId, EntityId, Fate, Rng, Terms};
use slotmap::{SecondaryMap, SlotMap};

use crate::entity::{DRONE, Entity, STEPS_PER_UNIT};
use crate::motion::{advance, asteroid_radius};
use crate::near::{Item, Near};
use crate::round::first_round;
use crate::rules::{NPCS_MAX, Rules};
use crate::spawn::computer_name;
use crate::{BROADCASTS_PER_SECOND, CHAT_BYTES_MAX, Command, Event, Input, NAME_BYTES_MAX, Pilot};

slotmap::new_key_type! {
    /// An entity of the world.
    pub struct Key;
}

/// Everything there is: what is published of it, and what only the server knows.
#[derive(Debug)]
pub struct World {
    pub(crate) terms: Terms<Rules>,
    pub(crate) rng: Rng,
    /// All entities, exactly as published.
    pub(crate) entities: SlotMap<Key, Entity>,
    /// The hidden part of each ship.
    pub(crate) crews: SecondaryMap<Key, Crew>,
    /// Every ship, wrecks too, in the order in which they came.
    pub(crate) ships: Vec<Key>,
    /// Every shot, and the ship that fired it, which may be gone.
    pub(crate) shots: Vec<(Key, Key)>,
    pub(crate) pickups: Vec<Key>,
    /// The ticks at which missing pickups appear.
    pub(crate) pickups_due: VecDeque<u32>,
    /// The ship of each client.
    players: SecondaryMap<ClientId, Key>,
    pub(crate) round: Key,
    /// The round's label.
    pub(crate) podium: String,
    told: Vec<Told>,
    broadcasts_left: u32,
    pub(crate) ticks: u32,
    /// Ships that can be hit, and asteroids, where they are after this tick's motion.
    pub(crate) ships_near: Near,
    pub(crate) asteroids_near: Near,
}

/// What only the server knows of a ship. Times are in ticks, and run down to 0.
#[derive(Debug)]
pub(crate) struct Crew {
    pub(crate) name: String,
    pub(crate) seat: Seat,
    pub(crate) is_firing: bool,
    pub(crate) reload_left: u32,
    pub(crate) return_left: u32,
    pub(crate) shield_left: u32,
    pub(crate) rapid_left: u32,
    /// Until the next command is taken.
    pub(crate) command_left: u32,
}

/// Who flies a ship.
#[derive(Debug)]
pub(crate) enum Seat {
    Player(ClientId),
    Computer(Pilot),
}

/// An event, and who is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Every client.
    All(Event),
    /// Those who saw this entity.
    Near(EntityId, Event),
    /// One client.
    One(ClientId, Event),
}

impl World {
    /// A world with asteroids, pickups and computer-driven ships, and no players. Depends on its arguments alone. The rules
    /// should have passed [`Rules::check`].
    #[must_use]
    pub fn new(terms: &Terms<Rules>, seed: u64) -> Self {
        let mut entities = SlotMap::with_key();
        let round = entities.insert(Entity::Round(first_round(terms)));
        let mut world = Self {
            terms: terms.clone(),
            rng: Rng::new(seed),
            entities,
            crews: SecondaryMap::new(),
            ships: Vec::new(),
            shots: Vec::new(),
            pickups: Vec::new(),
            pickups_due: VecDeque::new(),
            players: SecondaryMap::new(),
            round,
            podium: String::new(),
            told: Vec::new(),
            broadcasts_left: BROADCASTS_PER_SECOND,
            ticks: 0,
            ships_near: Near::default(),
            asteroids_near: Near::default(),
        };
        world.scatter_asteroids();
        world.scatter_pickups();
        for index in 0..terms.rules.npcs.min(NPCS_MAX) {
            let pilot = Pilot::new(world.rng.bits());
            world.add_ship(computer_name(index), DRONE, Seat::Computer(pilot));
        }
        world
    }

    /// A ship for `client`, somewhere safe.
    pub fn join(&mut self, client: ClientId, name: &str) {
        let name = shortened(name, NAME_BYTES_MAX);
        self.broadcast(Event::Joined { name: name.clone() });
        let ship = self.add_ship(name, 0, Seat::Player(client));
        self.players.insert(client, ship);
    }

    /// The ship of `client` goes with it.
    pub fn leave(&mut self, client: ClientId) {
        let Some(ship) = self.players.remove(client) else { return };
        self.entities.remove(ship);
        self.ships.retain(|&other| other != ship);
        if let Some(crew) = self.crews.remove(ship) {
            self.broadcast(Event::Left { name: crew.name });
        }
    }

    /// One tick, stage by stage.
    pub fn step(&mut self, inputs: &[(ClientId, Input)], commands: &mut Vec<(ClientId, Command)>) {
        self.count_time();
        self.obey_commands(commands);
        self.return_ships();
        self.take_inputs(inputs);
        self.fly_computers();
        self.move_everything();
        self.fire();
        self.find_neighbours();
        self.hit();
        self.collide();
        self.take_pickups();
        self.drop_pickups();
        self.keep_score();
    }

    /// Every entity with its label.
    pub fn entities(&self) -> impl Iterator<Item = (EntityId, &Entity, &[u8])> {
        self.entities.iter().map(|(key, entity)| {
            let label = match entity {
                Entity::Ship(_) => self.crews.get(key).map_or(&[][..], |crew| crew.name.as_bytes()),
                Entity::Round(_) => self.podium.as_bytes(),
                _ => &[],
            };
            (EntityId::from_key(key), entity, label)
        })
    }

    /// Every client that has joined, and its ship.
    pub fn players(&self) -> impl Iterator<Item = (ClientId, EntityId)> {
        self.players.iter().map(|(client, &ship)| (client, EntityId::from_key(ship)))
    }

    /// Takes what is to be told since the last time.
    pub fn drain_told(&mut self) -> impl Iterator<Item = Told> {
        self.told.drain(..)
    }

    pub(crate) fn tell(&mut self, told: Told) {
        self.told.push(told);
    }

    /// Tells everyone, unless that has been done too often in this second.
    fn broadcast(&mut self, event: Event) {
        if self.broadcasts_left > 0 {
            self.broadcasts_left -= 1;
            self.told.push(Told::All(event));
        }
    }

    fn count_time(&mut self) {
        self.ticks = self.ticks.wrapping_add(1);
        if self.is_full_second() {
            self.broadcasts_left = BROADCASTS_PER_SECOND;
        }
        for crew in self.crews.values_mut() {
            for left in [&mut crew.reload_left, &mut crew.return_left, &mut crew.command_left] {
                *left = left.saturating_sub(1);
            }
        }
    }

    pub(crate) const fn is_full_second(&self) -> bool {
        self.ticks.is_multiple_of(self.terms.tick_hz)
    }

    fn obey_commands(&mut self, commands: &mut Vec<(ClientId, Command)>) {
        for (client, command) in commands.drain(..) {
            let Some(crew) = self.players.get(client).and_then(|&ship| self.crews.get_mut(ship)) else { continue };
            if crew.command_left > 0 {
                continue;
            }
            crew.command_left = self.terms.tick_hz;
            match command {
                Command::Rename(name) => crew.name = shortened(&name, NAME_BYTES_MAX),
                Command::Say(text) => {
                    let (name, text) = (crew.name.clone(), shortened(&text, CHAT_BYTES_MAX));
                    self.broadcast(Event::Said { name, text });
                }
            }
        }
    }

    fn take_inputs(&mut self, inputs: &[(ClientId, Input)]) {
        for (client, input) in inputs {
            if let Some(&ship) = self.players.get(*client) {
                self.take_input(ship, input);
            }
        }
    }

    fn fly_computers(&mut self) {
        for index in 0..self.ships.len() {
            let key = self.ships[index];
            let Some(Entity::Ship(ship)) = self.entities.get(key) else { continue };
            let Some(Crew { seat: Seat::Computer(pilot), .. }) = self.crews.get_mut(key) else { continue };
            let seen = self.entities.iter().map(|(key, entity)| (EntityId::from_key(key), *entity));
            let input = pilot.fly(&self.terms, EntityId::from_key(key), ship, seen);
            self.take_input(key, &input);
        }
    }

    /// The one way in which anything flies a ship.
    fn take_input(&mut self, ship: Key, input: &Input) {
        if let Some(crew) = self.crews.get_mut(ship) {
            crew.is_firing = input.fire;
        }
        if let Some(ship) = self.entities.get_mut(ship).and_then(Entity::as_ship_mut) {
            ship.obey(input);
        }
    }

    fn move_everything(&mut self) {
        let Self { terms, entities, shots, .. } = self;
        entities.retain(|_, entity| advance(terms.tick_hz, &terms.rules, entity) == Fate::Goes);
        shots.retain(|(shot, _)| entities.contains_key(*shot));
    }

    fn find_neighbours(&mut self) {
        let rules = &self.terms.rules;
        let radius = rules.ship_radius as i32 * STEPS_PER_UNIT;
        let ships = self.entities.iter().filter_map(|(key, entity)| {
            let ship = entity.as_ship().filter(|ship| ship.is_alive())?;
            Some(Item { key, position: ship.position, radius })
        });
        self.ships_near.fill(rules.size, ships);
        let asteroids = self.entities.iter().filter_map(|(key, entity)| {
            let Entity::Asteroid(asteroid) = entity else { return None };
            let radius = asteroid_radius(rules, asteroid.size) as i32 * STEPS_PER_UNIT;
            Some(Item { key, position: asteroid.position, radius })
        });
        self.asteroids_near.fill(rules.size, asteroids);
    }
}

/// `text` without what does not belong on a line, cut to at most `bytes` at a character's edge.
fn shortened(text: &str, bytes: usize) -> String {
    let mut short = String::new();
    for character in text.trim().chars().filter(|character| !character.is_control()) {
        if short.len() + character.len_utf8() > bytes {
            break;
        }
        short.push(character);
    }
    short
}
