//! All updates of a tick: interest, who enters and leaves, the news of what is seen. On W1.

use auspice::Terms;
use auspice_workloads::hall::Hall;
use auspice_workloads::w1::{Rules, W1};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const CLIENTS: usize = 1000;
/// Ticks before anything is timed: bodies start at rest, and fly after a second or two.
const WARM_UP_TICKS: u32 = 90;

fn compose(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compose");
    group.throughput(Throughput::Elements(CLIENTS as u64));
    let mut hall = Hall::<W1>::new(Terms::of::<W1>(Rules::default()).strict(), CLIENTS);
    (0..WARM_UP_TICKS).for_each(|_| hall.tick());
    let before = *hall.room().stats();
    group.bench_function("w1_updates_of_1000_clients", |bencher| {
        bencher.iter_custom(|rounds| (0..rounds).map(|_| hall.time_compose()).sum());
    });
    (0..30).for_each(|_| hall.tick());
    let stats = hall.room().stats();
    let updates = (stats.updates - before.updates) as f64;
    let bytes = (stats.payload_bytes - before.payload_bytes) as f64 / updates;
    let visible = (stats.visible_sum - before.visible_sum) as f64 / updates;
    println!("{bytes:.2} bytes an update, {visible:.1} entities in view");
    assert!(bytes < 12.0, "an update took {bytes} bytes");
    assert!((25.0..40.0).contains(&visible), "{visible} entities were in view");
    group.finish();
}

criterion_group!(benches, compose);
criterion_main!(benches);
