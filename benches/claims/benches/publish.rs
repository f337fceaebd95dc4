//! One tick of the world without clients: the game's own step, and with it publishing (quantise, foresee, news, grid).

use auspice::Terms;
use auspice_workloads::hall::Hall;
use auspice_workloads::w1::motion::World;
use auspice_workloads::w1::{Rules, W1};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const ENTITIES: u32 = 1000;

fn publish(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("publish");
    group.throughput(Throughput::Elements(u64::from(ENTITIES)));

    let mut world = World::new(&Rules::of(ENTITIES), 30);
    group.bench_function("w1_step_alone", |bencher| bencher.iter(|| world.step()));
    assert!(world.bodies().iter().any(|body| body.velocity != glam::IVec2::ZERO), "the bodies should move");

    let mut hall = Hall::<W1>::new(Terms::of::<W1>(Rules::of(ENTITIES)).strict(), 0);
    group.bench_function("w1_step_and_publish", |bencher| bencher.iter(|| hall.step()));
    (0..30).for_each(|_| hall.step());
    let stats = hall.room().stats();
    let share = stats.news as f64 / (stats.ticks as f64 * f64::from(ENTITIES));
    println!("entities {}, of whose ticks {:.2} % bring news", stats.entities, share * 100.0);
    assert_eq!(stats.entities, u64::from(ENTITIES));
    // A body that still flies straight, in full health: new controls two thirds of once in 30 ticks, less
    // health half of once in 60. Later some more of both.
    assert!((0.02..0.06).contains(&share), "{share}");
    group.finish();
}

criterion_group!(benches, publish);
criterion_main!(benches);
