//! Weapons, and what they do to ships.

use auspice::{Audience, ClientId, EntityId};
use auspice_demo::{Entity, Event, Hindsight, Input, LaserReport, Pilot, Rules, STEPS_PER_UNIT, Seen, Verdict, World};
use glam::IVec2;

use crate::common::{HZ, aim, clients, empty, events, ground, piloted, ship_of, snapshot, step, world};

#[test]
fn a_ship_dies_of_shots_scores_for_the_shooter_and_comes_back_whole() {
    let rules = Rules { size: 500, spawn_shield_ms: 0, ..empty() };
    let ground = ground(rules);
    let (mut world, clients) = (world(rules), clients(2));
    world.join(clients[0], "Ann");
    world.join(clients[1], "Bob");
    let mut pilot = Pilot::new(3);
    let mut destroyed = None;
    for _ in 0..120 * HZ {
        let input = piloted(&world, &mut pilot, &ground, clients[0]);
        step(&mut world, &[(clients[0], input)]);
        destroyed = world.drain_events().find_map(|told| match told {
            (Audience::Near(_, Some(client)), Event::Destroyed { ship, by, .. }) if client == clients[0] => {
                Some((ship, by))
            }
            _ => None,
        });
        if destroyed.is_some() {
            break;
        }
    }
    let ((ann, ann_ship), (bob, bob_ship)) = (ship_of(&world, clients[0]), ship_of(&world, clients[1]));
    assert_eq!(destroyed, Some((bob, Some(ann))));
    assert_eq!((ann_ship.score, bob_ship.is_alive()), (1, false));
    for tick in 1..=5 * HZ / 2 {
        assert!(!ship_of(&world, clients[1]).1.is_alive(), "it returned after {tick} ticks");
        step(&mut world, &[(clients[1], Input { thrust: true, ..Input::default() })]);
    }
    assert_eq!(u32::from(ship_of(&world, clients[1]).1.health), rules.health);
}

/// Two players in a world without anything else, and no shields.
fn duel() -> (World, ClientId, ClientId) {
    let clients = clients(2);
    let mut world = world(Rules { size: 600, laser_range: 1000, spawn_shield_ms: 0, ..empty() });
    world.join(clients[0], "Ann");
    world.join(clients[1], "Bob");
    step(&mut world, &[]);
    world.drain_events().for_each(drop);
    (world, clients[0], clients[1])
}

/// What the shooter's client showed of everyone else: a place that is so far from the true one.
struct Shifted<'a> {
    world: &'a [(EntityId, Entity)],
    by: IVec2,
}

impl Hindsight for Shifted<'_> {
    fn seen(&self, _client: ClientId, entity: EntityId) -> Option<Seen> {
        let (_, found) = self.world.iter().find(|(id, _)| *id == entity)?;
        Some(Seen { position: found.position()? + self.by, ticks_rewound: 5, is_clamped: false })
    }
}

/// Ann turns to where she sees Bob, and fires once: what she is told.
fn shoot(world: &mut World, ann: ClientId, bob: ClientId, by: IVec2) -> Vec<(ClientId, LaserReport)> {
    for _ in 0..5 * HZ {
        let seen = ship_of(world, bob).1.position + by;
        let input = aim(&ship_of(world, ann).1, seen, Input { laser: true, ..Input::default() });
        let all = snapshot(world);
        world.step(&[(ann, input)], &mut Vec::new(), &Shifted { world: &all, by });
        let reports = world.drain_events().filter_map(|told| match told {
            (Audience::One(client), Event::Laser(report)) => Some((client, report)),
            _ => None,
        });
        let reports: Vec<_> = reports.collect();
        if !reports.is_empty() {
            return reports;
        }
    }
    panic!("no laser was fired");
}

#[test]
fn a_laser_hits_what_the_shooter_saw_and_both_are_told_how() {
    let (mut world, ann, bob) = duel();
    let by = IVec2::new(0, 70 * STEPS_PER_UNIT);
    let reports = shoot(&mut world, ann, bob, by);
    let (_, report) = &reports[0];
    assert_eq!(reports.iter().map(|(client, _)| *client).collect::<Vec<_>>(), [ann, bob]);
    assert_eq!(reports[1].1, *report);
    assert_eq!((report.verdict, report.ticks_rewound), (Verdict::Hit, 5));
    assert_eq!(IVec2::from_array(report.target_seen) - IVec2::from_array(report.target_now), by);
    assert_eq!(u32::from(ship_of(&world, bob).1.health), Rules::default().health - Rules::default().laser_damage);
}

#[test]
fn a_laser_that_misses_what_the_shooter_saw_hits_nobody_who_is_there() {
    let (mut world, ann, bob) = duel();
    // Ann sees Bob far from where he is, and aims at where he is.
    for _ in 0..5 * HZ {
        let (own, bob_ship) = (ship_of(&world, ann).1, ship_of(&world, bob).1);
        let input = aim(&own, bob_ship.position, Input { laser: true, ..Input::default() });
        let across = (bob_ship.position - own.position).perp();
        let by = across * 60 * STEPS_PER_UNIT / across.as_vec2().length() as i32;
        let all = snapshot(&world);
        world.step(&[(ann, input)], &mut Vec::new(), &Shifted { world: &all, by });
        let told = events(world.drain_events()).into_iter().find_map(|event| match event {
            Event::Laser(report) => Some(report),
            _ => None,
        });
        if let Some(report) = told {
            assert!(matches!(report.verdict, Verdict::Missed(1..)), "{report:?}");
            assert_eq!(u32::from(ship_of(&world, bob).1.health), Rules::default().health);
            return;
        }
    }
    panic!("no laser was fired");
}

#[test]
fn a_missile_follows_one_who_flies_across_and_does_not_turn_back_on_its_shooter() {
    let (mut world, ann, bob) = duel();
    let mut hits = 0;
    for _ in 0..60 * HZ {
        let (own, target) = (ship_of(&world, ann).1, ship_of(&world, bob).1);
        let input = aim(&own, target.position, Input { missile: true, ..Input::default() });
        let before = target.health;
        step(&mut world, &[(ann, input), (bob, Input { thrust: true, turn: 1, ..Input::default() })]);
        hits += u32::from(ship_of(&world, bob).1.health < before);
        assert_eq!(u32::from(ship_of(&world, ann).1.health), Rules::default().health);
    }
    assert!(hits >= 4, "{hits} missiles hit");
}
