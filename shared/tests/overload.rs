//! A room that is served less, or whose time goes slower: every client holds exactly what it should, and keeps up.

use auspice::Micros;
use auspice::authority::ServiceLevel;
use auspice::sim::Link;

use crate::games::zoo::Zoo;
use crate::games::{arena, check_all, connect};

const RUNGS: [(u8, u8); 3] = [(100, 1), (50, 1), (50, 2)];

#[test]
fn a_degraded_room_keeps_every_client_exact_and_is_whole_again_afterwards() {
    for seed in 0..20 {
        let mut arena = arena::<Zoo>(seed);
        let jittery = Link { delay: Micros::from_millis(40), jitter: Micros::from_millis(15), ..Link::default() };
        for _ in 0..6 {
            arena.connect(jittery, jittery).unwrap();
        }
        for (reach_percent, send_every_times) in RUNGS.into_iter().chain(RUNGS.into_iter().rev()) {
            arena.room.set_service_level(ServiceLevel { reach_percent, send_every_times });
            arena.steps(45);
            connect(&mut arena, 30);
            arena.steps(15);
        }
        check_all(&mut arena, &format!("seed {seed}"));
    }
}

#[test]
fn half_as_frequent_updates_come_in_turns() {
    let mut arena = arena::<Zoo>(1);
    for _ in 0..10 {
        connect(&mut arena, 0);
    }
    arena.steps(30);
    arena.room.set_service_level(ServiceLevel { send_every_times: 2, ..ServiceLevel::default() });
    arena.steps(4);
    let mut before = arena.room.stats().updates;
    for _ in 0..10 {
        arena.step();
        let now = arena.room.stats().updates;
        assert_eq!(now - before, 5, "each tick serves one half");
        before = now;
    }
}

#[test]
fn slower_time_is_followed_by_every_clock_and_prediction_stays_right() {
    for delay in [0, 20, 100] {
        let mut arena = arena::<Zoo>(3);
        let clients = [connect(&mut arena, delay), connect(&mut arena, delay)];
        arena.steps(90);
        let missing = |arena: &mut auspice::sim::Arena<Zoo>| {
            let seats = clients.map(|client| arena.clients[client].seat.unwrap());
            seats.map(|seat| arena.room.client(seat).unwrap().inputs.missing).iter().sum::<u64>()
        };
        // As the server does: by small steps, each a quarter of a second.
        for percent in [85, 70, 55, 40, 40, 40, 40, 40, 55, 70, 85, 100, 100] {
            arena.set_pace(percent);
            let before = missing(&mut arena);
            let ticks = 30 * u32::from(percent) / 100;
            arena.steps(ticks);
            let late = missing(&mut arena) - before;
            assert!(
                late <= u64::from(ticks) / 2,
                "{late} of {} inputs were missing at {percent} %, {delay} ms",
                ticks * 2
            );
            for client in clients {
                let replica = arena.clients[client].replica();
                let period = replica.clock().unwrap().period().0;
                assert!(period.abs_diff(33_333 * 100 / u64::from(percent)) < 20, "{period} us at {percent} %");
                let ahead = replica.clock().unwrap().present(arena.now()) - f64::from(arena.room.tick_now().0);
                let flight = 2.0 * delay as f64 / (period as f64 / 1000.0);
                assert!((-0.5..flight + 6.0).contains(&ahead), "{ahead} ticks ahead at {percent} % and {delay} ms");
            }
        }
        check_all(&mut arena, &format!("{delay} ms"));
    }
}

#[test]
fn who_comes_while_time_goes_slower_is_told() {
    let mut arena = arena::<Zoo>(1);
    arena.set_pace(50);
    arena.steps(10);
    let late = connect(&mut arena, 10);
    arena.steps(20);
    assert_eq!(arena.clients[late].replica().clock().unwrap().period().0, 66_666);
    check_all(&mut arena, "after a late join");
}
