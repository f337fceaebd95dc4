//! What a player's pictures show of its own ship and its own shots, where each tick is told and where news may wait.

use std::collections::BTreeSet;

use auspice::replica::{Frame, Replica};
use auspice::sim::{Arena, Link};
use auspice::{Micros, Terms, Tick};
use auspice_demo::{Demo, Entity, Input, Rules, TURN, Weapon};
use glam::Vec2;

/// Terms by which every tick is told, and those by which news may wait.
fn both(rules: Rules) -> [Terms<Rules>; 2] {
    [Terms::of::<Demo>(rules).strict(), Terms::of::<Demo>(rules)]
}

/// One player in an empty world, `one_way` milliseconds from the server, with `pictures` a second, who has
/// played for three seconds.
fn alone(terms: Terms<Rules>, one_way: u64, pictures: u64) -> Arena<Demo> {
    let link = Link { delay: Micros::from_millis(one_way), ..Link::default() };
    let mut arena = Arena::<Demo>::new(terms, 3).expect("the demo should be playable");
    let ann = arena.connect(link, link).expect("the name should fit");
    arena.clients[ann].picture_period = Micros(1_000_000 / pictures);
    play(&mut arena, 90, |_, _| Input::default(), |_| {});
    arena
}

/// Rules of a world in which there is nothing but players.
fn empty() -> Rules {
    Rules { npcs: 0, asteroids: 0, pickups: 0, walls: 0, ..Rules::default() }
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
            let input = decide(pictures, client.replica());
            client.replica_mut().set_input(input);
            look(&client.replica_mut().frame(now));
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
    for (terms, pictures) in
        both(empty()).into_iter().flat_map(|terms| [60, 144, 240].map(|pictures| (terms.clone(), pictures)))
    {
        let mut arena = alone(terms, 50, pictures);
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
                let (turned, once) =
                    (short_way((now - nose_before) as i32).abs() as f32, 83.0 * (present - present_before));
                swings += u32::from(turned > 1.5 * once);
                most = most.max(turned - 3.0 * once);
            }
            before = Some((present, now));
        });
        assert!(most < 4.0 && swings > 10, "{pictures} pictures: by {most} steps too many in one, {swings} swings");
        let stats = arena.clients[0].replica().net_stats(arena.now());
        assert_eq!(stats.ticks_mispredicted, 0, "{stats:?}");
    }
}

/// Every shot and missile of a picture as it is drawn: by the server's name for it or by the tick that
/// foretold it, how old it is, and where.
fn flying(frame: &Frame<'_, Demo>) -> Vec<Flying> {
    let see = |before: &Entity, after: &Entity, is_told: bool, foretold: Option<Tick>| {
        let age = match before {
            Entity::Shot(shot) => shot.age,
            Entity::Missile(missile) => missile.age,
            _ => return None,
        };
        let place = before.point()?.lerp(after.point()?, frame.blend);
        Some(Flying { born: frame.tick.0 - u32::from(age), is_told, foretold, place })
    };
    let told = frame.shown.iter().filter_map(|shown| see(&shown.before, &shown.after, true, shown.foretold));
    let foretold = frame.spawned.iter().filter_map(|own| see(&own.before, &own.after, false, Some(own.tick)));
    told.chain(foretold).collect()
}

/// Terms, milliseconds one way and weapons, each with each.
fn each_case(ways: &[u64]) -> impl Iterator<Item = (Terms<Rules>, u64, Weapon)> {
    both(empty()).into_iter().flat_map(move |terms| {
        let weapons = |way: &u64| [(*way, Weapon::Gun), (*way, Weapon::Missile)];
        ways.iter().flat_map(weapons).map(move |(way, weapon)| (terms.clone(), way, weapon))
    })
}

#[derive(Clone, Copy, Debug)]
struct Flying {
    /// The tick in which it was fired: a ship fires one thing at a time.
    born: u32,
    is_told: bool,
    foretold: Option<Tick>,
    place: Vec2,
}

#[test]
fn own_shots_and_missiles_leave_at_once_and_go_on_as_what_the_server_tells_of() {
    for (terms, one_way, weapon) in each_case(&[0, 25, 50, 100]) {
        let case = format!("patience {}, {one_way} ms, {weapon:?}", terms.patience_millis);
        let mut arena = alone(terms, one_way, 60);
        let (mut before, mut seen): (Vec<Flying>, _) = (Vec::new(), std::collections::BTreeMap::new());
        let speed = if weapon == Weapon::Gun { 650.0 } else { 300.0 };
        let decide = |_, _: &Replica<Demo>| Input {
            fire: weapon == Weapon::Gun,
            missile: weapon == Weapon::Missile,
            turn: 1,
            ..Input::default()
        };
        let mut told = 0;
        play(&mut arena, 300, decide, |frame| {
            let now = flying(frame);
            for one in &now {
                assert_eq!(now.iter().filter(|other| other.born == one.born).count(), 1, "a ghost: {now:?}");
                assert_eq!(one.foretold, Some(Tick(one.born)), "{one:?}");
                seen.entry(one.born).or_insert((frame.tick.0, one.is_told));
                told += u32::from(one.is_told);
                if let Some(was) = before.iter().find(|was| was.born == one.born) {
                    assert!(one.is_told || !was.is_told, "{case}: {was:?}, then {one:?}");
                    // A picture comes at an eighth of a tick, at the latest 21 ms after the one before.
                    let way = one.place.distance(was.place);
                    assert!(way < speed * 0.021 * 1.05 + 0.1, "{case}: {was:?}, then {one:?}");
                }
            }
            before = now;
        });
        let shots = if weapon == Weapon::Gun { 15 } else { 3 };
        assert!(seen.len() >= shots && told > 0, "{case}: {} seen, told of {told} times", seen.len());
        for (born, (tick, is_told)) in seen {
            assert_eq!((tick, is_told), (born, false), "{case}: it was seen first in tick {tick}");
        }
    }
}

#[test]
fn a_missile_that_turns_after_its_target_is_the_one_that_was_foretold() {
    let rules = Rules {
        size: 1400,
        npcs: 0,
        asteroids: 0,
        pickups: 0,
        walls: 0,
        spawn_shield_ms: 0,
        missile_damage: 0,
        missile_energy: 10,
        ..Rules::default()
    };
    both(rules).into_iter().for_each(chase);
}

/// Two players, of whom one has missiles follow the other.
fn chase(terms: Terms<Rules>) {
    let link = Link { delay: Micros::from_millis(100), jitter: Micros::from_millis(20), ..Link::default() };
    let mut arena = Arena::<Demo>::new(terms, 3).expect("the demo should be playable");
    for _ in 0..2 {
        arena.connect(link, link).expect("the name should fit");
    }
    arena.clients[0].picture_period = Micros(16_400);
    let (mut foretold, mut told, mut turned) = (BTreeSet::new(), BTreeSet::new(), 0);
    for tick in 0..3000_u32 {
        arena.step_with(|index, client, now| {
            let missile = index == 0 && tick > 60;
            let dodge = Input { turn: 1 - (tick / 40 % 3) as i8, thrust: index == 1, missile, ..Input::default() };
            client.replica_mut().set_input(dodge);
            let frame = client.replica_mut().frame(now);
            foretold.extend(frame.spawned.iter().filter(|_| index == 0).map(|own| own.tick));
            for shown in frame.shown.iter().filter(|_| index == 0) {
                let Entity::Missile(missile) = shown.after else { continue };
                turned += u32::from(missile.turn != 1);
                told.insert(shown.foretold.expect("every missile here is the player's own, and was foretold"));
            }
        });
    }
    assert_eq!(arena.faults, []);
    println!("{} missiles foretold, {} told of, {turned} pictures of turning ones", foretold.len(), told.len());
    // Some end at the edge before they are told of.
    assert!(told.len() >= 15 && turned > 100, "{} missiles, {turned} pictures of turning ones", told.len());
    assert!(foretold.is_superset(&told), "foretold {foretold:?}, told of {told:?}");
}

/// What a ship that never shoots comes to in most of a round among asteroids that do so much `damage`, by either terms:
/// how often it was thrown off, destroyed, and mispredicted. After a round nothing harms it, which its client does not
/// foresee.
fn among_asteroids(asteroid_damage: u32) -> [(u32, u32, u64); 2] {
    let rules = Rules { size: 1600, npcs: 0, asteroids: 30, pickups: 0, asteroid_damage, ..Rules::default() };
    both(rules).map(fly_among_asteroids)
}

fn fly_among_asteroids(terms: Terms<Rules>) -> (u32, u32, u64) {
    let link = Link { delay: Micros::from_millis(100), jitter: Micros::from_millis(20), ..Link::default() };
    let mut arena = Arena::<Demo>::new(terms, 3).expect("the demo should be playable");
    arena.connect(link, link).expect("the name should fit");
    arena.clients[0].picture_period = Micros(16_400);
    play(&mut arena, 90, |_, _| Input::default(), |_| {});
    let (mut thrown, mut destroyed, mut before) = (0, 0, None::<auspice_demo::Ship>);
    let at_start = arena.clients[0].replica().net_stats(arena.now()).ticks_mispredicted;
    for tick in 0..5000_u32 {
        let input = Input { turn: i8::from(tick % 90 < 20), thrust: tick % 50 < 35, ..Input::default() };
        play(&mut arena, 1, |_, _| input, |_| {});
        let ship = *arena
            .room
            .game()
            .world()
            .entities()
            .find_map(|(_, entity, _)| entity.as_ship())
            .expect("it should be there");
        if let Some(before) = before.replace(ship) {
            thrown += u32::from((ship.velocity - before.velocity).length_squared() > (80 * 16) * (80 * 16));
            destroyed += u32::from(before.is_alive() && !ship.is_alive());
        }
    }
    let mispredicted = arena.clients[0].replica().net_stats(arena.now()).ticks_mispredicted - at_start;
    (thrown, destroyed, mispredicted)
}

#[test]
fn a_ship_that_runs_into_asteroids_is_predicted_to_the_bit() {
    for (thrown, destroyed, mispredicted) in among_asteroids(0) {
        assert!(thrown > 20 && destroyed == 0, "thrown {thrown}, destroyed {destroyed}");
        assert_eq!(mispredicted, 0, "thrown {thrown} times");
    }
}

#[test]
fn the_harm_of_asteroids_is_predicted_and_a_death_is_not() {
    for (thrown, destroyed, mispredicted) in among_asteroids(2) {
        assert!(destroyed > 2 && thrown > 2 * destroyed, "thrown {thrown}, destroyed {destroyed}");
        // Each end and each return is known when it is told.
        assert!(mispredicted <= 2 * u64::from(destroyed) && mispredicted > 0, "{mispredicted} of {destroyed} deaths");
    }
}

#[test]
fn a_shot_that_was_tapped_wholly_within_a_stall_is_taken_back_and_leaves_no_ghost() {
    for (terms, one_way, weapon) in each_case(&[0, 25, 100]) {
        let case = format!("patience {}, {one_way} ms, {weapon:?}", terms.patience_millis);
        let mut arena = alone(terms, one_way, 60);
        let (begin, mut drawn) = (arena.room.tick_now().0, Vec::new());
        let until = arena.now() + Micros::from_millis(400);
        arena.clients[0].up.stall(until);
        // Two ticks, some ticks before those that come in time again.
        let tapped = |picture: u32| (6..10).contains(&picture);
        let decide = |picture: u32, _: &Replica<Demo>| Input {
            fire: tapped(picture) && weapon == Weapon::Gun,
            missile: tapped(picture) && weapon == Weapon::Missile,
            ..Input::default()
        };
        let mut fired = 0;
        for tick in 0..60 {
            let pictures = tick * 2;
            play(
                &mut arena,
                1,
                |picture, replica| decide(pictures + picture, replica),
                |frame| {
                    drawn.extend((!flying(frame).is_empty()).then_some(frame.tick.0));
                },
            );
            let world = arena.room.game().world();
            fired += world.entities().filter(|(_, it, _)| matches!(it, Entity::Shot(_) | Entity::Missile(_))).count();
        }
        assert_eq!(fired, 0, "{case}: what comes too late is not done later");
        let (Some(first), Some(last)) = (drawn.first(), drawn.last()) else { panic!("{case}: it leaves at once") };
        // Until the server's state of the tick of the last press is there, for all the client knows it has been done.
        let bound = begin + 6 + 2 + 2 * (one_way as u32 * 2 / 33) + 3;
        assert!(
            *first <= begin + 10 + one_way as u32 * 2 / 33 && *last <= bound,
            "{case}: drawn {first} to {last}, begun {begin}"
        );
        let now = arena.now();
        let frame = arena.clients[0].replica_mut().frame(now);
        let truth = arena.room.game().world().entities().find_map(|(_, it, _)| it.as_ship().copied());
        let shown = frame.shown.iter().find_map(|shown| shown.before.as_ship().copied());
        assert_eq!(shown.map(|ship| ship.energy), truth.map(|ship| ship.energy), "{case}");
    }
}

#[test]
fn anothers_shots_are_not_taken_for_the_players_own() {
    both(Rules { size: 600, shot_damage: 0, ..empty() }).into_iter().for_each(duel);
}

/// Two players who fire all the time.
fn duel(terms: Terms<Rules>) {
    let link = Link { delay: Micros::from_millis(50), ..Link::default() };
    let mut arena = Arena::<Demo>::new(terms, 3).expect("the demo should be playable");
    for _ in 0..2 {
        arena.connect(link, link).expect("the name should fit");
    }
    arena.steps(60);
    let (mut own, mut others) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..300 {
        arena.step_with(|index, client, now| {
            client.replica_mut().set_input(Input { fire: true, turn: 1, ..Input::default() });
            let frame = client.replica_mut().frame(now);
            for shown in frame.shown.iter().filter(|shown| index == 0 && matches!(shown.after, Entity::Shot(_))) {
                if shown.foretold.is_some() {
                    own.insert(shown.id)
                } else {
                    others.insert(shown.id)
                };
            }
        });
    }
    // Both fire all the time, as fast as each other.
    assert!(own.is_disjoint(&others), "a shot is one player's or the other's");
    assert!(own.len() > 10 && others.len().abs_diff(own.len()) < 6, "{} own, {} of the other", own.len(), others.len());
}
