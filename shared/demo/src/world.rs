//! The world, and the stages of its tick.

use alloc::string::String;
use alloc::vec::Vec;

use auspice::{Audience, ClientId, EntityId, Events, Fate, Ground, Rng, Slots};
use serde::{Deserialize, Serialize};
use slotmap::SecondaryMap;

use crate::entity::Entity;
use crate::grid::STEPS_PER_UNIT;
use crate::laser::Hindsight;
use crate::missile::Guide;
use crate::motion::{advance, asteroid_radius};
use crate::near::{Item, Near};
use crate::player::Player;
use crate::round::{ScoreLine, first_round};
use crate::rules::NPCS_MAX;
use crate::{BROADCASTS_PER_SECOND, Command, Demo, Event, Input, Pilot, Weapon};

slotmap::new_key_type! {
    /// An entity of the world.
    pub struct Key;
}

/// The world: what is published of it, and what only the server knows.
#[derive(Debug, Serialize, Deserialize)]
pub struct World {
    pub(crate) ground: Ground<Demo>,
    pub(crate) rng: Rng,
    /// All entities, exactly as published.
    pub(crate) entities: Slots<Key, Entity>,
    /// The hidden part of each ship.
    pub(crate) crews: SecondaryMap<Key, Crew>,
    /// Every ship, wrecks too, in the order in which they came.
    pub(crate) ships: Vec<Key>,
    /// Every shot, and the ship that fired it, which may be gone.
    pub(crate) shots: Vec<(Key, Key)>,
    pub(crate) missiles: Vec<Guide>,
    pub(crate) pickups: Vec<Key>,
    pub(crate) players: SecondaryMap<ClientId, Player>,
    pub(crate) round: Key,
    /// The scoreboard.
    pub(crate) lines: Vec<ScoreLine>,
    pub(crate) events: Events<Event>,
    pub(crate) broadcasts_left: u32,
    /// Ticks made: the engine's tick.
    pub(crate) ticks: u32,
    /// Weapons fired in this tick, and by whom.
    #[serde(skip)]
    pub(crate) fired: Vec<(Key, Weapon)>,
    /// Things that can be hit, in their places after this tick's motion: ships, asteroids, missiles.
    #[serde(skip)]
    pub(crate) ships_near: Near,
    #[serde(skip)]
    pub(crate) asteroids_near: Near,
    #[serde(skip)]
    pub(crate) missiles_near: Near,
    /// Asteroids near one ship. Keeps its memory.
    #[serde(skip)]
    pub(crate) near_by: Vec<Key>,
}

/// Knowledge of a ship that only the server has.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Crew {
    pub(crate) name: String,
    pub(crate) seat: PlayerSeat,
    /// Number of times that it was destroyed in this round.
    pub(crate) deaths: u16,
}

/// A ship's pilot: a player or a computer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum PlayerSeat {
    Player(ClientId),
    Computer(Pilot),
}

impl World {
    /// A world with asteroids, pickups and computer-driven ships, and no players. Depends on its arguments
    /// alone. The rules should have passed [`Rules::check`](crate::Rules::check).
    #[must_use]
    pub fn new(ground: &Ground<Demo>, seed: u64) -> Self {
        let mut entities = Slots::new();
        let round = entities.insert(Entity::Round(first_round(&ground.terms)));
        let mut world = Self {
            ground: ground.clone(),
            rng: Rng::new(seed),
            entities,
            crews: SecondaryMap::new(),
            ships: Vec::new(),
            shots: Vec::new(),
            missiles: Vec::new(),
            pickups: Vec::new(),
            players: SecondaryMap::new(),
            round,
            lines: Vec::new(),
            events: Events::new(),
            broadcasts_left: BROADCASTS_PER_SECOND,
            ticks: 0,
            fired: Vec::new(),
            ships_near: Near::default(),
            asteroids_near: Near::default(),
            missiles_near: Near::default(),
            near_by: Vec::new(),
        };
        world.scatter_asteroids();
        world.place_pickups();
        for _ in 0..ground.terms.rules.npcs.min(NPCS_MAX) {
            world.hire_computer();
        }
        world
    }

    /// Moves the world on by a tick, stage by stage. `hindsight` says what the players' clients showed them:
    /// lasers are judged by it.
    pub fn step(
        &mut self,
        inputs: &[(ClientId, Input)],
        commands: &mut Vec<(ClientId, Command)>,
        hindsight: &impl Hindsight,
    ) {
        self.count_time();
        self.obey_commands(commands);
        self.return_ships();
        self.take_inputs(inputs);
        self.fly_computers();
        self.guide_missiles();
        self.move_everything();
        self.find_neighbours();
        self.fire();
        self.hit();
        self.judge_lasers(hindsight);
        self.collide();
        self.take_pickups();
        self.keep_round();
        self.keep_standings();
        self.direct_computers();
        self.move_eyes();
    }

    /// Every entity with its label.
    pub fn entities(&self) -> impl Iterator<Item = (EntityId, &Entity, &[u8])> {
        self.entities.iter().map(|(key, entity)| {
            let label = match entity {
                Entity::Ship(_) => self.crews.get(key).map_or(&[][..], |crew| crew.name.as_bytes()),
                Entity::Standing(_) => self.line_name(key),
                _ => &[],
            };
            (EntityId::from_key(key), entity, label)
        })
    }

    /// Takes out the events since the last time: those of players who came and went, and of ticks.
    pub fn drain_events(&mut self) -> impl Iterator<Item = (Audience, Event)> {
        self.events.drain()
    }

    /// Tells everyone, unless that has been done too often in this second: whether it was.
    pub(crate) fn broadcast(&mut self, event: Event) -> bool {
        let may = self.broadcasts_left > 0;
        if may {
            self.broadcasts_left -= 1;
            self.events.send_in_time(Audience::All, event);
        }
        may
    }

    pub(crate) fn ship(&self, key: Key) -> Option<&crate::Ship> {
        self.entities.get(key).and_then(Entity::as_ship)
    }

    pub(crate) fn ship_mut(&mut self, key: Key) -> Option<&mut crate::Ship> {
        self.entities.get_mut(key).and_then(Entity::as_ship_mut)
    }

    fn count_time(&mut self) {
        self.ticks = self.ticks.wrapping_add(1);
        if self.is_full_second() {
            self.broadcasts_left = BROADCASTS_PER_SECOND;
        }
        self.players.values_mut().for_each(Player::count_time);
    }

    pub(crate) const fn is_full_second(&self) -> bool {
        self.ticks.is_multiple_of(self.ground.terms.tick_hz)
    }

    fn take_inputs(&mut self, inputs: &[(ClientId, Input)]) {
        for (client, input) in inputs {
            let ship = self.players.get(*client).and_then(|player| player.ship);
            if let Some(ship) = ship.and_then(|key| self.ship_mut(key)) {
                ship.obey(input);
            }
        }
    }

    /// Computers fly by what players fly by: they see what is published, and answer with an input.
    fn fly_computers(&mut self) {
        for index in 0..self.ships.len() {
            let key = self.ships[index];
            let Some(&Entity::Ship(mut ship)) = self.entities.get(key) else { continue };
            let Some(Crew { seat: PlayerSeat::Computer(pilot), .. }) = self.crews.get_mut(key) else { continue };
            let seen = self.entities.iter().map(|(key, entity)| (EntityId::from_key(key), *entity));
            ship.obey(&pilot.fly(&self.ground, EntityId::from_key(key), &ship, seen));
            self.entities[key] = Entity::Ship(ship);
        }
    }

    /// Moves all entities as foreseen. Ships' triggers are part of that.
    fn move_everything(&mut self) {
        let Self { ground, entities, shots, missiles, fired, .. } = self;
        fired.clear();
        entities.retain(|key, entity| {
            let weapon = entity.as_ship().and_then(|ship| ship.weapon_due(&ground.terms.rules));
            fired.extend(weapon.map(|weapon| (key, weapon)));
            advance(&ground.level, entity) == Fate::Continues
        });
        shots.retain(|(shot, _)| entities.contains_key(*shot));
        missiles.retain(|guide| entities.contains_key(guide.missile));
    }

    fn find_neighbours(&mut self) {
        let Self { ground, entities, ships_near, asteroids_near, missiles_near, .. } = self;
        let rules = &ground.terms.rules;
        let item = |key, position, units: u32| Some(Item { key, position, radius: units as i32 * STEPS_PER_UNIT });
        ships_near.fill(
            rules.size,
            entities.iter().filter_map(|(key, entity)| {
                let ship = entity.as_ship().filter(|ship| ship.is_alive())?;
                item(key, ship.position, rules.ship_radius)
            }),
        );
        asteroids_near.fill(
            rules.size,
            entities.iter().filter_map(|(key, entity)| match entity {
                Entity::Asteroid(asteroid) => item(key, asteroid.position, asteroid_radius(rules, asteroid.size)),
                _ => None,
            }),
        );
        missiles_near.fill(
            rules.size,
            entities.iter().filter_map(|(key, entity)| match entity {
                Entity::Missile(missile) => item(key, missile.position, crate::missile::RADIUS),
                _ => None,
            }),
        );
    }
}
