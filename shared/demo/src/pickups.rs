//! Pickups: places that everyone can learn, at which prizes appear in a rhythm.

use auspice::Audience;
use glam::IVec2;

use crate::Event;
use crate::entity::{Entity, Pickup};
use crate::grid::{DUE_MAX, ENERGY_MAX, ENERGY_STEPS_PER_UNIT, HEALTH_MAX, STEPS_PER_UNIT};
use crate::near::Item;
use crate::rules::{PICKUPS_MAX, ticks_in};
use crate::ship::{Power, Prize};
use crate::walls::{pickup_place, pickups_max};
use crate::world::{Key, World};

/// Kinds of [`Prize`].
const PRIZES: u8 = 4;

impl World {
    pub(crate) fn place_pickups(&mut self) {
        let rules = self.ground.terms.rules;
        let count = rules.pickups.min(PICKUPS_MAX).min(pickups_max(&rules));
        for index in 0..count {
            let position = pickup_place(&rules, index, count);
            // Neighbours differ, also those of the next row.
            let prize_index = ((index + index / 5) % u32::from(PRIZES)) as u8;
            self.pickups.push(self.entities.insert(Entity::Pickup(Pickup { position, prize_index, due: 0 })));
        }
    }

    /// A living ship that touches a prize has it; the next one comes some time later, and is another.
    pub(crate) fn take_pickups(&mut self) {
        let rules = self.ground.terms.rules;
        let reach = (rules.ship_radius + rules.pickup_radius) as i32 * STEPS_PER_UNIT;
        let due = ticks_in(rules.pickup_ms, self.ground.terms.tick_hz).min(DUE_MAX) as u16;
        for index in 0..self.pickups.len() {
            let key = self.pickups[index];
            let Some(Entity::Pickup(pickup)) = self.entities.get_mut(key) else { continue };
            if !pickup.is_there() {
                continue;
            }
            let touches = |item: &&Item| (item.position - pickup.position).length_squared() <= reach * reach;
            let (low, high) = (pickup.position - IVec2::splat(reach), pickup.position + IVec2::splat(reach));
            let Some(taker) = self.ships_near.within(low, high).find(touches).map(|item| item.key) else { continue };
            let prize = pickup.prize();
            (pickup.prize_index, pickup.due) = ((pickup.prize_index + 1) % PRIZES, due);
            self.give(taker, prize);
        }
    }

    fn give(&mut self, key: Key, prize: Prize) {
        let (rules, hz) = (self.ground.terms.rules, self.ground.terms.tick_hz);
        let Some(ship) = self.ship_mut(key).filter(|ship| ship.is_alive()) else { return };
        match prize {
            Prize::Repair => {
                let most = rules.health.min(HEALTH_MAX);
                ship.health = (u32::from(ship.health) + rules.repair).min(most) as u8;
            }
            Prize::Charge => ship.energy = (rules.energy.min(ENERGY_MAX) * ENERGY_STEPS_PER_UNIT) as u16,
            Prize::Shield | Prize::Rapid => {}
        }
        if prize.power() != Power::None {
            ship.empower(prize.power(), rules.power_ms, hz);
        }
        if let Some(client) = self.client_of(key) {
            self.events.send(Audience::One(client), Event::Took { prize });
        }
    }
}
