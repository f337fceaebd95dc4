//! Prediction of a player's own car: a small world of its own, made anew for each tick from the row that the car has,
//! with the field's walls, and with the others near it as they are foreseen.
//!
//! What a physics engine keeps from one step to the next (the forces of contacts) is in no row, so that a car in
//! contact goes on a little otherwise here than at the server; in the air it goes on the same to the bit.

use glam::Vec3;

use crate::chassis::{HALF, MetricMotion};
use crate::coast::{coast, drive_alone};
use crate::entity::{Car, Entity};
use crate::hands::Hands;
use crate::pitch::{BALL_RADIUS, Pitch};
use crate::rules::{Prediction, Rules, STEP_SECONDS};

/// Others that are further away than this are not in the small world: metres, more than both go in a tick.
const NEAR: f32 = 6.0;

/// Moves a player's own car on by so many steps.
pub(crate) fn foretell(rules: &Rules, own: &mut Car, hands: &Hands, others: impl Iterator<Item = Entity>, steps: u32) {
    let others: Vec<Entity> = others.collect();
    let (mut chassis, mut motion) = (own.chassis(), own.motion());
    // Nobody can drive in a countdown.
    let waits = others.iter().any(|other| matches!(other, Entity::Score(score) if score.countdown > 0));
    if !waits && rules.prediction != Prediction::Nothing {
        own.take(hands);
    }
    let hands = if waits { &Hands::default() } else { hands };
    match rules.prediction {
        Prediction::Nothing => return coast(own, steps),
        Prediction::Alone if waits => {}
        Prediction::Alone => drive_alone(&mut chassis, hands, &mut motion, steps),
        Prediction::Walls | Prediction::Others => {
            let mut pitch = Pitch::new(rules.bodies());
            let piece = pitch.put_car_moving(&motion);
            if rules.prediction == Prediction::Others {
                let seconds = steps as f32 * STEP_SECONDS;
                others.iter().for_each(|other| put_ghost(&mut pitch, &motion, other, seconds));
            }
            for _ in 0..steps {
                if !waits {
                    pitch.drive(piece, &mut chassis, hands);
                }
                pitch.step();
                pitch.limit_spin(piece);
            }
            motion = pitch.motion(piece);
        }
    }
    own.move_to(&motion);
    own.remember(&chassis);
}

/// Puts another one into the small world, if it is near: where it was when the tick of so many seconds began, since it
/// is foreseen for the tick's end. A ball that the car touches already is left out: it was pushed away at the first
/// touch, which nobody who foresees it knows, so that it would be run into once more in each tick.
fn put_ghost(pitch: &mut Pitch, own: &MetricMotion, other: &Entity, seconds: f32) {
    let before =
        |motion: MetricMotion| MetricMotion { position: motion.position - motion.velocity * seconds, ..motion };
    match other {
        Entity::Ball(ball) => {
            let ball = before(ball.motion());
            if is_near(own, ball.position) && !touches_ball(own, ball.position) {
                pitch.put_ball_moving(&ball);
            }
        }
        Entity::Car(car) => {
            let car = before(car.motion());
            if is_near(own, car.position) {
                pitch.put_car_moving(&car);
            }
        }
        Entity::Score(_) => {}
    }
}

fn is_near(own: &MetricMotion, place: Vec3) -> bool {
    own.position.distance(place) < NEAR
}

fn touches_ball(own: &MetricMotion, ball: Vec3) -> bool {
    let middle = own.rotation.conjugate() * (ball - own.position);
    middle.distance(middle.clamp(-HALF, HALF)) < BALL_RADIUS
}
