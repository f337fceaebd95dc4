//! The goals of the feel table, on some of its cells.

// A test binary has no outside that could reach anything.
#![allow(missing_docs)]

use auspice_bench::feel::{Cell, measure};

#[test]
fn players_alone_are_foreseen_and_never_jump() {
    for (rtt_ms, jitter_ms) in [(0, 0), (50, 0), (100, 20), (200, 20)] {
        let cell = Cell { rtt_ms, jitter_ms, stalls: false, interference: false, tick_hz: 30 };
        let feel = measure(cell, 20);
        assert!(feel.mispredicted < 0.001, "{cell:?}: {feel:?}");
        assert!(feel.starved < 0.001, "{cell:?}: {feel:?}");
        assert!(feel.echo.p50 < 1.51 && feel.echo.p99 <= 3.0, "{cell:?}: {feel:?}");
        assert!(feel.jumps_a_minute == 0.0 && feel.ships_shown > 10_000, "{cell:?}: {feel:?}");
        assert_eq!(feel.clock_jumps, 0, "{cell:?}");
    }
}

#[test]
fn no_clock_jumps_in_a_fight_or_a_stall() {
    for stalls in [false, true] {
        let cell = Cell { rtt_ms: 100, jitter_ms: 20, stalls, interference: true, tick_hz: 30 };
        let feel = measure(cell, 20);
        assert!(feel.corrections.count > 100, "{feel:?}");
        assert_eq!(feel.clock_jumps, 0, "{feel:?}");
    }
}
