//! Clients whose timers are exact: they act at the very moments at which something comes or is due.

use auspice::Terms;

use crate::games::tiny::Tiny;
use crate::games::{arena_with, connect};

/// Rates at which a game may be played, in ticks a second.
const RATES_HZ: [u32; 5] = [20, 30, 60, 120, 240];

#[test]
fn a_client_with_exact_timers_sends_a_message_for_each_tick_and_no_more() {
    for tick_hz in RATES_HZ {
        for milliseconds in [0, 7, 40, 100] {
            let mut arena = arena_with::<Tiny>(Terms { tick_hz, ..Terms::of::<Tiny>(()).strict() }, 5);
            arena.has_exact_timers = true;
            let ann = connect(&mut arena, milliseconds);
            arena.steps(5 * tick_hz);
            let before = arena.clients[ann].messages_sent;
            arena.steps(30 * tick_hz);
            let sent = arena.clients[ann].messages_sent - before;
            let each_tick = sent as f64 / f64::from(30 * tick_hz);
            println!(
                "{tick_hz} Hz, {milliseconds} ms each way: {:.1} messages a second",
                each_tick * f64::from(tick_hz)
            );
            assert!(
                (0.99..=1.01).contains(&each_tick),
                "{tick_hz} Hz, {milliseconds} ms each way: {each_tick} messages a tick"
            );
        }
    }
}
