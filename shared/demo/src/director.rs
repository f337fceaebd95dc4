//! Knowledge of the server beyond its pilots' sight: how many computers are wanted, and who has nobody to
//! fight.

use alloc::string::String;

use auspice::ClientId;
use glam::IVec2;

use crate::Pilot;
use crate::grid::{STEPS_PER_UNIT, to_units};
use crate::rules::NPCS_MAX;
use crate::spawn::computer_name;
use crate::world::{Key, PlayerSeat, World};

/// A player with another ship within this many units is not alone: it fills half a screen.
const COMPANY: i32 = 420;
/// Computers that come back in a second, after players have left.
const HIRED_PER_SECOND: u32 = 2;

impl World {
    /// Ships that computers fly.
    pub(crate) fn computers(&self) -> u32 {
        self.ships.iter().filter(|&&key| self.ship(key).is_some_and(|ship| ship.is_computer)).count() as u32
    }

    /// Number of computers that there should be: one less for each player that flies.
    pub(crate) fn computers_wanted(&self) -> u32 {
        let flying = self.players.values().filter(|player| player.ship.is_some()).count();
        self.ground.terms.rules.npcs.min(NPCS_MAX).saturating_sub(flying as u32)
    }

    pub(crate) fn hire_computer(&mut self) {
        let pilot = Pilot::new(self.rng.bits());
        let name = self.free_name();
        self.add_ship(name, PlayerSeat::Computer(pilot));
    }

    /// Once a second: computers come back where they are missed (those too many go when they are destroyed),
    /// and one of them sets out for each player who is alone.
    pub(crate) fn direct_computers(&mut self) {
        if !self.is_full_second() {
            return;
        }
        let missed = self.computers_wanted().saturating_sub(self.computers());
        for _ in 0..missed.min(HIRED_PER_SECOND) {
            self.hire_computer();
        }
        let players: alloc::vec::Vec<(ClientId, Key)> =
            self.players.iter().filter_map(|(client, player)| Some((client, player.ship?))).collect();
        for (_, key) in players {
            let Some(ship) = self.ship(key).filter(|ship| ship.is_alive()) else { continue };
            let here = ship.position;
            if !self.has_company(key, here) {
                self.send_nearest_to(here);
            }
        }
    }

    fn has_company(&self, own: Key, here: IVec2) -> bool {
        let reach = IVec2::splat(COMPANY * STEPS_PER_UNIT);
        let mut near = self.ships_near.within(here - reach, here + reach);
        near.any(|item| item.key != own && (item.position - here).abs().cmplt(reach).all())
    }

    /// The nearest living computer that has nobody to fight flies there.
    fn send_nearest_to(&mut self, here: IVec2) {
        let computers = self.ships.iter().filter_map(|&key| {
            let ship = self.ship(key).filter(|ship| ship.is_alive())?;
            let PlayerSeat::Computer(pilot) = &self.crews.get(key)?.seat else { return None };
            let distance = (ship.position - here).as_i64vec2().length_squared();
            pilot.is_idle().then_some((distance, key))
        });
        let Some((_, nearest)) = computers.min_by_key(|(distance, _)| *distance) else { return };
        if let Some(PlayerSeat::Computer(pilot)) = self.crews.get_mut(nearest).map(|crew| &mut crew.seat) {
            pilot.seek(to_units(here));
        }
    }

    /// The first of the computers' names that no ship bears.
    fn free_name(&self) -> String {
        let is_free = |name: &String| self.crews.values().all(|crew| crew.name != *name);
        (0..).map(computer_name).find(is_free).unwrap_or_default()
    }
}
