//! Inputs from the player's hand to the tick that takes them.

use auspice::sim::Link;
use auspice::{Micros, Terms};

use crate::games::tiny::{Tiny, Walk};
use crate::games::{arena, arena_with, check_all, connect, delayed};

fn missing_after_settling(up: Link, down: Link, tick_hz: u32) -> (u64, u64) {
    let mut arena = arena_with::<Tiny>(Terms { tick_hz, ..Terms::of::<Tiny>(()) }, 3);
    let ann = arena.connect(up, down).expect("the name fits");
    arena.steps(tick_hz * 2);
    let before = report(&mut arena, ann);
    arena.steps(tick_hz * 30);
    let after = report(&mut arena, ann);
    (after.missing - before.missing, after.received - before.received)
}

#[test]
fn nearly_every_input_is_there_for_its_tick_whatever_the_round_trip() {
    for milliseconds in [0, 10, 50, 125] {
        for tick_hz in [10, 30, 60] {
            let link = delayed(milliseconds);
            let (missing, received) = missing_after_settling(link, link, tick_hz);
            let case = format!("{milliseconds} ms each way at {tick_hz} Hz");
            assert!(missing * 1000 <= received, "{case}: {missing} missing of {received}");
        }
    }
}

#[test]
fn a_client_with_few_pictures_a_second_has_its_inputs_there_too() {
    // At 30 ticks a second up to three inputs come at once.
    for pictures_a_second in [10, 20, 25, 60] {
        let mut arena = arena::<Tiny>(3);
        let ann = connect(&mut arena, 30);
        arena.clients[ann].picture_period = Micros(1_000_000 / pictures_a_second);
        arena.steps(200);
        let before = report(&mut arena, ann);
        arena.steps(900);
        let after = report(&mut arena, ann);
        let (late, received) = (after.late - before.late, after.received - before.received);
        assert!(late * 100 <= received, "{pictures_a_second} pictures a second: {late} late of {received}");
    }
}

/// What the server counted of a client's inputs.
fn report<G: auspice::Game>(arena: &mut auspice::sim::Arena<G>, client: usize) -> auspice::message::InputReport {
    arena.clients[client].replica_mut().ask_report();
    loop {
        arena.step();
        if let Some(report) = arena.clients[client].reports.pop() {
            return report;
        }
    }
}

#[test]
fn jitter_of_half_a_tick_costs_few_inputs() {
    let link = Link { jitter: Micros::from_millis(15), ..delayed(40) };
    let (missing, received) = missing_after_settling(link, link, 30);
    assert!(missing * 100 <= received, "{missing} missing of {received}");
}

/// Half a minute of a player who walks every other second: messages sent, how far it got, and what the server counted.
fn half_a_minute(input_every: u32, milliseconds: u64) -> (u64, i32, auspice::message::InputReport) {
    half_a_minute_of(Terms { input_every, ..Terms::of::<Tiny>(()).strict() }, milliseconds)
}

fn half_a_minute_of(terms: Terms<()>, milliseconds: u64) -> (u64, i32, auspice::message::InputReport) {
    let mut arena = arena_with::<Tiny>(terms, 8);
    let ann = connect(&mut arena, milliseconds);
    arena.steps(90);
    let before = report(&mut arena, ann);
    let mut messages = 0;
    for step in 0..900 {
        let client = &mut arena.clients[ann];
        client.replica_mut().set_input(Walk { on: step / 37 % 2 == 0 });
        client.last_sent = None;
        arena.step();
        messages += u64::from(arena.clients[ann].last_sent.is_some());
    }
    let after = report(&mut arena, ann);
    check_all(&mut arena, "at the end");
    let counts = auspice::message::InputReport {
        received: after.received - before.received,
        missing: after.missing - before.missing,
        late: after.late - before.late,
        early: after.early - before.early,
        repeated: after.repeated - before.repeated,
    };
    let seat = arena.clients[ann].seat.expect("ann plays");
    (messages, arena.room.game().dots[&seat].1.at, counts)
}

#[test]
fn who_wants_the_same_may_say_so_seldom_and_is_understood_as_well() {
    for milliseconds in [0, 25, 125] {
        let (_, usually_walked, _) = half_a_minute(1, milliseconds);
        assert!(usually_walked > 400);
        for input_every in 2..=4 {
            let (messages, walked, counts) = half_a_minute(input_every, milliseconds);
            let case =
                format!("every {input_every} ticks, {milliseconds} ms each way: {messages} messages, {counts:?}");
            // Some twenty times it said something new in between, and began to count anew.
            assert!(messages <= 900 / u64::from(input_every) + 80, "{case}");
            // Where the clock stands within a tick decides whether a change comes with this one or the next.
            assert!(walked.abs_diff(usually_walked) <= 12, "{case}: {walked} against {usually_walked}");
            assert!(counts.received.abs_diff(900) <= 12, "{case}");
            assert_eq!((counts.missing, counts.late, counts.early, counts.repeated), (0, 0, 0, 0), "{case}");
        }
    }
}

#[test]
fn where_updates_wait_inputs_do_and_are_understood_as_well() {
    for milliseconds in [0, 25, 125] {
        let (strict, usually_walked, _) = half_a_minute(1, milliseconds);
        let (messages, walked, counts) = half_a_minute_of(Terms::of::<Tiny>(()), milliseconds);
        let case = format!("{milliseconds} ms each way: {messages} messages, {strict} without patience, {counts:?}");
        println!("{case}");
        assert!(messages * 2 < strict, "{case}");
        assert!(walked.abs_diff(usually_walked) <= 12, "{case}: {walked} against {usually_walked}");
        assert!(counts.received.abs_diff(900) <= 16, "{case}");
        assert_eq!((counts.missing, counts.late, counts.early, counts.repeated), (0, 0, 0, 0), "{case}");
    }
}

#[test]
fn an_input_takes_effect_one_to_three_ticks_after_it_is_given() {
    let mut arena = arena::<Tiny>(1);
    let ann = connect(&mut arena, 0);
    arena.steps(90);
    let seat = arena.clients[ann].seat.expect("ann plays");
    arena.clients[ann].replica_mut().set_input(Walk { on: true });
    let mut ticks = 0;
    while arena.room.game().dots[&seat].1.at == 0 {
        arena.step();
        ticks += 1;
    }
    assert!((1..=3).contains(&ticks), "{ticks} ticks");
}

#[test]
fn nobody_moves_faster_by_sending_more() {
    let mut arena = arena::<Tiny>(1);
    let (ann, bob) = (connect(&mut arena, 0), connect(&mut arena, 0));
    for client in [ann, bob] {
        arena.clients[client].replica_mut().set_input(Walk { on: true });
    }
    // Bob's messages all go out twice; the copies are stamped for ticks that are already spoken for.
    for _ in 0..200 {
        let seat = arena.clients[bob].seat;
        if let (Some(seat), Some(message)) = (seat, arena.clients[bob].last_sent.clone()) {
            // The copy shifts what later messages are coded against, so Bob may well be closed for it; he
            // gains nothing.
            let _ = arena.room.handle_message(seat, &message);
        }
        arena.step();
    }
    let game = arena.room.game();
    let at = |seat: Option<auspice::ClientId>| seat.and_then(|seat| game.dots.get(&seat)).map_or(0, |(_, dot)| dot.at);
    assert!(at(arena.clients[bob].seat) <= at(arena.clients[ann].seat) + 1);
}

#[test]
fn a_button_that_is_let_go_of_within_a_tick_was_pressed_in_one() {
    for milliseconds in [0, 60] {
        let mut arena = arena::<Tiny>(1);
        let ann = connect(&mut arena, milliseconds);
        arena.steps(60);
        let seat = arena.clients[ann].seat.expect("ann plays");
        for taps in 1..=20 {
            let replica = arena.clients[ann].replica_mut();
            replica.set_input(Walk { on: true });
            replica.set_input(Walk { on: false });
            replica.set_input(Walk { on: false });
            arena.steps(30);
            assert_eq!(arena.room.game().dots[&seat].1.at, taps, "after {taps} taps, {milliseconds} ms each way");
        }
    }
}

#[test]
fn a_button_is_held_no_longer_than_it_is() {
    let mut arena = arena::<Tiny>(1);
    let ann = connect(&mut arena, 0);
    arena.steps(60);
    let seat = arena.clients[ann].seat.expect("ann plays");
    let hold = |arena: &mut auspice::sim::Arena<Tiny>, on| arena.clients[ann].replica_mut().set_input(Walk { on });
    hold(&mut arena, true);
    arena.steps(5);
    // It is still down in the picture before the one in which it is not.
    hold(&mut arena, true);
    hold(&mut arena, false);
    arena.steps(30);
    assert_eq!(arena.room.game().dots[&seat].1.at, 5);
}
