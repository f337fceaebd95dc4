//! What each client sees, worked out anew each tick: a world where nothing moves, so that an update has
//! nothing else to do.

use auspice::Terms;
use auspice_workloads::hall::{Hall, Still};
use auspice_workloads::w1::Rules;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn interest(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("interest");
    for (entities, clients) in [(1000, 100), (1000, 1000), (65_000, 1000)] {
        let mut hall = Hall::<Still>::new(Terms::of::<Still>(Rules::of(entities)).strict(), clients);
        group.throughput(Throughput::Elements(clients as u64));
        group.bench_function(format!("still_update_of_{clients}_clients_among_{entities}"), |bencher| {
            bencher.iter_custom(|rounds| (0..rounds).map(|_| hall.time_compose()).sum());
        });
        hall.tick();
        let bytes: usize = (0..clients).map(|index| hall.update(index).len()).sum();
        let stats = hall.room().stats();
        println!(
            "{:.2} bytes an update, {:.1} entities in view",
            bytes as f64 / clients as f64,
            stats.visible_sum as f64 / stats.updates as f64
        );
        // One byte says that nothing is new, six where the hash is due.
        assert!(bytes <= clients * 6, "{bytes}");
    }
    group.finish();
}

criterion_group!(benches, interest);
criterion_main!(benches);
