//! Missiles: launched at the ship that the nose points at best, and turned after it a few times a second.
//!
//! Between two decisions a missile flies a circle or a straight line that both ends foresee; only a change of
//! turn is news.

use auspice::EntityId;
use glam::IVec2;
use serde::{Deserialize, Serialize};

use crate::Ship;
use crate::entity::Entity;
use crate::grid::STEPS_PER_UNIT;
use crate::heading::{TURN, heading_of, short_way};
use crate::world::{Key, World};

/// Distance to a ship's or an asteroid's edge at which a shot meets a missile, in units.
pub(crate) const RADIUS: u32 = 9;

/// Decisions a second: six changes of turn a second at the very most.
const DECISIONS_PER_SECOND: u32 = 6;
/// A target is looked for within this of the nose, to either side: an eighth of a turn.
const CONE_STEPS: i32 = TURN as i32 / 8;
/// And within this many units.
const SIGHT: i32 = 600;

/// Knowledge of a missile that only the server has.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Guide {
    pub(crate) missile: Key,
    pub(crate) shooter: Key,
    target: Option<Key>,
    /// Ticks until the next decision.
    decision_left: u32,
}

impl World {
    /// A missile that was just launched has a target from then on.
    pub(crate) fn guide(&mut self, missile: Key, shooter: Key, ship: &Ship) {
        let target = self.target_ahead(shooter, ship);
        let decision_left = self.ground.terms.tick_hz / DECISIONS_PER_SECOND;
        self.missiles.push(Guide { missile, shooter, target, decision_left });
    }

    /// The living ship in front of `ship` that its nose points at best, the near before the far.
    fn target_ahead(&self, shooter: Key, ship: &Ship) -> Option<Key> {
        let reach = IVec2::splat(SIGHT * STEPS_PER_UNIT);
        let near = self.ships_near.within(ship.position - reach, ship.position + reach);
        let ahead = near.filter(|item| item.key != shooter).filter_map(|item| {
            let apart = item.position - ship.position;
            let off = short_way(ship.heading, heading_of(apart.as_vec2())).abs();
            let distance = apart.as_i64vec2().length_squared().isqrt() / i64::from(STEPS_PER_UNIT);
            let in_sight = off <= CONE_STEPS && distance <= i64::from(SIGHT);
            // An eighth of a turn off is as bad as 512 units away.
            in_sight.then_some((distance + i64::from(off), item.key))
        });
        ahead.min_by_key(|(worth, _)| *worth).map(|(_, key)| key)
    }

    /// Decides how each missile turns. One whose target is gone, dead or shielded flies straight on.
    pub(crate) fn guide_missiles(&mut self) {
        let hz = self.ground.terms.tick_hz;
        let step = self.ground.level.missile_turn as i32;
        let Self { entities, missiles, .. } = self;
        for guide in missiles {
            guide.decision_left = guide.decision_left.saturating_sub(1);
            if guide.decision_left > 0 {
                continue;
            }
            guide.decision_left = (hz / DECISIONS_PER_SECOND).max(1);
            let target = guide.target.and_then(|key| entities.get(key)?.as_ship().copied());
            let target = target.filter(|ship| ship.is_alive() && !ship.is_shielded());
            let Some(Entity::Missile(missile)) = entities.get_mut(guide.missile) else { continue };
            missile.turn = match target {
                // Less off than is turned until the next decision is straight enough: no wavering, and less news.
                Some(ship) => {
                    let wanted = heading_of((ship.position - missile.position).as_vec2());
                    let off = short_way(missile.heading, wanted);
                    let enough = step * guide.decision_left as i32 / 2;
                    if off.abs() <= enough { 1 } else { (1 + off.signum()) as u8 }
                }
                None => 1,
            };
        }
    }

    /// The ship that a missile follows.
    #[must_use]
    pub fn target_of(&self, missile: EntityId) -> Option<EntityId> {
        let guide = self.missiles.iter().find(|guide| EntityId::from_key(guide.missile) == missile)?;
        guide.target.map(EntityId::from_key)
    }
}
