//! The motion of [`W1`](crate::w1::W1): its bodies, their dice, and a world of them, in whole numbers.
//!
//! # Where fixed point rounds
//!
//! The published grid **is** the state, so a replica that is told the draws holds it exactly. Against motion
//! in real numbers:
//! - position: 1/256 m (0.4 cm). A body moves by `v / hz` rounded to the nearest step, so one slower than
//!   0.06 m/s stands still;
//! - velocity: 1/800 m/s, the finest grid on which the terminal speed of just under 40 m/s takes 16 bits.
//!   Thrust and friction round once together, to the nearest step. Friction below 30 steps rounds to nothing,
//!   so at 30 Hz a coasting body keeps up to 0.04 m/s that it should lose;
//! - heading: 16 bits a turn. A tick of turning is 695 steps where 695.36 are meant: 1.999 rad/s, not 2;
//! - sine: a table of 2^14 a quarter, 15 bits fraction;
//! - places and headings at the start, and all chances, are taken from the same 32-bit draws in the same
//!   order as the workload says, compared and scaled in whole numbers without loss.

use std::sync::LazyLock;

use auspice::{Replicate, Terms};
use glam::IVec2;
use serde::{Deserialize, Serialize};

/// Steps of position in a metre.
pub const POSITION_STEPS_PER_METRE: i32 = 256;
/// Steps of velocity in a metre a second.
pub const VELOCITY_STEPS_PER_METRE: i32 = 800;
/// Fastest on each axis, in steps: thrust of 20 m/s² against friction of half the speed ends below 40 m/s.
const SPEED_MAX: i32 = 40 * VELOCITY_STEPS_PER_METRE;

/// Constants that both ends need to foresee a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Bodies in the world, 1 to 65,536.
    pub entities: u32,
    /// The side of the square, in steps of position.
    pub side: i32,
}

impl Rules {
    /// Rules for `entities` bodies, at a density of one in a thousand square metres.
    #[must_use]
    pub fn of(entities: u32) -> Self {
        Self::within(entities, 1000.0 * libm::sqrt(f64::from(entities) / 1000.0))
    }

    /// Rules for `entities` bodies on a square with a side of `metres`, at most 8191.
    #[must_use]
    pub fn within(entities: u32, metres: f64) -> Self {
        Self { entities, side: libm::round(metres * f64::from(POSITION_STEPS_PER_METRE)) as i32 }
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::of(1000)
    }
}

/// A body, as it is and as it is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Replicate, Serialize, Deserialize)]
// Measured by `train-codes`.
#[replicate(news = "control:1 health:2 health+control:3 other:3")]
pub struct Body {
    /// Place, counted from a corner of the square, in steps of 1/256 m.
    #[field(vec2(min = 0.0, max = 8191.0, step = 1.0 / 256.0), position)]
    pub position: IVec2,
    /// In steps of 1/800 m/s.
    #[field(vec2(min = -40.0, max = 40.0, step = 1.0 / 800.0))]
    pub velocity: IVec2,
    /// 65,536 to a turn.
    #[field(angle(bits = 16))]
    pub heading: u16,
    /// 1 to 100. Changes by up to ten, every other second or so.
    #[field(scalar(min = 1.0, max = 100.0, step = 1.0), news_bits = 3)]
    pub health: u8,
    /// Thrust in the lowest bit, turn + 1 above it: the workload's flags.
    #[field(choice(count = 6), control)]
    pub control: u8,
}

impl Body {
    /// -1, 0 or 1.
    fn turn(&self) -> i32 {
        i32::from(self.control >> 1) - 1
    }

    fn thrusts(&self) -> bool {
        self.control & 1 == 1
    }
}

/// Fraction bits of the factors of [`Rates`].
const FACTOR_BITS: u32 = 24;
/// Fraction bits that a velocity has between thrust and friction.
const FINE_BITS: u32 = 8;

/// The motion of one tick, at one tick rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    /// Heading steps a tick of turning.
    turn: i32,
    /// Fine velocity steps a tick of thrust.
    thrust: i64,
    /// Share of a velocity that friction leaves.
    friction: i64,
    /// Position steps a tick for each velocity step.
    travel: i64,
}

/// Worked out once, as a level: `advance` asks for each body.
impl<R> From<&Terms<R>> for Rates {
    fn from(terms: &Terms<R>) -> Self {
        Self::at(terms.tick_hz)
    }
}

impl Rates {
    /// Rates for `tick_hz` ticks a second, which is not 0.
    #[must_use]
    pub const fn at(tick_hz: u32) -> Self {
        let hz = tick_hz as f64;
        let one = (1_u64 << FACTOR_BITS) as f64;
        // A half added and the fraction cut off: all of these are positive.
        Self {
            turn: (2.0 / hz * 65_536.0 / core::f64::consts::TAU + 0.5) as i32,
            thrust: (20.0 / hz * VELOCITY_STEPS_PER_METRE as f64 * (1 << FINE_BITS) as f64 + 0.5) as i64,
            friction: ((1.0 - 0.5 / hz) * one + 0.5) as i64,
            travel: (POSITION_STEPS_PER_METRE as f64 / VELOCITY_STEPS_PER_METRE as f64 / hz * one + 0.5) as i64,
        }
    }

    /// Steps 2 to 5 of the workload: turn, thrust, friction, travel and walls, for the controls that `body` has.
    pub fn advance(&self, side: i32, body: &mut Body) {
        body.heading = body.heading.wrapping_add_signed((body.turn() * self.turn) as i16);
        let thrust = if body.thrusts() { self.thrust } else { 0 };
        let quarter = &**QUARTER;
        let (sine, cosine) = (sine(quarter, body.heading), sine(quarter, body.heading.wrapping_add(QUARTER_TURN)));
        body.velocity.x = self.slowed(body.velocity.x, thrust * i64::from(cosine));
        body.velocity.y = self.slowed(body.velocity.y, thrust * i64::from(sine));
        (body.position.x, body.velocity.x) = self.moved(side, body.position.x, body.velocity.x);
        (body.position.y, body.velocity.y) = self.moved(side, body.position.y, body.velocity.y);
    }

    /// Steps 3 to 5 for an axis of its own, along which a body is pushed by `push` (-1, 0 or 1) at full
    /// thrust: position and velocity.
    pub(crate) fn advance_axis(&self, side: i32, position: i32, velocity: i32, push: i32) -> (i32, i32) {
        let velocity = self.slowed(velocity, self.thrust * (i64::from(push) << SINE_BITS));
        self.moved(side, position, velocity)
    }

    /// `velocity` after `push` (fine steps by the sine's unit) and friction.
    fn slowed(&self, velocity: i32, push: i64) -> i32 {
        let fine = (i64::from(velocity) << FINE_BITS) + nearest(push, SINE_BITS);
        (nearest(fine * self.friction, FACTOR_BITS + FINE_BITS) as i32).clamp(-SPEED_MAX, SPEED_MAX)
    }

    fn moved(&self, side: i32, position: i32, velocity: i32) -> (i32, i32) {
        let moved = position + nearest(i64::from(velocity) * self.travel, FACTOR_BITS) as i32;
        let inside = moved.clamp(0, side);
        (inside, if inside == moved { velocity } else { -velocity })
    }
}

/// `value / 2^bits`, to the nearest whole number.
const fn nearest(value: i64, bits: u32) -> i64 {
    (value + (1 << (bits - 1))) >> bits
}

const QUARTER_TURN: u16 = 1 << 14;
/// Fraction bits of a sine.
const SINE_BITS: u32 = 15;

/// Sines of a quarter turn, both ends included.
static QUARTER: LazyLock<Box<Sines>> = LazyLock::new(|| {
    let angle = |step: usize| step as f64 / f64::from(QUARTER_TURN) * core::f64::consts::FRAC_PI_2;
    Box::new(core::array::from_fn(|step| libm::round(libm::sin(angle(step)) * f64::from(1_u32 << SINE_BITS)) as u16))
});

type Sines = [u16; QUARTER_TURN as usize + 1];

fn sine(quarter: &Sines, heading: u16) -> i32 {
    let within = heading % QUARTER_TURN;
    let rising =
        i32::from(quarter[usize::from(if heading & QUARTER_TURN == 0 { within } else { QUARTER_TURN - within })]);
    if heading < 2 * QUARTER_TURN { rising } else { -rising }
}

/// The workload's dice: mulberry32.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Dice(u32);

impl Dice {
    /// The dice of the entity with this seed.
    pub(crate) const fn new(seed: u32) -> Self {
        Self(seed)
    }

    /// Step 1 of the workload: new controls, once a second. Its chances of 1/30 and 1/60 a tick are once a
    /// second and once in two, so that another tick rate makes no other world.
    pub(crate) fn controls(&mut self, tick_hz: u32) -> Option<u8> {
        self.one_in(tick_hz).then(|| pick_controls(self))
    }

    /// Step 6: what becomes of `health`.
    pub(crate) fn health(&mut self, tick_hz: u32, health: u8) -> u8 {
        if !self.one_in(2 * tick_hz) {
            return health;
        }
        let change = self.below(21) as i32 - 10;
        (i32::from(health) + change).clamp(1, 100) as u8
    }

    /// A draw in `0..2^32`; the workload's `u()` is this by 2^-32.
    const fn roll(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x6d2b_79f5);
        let a = self.0;
        let mut t = (a ^ (a >> 15)).wrapping_mul(1 | a);
        t = t.wrapping_add((t ^ (t >> 7)).wrapping_mul(61 | t)) ^ t;
        t ^ (t >> 14)
    }

    /// Whether `u() < 1 / chances`.
    const fn one_in(&mut self, chances: u32) -> bool {
        (self.roll() as u64 * chances as u64) < 1 << 32
    }

    /// `floor(u() * end)`.
    pub(crate) const fn below(&mut self, end: u32) -> u32 {
        ((self.roll() as u64 * end as u64) >> 32) as u32
    }
}

/// All bodies, tick by tick.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct World {
    bodies: Vec<Body>,
    dice: Vec<Dice>,
    side: i32,
    tick_hz: u32,
    rates: Rates,
}

impl World {
    /// The world at tick 0.
    #[must_use]
    pub fn new(rules: &Rules, tick_hz: u32) -> Self {
        let mut dice: Vec<_> = (0..rules.entities).map(|index| Dice::new(index + 1)).collect();
        let bodies = dice.iter_mut().map(|dice| start(dice, rules.side)).collect();
        Self { bodies, dice, side: rules.side, tick_hz, rates: Rates::at(tick_hz) }
    }

    /// Bodies as they are now; a body's index is its slot.
    #[must_use]
    pub fn bodies(&self) -> &[Body] {
        &self.bodies
    }

    /// Takes the thrust from all but the first `moving` bodies: they lie still.
    pub(crate) fn lay_down(&mut self, moving: usize) {
        self.bodies.iter_mut().skip(moving).for_each(|body| body.control = 1 << 1);
    }

    /// Moves all bodies by a tick.
    pub fn step(&mut self) {
        self.step_first(self.bodies.len());
    }

    /// Moves the first `count` bodies by a tick. Found by its name where instructions are counted.
    #[inline(never)]
    pub(crate) fn step_first(&mut self, count: usize) {
        for (body, dice) in self.bodies.iter_mut().zip(&mut self.dice).take(count) {
            if let Some(control) = dice.controls(self.tick_hz) {
                body.control = control;
            }
            self.rates.advance(self.side, body);
            body.health = dice.health(self.tick_hz, body.health);
        }
    }
}

fn start(dice: &mut Dice, side: i32) -> Body {
    let position = IVec2::new(dice.below(side as u32) as i32, dice.below(side as u32) as i32);
    let heading = dice.below(1 << 16) as u16;
    Body { position, velocity: IVec2::ZERO, heading, health: 100, control: 1 | 1 << 1 }
}

fn pick_controls(dice: &mut Dice) -> u8 {
    let r = dice.roll();
    let turn_and_one = if r < 1 << 30 {
        0
    } else if r < 1 << 31 {
        2
    } else {
        1
    };
    // u() < 0.7
    let thrust = u64::from(dice.roll()) * 10 < 7 << 32;
    u8::from(thrust) | turn_and_one << 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The workload as it is written, in double precision.
    struct Plain {
        dice: Dice,
        position: [f64; 2],
        velocity: [f64; 2],
        heading: f64,
        health: f64,
        turn: f64,
        thrust: bool,
    }

    impl Plain {
        fn new(index: u32, side: f64) -> Self {
            let mut dice = Dice(index + 1);
            let position = [u(&mut dice) * side, u(&mut dice) * side];
            let heading = u(&mut dice) * core::f64::consts::TAU;
            Self { dice, position, velocity: [0.0; 2], heading, health: 100.0, turn: 0.0, thrust: true }
        }

        fn step(&mut self, side: f64) {
            let dt = 1.0 / 30.0;
            if u(&mut self.dice) < 1.0 / 30.0 {
                let r = u(&mut self.dice);
                self.turn = if r < 0.25 {
                    -1.0
                } else if r < 0.5 {
                    1.0
                } else {
                    0.0
                };
                self.thrust = u(&mut self.dice) < 0.7;
            }
            self.heading += self.turn * 2.0 * dt;
            for (axis, direction) in [self.heading.cos(), self.heading.sin()].into_iter().enumerate() {
                if self.thrust {
                    self.velocity[axis] += direction * 20.0 * dt;
                }
                self.velocity[axis] *= 1.0 - 0.5 * dt;
                self.position[axis] += self.velocity[axis] * dt;
                let inside = self.position[axis].clamp(0.0, side);
                if inside != self.position[axis] {
                    self.position[axis] = inside;
                    self.velocity[axis] = -self.velocity[axis];
                }
            }
            if u(&mut self.dice) < 1.0 / 60.0 {
                self.health = (self.health + (u(&mut self.dice) * 21.0).floor() - 10.0).clamp(1.0, 100.0);
            }
        }
    }

    fn u(dice: &mut Dice) -> f64 {
        f64::from(dice.roll()) / 4_294_967_296.0
    }

    #[test]
    fn the_dice_are_mulberry32() {
        // The first draws for seed 1, by the generator as it is published for JavaScript.
        let mut dice = Dice(1);
        assert_eq!([dice.roll(), dice.roll(), dice.roll()], [2_693_262_067, 11_749_833, 2_265_367_787]);
    }

    #[test]
    fn fixed_point_draws_the_same_and_flies_nearly_the_same() {
        let rules = Rules::of(1000);
        let mut world = World::new(&rules, 30);
        let mut plain: Vec<_> = (0..1000).map(|index| Plain::new(index, 1000.0)).collect();
        for _ in 0..900 {
            world.step();
            plain.iter_mut().for_each(|body| body.step(1000.0));
        }
        let mut heading_worst = 0.0_f64;
        for (body, plain) in world.bodies().iter().zip(&plain) {
            // A draw more or less anywhere, and these would not agree for a thousand bodies.
            assert_eq!(i32::from(body.health), plain.health as i32);
            assert_eq!((body.turn(), body.thrusts()), (plain.turn as i32, plain.thrust));
            let turned = f64::from(body.heading) * core::f64::consts::TAU / 65_536.0 - plain.heading;
            heading_worst = heading_worst.max(libm::remainder(turned, core::f64::consts::TAU).abs());
        }
        // 30 s: a body that turned one way all the time would be off by 0.03 rad.
        assert!(heading_worst < 0.02, "{heading_worst} rad");
    }

    #[test]
    fn velocity_follows_real_numbers_where_the_heading_does() {
        // Straight flight, then coasting, in all directions.
        for heading in (0..65_536).step_by(997) {
            let (start, middle) = (IVec2::ZERO, IVec2::splat(1 << 20));
            let mut body = Body { position: middle, velocity: start, heading: heading as u16, health: 1, control: 3 };
            let (mut speed, angle) = (0.0_f64, f64::from(heading) * core::f64::consts::TAU / 65_536.0);
            for tick in 0..600 {
                body.control = if tick < 300 { 3 } else { 2 };
                Rates::at(30).advance(1 << 21, &mut body);
                speed = (speed + if tick < 300 { 20.0 / 30.0 } else { 0.0 }) * (1.0 - 0.5 / 30.0);
                let off = |steps: i32, part: f64| (f64::from(steps) / 800.0 - speed * part).abs();
                assert!(off(body.velocity.x, angle.cos()) < 0.05 && off(body.velocity.y, angle.sin()) < 0.05);
            }
        }
    }
}
