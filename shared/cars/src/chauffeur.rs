//! [`Chauffeur`]: when a driver's hands do something. Rates and lengths are those of people in recorded matches: a
//! stick that is moved some ten times a second and mostly stands at its end, a trigger that is pressed for seconds,
//! jumps and dodges now and then.

use auspice::rng::Rng;
use glam::{Vec2, Vec3};
use serde::{Deserialize, Serialize};

use crate::chassis::{MetricMotion, lies, stands};
use crate::hands::Hands;
use crate::pitch::Pitch;
use crate::rules::{Rules, STEPS_HZ};

/// Steps between two looks at the stick: 40 to 170 ms, as different from each other as people's.
const STICK_STEPS: [i32; 2] = [5, 20];
/// Steps for which a trigger stays as it is.
const TRIGGER_STEPS: [i32; 2] = [5, 40];
const BOOST_STEPS: [i32; 2] = [18, 110];
const SLIDE_STEPS: [i32; 2] = [10, 60];
const JUMP_STEPS: [i32; 2] = [6, 22];
/// Steps between the two jumps of a dodge.
const DODGE_STEPS: [i32; 2] = [14, 50];
/// Steps after which who stands still wants to be elsewhere.
const STUCK_STEPS: i32 = 60;
/// Steps for which a driver goes for the same thing.
const AIM_STEPS: [i32; 2] = [60, 300];

/// A driver sees this of the field.
#[derive(Clone, Copy, Debug)]
pub struct FieldView {
    /// The ball.
    pub ball: MetricMotion,
    /// The middle of the goal that it plays on.
    pub goal: Vec3,
    /// Half of the field's width and length.
    pub half: [f32; 2],
}

impl FieldView {
    /// The field of a match by these rules, as a driver of the first team or the second sees it.
    #[must_use]
    pub fn of(rules: &Rules, is_second: bool, ball: MetricMotion) -> Self {
        let half = Pitch::half_of(rules.bodies());
        Self { ball, goal: Vec3::Y * if is_second { half[1] } else { -half[1] }, half }
    }
}

/// See the module.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Chauffeur {
    rng: Rng,
    controls: Hands,
    stick_left: i32,
    trigger_left: i32,
    boost_left: i32,
    slide_left: i32,
    jump_left: i32,
    /// Steps until the second jump of a dodge; below 0 there is none to come.
    dodge_in: i32,
    aim_left: i32,
    /// Steps for which it has stood still.
    stuck: i32,
    /// Goes for the ball, or for a place elsewhere.
    goes_for_ball: bool,
    place: Vec2,
    /// The way that it leans on purpose in the air: ahead, aside.
    lean: Vec2,
}

impl Chauffeur {
    /// A driver with habits of its own.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            rng: Rng::new(seed),
            controls: Hands::default(),
            stick_left: 0,
            trigger_left: 0,
            boost_left: 0,
            slide_left: 0,
            jump_left: 0,
            dodge_in: -1,
            aim_left: 0,
            stuck: 0,
            goes_for_ball: true,
            place: Vec2::ZERO,
            lean: Vec2::ZERO,
        }
    }

    /// The controls of the next step.
    pub fn drive(&mut self, own: &MetricMotion, sees: &FieldView) -> Hands {
        let on_floor = stands(own);
        let target = self.target(own, sees);
        let way = own.rotation.conjugate() * (target - own.position);
        let angle = libm::atan2f(-way.y, way.x);
        self.hold_trigger(angle, way.length());
        self.back_off(own, on_floor);
        self.hold_boost(own, angle);
        self.press_jump(own, sees, on_floor);
        if counted_down(&mut self.stick_left) {
            self.stick_left = self.between(STICK_STEPS);
            if on_floor { self.steer(angle) } else { self.lean(own) }
        }
        self.controls.handbrake = self.slide_left > 0;
        counted_down(&mut self.slide_left);
        self.controls
    }

    /// The place that it goes for.
    fn target(&mut self, own: &MetricMotion, sees: &FieldView) -> Vec3 {
        if counted_down(&mut self.aim_left) {
            self.aim_left = self.between(AIM_STEPS);
            self.goes_for_ball = !self.rng.one_in(3);
            let share = |rng: &mut Rng| rng.between(-90, 90) as f32 / 100.0;
            self.place = Vec2::new(share(&mut self.rng) * sees.half[0], share(&mut self.rng) * sees.half[1]);
        }
        if !self.goes_for_ball {
            return self.place.extend(0.0);
        }
        let far = own.position.distance(sees.ball.position);
        let soon = sees.ball.position + sees.ball.velocity * (far / 25.0).min(1.2);
        // From behind, to hit it towards the goal.
        let behind = (soon - sees.goal).with_z(0.0).normalize_or_zero() * (far * 0.25).min(4.0);
        (soon + behind).with_z(0.0)
    }

    fn steer(&mut self, angle: f32) {
        let noise = self.rng.between(-14, 14) as f32 / 100.0;
        let wanted = angle * 4.0 + noise;
        self.controls.steer = match wanted.abs() {
            ..0.15 => 0.0,
            0.85.. => wanted.signum(),
            _ => wanted,
        };
        (self.controls.pitch, self.controls.roll) = (0.0, 0.0);
    }

    /// Back to its wheels, with a lean of its own.
    fn lean(&mut self, own: &MetricMotion) {
        let noise = |rng: &mut Rng| rng.between(-40, 40) as f32 / 100.0;
        let back = own.rotation.conjugate();
        let (up, spin) = (back * Vec3::Z, back * own.spin);
        let clamp = |wanted: f32| if wanted.abs() < 0.12 { 0.0 } else { wanted.clamp(-1.0, 1.0) };
        let (ahead, aside) = (self.lean.x * 0.4 + noise(&mut self.rng), self.lean.y * 0.2 + noise(&mut self.rng) * 0.5);
        self.controls.roll = clamp(-up.y * 1.5 - spin.x * 0.3 + aside);
        self.controls.pitch = clamp(-up.x * 1.5 + spin.y * 0.4 + ahead);
        self.controls.steer = clamp(spin.z * 0.3 + noise(&mut self.rng) * 1.5);
    }

    fn hold_trigger(&mut self, angle: f32, far: f32) {
        if !counted_down(&mut self.trigger_left) {
            return;
        }
        self.trigger_left = self.between(TRIGGER_STEPS);
        let is_behind = angle.abs() > 1.6;
        self.controls.throttle = match self.rng.below(5) {
            0 => 0.0,
            1 if is_behind && far < 15.0 => -1.0,
            2 => self.rng.between(20, 90) as f32 / 100.0,
            _ => 1.0,
        };
        if is_behind && far > 6.0 && self.rng.one_in(5) {
            self.slide_left = self.between(SLIDE_STEPS);
        }
    }

    /// Whoever has stood against something for half a second goes back from it.
    fn back_off(&mut self, own: &MetricMotion, on_floor: bool) {
        self.stuck = if on_floor && own.velocity.length() < 2.0 { self.stuck + 1 } else { 0 };
        if self.stuck > STUCK_STEPS {
            self.stuck = 0;
            self.trigger_left = self.between(TRIGGER_STEPS) + STUCK_STEPS;
            self.stick_left = self.trigger_left;
            self.controls.throttle = -self.controls.throttle.signum();
            self.controls.steer = -self.controls.steer;
        }
    }

    fn hold_boost(&mut self, own: &MetricMotion, angle: f32) {
        let ends = counted_down(&mut self.boost_left);
        if ends && angle.abs() < 0.5 && own.velocity.length() < 21.0 && self.rng.one_in(STEPS_HZ / 2) {
            self.boost_left = self.between(BOOST_STEPS);
        }
        self.controls.boost = self.boost_left > 0;
    }

    fn press_jump(&mut self, own: &MetricMotion, sees: &FieldView, on_floor: bool) {
        counted_down(&mut self.jump_left);
        let ball = sees.ball.position - own.position;
        let reaches = ball.length() < 5.0 && ball.z > 0.8;
        if self.dodge_in >= 0 {
            self.dodge_in -= 1;
            if self.dodge_in < 0 {
                self.jump_left = self.between(JUMP_STEPS);
                (self.controls.pitch, self.controls.steer) = match self.rng.below(6) {
                    0 => (0.0, 0.0),
                    1 => (0.0, if self.rng.one_in(2) { 1.0 } else { -1.0 }),
                    2 => (-1.0, if self.rng.one_in(2) { 0.7 } else { -0.7 }),
                    _ => (-1.0, 0.0),
                };
            }
        } else if lies(own) && self.jump_left == 0 && self.rng.one_in(STEPS_HZ / 2) {
            self.jump_left = self.between(JUMP_STEPS);
        } else if on_floor && self.jump_left == 0 && (self.rng.one_in(8 * STEPS_HZ) || (reaches && self.rng.one_in(40)))
        {
            self.jump_left = self.between(JUMP_STEPS);
            self.lean = Vec2::new(self.rng.between(-100, 100) as f32, self.rng.between(-100, 100) as f32) / 100.0;
            if self.rng.below(10) < 8 {
                self.dodge_in = self.jump_left + self.between(DODGE_STEPS);
            }
        }
        self.controls.jump = self.jump_left > 0;
    }

    fn between(&mut self, [low, high]: [i32; 2]) -> i32 {
        self.rng.between(low, high)
    }
}

/// Takes a step from what is left; whether nothing is.
fn counted_down(left: &mut i32) -> bool {
    *left = (*left - 1).max(0);
    *left == 0
}
