//! What is shown, and how that can be switched while playing.

use auspice::replica::PictureSettings;
use auspice::{Display, Micros};

use crate::games::range::{Aim, BOLT, LATE, RELOAD, Range, STEPS, TARGET, THROW, Thing, x};
use crate::games::{arena, connect};

type Game = Range<200>;

#[test]
fn what_is_shown_in_the_past_is_the_truth_of_then() {
    let mut arena = arena::<Game>(9);
    let ann = connect(&mut arena, 60);
    let (mut truth, mut compared) = (std::collections::BTreeMap::new(), 0);
    for tick in 0..600 {
        arena.step_with(|_, client, now| {
            let replica = client.replica_mut();
            if let Some(held) = replica.entity(LATE) {
                truth.insert(replica.tick().0, x(&held.entity));
            }
            let behind = replica.net_stats(now).interpolation_ticks;
            let frame = replica.frame(now);
            let at = frame.tick.0.wrapping_sub(behind);
            let Some(shown) = frame.shown.iter().find(|shown| shown.id == LATE) else { return };
            if tick > 150 {
                compared += 1;
                assert_eq!(Some(&x(&shown.before)), truth.get(&at), "tick {at}");
            }
        });
    }
    assert!(compared > 3000);
    let stats = arena.clients[ann].replica().net_stats(arena.now());
    // 120 ms there and back are 3.6 ticks, an input's lead one, the way from state to state one.
    assert!((4..=7).contains(&stats.interpolation_ticks), "{} ticks in the past", stats.interpolation_ticks);
}

/// By how many ticks client `index` shows the past, after as many `ticks` with a picture each.
fn past_after(arena: &mut auspice::sim::Arena<Game>, index: usize, ticks: u32) -> u32 {
    for _ in 0..ticks {
        arena.step_with(|_, client, now| {
            client.replica_mut().frame(now);
        });
    }
    arena.clients[index].replica().net_stats(arena.now()).interpolation_ticks
}

#[test]
fn a_stall_says_nothing_of_how_far_the_past_must_be() {
    let mut arena = arena::<Game>(9);
    let ann = connect(&mut arena, 30);
    let calm = past_after(&mut arena, ann, 150);
    for stalled_ms in [150, 300, 600] {
        let until = arena.now() + Micros::from_millis(stalled_ms);
        arena.clients[ann].down.stall(until);
        for _ in 0..90 {
            let past = past_after(&mut arena, ann, 1);
            // Its first 100 ms may be jitter: three ticks.
            assert!(past <= calm + 3, "{calm} ticks before a stall of {stalled_ms} ms, then {past}");
        }
        assert!(past_after(&mut arena, ann, 150) <= calm);
    }
}

#[test]
fn the_past_follows_the_jitter_and_comes_back() {
    let mut arena = arena::<Game>(9);
    let ann = connect(&mut arena, 30);
    arena.steps(30);
    let calm = past_after(&mut arena, ann, 150);
    arena.clients[ann].down = auspice::sim::Line::new(
        auspice::sim::Link { delay: Micros::from_millis(30), jitter: Micros::from_millis(120), ..Default::default() },
        3,
    );
    let rough = past_after(&mut arena, ann, 150);
    assert!(rough >= calm + 2, "{calm} ticks, then {rough}");
    arena.clients[ann].down.calm();
    let calm_again = past_after(&mut arena, ann, 200);
    assert!(calm_again < rough, "{rough} ticks, then {calm_again}");
}

/// The longest way that something went from one picture to the next, in metres, while `switch` changed the
/// settings now and then.
fn longest_step(switch: impl Fn(u32) -> PictureSettings) -> f32 {
    let mut arena = arena::<Game>(2);
    let ann = connect(&mut arena, 50);
    arena.steps(60);
    let (mut before, mut longest) = (None, 0.0_f32);
    for tick in 0..600 {
        arena.clients[ann].replica_mut().set_settings(switch(tick));
        arena.step_with(|_, client, now| {
            let frame = client.replica_mut().frame(now);
            let Some(shown) = frame.shown.iter().find(|shown| shown.id == TARGET) else { return };
            let (from, to) = (x(&shown.before) as f32, x(&shown.after) as f32);
            let at = (from + (to - from) * frame.blend) / STEPS as f32;
            longest = longest.max(before.map_or(0.0, |before: f32| (at - before).abs()));
            before = Some(at);
        });
    }
    longest
}

#[test]
fn surprises_and_live_switches_are_smoothed_and_without_smoothing_they_are_not() {
    // 8 pictures a tick: a target goes 2.5 cm in one, and a correction of 12 m/s another 5.
    let every = |tick: u32, display| if (tick / 90).is_multiple_of(2) { None } else { Some(display) };
    assert!(longest_step(|_| PictureSettings::default()) < 0.1);
    let switched = longest_step(|tick| PictureSettings::default().with_display(every(tick, Display::Interpolate)));
    assert!(switched < 0.15, "{switched} m in a picture");
    let bare = longest_step(|_| PictureSettings { smoothing: false, ..PictureSettings::default() });
    assert!(bare > 0.5, "surprises without smoothing are to be seen, not {bare} m");
}

#[test]
fn a_bolt_is_there_at_once_and_is_the_same_when_the_server_tells_of_it() {
    let mut arena = arena::<Game>(2);
    let ann = connect(&mut arena, 80);
    arena.steps(60);
    arena.clients[ann].replica_mut().set_input(Aim { bolt: true, ..Aim::default() });
    // Every bolt in a picture, by where it is: spawned here or told of by the server, never both, and none is
    // lost in between.
    let (mut first, mut spawned, mut most, mut since) = (None, 0, 0, Micros(0));
    for tick in 0..120_u32 {
        arena.step_with(|_, client, now| {
            let frame = client.replica_mut().frame(now);
            let told = frame.shown.iter().filter_map(|shown| bolt(&shown.before));
            let mut bolts: Vec<i32> =
                told.chain(frame.spawned.iter().filter_map(|spawned| bolt(&spawned.before))).collect();
            bolts.sort_unstable();
            if !bolts.is_empty() && first.is_none() {
                first = Some(tick);
                since = now;
            }
            assert!(bolts.windows(2).all(|two| two[1] - two[0] == i32::from(RELOAD + 1) * BOLT), "{bolts:?}");
            spawned = spawned.max(frame.spawned.len());
            most = most.max(bolts.len());
        });
    }
    // The round trip is five ticks.
    assert!(first.is_some_and(|first| first <= 2), "the first bolt after {first:?} ticks");
    assert!(spawned >= 1 && most >= 3, "{spawned} at once before the server's word, {most} at once");
    let stats = arena.clients[ann].replica().net_stats(arena.now());
    assert_eq!(stats.ticks_mispredicted, 0, "{stats:?}");
    assert!(stats.ticks_predicted > 100 && since > Micros(0));
}

/// By how many steps less, and more, than its speed any bolt moved from one picture to the next; and in how
/// many pictures bolts did. Some of them are thrown if `throws`.
fn ways_of_bolts(throws: bool, picture_period: Micros) -> (f32, f32, u32) {
    let mut arena = arena::<Game>(2);
    let ann = connect(&mut arena, 80);
    arena.clients[ann].picture_period = picture_period;
    arena.steps(60);
    let (mut before, mut bolts_before) = (0.0, std::collections::BTreeMap::new());
    let (mut less, mut more, mut ways) = (0.0_f32, 0.0_f32, 0);
    for tick in 0..900_u32 {
        arena.step_with(|_, client, now| {
            client.replica_mut().set_input(Aim {
                bolt: true,
                throws: throws && tick.is_multiple_of(23),
                ..Aim::default()
            });
            let frame = client.replica_mut().frame(now);
            let present = f64::from(frame.tick.0) + f64::from(frame.blend);
            let even = (present - before) as f32 * BOLT as f32;
            let at = |shown: &auspice::replica::Shown<Thing>| {
                let (from, to) = (bolt(&shown.before)? as f32, bolt(&shown.after)? as f32);
                Some((shown.id, from + (to - from) * frame.blend))
            };
            let bolts: std::collections::BTreeMap<_, _> = frame.shown.iter().filter_map(at).collect();
            for way in bolts.iter().filter_map(|(id, at)| Some(at - bolts_before.get(id)?)) {
                (less, more, ways) = (less.max(even - way), more.max(way - even), ways + 1);
            }
            (before, bolts_before) = (present, bolts);
        });
    }
    (less, more, ways)
}

#[test]
fn what_is_foreseen_to_end_moves_until_it_ends() {
    for millis in [0, 16, 30] {
        let (less, more, ways) = ways_of_bolts(false, Micros::from_millis(millis));
        assert!(less < 0.1 && more < 0.1, "{millis} ms: {less} steps less and {more} more than its speed in a picture");
        assert!(ways > 1000, "{ways} ways");
    }
}

#[test]
fn what_was_thought_to_end_and_is_elsewhere_does_not_jump() {
    for millis in [16, 30] {
        let (_, more, ways) = ways_of_bolts(true, Micros::from_millis(millis));
        // 12 m/s hide a throw of 3 m. A picture comes at the next eighth of a tick.
        let hidden = 1.2 * (millis as f32 + 4.2);
        assert!(
            more > hidden / 2.0 && more < hidden + 2.0,
            "{millis} ms: {more} steps more than its speed, of a throw of {THROW}"
        );
        assert!(ways > 1000, "{ways} ways");
    }
}

fn bolt(thing: &Thing) -> Option<i32> {
    if let Thing::Bolt(bolt) = thing { Some(bolt.at.x) } else { None }
}

#[test]
fn without_prediction_the_own_entity_waits_for_the_server() {
    for (prediction, soonest, latest) in [(true, 0, 2), (false, 5, 12)] {
        let mut arena = arena::<Game>(2);
        let ann = connect(&mut arena, 80);
        arena.clients[ann].replica_mut().set_settings(PictureSettings { prediction, ..PictureSettings::default() });
        for _ in 0..60 {
            arena.step_with(|_, client, now| {
                client.replica_mut().frame(now);
            });
        }
        arena.clients[ann].replica_mut().set_input(Aim { bolt: true, ..Aim::default() });
        let mut pulled = None;
        for tick in 0..30 {
            arena.step_with(|_, client, now| {
                let own = client.replica().own();
                let frame = client.replica_mut().frame(now);
                let shown = frame.shown.iter().find(|shown| Some(shown.id) == own);
                if let Some(Thing::Shooter(shooter)) = shown.map(|shown| shown.before)
                    && shooter.reload > 0
                {
                    pulled.get_or_insert(tick);
                }
            });
        }
        assert!(pulled.is_some_and(|tick| (soonest..=latest).contains(&tick)), "prediction {prediction}: {pulled:?}");
    }
}

#[test]
fn ghosts_are_the_truth_the_belief_and_the_picture() {
    let mut arena = arena::<Game>(2);
    let ann = connect(&mut arena, 80);
    arena.steps(60);
    for _ in 0..200 {
        arena.step_with(|_, client, now| {
            let replica = client.replica_mut();
            let frame = replica.frame(now);
            let (tick, shown) = (frame.tick, frame.shown.iter().find(|shown| shown.id == TARGET).cloned());
            let (Some(shown), Some(ghosts)) = (shown, replica.ghosts(TARGET)) else { return };
            assert_eq!(Some(&ghosts.held), replica.entity(TARGET).map(|held| held.entity).as_ref());
            assert_eq!(ghosts.shown, shown.before);
            let Thing::Target(held) = ghosts.held else { panic!("a target is a target") };
            let believed = held.at.x + held.pace * tick.since(ghosts.held_at) as i32;
            assert_eq!(x(&ghosts.predicted), believed);
            assert!((x(&ghosts.shown) - believed) as f32 / STEPS as f32 - shown.offset.x < 0.02);
        });
    }
    assert!(arena.clients[ann].replica().ghosts(auspice::EntityId::new(77, 0)).is_none());
}
