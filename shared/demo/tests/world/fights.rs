//! Ships, weapons and what they do to each other.

use auspice::{ClientId, EntityId, Rng, Terms};
use auspice_demo::{
    Demo, Entity, Event, Hindsight, Input, LaserReport, Pilot, Power, Prize, Rules, STEPS_PER_UNIT, Seen, Ship, Told, Verdict,
    World,
};
use glam::IVec2;

use crate::common::{HZ, aim, any_input, clients, empty, events, find, piloted, ship_of, ships, snapshot, step, world};

#[test]
fn computers_find_fight_beat_and_return() {
    let mut world = world(Rules::default());
    let (mut destroyed, mut returned, mut shots) = (0, 0, 0);
    let mut wrecks = Vec::new();
    for _ in 0..60 * HZ {
        step(&mut world, &[]);
        shots += snapshot(&world).iter().filter(|(_, entity)| matches!(entity, Entity::Shot(shot) if shot.age == 0)).count();
        for told in world.drain_told() {
            if let Told::Near(_, _, Event::Destroyed { ship, by: Some(_), .. }) = told {
                destroyed += 1;
                wrecks.push(ship);
            }
        }
        wrecks.retain(|&wreck| {
            let lives = matches!(find(&world, wreck), Some(Entity::Ship(ship)) if ship.is_alive());
            returned += u32::from(lives);
            !lives
        });
    }
    let scores: u32 =
        snapshot(&world).iter().filter_map(|(_, entity)| entity.as_ship()).map(|ship| u32::from(ship.score)).sum();
    println!("{destroyed} ships destroyed by others, {returned} returned, {shots} shots, in a minute of {} ships", 40);
    assert!(destroyed >= 20, "{destroyed} were destroyed");
    assert_eq!(scores, destroyed);
    assert!(returned >= destroyed * 3 / 4, "{returned} of {destroyed} returned");
}

#[test]
fn the_same_seed_makes_the_same_world() {
    let run = |seed| {
        let mut world = World::new(&Terms::of::<Demo>(Rules::default()), seed);
        let clients = clients(8);
        let mut rng = Rng::new(9);
        for &client in &clients {
            world.join(client, "Ann");
        }
        for tick in 0..400 {
            if tick == 200 {
                world.leave(clients[3]);
            }
            let inputs: Vec<_> = clients.iter().map(|&client| (client, any_input(&mut rng))).collect();
            step(&mut world, &inputs);
        }
        snapshot(&world)
    };
    assert!(run(1) == run(1));
    assert!(run(1) != run(2));
}

#[test]
fn a_ship_dies_of_shots_scores_for_the_shooter_and_comes_back_whole() {
    let rules = Rules { size: 500, spawn_shield_ms: 0, ..empty() };
    let terms = Terms::of::<Demo>(rules);
    let (mut world, clients) = (world(rules), clients(2));
    world.join(clients[0], "Ann");
    world.join(clients[1], "Bob");
    let mut pilot = Pilot::new(3);
    let mut destroyed = None;
    for _ in 0..120 * HZ {
        let input = piloted(&world, &mut pilot, &terms, clients[0]);
        step(&mut world, &[(clients[0], input)]);
        destroyed = world.drain_told().find_map(|told| match told {
            Told::Near(_, Some(client), Event::Destroyed { ship, by, .. }) if client == clients[0] => Some((ship, by)),
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

#[test]
fn asteroids_push_ships_away_and_hurt() {
    let mut world =
        world(Rules { asteroids: 400, size: 2000, npcs: 0, pickups: 0, walls: 0, spawn_shield_ms: 0, ..Rules::default() });
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
            assert!(apart > 20.0 * f32::from(asteroid.size + 1) * 0.3 || !after.is_alive(), "{apart} from {asteroid:?}");
        }
    }
    assert!(hurt > 3 && bumps > 3, "{hurt} times hurt, {bumps} times thrown back");
}

/// Two players in a world without anything else, and no shields.
fn duel() -> (World, ClientId, ClientId) {
    let clients = clients(2);
    let mut world = world(Rules { size: 600, laser_range: 1000, spawn_shield_ms: 0, ..empty() });
    world.join(clients[0], "Ann");
    world.join(clients[1], "Bob");
    step(&mut world, &[]);
    world.drain_told().for_each(drop);
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
        let reports = world.drain_told().filter_map(|told| match told {
            Told::One(client, Event::Laser(report)) => Some((client, report)),
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
        let told = events(world.drain_told()).into_iter().find_map(|event| match event {
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
fn a_wall_stops_ships_shots_and_lasers() {
    let rules = Rules { walls: 100, size: 1700, spawn_shield_ms: 0, ..empty() };
    let wall = auspice_demo::walls(&rules).next().expect("there should be a wall");
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
            for wall in auspice_demo::walls(&rules) {
                let inside = place.cmpgt(wall.low - radius).all() && place.cmplt(wall.high + radius).all();
                assert!(!inside, "{entity:?} in {wall:?}");
            }
        }
        let reports = events(world.drain_told()).into_iter();
        blocked += reports.filter(|event| matches!(event, Event::Laser(report) if report.verdict == Verdict::Blocked)).count();
    }
    assert!(bumps > 5 && blocked > 5, "{bumps} bumps, {blocked} lasers blocked");
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

#[test]
fn a_prize_is_taken_once_and_the_next_comes_in_its_time() {
    let rules = Rules { pickups: 1, size: 500, spawn_shield_ms: 0, pickup_ms: 5000, ..empty() };
    let (mut world, clients) = (world(rules), clients(2));
    clients.iter().for_each(|&client| world.join(client, "Ann"));
    let pickup = |world: &World| {
        snapshot(world).into_iter().find_map(|(id, entity)| match entity {
            Entity::Pickup(pickup) => Some((id, pickup)),
            _ => None,
        })
    };
    let (id, first) = pickup(&world).expect("there should be a pickup");
    assert_eq!((first.prize(), first.is_there()), (Prize::Repair, true));
    let mut taken = Vec::new();
    for tick in 0..60 * HZ {
        let inputs: Vec<_> = clients
            .iter()
            .map(|&client| {
                (client, aim(&ship_of(&world, client).1, first.position, Input { thrust: true, ..Input::default() }))
            })
            .collect();
        step(&mut world, &inputs);
        for told in world.drain_told() {
            if let Told::One(_, Event::Took { prize }) = told {
                taken.push((tick, prize));
            }
        }
        let (same, now) = pickup(&world).expect("the place stays");
        assert_eq!(same, id);
        assert_eq!(now.prize() as usize, taken.len() % 4);
    }
    assert!(taken.len() >= 5, "{taken:?}");
    assert!(taken.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 5 * HZ), "{taken:?}");
    assert_eq!(taken[1].1, Prize::Shield);
}

#[test]
fn a_power_lasts_its_time_and_its_end_is_foreseen() {
    let rules = Rules { pickups: 1, size: 500, spawn_shield_ms: 0, ..empty() };
    let (mut world, client) = (world(rules), clients(1)[0]);
    world.join(client, "Ann");
    let place = snapshot(&world).iter().find_map(|(_, entity)| match entity {
        Entity::Pickup(pickup) => Some(pickup.position),
        _ => None,
    });
    let place = place.expect("there should be a pickup");
    let mut shielded = 0;
    for _ in 0..60 * HZ {
        let (id, own) = ship_of(&world, client);
        let input = aim(&own, place, Input { thrust: true, ..Input::default() });
        let mut foreseen = own;
        foreseen.obey(&input);
        let mut foreseen = Entity::Ship(foreseen);
        auspice_demo::advance(HZ, &rules, &mut foreseen);
        step(&mut world, &[(client, input)]);
        let now: Ship = find(&world, id).and_then(|entity| entity.as_ship().copied()).expect("it should be a ship");
        let took = world.drain_told().any(|told| matches!(told, Told::One(_, Event::Took { .. })));
        assert!(took || Entity::Ship(now) == foreseen);
        shielded += u32::from(now.power() == Power::Shield);
    }
    assert_eq!(shielded % (8 * HZ), 0, "{shielded} ticks of shields of eight seconds each");
    assert!(shielded > 0);
}

#[test]
fn a_lone_visitor_soon_meets_someone_and_both_win_and_lose() {
    let terms = Terms::of::<Demo>(Rules::default());
    let (mut meetings, mut wins, mut losses) = (Vec::new(), 0, 0);
    for seed in 0..20 {
        let mut world = World::new(&terms, seed);
        let client = clients(1)[0];
        // A world that has been played in for a while.
        (0..10 * HZ).for_each(|_| step(&mut world, &[]));
        world.join(client, "Ann");
        let (mut pilot, mut met) = (Pilot::new(seed), None);
        let (own, _) = ship_of(&world, client);
        for tick in 0..90 * HZ {
            let (_, ship) = ship_of(&world, client);
            // The first seconds it only looks, as people do.
            let input = if tick < 10 * HZ && met.is_none() {
                Input { thrust: tick % 60 < 20, turn: i8::from(tick % 90 < 10), ..Input::default() }
            } else {
                piloted(&world, &mut pilot, &terms, client)
            };
            step(&mut world, &[(client, input)]);
            let near = |other: &Ship| other.is_computer && (other.position - ship.position).as_vec2().length() < 400.0 * 32.0;
            if met.is_none() && ships(&world).iter().filter(|other| other.is_alive()).any(near) {
                met = Some(tick);
            }
            for event in events(world.drain_told()) {
                if let Event::Destroyed { ship, by, .. } = event {
                    wins += u32::from(by == Some(own));
                    losses += u32::from(ship == own && by.is_some());
                }
            }
        }
        meetings.push(met.expect("nobody met the visitor in a minute and a half"));
    }
    meetings.sort_unstable();
    println!("met after {meetings:?} ticks; {wins} wins and {losses} losses in 20 times 90 seconds");
    assert!(meetings[16] <= 10 * HZ, "{meetings:?}");
    assert!(wins >= 20 && losses >= 10, "{wins} wins, {losses} losses");
}

#[test]
fn computers_make_room_for_players_and_come_back() {
    let mut world = world(Rules { npcs: 12, size: 1500, respawn_ms: 500, ..Rules::default() });
    let clients = clients(8);
    let computers = |world: &World| ships(world).iter().filter(|ship| ship.is_computer).count();
    assert_eq!(computers(&world), 12);
    clients.iter().for_each(|&client| world.join(client, "Ann"));
    (0..180 * HZ).for_each(|_| step(&mut world, &[]));
    assert_eq!(computers(&world), 4);
    clients.iter().for_each(|&client| world.leave(client));
    (0..6 * HZ).for_each(|_| step(&mut world, &[]));
    assert_eq!(computers(&world), 12);
}

#[test]
fn computers_do_not_all_gang_up_on_one() {
    let rules = Rules { npcs: 9, size: 1400, asteroids: 0, walls: 0, pickups: 0, ..Rules::default() };
    let mut world = World::new(&Terms::of::<Demo>(rules), 4);
    let client = clients(1)[0];
    world.join(client, "Ann");
    let (mut after_sum, mut ticks) = (0, 0);
    for _ in 0..60 * HZ {
        step(&mut world, &[(client, Input::default())]);
        let (_, own) = ship_of(&world, client);
        if !own.is_alive() || own.is_shielded() {
            continue;
        }
        let is_after = |other: &&Ship| {
            let apart = (own.position - other.position).as_vec2();
            let off = (i32::from(auspice_demo::heading_of(apart)) - i32::from(other.heading) + 6144).rem_euclid(4096) - 2048;
            other.is_computer && other.is_alive() && off.abs() < 160 && apart.length() < 420.0 * 32.0
        };
        after_sum += ships(&world).iter().filter(is_after).count();
        ticks += 1;
    }
    let mean = after_sum as f32 / ticks as f32;
    println!("{mean:.2} of 8 were after the player on average");
    assert!(mean < 3.0, "{mean}");
}
