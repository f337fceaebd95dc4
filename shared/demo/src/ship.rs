//! A ship: what everyone sees of it, and what of its fate follows from that alone: when a weapon fires, how
//! long a power lasts.

use auspice::Replicate;
use glam::IVec2;
use serde::{Deserialize, Serialize};

use crate::grid::{
    ENERGY_MAX, ENERGY_STEP, ENERGY_STEPS_PER_UNIT, HEALTH_MAX, POSITION_STEP, SPEED_MAX, TICKS_MAX, UNITS_MAX,
    VELOCITY_STEP,
};
use crate::input::Input;
use crate::rules::{Rules, ticks_in};

/// A ship. Its label is its name; with health 0 it is a wreck that glides on until its return.
///
/// Everything that its own weapons do to it follows from `controls`: energy, reload and the end of a power
/// are foreseen by all, and a player's client knows at once whether a shot leaves.
#[derive(Replicate, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[replicate(
    label,
    rewinds,
    // Who comes into a crowd must know whom to run from before it knows each rock.
    priority = 4,
    // Measured by `train-codes`, as the others.
    news = "controls:1 health:2 other:3 controls+health:4 \
            position+velocity+heading+controls+health+power_index+ticks_left:5 score:5"
)]
pub struct Ship {
    /// Centre, in steps of 1/32 unit.
    #[field(vec2(min = 0.0, max = UNITS_MAX, step = POSITION_STEP), position, news_bits = 8)]
    pub position: IVec2,
    /// In steps of 1/16 unit a second.
    #[field(vec2(min = -1023.0, max = SPEED_MAX, step = VELOCITY_STEP), news_bits = 10)]
    pub velocity: IVec2,
    /// Direction of the ship's nose, in steps of 1/4096 turn.
    #[field(angle(bits = 12), news_bits = 10)]
    pub heading: u16,
    /// Turn, thrust and trigger in one, so that a change of any is a single short piece of news. See
    /// [`turn`](Self::turn).
    #[field(choice(count = 24), control)]
    pub controls: u8,
    /// 0 is a wreck.
    #[field(scalar(min = 0.0, max = HEALTH_MAX, step = 1.0), news_bits = 1)]
    pub health: u8,
    /// In steps of 1/16 unit. Weapons take it, time gives it back.
    #[field(scalar(min = 0.0, max = ENERGY_MAX, step = ENERGY_STEP), news_bits = 9)]
    pub energy: u16,
    /// Ticks until a weapon can fire. One count for all weapons; at 0 or 1 the next tick fires.
    #[field(counter(max = TICKS_MAX as i32), news_bits = 2)]
    pub reload: u16,
    /// Index of a [`Power`], of which a ship has one at a time. See [`power`](Self::power).
    #[field(choice(count = 4))]
    pub power_index: u8,
    /// Ticks until its power ends; of a wreck, until its return.
    #[field(counter(max = TICKS_MAX as i32), news_bits = 3)]
    pub ticks_left: u16,
    /// Whether a computer flies it.
    #[field(flags(bits = 1))]
    pub is_computer: bool,
    /// Ships destroyed in this round.
    #[field(counter(max = 65_535), news_bits = 2)]
    pub score: u16,
}

/// A weapon of a ship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Weapon {
    /// Bolts that fly straight.
    Gun,
    /// A ray that is there at once.
    Laser,
    /// Slow, and follows its target.
    Missile,
}

impl Weapon {
    const ALL: [Self; 3] = [Self::Gun, Self::Laser, Self::Missile];

    /// Energy that a shot takes, in steps of 1/16 unit.
    #[must_use]
    pub fn energy(self, rules: &Rules) -> u16 {
        let units = match self {
            Self::Gun => rules.shot_energy,
            Self::Laser => rules.laser_energy,
            Self::Missile => rules.missile_energy,
        };
        (units.min(ENERGY_MAX) * ENERGY_STEPS_PER_UNIT) as u16
    }

    /// Ticks from a shot to the next of a ship with `power`. At least 2, so that a shot is always seen in the count.
    pub(crate) fn reload(self, hz: i64, rules: &Rules, power: Power) -> u16 {
        let milliseconds = match (self, power) {
            (Self::Gun, Power::Rapid) => rules.rapid_reload_ms,
            (Self::Gun, _) => rules.reload_ms,
            (Self::Laser, _) => rules.laser_reload_ms,
            (Self::Missile, _) => rules.missile_reload_ms,
        };
        ticks_in(milliseconds, hz as u32).clamp(2, TICKS_MAX) as u16
    }
}

/// A power that a ship has for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// No power.
    None,
    /// Shield: no harm is done to it. A new ship has it for a moment.
    Shield,
    /// Its gun reloads fast and takes half the energy.
    Rapid,
    /// Its energy comes back at twice the rate.
    Charge,
}

impl Ship {
    /// Whether it is no wreck.
    #[must_use]
    pub const fn is_alive(&self) -> bool {
        self.health > 0
    }

    /// 1 to the left (counter-clockwise), -1 to the right.
    #[must_use]
    pub const fn turn(&self) -> i32 {
        self.controls as i32 % 3 - 1
    }

    /// Whether its engine burns.
    #[must_use]
    pub const fn is_thrusting(&self) -> bool {
        self.controls / 3 % 2 == 1
    }

    /// The weapon whose trigger is held.
    #[must_use]
    pub fn trigger(&self) -> Option<Weapon> {
        Weapon::ALL.get(usize::from(self.controls / 6).checked_sub(1)?).copied()
    }

    /// The power that it has for a while; see [`ticks_left`](Self::ticks_left).
    #[must_use]
    pub const fn power(&self) -> Power {
        match self.power_index {
            0 => Power::None,
            1 => Power::Shield,
            2 => Power::Rapid,
            _ => Power::Charge,
        }
    }

    /// Whether nothing harms it.
    #[must_use]
    pub fn is_shielded(&self) -> bool {
        self.power() == Power::Shield
    }

    /// Takes `input` into its controls; a wreck's are idle. Of several triggers the costliest weapon's counts.
    pub fn obey(&mut self, input: &Input) {
        let turn = (input.turn.clamp(-1, 1) + 1) as u8;
        let trigger = match input {
            Input { missile: true, .. } => 3,
            Input { laser: true, .. } => 2,
            Input { fire: true, .. } => 1,
            _ => 0,
        };
        self.controls = if self.is_alive() { turn + 3 * u8::from(input.thrust) + 6 * trigger } else { IDLE };
    }

    /// The weapon that fires in the next tick, with the controls as they are.
    #[must_use]
    pub fn weapon_due(&self, rules: &Rules) -> Option<Weapon> {
        let weapon = self.trigger()?;
        (self.is_alive() && self.reload <= 1 && self.energy >= self.cost(rules, weapon)).then_some(weapon)
    }

    /// The weapon that fired in the tick from `before` to this: what a picture shows of a shot whose event or
    /// entity is still under way.
    #[must_use]
    pub fn fired_since(&self, before: &Self) -> Option<Weapon> {
        if self.reload > before.reload { self.trigger() } else { None }
    }

    /// The weapon that fired in the tick that ended with this: its reload has not run down by any.
    pub(crate) fn just_fired(&self, tick_hz: u32, rules: &Rules) -> Option<Weapon> {
        let fired = |weapon: &Weapon| self.reload == weapon.reload(i64::from(tick_hz), rules, self.power());
        self.trigger().filter(|weapon| self.is_alive() && fired(weapon))
    }

    /// Runs weapons, energy and power down by a tick; `hz` is from 1.
    pub(crate) fn run_down(&mut self, hz: i64, rules: &Rules) {
        let due = self.weapon_due(rules);
        self.reload = self.reload.saturating_sub(1);
        if let Some(weapon) = due {
            self.energy -= self.cost(rules, weapon);
            self.reload = weapon.reload(hz, rules, self.power());
        }
        let rate = i64::from(rules.recharge)
            * i64::from(ENERGY_STEPS_PER_UNIT)
            * if self.power() == Power::Charge { 2 } else { 1 };
        let full = i64::from(rules.energy.min(ENERGY_MAX) * ENERGY_STEPS_PER_UNIT);
        self.energy = (i64::from(self.energy) + (rate + hz / 2) / hz).min(full) as u16;
        self.ticks_left = self.ticks_left.saturating_sub(1);
        if self.ticks_left == 0 {
            self.power_index = Power::None as u8;
        }
    }

    /// Health that is left after so much harm.
    pub(crate) fn health_after(&self, harm: u32) -> u8 {
        u32::from(self.health).saturating_sub(harm) as u8
    }

    /// Gives it a power for a time, instead of the one that it has.
    pub(crate) fn empower(&mut self, power: Power, milliseconds: u32, hz: u32) {
        self.power_index = power as u8;
        self.ticks_left = ticks_in(milliseconds, hz).min(TICKS_MAX) as u16;
    }

    fn cost(&self, rules: &Rules, weapon: Weapon) -> u16 {
        let energy = weapon.energy(rules);
        if weapon == Weapon::Gun && self.power() == Power::Rapid { energy / 2 } else { energy }
    }
}

/// A pickup's prize.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prize {
    /// Health.
    Repair,
    /// Shield: no harm is done to the ship for a while.
    Shield,
    /// The gun reloads fast for a while.
    Rapid,
    /// Full energy, and twice the recharge for a while.
    Charge,
}

impl Prize {
    /// The power that it gives; none for a repair, which is for good.
    #[must_use]
    pub const fn power(self) -> Power {
        match self {
            Self::Repair => Power::None,
            Self::Shield => Power::Shield,
            Self::Rapid => Power::Rapid,
            Self::Charge => Power::Charge,
        }
    }
}

/// Controls of a ship that nobody flies.
pub(crate) const IDLE: u8 = 1;
