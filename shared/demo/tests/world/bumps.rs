//! What ships fly into: asteroids and walls.

use auspice::Rng;
use auspice_demo::{Entity, Event, Input, Rules, STEPS_PER_UNIT, Verdict};
use glam::IVec2;

use crate::common::{HZ, aim, clients, empty, events, find, ground, ship_of, snapshot, step, world};

#[test]
fn asteroids_push_ships_away_and_hurt() {
    let mut world = world(Rules {
        asteroids: 400,
        size: 2000,
        npcs: 0,
        pickups: 0,
        walls: 0,
        spawn_shield_ms: 0,
        ..Rules::default()
    });
    let client = clients(1)[0];
    world.join(client, "Ann");
    let (mut hurt, mut bumps) = (0, 0);
    for _ in 0..40 * HZ {
        let before = ship_of(&world, client).1;
        step(&mut world, &[(client, Input { thrust: true, ..Input::default() })]);
        let (id, after) = ship_of(&world, client);
        hurt += u32::from(after.health < before.health);
        bumps += u32::from(before.velocity.dot(after.velocity) < 0 && after.is_alive());
        let here = find(&world, id).and_then(|entity| entity.point()).expect("a ship has a place");
        for (_, entity) in snapshot(&world) {
            let Entity::Asteroid(asteroid) = entity else { continue };
            let apart = entity.point().expect("an asteroid has a place").distance(here);
            // Between two asteroids, or one and the edge, there may be no room.
            assert!(
                apart > 20.0 * f32::from(asteroid.size + 1) * 0.3 || !after.is_alive(),
                "{apart} from {asteroid:?}"
            );
        }
    }
    assert!(hurt > 3 && bumps > 3, "{hurt} times hurt, {bumps} times thrown back");
}

#[test]
fn a_wall_stops_ships_shots_and_lasers() {
    let rules = Rules { walls: 100, size: 1700, spawn_shield_ms: 0, ..empty() };
    let wall = ground(rules).level.walls.iter().next().expect("there should be a wall");
    let (mut world, client, mut rng) = (world(rules), clients(1)[0], Rng::new(8));
    world.join(client, "Ann");
    let (mut bumps, mut blocked) = (0, 0);
    for tick in 0..200 * HZ {
        let before = ship_of(&world, client).1;
        let target = if tick / 100 % 2 == 0 { (wall.low + wall.high) / 2 } else { IVec2::splat(100 * STEPS_PER_UNIT) };
        let input = aim(&before, target, Input { thrust: true, laser: rng.one_in(20), fire: true, ..Input::default() });
        step(&mut world, &[(client, input)]);
        let after = ship_of(&world, client).1;
        bumps += u32::from(before.velocity.dot(after.velocity) < 0);
        for (_, entity) in snapshot(&world) {
            let radius = if entity.as_ship().is_some() { 16 * STEPS_PER_UNIT } else { 0 };
            let Some(place) = entity.position() else { continue };
            for wall in ground(rules).level.walls.iter() {
                let inside = place.cmpgt(wall.low - radius).all() && place.cmplt(wall.high + radius).all();
                assert!(!inside, "{entity:?} in {wall:?}");
            }
        }
        let reports = events(world.drain_events()).into_iter();
        blocked +=
            reports.filter(|event| matches!(event, Event::Laser(report) if report.verdict == Verdict::Blocked)).count();
    }
    assert!(bumps > 5 && blocked > 5, "{bumps} bumps, {blocked} lasers blocked");
}
