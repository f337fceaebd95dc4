//! Times are the same at every tick rate: how far ahead a player's own is predicted, how far back others are shown.

use std::collections::BTreeMap;

use auspice::replica::PictureSettings;
use auspice::sim::Arena;
use auspice::{Display, Terms, Tick};

use crate::games::tiny::{Tiny, Walk};
use crate::games::{arena_with, connect};

/// The lowest rate, the usual ones, and the highest.
const RATES: [u32; 5] = [20, 30, 60, 120, 240];

#[test]
fn over_a_long_way_the_own_entity_obeys_at_once_at_any_tick_rate() {
    for tick_hz in RATES {
        let mut arena = arena_with::<Tiny>(Terms { tick_hz, ..Terms::of::<Tiny>(()).strict() }, 1);
        let ann = connect(&mut arena, 300);
        arena.steps(3 * tick_hz);
        let now = arena.now();
        let replica = arena.clients[ann].replica_mut();
        let held = replica.tick();
        let shown = replica.frame(now).tick;
        let ahead_millis = shown.since(held) * 1000 / tick_hz;
        assert!((600..800).contains(&ahead_millis), "at {tick_hz} Hz the picture is {ahead_millis} ms ahead");
    }
}

#[test]
fn over_a_long_way_others_are_shown_as_far_back_as_their_states_need_at_any_tick_rate() {
    for tick_hz in RATES {
        let mut arena = arena_with::<Tiny>(Terms { tick_hz, ..Terms::of::<Tiny>(()).strict() }, 1);
        let ann = connect(&mut arena, 300);
        arena.clients[ann]
            .replica_mut()
            .set_settings(PictureSettings::default().with_display(Some(Display::Interpolate)));
        for _ in 0..4 * tick_hz {
            arena.step_with(|_, client, now| {
                client.replica_mut().frame(now);
            });
        }
        let now = arena.now();
        let back = arena.clients[ann].replica().net_stats(now).interpolation_ticks;
        let back_millis = back * 1000 / tick_hz;
        assert!((600..800).contains(&back_millis), "at {tick_hz} Hz others are shown {back_millis} ms back");
    }
}

#[test]
fn a_picture_that_comes_late_shows_everybody_where_they_were_at_any_tick_rate() {
    for tick_hz in RATES {
        let mut arena = arena_with::<Tiny>(Terms { tick_hz, ..Terms::of::<Tiny>(()).strict() }, 1);
        let (ann, bob) = (connect(&mut arena, 20), connect(&mut arena, 20));
        let settings = PictureSettings { smoothing: false, ..PictureSettings::default() };
        arena.clients[ann].replica_mut().set_settings(settings.with_display(Some(Display::Interpolate)));
        // Both, so that neither loses the other from view.
        [ann, bob].iter().for_each(|&walker| arena.clients[walker].replica_mut().set_input(Walk { on: true }));
        let mut walked = BTreeMap::new();
        let mut step = |arena: &mut Arena<Tiny>| {
            arena.step();
            if let Some(seat) = arena.clients[bob].seat {
                walked.extend(arena.room.game().dots.get(&seat).map(|(_, dot)| (arena.room.tick_now(), dot.at)));
            }
        };
        for _ in 0..2 * tick_hz {
            step(&mut arena);
            let now = arena.now();
            arena.clients[ann].replica_mut().frame(now);
        }
        // Three quarters of a second without a picture, and with news of each tick.
        (0..tick_hz * 3 / 4).for_each(|_| step(&mut arena));
        let (now, bob) = (arena.now(), arena.clients[bob].replica().own());
        let replica = arena.clients[ann].replica_mut();
        let frame = replica.frame(now);
        let (tick, shown) =
            (frame.tick, frame.shown.iter().find(|shown| Some(shown.id) == bob).map(|shown| shown.before.at));
        let past = Tick(tick.0 - replica.net_stats(now).interpolation_ticks);
        assert_eq!(shown, walked.get(&past).copied(), "at {tick_hz} Hz, of {past:?}");
    }
}
