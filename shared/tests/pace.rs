//! The clock of inputs, under everything that breaks clocks.

use auspice::Micros;
use auspice::error::CloseReason;
use auspice::limits::PREDICT_MILLIS_MAX;
use auspice::replica::Condition;
use auspice::sim::{Arena, Link};

use crate::games::range::{ADVANCED, Aim, Range};
use crate::games::tiny::{Tiny, Walk};
use crate::games::zoo::{Want, Zoo};
use crate::games::{arena, check_all, connect, delayed};

fn missing<G: auspice::Game>(arena: &Arena<G>, client: usize) -> u64 {
    let seat = arena.clients[client].seat.expect("the client plays");
    arena.room.input_report(seat).expect("the seat is taken").missing
}

#[test]
fn inputs_are_in_time_from_the_second_second_on_whatever_the_pictures_and_the_round_trip() {
    let mut failures = Vec::new();
    for pictures in [10, 30, 60, 144, 240] {
        for one_way in [0, 50, 125] {
            for jitter in [0, 20] {
                let link = Link { jitter: Micros::from_millis(jitter), ..delayed(one_way) };
                let mut arena = arena::<Tiny>(7);
                let ann = arena.connect(link, link).expect("the name fits");
                arena.clients[ann].picture_period = Micros(1_000_000 / pictures);
                arena.steps(45);
                let before = missing(&arena, ann);
                arena.steps(1200);
                let starved = missing(&arena, ann) - before;
                let stats = arena.clients[ann].replica().net_stats(arena.now());
                let jumps = arena.clients[ann].replica().clock().map_or(0, auspice::link::Clock::jumps);
                // Two in forty seconds.
                let starved_max = 2;
                // And a lead of what the pictures need and two ticks.
                let lead_max = 2.0 + 30.0 / pictures as f64;
                if starved > starved_max || jumps > 0 || stats.lead > lead_max || stats.condition != Condition::Playing
                {
                    failures.push(format!(
                        "{pictures} pictures, {one_way} ms each way, jitter {jitter} ms: {starved} starved, lead {}, \
                         {jumps} jumps, {:?}",
                        stats.lead, stats.condition
                    ));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn a_stall_and_the_burst_after_it_move_the_clock_by_less_than_half_a_tick() {
    for (up, down) in [(true, false), (false, true), (true, true)] {
        let mut arena = arena::<Tiny>(3);
        let ann = connect(&mut arena, 40);
        arena.steps(200);
        let ahead = |arena: &Arena<Tiny>| {
            let clock = arena.clients[ann].replica().clock().expect("ann plays");
            clock.present(arena.now()) - f64::from(arena.room.tick_now().0)
        };
        let before = ahead(&arena);
        let until = arena.now() + Micros::from_millis(800);
        if up {
            arena.clients[ann].up.stall(until);
        }
        if down {
            arena.clients[ann].down.stall(until);
        }
        for _ in 0..60 {
            arena.step();
            let moved = ahead(&arena) - before;
            assert!(moved.abs() < 0.5, "up {up}, down {down}: by {moved} ticks");
        }
    }
}

#[test]
fn a_window_that_sleeps_for_some_seconds_is_caught_up_without_a_storm_of_inputs() {
    for clock_sleeps in [false, true] {
        let mut arena = arena::<Zoo>(3);
        let ann = connect(&mut arena, 40);
        arena.clients[ann].picture_period = Micros(16_667);
        arena.clients[ann].replica_mut().set_input(Want { steer: 1 });
        draw(&mut arena, 90);
        let sent = arena.clients[ann].replica().report().inputs;
        let wakes_at = arena.now() + Micros::from_seconds(6);
        arena.clients[ann].next_picture = wakes_at;
        draw(&mut arena, 6 * 30);
        if clock_sleeps {
            // Its clock stood still with it.
            arena.clients[ann].clock_off -= 6_000_000;
        }
        draw(&mut arena, 3);
        assert!(arena.clients[ann].replica().report().inputs - sent <= 8, "a storm of inputs");
        if !clock_sleeps {
            assert_eq!(arena.clients[ann].replica().condition(arena.now()), Condition::CatchingUp);
        }
        draw(&mut arena, 30);
        let before = missing(&arena, ann);
        draw(&mut arena, 90);
        assert_eq!(missing(&arena, ann) - before, 0, "clock sleeps {clock_sleeps}: inputs are late");
        let clock = arena.clients[ann].clock(arena.now());
        assert_eq!(arena.clients[ann].replica().condition(clock), Condition::Playing);
        arena.clients[ann].picture_period = Micros(0);
        check_all(&mut arena, "after the sleep");
    }
}

fn draw<G: auspice::Game>(arena: &mut Arena<G>, ticks: u32) {
    for _ in 0..ticks {
        arena.step_with(|_, client, now| {
            let frame = client.replica_mut().frame(now);
            assert!((0.0..=1.0).contains(&frame.blend));
        });
    }
}

#[test]
fn a_window_that_sleeps_for_a_minute_is_closed_with_a_reason() {
    let mut arena = arena::<Tiny>(3);
    let ann = connect(&mut arena, 40);
    arena.steps(60);
    arena.clients[ann].next_picture = arena.now() + Micros::from_seconds(60);
    arena.steps(60 * 30);
    assert_eq!(arena.clients[ann].closed, Some(CloseReason::Stalled));
}

#[test]
fn a_clock_that_jumps_is_followed_within_a_second() {
    for seconds in [-3600, -30, -1, 1, 30, 3600] {
        let mut arena = arena::<Tiny>(3);
        // As far from its zero as it will go back.
        let ann = connect(&mut arena, 40);
        arena.clients[ann].clock_off = 10_000_000_000;
        draw(&mut arena, 90);
        arena.clients[ann].replica_mut().set_input(Walk { on: true });
        arena.clients[ann].clock_off += seconds * 1_000_000;
        draw(&mut arena, 30);
        let before = missing(&arena, ann);
        draw(&mut arena, 120);
        assert_eq!(missing(&arena, ann) - before, 0, "by {seconds} s");
        let clock = arena.clients[ann].clock(arena.now());
        let stats = arena.clients[ann].replica().net_stats(clock);
        assert_eq!(stats.condition, Condition::Playing, "by {seconds} s");
        assert!(stats.present - f64::from(stats.tick.0) < 10.0, "by {seconds} s: {stats:?}");
    }
}

#[test]
fn a_clock_that_goes_wrong_by_two_in_a_thousand_is_followed() {
    for wrong in [-67, 67] {
        let mut arena = arena::<Tiny>(3);
        let ann = connect(&mut arena, 40);
        arena.steps(60);
        let before = missing(&arena, ann);
        for _ in 0..1800 {
            // Two thousandths of a tick.
            arena.clients[ann].clock_off += wrong;
            arena.step();
        }
        let starved = missing(&arena, ann) - before;
        assert!(starved <= 2, "by {wrong} us a tick: {starved} starved of 1800");
    }
}

#[test]
fn the_own_entity_is_predicted_right_at_any_number_of_pictures() {
    for pictures in [10, 30, 60, 144, 240] {
        let mut arena = arena::<Range<200>>(3);
        let ann = connect(&mut arena, 50);
        arena.clients[ann].picture_period = Micros(1_000_000 / pictures);
        draw(&mut arena, 60);
        for tick in 0..900_u32 {
            arena.clients[ann].replica_mut().set_input(Aim { bolt: (tick / 17).is_multiple_of(2), ..Aim::default() });
            draw(&mut arena, 1);
        }
        let stats = arena.clients[ann].replica().net_stats(arena.now());
        assert!(stats.ticks_predicted > 800, "{pictures} pictures: {stats:?}");
        assert!(stats.ticks_mispredicted * 1000 <= stats.ticks_predicted, "{pictures} pictures: {stats:?}");
    }
}

#[test]
fn a_picture_replays_a_bounded_number_of_ticks_however_long_ago_the_last_one_was() {
    for (millis, one_way) in [(33, 125), (100, 0), (100, 125), (500, 125), (1500, 125), (3000, 50), (5000, 125)] {
        let link = Link { jitter: Micros::from_millis(20), ..delayed(one_way) };
        let mut arena = arena::<Range<200>>(3);
        let ann = arena.connect(link, link).expect("the name fits");
        arena.steps(60);
        let (mut drawn_at, mut most, mut pictures) = (Micros(0), 0, 0);
        let ahead = PREDICT_MILLIS_MAX as u32 * arena.room.terms().tick_hz / 1000;
        for tick in 0..900_u32 {
            // A trigger that the server has no input for in a pause, so that there is something to correct.
            let bolt = tick % 7 < 3;
            arena.step_with(|_, client, now| {
                client.replica_mut().set_input(Aim { bolt, ..Aim::default() });
                if now.since(drawn_at) < Micros::from_millis(millis) {
                    return;
                }
                drawn_at = now;
                let before = ADVANCED.get();
                let frame = client.replica_mut().frame(now);
                let things = (frame.shown.len() + frame.spawned.len()) as u64;
                // For each thing: back to what was stated and forward again, what was believed until now, and
                // the way to this picture. And what comes and goes meanwhile.
                let bound = (things + 6) * 3 * u64::from(ahead + 2);
                most = most.max(ADVANCED.get() - before);
                pictures += 1;
                assert!(
                    ADVANCED.get() - before <= bound,
                    "{millis} ms: {} ticks for {things} things",
                    ADVANCED.get() - before
                );
            });
        }
        let stats = arena.clients[ann].replica().net_stats(arena.now());
        assert!(
            pictures >= 5 && most > 0 && stats.condition == Condition::Playing,
            "{millis} ms: {pictures}, {most}, {stats:?}"
        );
        assert_eq!(arena.faults, []);
    }
}

#[test]
fn both_sides_count_the_same_of_starved_inputs() {
    let mut arena = arena::<Tiny>(3);
    let ann = connect(&mut arena, 20);
    arena.steps(90);
    let before = (missing(&arena, ann), arena.clients[ann].replica().net_stats(arena.now()).inputs_starved);
    // Not so long that the server holds updates back, which would have told of it.
    let until = arena.now() + Micros::from_millis(200);
    arena.clients[ann].up.stall(until);
    arena.steps(90);
    let after = (missing(&arena, ann), arena.clients[ann].replica().net_stats(arena.now()).inputs_starved);
    assert!(after.0 - before.0 >= 3);
    assert_eq!(after.0 - before.0, after.1 - before.1);
}
