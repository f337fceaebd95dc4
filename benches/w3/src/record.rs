//! The record of a match, tick by tick, as `benches/motion` plays it.

use auspice_cars::bout::Match;
use auspice_cars::chassis::MetricMotion;
use auspice_cars::hands::Hands;
use auspice_motion::body::CENTIMETRES;
use auspice_motion::trace::{BodyKind, BodyState, Recording, TICK_HZ};

use crate::STEPS;

/// Ticks of a minute of a record.
pub const MINUTE: usize = TICK_HZ as usize * 60;

/// Plays so many ticks of a match, and records them.
#[must_use]
pub fn record(game: &mut Match, ticks: usize) -> Recording {
    let tick = |_| {
        (0..STEPS).for_each(|_| game.step());
        bodies(game)
    };
    Recording { ticks: (0..ticks).map(tick).collect() }
}

fn bodies(game: &Match) -> Vec<BodyState> {
    let (id, ball) = game.ball();
    let mut bodies = vec![state(id, BodyKind::Ball, &ball, &Hands::default(), 0)];
    for car in (0..game.seats()).filter_map(|at| game.car(at)) {
        bodies.push(state(car.id, BodyKind::Car, &car.motion, &car.hands, car.chassis.flags(&car.hands)));
    }
    bodies.sort_by_key(|body| body.id);
    bodies
}

fn state(id: u32, kind: BodyKind, motion: &MetricMotion, hands: &Hands, flags: u8) -> BodyState {
    BodyState {
        id,
        kind,
        position: motion.position * CENTIMETRES,
        velocity: motion.velocity * CENTIMETRES,
        rotation: motion.rotation,
        spin: motion.spin,
        throttle: Hands::recorded(hands.throttle),
        steer: Hands::recorded(hands.steer),
        flags,
        is_asleep: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_match_and_another_another() {
        let recorded = |seed| record(&mut Match::new(5, seed), 300);
        assert_eq!(recorded(3), recorded(3));
        assert_ne!(recorded(3), recorded(4));
    }

    #[test]
    fn bodies_stay_on_the_field_and_numbers_are_used_once() {
        let recorded = record(&mut Match::new(8, 1), 2 * MINUTE);
        let mut gone = std::collections::HashSet::new();
        let mut before: Vec<u32> = Vec::new();
        for bodies in &recorded.ticks {
            let now: Vec<u32> = bodies.iter().map(|body| body.id).collect();
            gone.extend(before.iter().filter(|id| !now.contains(id)).copied());
            assert!(now.iter().all(|id| !gone.contains(id)), "a number came back");
            assert!(bodies.iter().all(|body| body.position.abs().max_element() < 8192.0 && body.position.z > 0.0));
            before = now;
        }
    }
}
