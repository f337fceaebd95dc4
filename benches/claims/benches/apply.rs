//! A client that holds a whole replica takes recorded updates of W1: news, advance of all in view, enters and leaves.

use auspice::authority::{Outgoing, Room};
use auspice::replica::Replica;
use auspice::{Micros, Terms};
use auspice_workloads::w1::{Rules, W1};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

/// Four seconds of updates.
const UPDATES: usize = 120;
const PERIOD: Micros = Micros(33_333);

/// The welcome and the updates of one client.
fn record() -> Vec<Vec<u8>> {
    let mut room =
        Room::<W1>::new(Terms::of::<W1>(Rules::default()).strict(), 1, 1).expect("the terms should be playable");
    let client = room.connect().expect("there should be a seat");
    let mut replica = Replica::<W1>::new("recorder", "bench").expect("the name should fit");
    let (mut now, mut messages) = (Micros(0), Vec::new());
    while messages.len() <= UPDATES {
        now = now + PERIOD;
        while let Some(message) = replica.poll_transmit(now) {
            room.handle_message(client, message).expect("the room should take what a replica sends");
        }
        room.admit_all();
        room.tick().expect("W1 should publish properly");
        if let Outgoing::Message(bytes) = room.poll_update(client) {
            replica.handle_message(bytes, now).expect("an update should be one");
            messages.push(bytes.to_vec());
        }
    }
    messages
}

/// A replica that has said hello and been welcomed.
fn welcomed(welcome: &[u8]) -> Replica<W1> {
    let mut replica = Replica::new("bench", "bench").expect("the name should fit");
    assert!(replica.poll_transmit(Micros(0)).is_some(), "a hello should come first");
    replica.handle_message(welcome, PERIOD).expect("the welcome should be one");
    replica
}

fn take(replica: &mut Replica<W1>, updates: &[Vec<u8>]) {
    for update in updates {
        replica.handle_message(update, PERIOD).expect("an update should be one");
        // As a client would: nobody lets events pile up.
        while replica.poll_event().is_some() {}
    }
}

fn apply(criterion: &mut Criterion) {
    let messages = record();
    let (welcome, updates) = messages.split_first().expect("there should be a welcome");
    let mut group = criterion.benchmark_group("apply");
    group.throughput(Throughput::Elements(updates.len() as u64));
    group.bench_function("w1_updates", |bencher| {
        bencher.iter_batched_ref(|| welcomed(welcome), |replica| take(replica, updates), BatchSize::SmallInput);
    });
    let mut replica = welcomed(welcome);
    take(&mut replica, updates);
    println!("view of {} entities at tick {}, hash {:08x}", replica.visible(), replica.tick(), replica.hash());
    assert!(replica.visible() > 5, "{} entities in view", replica.visible());
    group.finish();
}

criterion_group!(benches, apply);
criterion_main!(benches);
