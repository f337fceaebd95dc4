//! The goals of the feel table, on some of its cells.

// A test binary has no outside that could reach anything.
#![allow(missing_docs)]

use auspice::limits::PATIENCE_MILLIS;
use auspice::replica::PictureSettings;
use auspice_claims::feel::{Cell, measure, measure_w1, split_w1};

const CELL: Cell = Cell { rtt_ms: 100, jitter_ms: 20, stall_ms: 0, interference: true, tick_hz: 30 };

#[test]
fn players_alone_are_foreseen_and_never_jump() {
    for (rtt_ms, jitter_ms) in [(0, 0), (50, 0), (100, 20), (200, 20)] {
        let cell = Cell { rtt_ms, jitter_ms, interference: false, ..CELL };
        let feel = measure(cell, 20, PictureSettings::default());
        assert!(feel.mispredicted < 0.001, "{cell:?}: {feel:?}");
        assert!(feel.starved < 0.001, "{cell:?}: {feel:?}");
        assert!(feel.echo.p50 < 1.51 && feel.echo.p99 <= 3.0, "{cell:?}: {feel:?}");
        assert!(feel.jumps_a_minute == 0.0 && feel.looks > 10_000, "{cell:?}: {feel:?}");
        assert_eq!(feel.clock_jumps, 0, "{cell:?}");
    }
}

#[test]
fn nothing_jumps_in_a_fight() {
    for (rtt_ms, jitter_ms, stall_ms) in [(0, 0, 0), (50, 20, 0), (100, 0, 200), (200, 20, 0), (200, 0, 200)] {
        let cell = Cell { rtt_ms, jitter_ms, stall_ms, ..CELL };
        let feel = measure(cell, 60, PictureSettings::default());
        assert!(feel.jumps_a_minute == 0.0 && feel.looks > 300_000, "{cell:?}: {feel:?}");
        assert!(feel.teleports_a_minute == 0.0 && feel.corrections.count > 1000, "{cell:?}: {feel:?}");
    }
}

#[test]
fn asteroids_do_not_correct_the_own_ship() {
    for (rtt_ms, jitter_ms) in [(100, 0), (200, 20)] {
        let feel = measure(Cell { rtt_ms, jitter_ms, ..CELL }, 60, PictureSettings::default());
        let [.., asteroid, destroyed, _] = feel.own_causes;
        assert!(asteroid.count == 0 && destroyed.count > 10, "{feel:?}");
        // What is left is a wreck that flies on without the engine or the turn that its player still wants.
        assert!(feel.own_corrections.p99 < 2.0, "{feel:?}");
    }
}

#[test]
fn without_smoothing_the_same_fight_is_seen_to_jump() {
    let feel = measure(CELL, 20, PictureSettings { smoothing: false, ..PictureSettings::default() });
    assert!(feel.jumps_a_minute > 100.0, "{feel:?}");
}

#[test]
fn a_stall_of_a_fifth_of_a_second_moves_the_own_ship_by_little() {
    for rtt_ms in [0, 100, 200] {
        let cell = Cell { rtt_ms, jitter_ms: 0, stall_ms: 200, interference: false, ..CELL };
        let feel = measure(cell, 60, PictureSettings::default());
        // Nothing passes for 4 % of the time. What the player changes then comes too late, and is not done.
        assert!(feel.starved < 0.04 && feel.mispredicted < 0.02, "{cell:?}: {feel:?}");
        assert!(feel.own_after_stall.p50 < 0.2 && feel.own_after_stall.p99 < 1.0, "{cell:?}: {feel:?}");
        assert!(feel.jumps_a_minute == 0.0 && feel.teleports_a_minute == 0.0, "{cell:?}: {feel:?}");
    }
}

#[test]
fn patience_shows_what_is_near_where_it_is_and_what_is_far_off_by_little_more() {
    for rtt_ms in [0, 100] {
        let [(strict, often), (patient, seldom)] = [0, PATIENCE_MILLIS].map(|millis| measure_w1(rtt_ms, millis, 30));
        let more: Vec<f64> = strict.iter().zip(&patient).map(|(strict, patient)| patient.p99 - strict.p99).collect();
        assert!(more[0] < 0.01 && more.iter().all(|more| *more < 0.35), "{rtt_ms} ms: {more:?} m");
        assert!(seldom < 0.3 * often, "{seldom} updates a second of {often}");
    }
}

#[test]
fn few_messages_go_where_news_waits_and_each_has_a_cause() {
    let split = split_w1(0, PATIENCE_MILLIS, 20);
    assert!(split.all_updates() < 8.6 && split.all_inputs() < 5.5, "{split:?}");
    let [down, up] = split.bytes;
    assert!(down < 720.0 && up < 660.0 && split.missing < 0.01, "{split:?}");
}

#[test]
fn no_clock_jumps_in_a_fight_or_a_stall() {
    for stall_ms in [0, 200] {
        let feel = measure(Cell { stall_ms, ..CELL }, 20, PictureSettings::default());
        assert!(feel.corrections.count > 100, "{feel:?}");
        assert_eq!(feel.clock_jumps, 0, "{feel:?}");
    }
}
