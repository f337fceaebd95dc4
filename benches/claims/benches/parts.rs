//! The parts of a tick in a small world, in a large one that rests, and in a large one that moves: step and publish,
//! all updates, and what a client does in the frames of a tick. The worlds of which instructions are counted.

use std::time::Duration;

use auspice::{Game, Terms};
use auspice_claims::parts::{CLIENTS, WatchedPictures, World};
use auspice_workloads::hall::Hall;
use auspice_workloads::rest::{self, Rest};
use auspice_workloads::w1::{Rules, W1};
use criterion::{Criterion, criterion_group, criterion_main};

/// Ticks before anything is timed.
const WARM_UP_TICKS: u32 = 8;

fn world<G: Game>(criterion: &mut Criterion, name: &str, hall: Hall<G>, renews: bool) {
    let mut world = WatchedPictures::new(hall);
    (0..WARM_UP_TICKS).for_each(|_| world.tick());
    let mut group = criterion.benchmark_group(format!("parts_{}", name.replace(' ', "_")));
    group.bench_function("step_and_publish", |bencher| bencher.iter(|| world.hall.step()));
    (0..2).for_each(|_| world.tick());
    group.bench_function("updates_of_50_clients", |bencher| {
        bencher.iter_custom(|rounds| (0..rounds).map(|_| world.hall.time_compose()).sum());
    });
    (0..2).for_each(|_| world.tick());
    group.bench_function("frames_of_a_tick", |bencher| {
        bencher.iter_custom(|rounds| (0..rounds).map(|_| world.time()).sum::<Duration>());
    });
    world.hear();
    let (renewed, visible) = (world.see(), world.watcher.replica().visible());
    println!("{visible} in view, {renewed} worked out in two pictures");
    assert!(visible > 5 && (renewed > visible) == renews, "{renewed} of {visible} were worked out");
    group.finish();
}

fn parts(criterion: &mut Criterion) {
    let moving = |bodies| Hall::<W1>::new(Terms::of::<W1>(Rules::of(bodies)).strict(), CLIENTS);
    world(criterion, World::Small.name(), moving(1000), true);
    world(criterion, World::Resting.name(), Hall::<Rest>::new(rest::terms(65_000, 0), CLIENTS), false);
    world(criterion, World::Large.name(), moving(65_000), true);
}

criterion_group!(benches, parts);
criterion_main!(benches);
