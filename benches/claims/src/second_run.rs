//! [`SecondRun`]: the world of a [`Workload`] once more, in the process of the bots, to hold their replicas against.
//!
//! One for all bots of a process: it makes each tick once, and remembers the last ones, since bots are not
//! all at the same tick.

use std::collections::VecDeque;

use auspice::{EntityId, Terms, Tick};
use auspice_bots::driver::Finding;
use auspice_workloads::workload::Workload;

/// Ticks that are remembered: at 30 Hz four seconds, more than a bot may lag behind another and still be
/// called connected.
const TICKS_KEPT: usize = 128;

/// The world from the same start, and its last ticks.
pub struct SecondRun<W: Workload> {
    world: W::World,
    /// The truths of successive ticks; the last are those of `newest`.
    past: VecDeque<Vec<W::Truth>>,
    newest: Tick,
    enter_radius: f64,
    keep_radius: f64,
}

impl<W: Workload> SecondRun<W> {
    /// A run by `terms`, at tick 0.
    #[must_use]
    pub fn new(terms: &Terms<W::Rules>) -> Self {
        let world = W::world(terms);
        Self {
            past: VecDeque::from([W::truths(&world).to_vec()]),
            world,
            newest: Tick(0),
            enter_radius: f64::from(terms.interest_radius),
            keep_radius: f64::from(terms.keep_radius()),
        }
    }

    /// Holds what a replica holds at `tick` against this run. `own` is the entity from which it looks.
    /// Nothing is compared where `tick` is longer ago than is remembered.
    pub fn check(&mut self, tick: Tick, own: EntityId, held: impl Iterator<Item = (EntityId, W::Entity)>) -> Finding {
        let (enter_radius, keep_radius) = (self.enter_radius - W::EDGE_METRES, self.keep_radius + W::EDGE_METRES);
        let Some(truth) = self.truths_at(tick) else {
            return Finding::default();
        };
        let Some(centre) = truth.get(own.slot as usize).map(W::metres) else {
            return Finding { violations: 1, ..Finding::default() };
        };
        let mut finding = Finding::default();
        let mut near_and_held = 0;
        for (id, entity) in held {
            finding.compared += 1;
            let Some(true_entity) = truth.get(id.slot as usize) else {
                finding.violations += 1;
                continue;
            };
            let place = W::metres(true_entity);
            near_and_held += u64::from(are_within(enter_radius, centre, place));
            finding.violations +=
                u64::from(!W::is_within_tolerance(&entity, true_entity) || !are_within(keep_radius, centre, place));
        }
        let near = truth.iter().filter(|one| are_within(enter_radius, centre, W::metres(one))).count() as u64;
        finding.missing = near.saturating_sub(near_and_held);
        finding
    }

    /// The truths at `tick`: made now, if nobody asked for it before.
    fn truths_at(&mut self, tick: Tick) -> Option<&[W::Truth]> {
        while self.newest < tick {
            W::step_world(&mut self.world);
            self.newest = self.newest.next();
            // The oldest makes room for the newest.
            let mut truths =
                if self.past.len() == TICKS_KEPT { self.past.pop_front().unwrap_or_default() } else { Vec::new() };
            truths.clear();
            truths.extend_from_slice(W::truths(&self.world));
            self.past.push_back(truths);
        }
        let index = (self.past.len() as u32 - 1).checked_sub(self.newest.since(tick))?;
        self.past.get(index as usize).map(Vec::as_slice)
    }
}

fn are_within(distance: f64, from: [f64; 2], to: [f64; 2]) -> bool {
    let (x, y) = (to[0] - from[0], to[1] - from[1]);
    x * x + y * y <= distance * distance
}

#[cfg(test)]
mod tests {
    use super::*;
    use auspice_workloads::w1::motion::{Body, World};
    use auspice_workloads::w1::{Rules, W1};

    /// What a faultless replica of the client that owns `own` holds at `tick`.
    fn seen(terms: &Terms<Rules>, own: usize, tick: u32) -> Vec<(EntityId, Body)> {
        let mut world = World::new(&terms.rules, terms.tick_hz);
        (0..tick).for_each(|_| world.step());
        let centre = W1::metres(&world.bodies()[own]);
        let named = world.bodies().iter().enumerate().map(|(index, body)| (EntityId::new(index as u32, 0), *body));
        named.filter(|(_, body)| are_within(100.0, centre, W1::metres(body))).collect()
    }

    fn check(run: &mut SecondRun<W1>, tick: u32, held: &[(EntityId, Body)]) -> Finding {
        run.check(Tick(tick), EntityId::new(7, 0), held.iter().copied())
    }

    #[test]
    fn a_faultless_replica_has_no_violation() {
        let terms = Terms::of::<W1>(Rules::of(500)).strict();
        let mut run = SecondRun::<W1>::new(&terms);
        for tick in [1, 300, 299, 250] {
            let held = seen(&terms, 7, tick);
            assert_eq!(check(&mut run, tick, &held), Finding { compared: held.len() as u64, ..Finding::default() });
        }
    }

    #[test]
    fn what_is_missing_out_of_sight_or_off_is_counted() {
        let terms = Terms::of::<W1>(Rules::of(500)).strict();
        let mut run = SecondRun::<W1>::new(&terms);
        let held = seen(&terms, 7, 40);
        assert_eq!(check(&mut run, 40, &held[1..]).missing, 1, "one is missing");
        let mut moved = held.clone();
        moved[0].1.position.x += 3;
        moved[1].1.velocity.y += 41;
        moved[2].1.heading = moved[2].1.heading.wrapping_sub(105);
        moved[3].1.health -= 1;
        assert_eq!(check(&mut run, 40, &moved).violations, 4, "four are off");
        assert!(check(&mut run, 39, &held).violations > 0, "another tick's states");
        let mut all = held;
        let stranger = (0..500).map(|slot| EntityId::new(slot, 0)).find(|id| all.iter().all(|(held, _)| held != id));
        all.push((stranger.expect("some body should be out of sight"), all[0].1));
        assert_eq!(check(&mut run, 40, &all).violations, 1, "one is out of sight");
    }

    #[test]
    fn what_is_too_long_ago_is_not_compared() {
        let terms = Terms::of::<W1>(Rules::of(50)).strict();
        let mut run = SecondRun::<W1>::new(&terms);
        check(&mut run, 1000, &[]);
        assert_eq!(check(&mut run, 1000 - TICKS_KEPT as u32, &[]), Finding::default());
    }
}
