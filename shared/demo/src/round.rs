//! Stages of a tick that keep the game going: pickups, score and rounds.

use alloc::string::String;
use core::cmp::Reverse;
use core::fmt::Write;

use auspice::Terms;
use glam::IVec2;

use crate::Event;
use crate::entity::{Entity, HEALTH_MAX, Pickup, Prize, RAPID, Round, SHIELD, STEPS_PER_UNIT};
use crate::near::Item;
use crate::rules::{PICKUPS_MAX, Rules, ticks_in};
use crate::world::{Key, Seat, Told, World};

impl World {
    pub(crate) fn scatter_pickups(&mut self) {
        for _ in 0..self.terms.rules.pickups.min(PICKUPS_MAX) {
            self.add_pickup();
        }
    }

    /// A living ship that touches a pickup has it.
    pub(crate) fn take_pickups(&mut self) {
        let rules = self.terms.rules;
        let reach = (rules.ship_radius + rules.pickup_radius) as i32 * STEPS_PER_UNIT;
        let due = self.ticks.saturating_add(ticks_in(rules.pickup_ms, self.terms.tick_hz));
        for index in (0..self.pickups.len()).rev() {
            let key = self.pickups[index];
            let Some(&Entity::Pickup(pickup)) = self.entities.get(key) else { continue };
            let touches = |item: &&Item| (item.position - pickup.position).length_squared() <= reach * reach;
            let (low, high) = (pickup.position - IVec2::splat(reach), pickup.position + IVec2::splat(reach));
            let taker = self.ships_near.within(low, high).find(touches).map(|item| item.key);
            let Some(taker) = taker else { continue };
            self.entities.remove(key);
            self.pickups.swap_remove(index);
            self.pickups_due.push_back(due);
            self.give(taker, pickup.prize());
        }
    }

    fn give(&mut self, key: Key, prize: Prize) {
        let (rules, hz) = (self.terms.rules, self.terms.tick_hz);
        let (Some(Entity::Ship(ship)), Some(crew)) = (self.entities.get_mut(key), self.crews.get_mut(key)) else { return };
        if !ship.is_alive() {
            return;
        }
        match prize {
            Prize::Repair => {
                let most = rules.health.min(HEALTH_MAX);
                ship.health = (u32::from(ship.health) + rules.repair).min(most) as u8;
            }
            Prize::Shield => {
                ship.marks |= SHIELD;
                crew.shield_left = ticks_in(rules.power_ms, hz);
            }
            Prize::Rapid => {
                ship.marks |= RAPID;
                crew.rapid_left = ticks_in(rules.power_ms, hz);
            }
        }
        if let Seat::Player(client) = crew.seat {
            self.tell(Told::One(client, Event::Took { prize }));
        }
    }

    /// Pickups whose time has come appear somewhere.
    pub(crate) fn drop_pickups(&mut self) {
        while self.pickups_due.front().is_some_and(|&due| due <= self.ticks) {
            self.pickups_due.pop_front();
            self.add_pickup();
        }
    }

    fn add_pickup(&mut self) {
        let position = self.any_position(self.terms.rules.pickup_radius);
        let prize = self.rng.below(3) as u8;
        self.pickups.push(self.entities.insert(Entity::Pickup(Pickup { position, prize })));
    }

    /// The podium once a second, and the end of a round on time.
    pub(crate) fn keep_score(&mut self) {
        let is_over = matches!(self.entities.get(self.round), Some(Entity::Round(round)) if round.ticks_left == 0);
        if is_over {
            self.end_round();
        }
        if is_over || self.is_full_second() {
            self.write_podium();
        }
    }

    fn end_round(&mut self) {
        let first = first_round(&self.terms);
        let Some(Entity::Round(round)) = self.entities.get_mut(self.round) else { return };
        let number = round.number;
        *round = Round { number: number.saturating_add(1), ..first };
        let best = self.best_ships()[0].filter(|(score, _)| *score > 0);
        let name = |key| self.crews.get(key).map_or_else(String::new, |crew| crew.name.clone());
        let (score, winner) = best.map_or_else(Default::default, |(score, key)| (score, name(key)));
        self.tell(Told::All(Event::RoundOver { number, winner, score }));
        for entity in self.entities.values_mut() {
            if let Entity::Ship(ship) = entity {
                ship.score = 0;
            }
        }
    }

    fn write_podium(&mut self) {
        let best = self.best_ships();
        let Self { podium, crews, .. } = self;
        podium.clear();
        for (score, key) in best.into_iter().flatten().filter(|(score, _)| *score > 0) {
            let Some(crew) = crews.get(key) else { continue };
            let name = &crew.name[..crew.name.floor_char_boundary(PODIUM_NAME_BYTES_MAX)];
            let between = if podium.is_empty() { "" } else { "\n" };
            // Writing to a string cannot fail.
            let _ = write!(podium, "{between}{score} {name}");
        }
    }

    /// The three ships with the highest scores; those who came first where scores are equal.
    fn best_ships(&self) -> [Option<(u16, Key)>; PODIUM_LINES] {
        let mut best = [None; PODIUM_LINES];
        for &key in &self.ships {
            let Some(Entity::Ship(ship)) = self.entities.get(key) else { continue };
            let mut entry = Some((ship.score, key));
            for place in &mut best {
                let is_better = Reverse(entry.map(|(score, _)| score)) < Reverse(place.map(|(score, _)| score));
                if is_better {
                    core::mem::swap(&mut entry, place);
                }
            }
        }
        best
    }
}

pub(crate) fn first_round(terms: &Terms<Rules>) -> Round {
    Round { ticks_left: terms.rules.round_seconds.min(900).saturating_mul(terms.tick_hz), number: 1 }
}

const PODIUM_LINES: usize = 3;

/// With a score of five digits and a space a line is 20 bytes: three and their ends fit into a label's 64.
const PODIUM_NAME_BYTES_MAX: usize = 14;
