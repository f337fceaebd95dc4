//! The server's whole tick without sockets: every client's input, the step, publishing, every client's update.

use auspice::Terms;
use auspice_workloads::hall::Hall;
use auspice_workloads::w1::{Rules, W1};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn tick(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tick");
    for clients in [250, 1000] {
        let mut hall = Hall::<W1>::new(Terms::of::<W1>(Rules::default()).strict(), clients);
        (0..60).for_each(|_| hall.tick());
        let before = *hall.room().stats();
        group.throughput(Throughput::Elements(clients as u64));
        group.bench_function(format!("w1_{clients}_clients"), |bencher| {
            bencher.iter_custom(|rounds| (0..rounds).map(|_| hall.time_server()).sum());
        });
        let stats = hall.room().stats();
        let ticks = stats.ticks - before.ticks;
        println!(
            "{ticks} ticks, {} updates, {} held back",
            stats.updates - before.updates,
            stats.held_back - before.held_back
        );
        assert_eq!(
            stats.updates - before.updates,
            ticks * clients as u64,
            "everyone should be sent an update every tick"
        );
    }
    group.finish();
}

criterion_group!(benches, tick);
criterion_main!(benches);
