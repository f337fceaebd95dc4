//! [`Match`]: kick-offs, goals that reset everything, ends and returns. Each car has a seat, which somebody's hands
//! drive, or a computer.
//!
//! Whatever is edited by hand is edited at the beginning of a step, so that right after one the match is as the physics
//! engine left it, and can be saved.

use auspice::rng::Rng;
use glam::Vec3;
use serde::{Deserialize, Serialize};

use crate::chassis::{Chassis, HALF, MetricMotion};
use crate::chauffeur::{Chauffeur, FieldView};
use crate::hands::Hands;
use crate::pitch::{BALL_RADIUS, Pitch, PitchBody};
use crate::rules::STEPS_HZ;

/// Half of a goal's width, and its height: metres.
pub const GOAL: [f32; 2] = [8.9, 6.4];
/// Steps until a car that ended returns.
const AWAY_STEPS: u32 = 3 * STEPS_HZ;
/// Steps of a countdown, in which nobody can drive.
const COUNTDOWN_STEPS: u32 = STEPS_HZ;
/// A car this fast ends another that it runs into: metres a second.
const ENDS_AT: f32 = 17.0;
/// Cosine of the angle up to which it runs into another, and does not graze it.
const RUNS_INTO: f32 = 0.7;

/// A car with its driver.
#[derive(Serialize, Deserialize)]
struct Entrant {
    id: u32,
    piece: Option<PitchBody>,
    car: Chassis,
    driver: Chauffeur,
    /// Hands of somebody who plays; a computer drives where there is nobody.
    held: Option<Hands>,
    controls: Hands,
    /// Velocity with which it went into the step, before what it ran into.
    going: Vec3,
    /// Steps until it returns.
    away: u32,
}

/// A car on the field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CarState {
    /// The number of the car: another one after each kick-off and return.
    pub id: u32,
    /// Its motion.
    pub motion: MetricMotion,
    /// The hands that drive it.
    pub hands: Hands,
    /// Its memory of its jumps.
    pub chassis: Chassis,
}

/// See the module.
#[derive(Serialize, Deserialize)]
pub struct Match {
    pitch: Pitch,
    ball: (u32, PitchBody),
    seats: Vec<Entrant>,
    /// Cars that ended in the last step: nobody's any more, and taken away at the next.
    wrecks: Vec<PitchBody>,
    /// Whether a team scored in the last step: the next begins with a kick-off.
    has_scored: bool,
    rng: Rng,
    next_id: u32,
    /// Steps of a countdown that are left, in which nobody can drive.
    pub countdown: u32,
    /// Goals so far, of the first team and of the second.
    pub goals: [u32; 2],
    /// Cars that another ended.
    pub ends: u32,
}

impl Match {
    /// A match of a ball and `bodies` less one cars, 2 to 64 bodies in all.
    #[must_use]
    pub fn new(bodies: usize, seed: u64) -> Self {
        let mut pitch = Pitch::new(bodies);
        let ball = (0, pitch.put_ball(Vec3::Z * BALL_RADIUS));
        let seat = |at: usize| Entrant {
            id: 0,
            piece: None,
            car: Chassis::default(),
            driver: Chauffeur::new(seed << 8 | at as u64),
            held: None,
            controls: Hands::default(),
            going: Vec3::ZERO,
            away: 0,
        };
        let seats = (0..bodies.saturating_sub(1)).map(seat).collect();
        let mut game = Self {
            pitch,
            ball,
            seats,
            wrecks: Vec::new(),
            has_scored: false,
            rng: Rng::new(seed),
            next_id: 1,
            countdown: 0,
            goals: [0; 2],
            ends: 0,
        };
        (0..game.seats.len()).for_each(|at| game.kick_off(at));
        game
    }

    /// Seats, which are there whether somebody drives them or not.
    #[must_use]
    pub const fn seats(&self) -> usize {
        self.seats.len()
    }

    /// Whether a seat is of the second team.
    #[must_use]
    pub const fn is_second(at: usize) -> bool {
        !at.is_multiple_of(2)
    }

    /// Has somebody's hands drive a seat from now on, or a computer.
    pub fn hold(&mut self, at: usize, hands: Option<Hands>) {
        if let Some(seat) = self.seats.get_mut(at) {
            seat.held = hands;
        }
    }

    /// The ball: its number and motion.
    #[must_use]
    pub fn ball(&self) -> (u32, MetricMotion) {
        (self.ball.0, self.pitch.motion(self.ball.1))
    }

    /// The car of a seat, unless it ended and is not back yet.
    #[must_use]
    pub fn car(&self, at: usize) -> Option<CarState> {
        let seat = self.seats.get(at)?;
        let motion = self.pitch.motion(seat.piece?);
        Some(CarState { id: seat.id, motion, hands: seat.controls, chassis: seat.car })
    }

    /// Whether the car of a seat touches the ball or another car.
    #[must_use]
    pub fn touches_others(&self, at: usize) -> bool {
        let Some(own) = self.seats[at].piece else { return false };
        let others = self.seats.iter().filter_map(|seat| seat.piece).filter(|piece| *piece != own);
        others.chain([self.ball.1]).any(|other| self.pitch.touches(own, other))
    }

    /// A driver's view of the field from a seat.
    #[must_use]
    pub fn outlook(&self, at: usize) -> FieldView {
        FieldView {
            ball: self.pitch.motion(self.ball.1),
            goal: Vec3::Y * (self.pitch.half[1] * -self.side(at)),
            half: self.pitch.half,
        }
    }

    /// Moves on by a step.
    pub fn step(&mut self) {
        self.clear_up();
        self.countdown = self.countdown.saturating_sub(1);
        if self.countdown == 0 {
            (0..self.seats.len()).for_each(|at| self.drive(at));
        }
        self.pitch.step();
        self.end_cars();
        if let Some(team) = self.scores() {
            self.goals[team] += 1;
            self.has_scored = true;
        }
    }

    /// Makes the next step what it would be after loading, where the match is saved now.
    pub fn settle(&mut self) {
        self.pitch.settle();
    }

    /// Edits what the last step asks for.
    fn clear_up(&mut self) {
        self.pitch.limit_spin(self.ball.1);
        self.seats.iter().filter_map(|seat| seat.piece).for_each(|piece| self.pitch.limit_spin(piece));
        self.wrecks.drain(..).for_each(|wreck| self.pitch.take(wreck));
        if core::mem::take(&mut self.has_scored) {
            self.reset();
        }
    }

    fn drive(&mut self, at: usize) {
        let outlook = self.outlook(at);
        let seat = &mut self.seats[at];
        let Some(piece) = seat.piece else {
            seat.away = seat.away.saturating_sub(1);
            if seat.away == 0 {
                self.come_back(at);
            }
            return;
        };
        seat.controls = seat.held.unwrap_or_else(|| seat.driver.drive(&self.pitch.motion(piece), &outlook));
        seat.going = self.pitch.drive(piece, &mut seat.car, &seat.controls).velocity;
    }

    /// Ends cars that one of the others runs into at full speed.
    fn end_cars(&mut self) {
        for at in 0..self.seats.len() {
            let Some(piece) = self.seats[at].piece else { continue };
            let own = self.pitch.motion(piece);
            let is_run_into = |other: usize| {
                let Some(by) = self.seats[other].piece.filter(|_| self.side(other) != self.side(at)) else {
                    return false;
                };
                let (going, at) = (self.seats[other].going, self.pitch.motion(by).position);
                let way = (own.position - at).normalize_or_zero();
                going.length() > ENDS_AT && going.normalize().dot(way) > RUNS_INTO && self.pitch.touches(by, piece)
            };
            if (0..self.seats.len()).any(is_run_into) {
                self.wrecks.push(piece);
                (self.seats[at].piece, self.seats[at].away) = (None, AWAY_STEPS);
                self.ends += 1;
            }
        }
    }

    /// The team that scores in this step: 0 or 1.
    fn scores(&self) -> Option<usize> {
        let at = self.pitch.motion(self.ball.1).position;
        let reaches = at.y.abs() > self.pitch.half[1] - BALL_RADIUS - 0.1;
        (reaches && at.x.abs() < GOAL[0] && at.z < GOAL[1]).then_some(usize::from(at.y > 0.0))
    }

    /// Takes everything away and puts it up anew, under other numbers.
    fn reset(&mut self) {
        self.pitch.take(self.ball.1);
        self.ball = (self.new_id(), self.pitch.put_ball(Vec3::Z * BALL_RADIUS));
        for at in 0..self.seats.len() {
            if let Some(piece) = self.seats[at].piece.take() {
                self.pitch.take(piece);
            }
            self.kick_off(at);
        }
        self.countdown = COUNTDOWN_STEPS;
    }

    fn kick_off(&mut self, at: usize) {
        let (row, side) = (at / 2, self.side(at));
        let across = self.pitch.half[0] * 0.8;
        let x = (row * 19) as f32 % (2.0 * across) - across;
        let y = self.pitch.half[1] * (0.4 + 0.12 * (row as f32 * 19.0 / (2.0 * across)).floor().min(4.0));
        self.put(at, Vec3::new(if row == 0 { 0.0 } else { x }, side * y, HALF.z + 0.02));
    }

    fn come_back(&mut self, at: usize) {
        let x = self.rng.between(-80, 80) as f32 / 100.0 * self.pitch.half[0];
        self.put(at, Vec3::new(x, self.side(at) * self.pitch.half[1] * 0.85, HALF.z + 0.02));
    }

    fn put(&mut self, at: usize, place: Vec3) {
        let heading = -self.side(at) * core::f32::consts::FRAC_PI_2;
        let piece = self.pitch.put_car(place, heading);
        let id = self.new_id();
        let seat = &mut self.seats[at];
        (seat.id, seat.piece, seat.car, seat.away) = (id, Some(piece), Chassis::default(), 0);
    }

    /// 1 or -1: the half of the field that a car defends.
    fn side(&self, at: usize) -> f32 {
        if at.is_multiple_of(2) { 1.0 } else { -1.0 }
    }

    fn new_id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id - 1
    }
}
