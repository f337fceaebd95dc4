//! What a player's pictures show of its own ship and its own shots.

use auspice::replica::{Frame, Replica};
use auspice::sim::{Arena, Link};
use auspice::{Micros, Terms};
use auspice_demo::{Demo, Entity, Input, Rules, TURN};

/// One player in an empty world, `one_way` milliseconds from the server, with `pictures` a second, who has played for three seconds.
fn alone(one_way: u64, pictures: u64) -> Arena<Demo> {
    let rules = Rules { npcs: 0, asteroids: 0, pickups: 0, walls: 0, ..Rules::default() };
    let link = Link { delay: Micros::from_millis(one_way), ..Link::default() };
    let mut arena = Arena::<Demo>::new(Terms::of::<Demo>(rules), 3).expect("the demo should be playable");
    let ann = arena.connect(link, link).expect("the name should fit");
    arena.clients[ann].picture_period = Micros(1_000_000 / pictures);
    play(&mut arena, 90, |_, _| Input::default(), |_| {});
    arena
}

/// `ticks` go by. Before each picture the player decides, by its number; then it looks.
fn play(
    arena: &mut Arena<Demo>,
    ticks: u32,
    mut decide: impl FnMut(u32, &Replica<Demo>) -> Input,
    mut look: impl FnMut(&Frame<'_, Demo>),
) {
    let mut pictures = 0;
    for _ in 0..ticks {
        arena.step_with(|_, client, now| {
            let input = decide(pictures, &client.replica);
            client.replica.set_input(input);
            look(&client.replica.frame(now));
            pictures += 1;
        });
    }
    assert_eq!(arena.faults, []);
}

/// Where the own ship's nose points, in steps of a turn.
fn nose(frame: &Frame<'_, Demo>) -> Option<f32> {
    let ship = |entity: &Entity| entity.as_ship().map(|ship| i32::from(ship.heading));
    frame.shown.iter().find_map(|shown| {
        let (from, to) = (ship(&shown.before)?, ship(&shown.after)?);
        Some(from as f32 + short_way(to - from) as f32 * frame.blend)
    })
}

fn short_way(steps: i32) -> i32 {
    let turn = i32::from(TURN);
    (steps + 3 * turn / 2).rem_euclid(turn) - turn / 2
}

#[test]
fn a_change_of_mind_in_the_middle_of_a_tick_does_not_snap_the_nose() {
    for pictures in [60, 144, 240] {
        let mut arena = alone(50, pictures);
        let (mut before, mut swings, mut most) = (None, 0, 0.0_f32);
        let every = pictures as u32 / 9 + 1;
        let decide = |picture: u32, _: &Replica<Demo>| {
            let turn = if (picture / every).is_multiple_of(2) { 1 } else { -1 };
            Input { turn, ..Input::default() }
        };
        play(&mut arena, 300, decide, |frame| {
            let (present, now) = (frame.tick.0 as f32 + frame.blend, nose(frame).expect("the own ship is shown"));
            if let Some((present_before, nose_before)) = before {
                // A ship turns by 83 steps in a tick, and twice that may have to be hidden until a tick later.
                let (turned, once) = (short_way((now - nose_before) as i32).abs() as f32, 83.0 * (present - present_before));
                swings += u32::from(turned > 1.5 * once);
                most = most.max(turned - 3.0 * once);
            }
            before = Some((present, now));
        });
        assert!(most < 4.0 && swings > 10, "{pictures} pictures: by {most} steps too many in one, {swings} swings");
        let stats = arena.clients[0].replica.net_stats(arena.now());
        assert_eq!(stats.ticks_mispredicted, 0, "{stats:?}");
    }
}
