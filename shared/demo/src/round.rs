//! Rounds: their length, the results, the intermission; and the scoreboard, which is the best dozen.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;

use auspice::{Audience, EntityId, Terms};
use serde::{Deserialize, Serialize};

use crate::entity::{Entity, Round, Standing};
use crate::rules::Rules;
use crate::ship::Power;
use crate::world::{Key, World};
use crate::{Event, Ship};

/// Lines of the scoreboard. Everyone sees all of them, so each kill on it is told to every client.
pub const LINES_MAX: usize = 12;

/// Lines of the scoreboard that go to the best, whoever flies them; on the other lines players go before
/// computers.
const PODIUM: usize = 3;

/// Ranks that the result of a round names.
pub const RANKS_MAX: usize = 10;

/// A ship's place in the result of a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rank {
    /// Its name.
    pub name: String,
    /// Ships that it destroyed.
    pub score: u16,
    /// Number of times that it was destroyed.
    pub deaths: u16,
    /// Whether a computer flies it.
    pub is_computer: bool,
}

/// A line of the scoreboard: its entity, and the ship that it is about.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct ScoreLine {
    entity: Key,
    ship: Key,
}

impl World {
    /// The end of a round, and of an intermission, on time.
    pub(crate) fn keep_round(&mut self) {
        match self.entities.get(self.round) {
            Some(&Entity::Round(round)) if round.ticks_left == 0 => {
                if round.is_over {
                    self.begin_round(round);
                } else {
                    self.end_round(round);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn is_round_over(&self) -> bool {
        matches!(self.entities.get(self.round), Some(Entity::Round(Round { is_over: true, .. })))
    }

    /// The results, to all; and to each player its own place.
    fn end_round(&mut self, round: Round) {
        let ticks_left = self.ground.terms.rules.intermission_seconds * self.ground.terms.tick_hz;
        self.entities[self.round] = Entity::Round(Round { ticks_left, is_over: true, ..round });
        let ranked = self.ranked();
        let rank = |&key: &Key| {
            let (ship, crew) = (self.ship(key)?, self.crews.get(key)?);
            let &Ship { score, is_computer, .. } = ship;
            Some(Rank { name: crew.name.clone(), score, deaths: crew.deaths, is_computer })
        };
        let ranking = ranked.iter().take(RANKS_MAX).filter_map(rank).collect();
        let of = ranked.len() as u32;
        let placed: Vec<(Audience, Event)> = ranked
            .iter()
            .zip(1..)
            .filter_map(|(key, place)| {
                let Rank { score, deaths, .. } = rank(key)?;
                Some((Audience::One(self.client_of(*key)?), Event::Placed { place, of, score, deaths }))
            })
            .collect();
        self.events.send(Audience::All, Event::RoundOver { number: round.number, ranking });
        placed.into_iter().for_each(|(audience, event)| self.events.send(audience, event));
    }

    /// Starts all ships afresh where they are: whole, without powers, at 0. Wrecks return at once.
    fn begin_round(&mut self, round: Round) {
        let next = Round { number: round.number.saturating_add(1), ..first_round(&self.ground.terms) };
        self.entities[self.round] = Entity::Round(next);
        self.events.send(Audience::All, Event::RoundBegins { number: next.number });
        let health = self.ground.terms.rules.health as u8;
        for index in 0..self.ships.len() {
            let key = self.ships[index];
            if let Some(ship) = self.ship_mut(key) {
                ship.score = 0;
                if ship.is_alive() {
                    (ship.health, ship.power_index, ship.ticks_left) = (health, Power::None as u8, 0);
                } else {
                    ship.ticks_left = 0;
                }
            }
        }
        self.crews.values_mut().for_each(|crew| crew.deaths = 0);
    }

    /// Every ship, the best first: most destroyed, then fewest deaths, then whoever came first.
    fn ranked(&self) -> Vec<Key> {
        let mut ranked = self.ships.clone();
        ranked.sort_by_key(|&key| {
            let score = self.ship(key).map_or(0, |ship| ship.score);
            (Reverse(score), self.crews.get(key).map_or(0, |crew| crew.deaths))
        });
        ranked
    }

    /// Scores on the scoreboard are those of this tick; who is on it is looked at once a second.
    pub(crate) fn keep_standings(&mut self) {
        if self.is_full_second() {
            self.choose_lines();
        }
        for index in 0..self.lines.len() {
            let line = self.lines[index];
            let (Some(ship), Some(crew)) = (self.ship(line.ship), self.crews.get(line.ship)) else { continue };
            let &Ship { score, is_computer, .. } = ship;
            let ship = EntityId::from_key(line.ship).slot as u16;
            self.entities[line.entity] = Entity::Standing(Standing { ship, score, deaths: crew.deaths, is_computer });
        }
    }

    fn choose_lines(&mut self) {
        let mut ranked = self.ranked();
        // Of equal scores those who are there already stay: a line that changes its ship is sent anew to everyone.
        ranked.sort_by_key(|&key| {
            let score = self.ship(key).map_or(0, |ship| ship.score);
            (Reverse(score), !self.lines.iter().any(|line| line.ship == key))
        });
        if let Some(rest) = ranked.get_mut(PODIUM..) {
            rest.sort_by_key(|key| self.ship(*key).is_some_and(|ship| ship.is_computer));
        }
        ranked.truncate(LINES_MAX);
        let Self { lines, entities, .. } = self;
        lines.retain(|line| {
            let stays = ranked.contains(&line.ship);
            if !stays {
                entities.remove(line.entity);
            }
            stays
        });
        for ship in ranked {
            if !lines.iter().any(|line| line.ship == ship) {
                // Filled in right after this.
                let blank = Standing { ship: 0, score: 0, deaths: 0, is_computer: false };
                lines.push(ScoreLine { entity: entities.insert(Entity::Standing(blank)), ship });
            }
        }
    }

    /// The label of a line: the name of its ship.
    pub(crate) fn line_name(&self, entity: Key) -> &[u8] {
        let line = self.lines.iter().find(|line| line.entity == entity);
        line.and_then(|line| self.crews.get(line.ship)).map_or(&[], |crew| crew.name.as_bytes())
    }
}

pub(crate) fn first_round(terms: &Terms<Rules>) -> Round {
    Round { ticks_left: terms.rules.round_seconds.min(900).saturating_mul(terms.tick_hz), number: 1, is_over: false }
}
