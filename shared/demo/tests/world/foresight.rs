//! What is foreseen is what happens, to the bit.

use auspice::{EntityId, Fate, Ground, Replicate, Rng, Terms};
use auspice_demo::{Demo, Entity, Input, Rules, Weapon, World};

use crate::common::{HZ, any_input, clients, empty, find, ground, ship_of, snapshot, step, world};

#[test]
fn what_is_foreseen_is_what_happens() {
    for hz in [10, 30, 60, 240] {
        let ground = Ground::new(Terms { tick_hz: hz, ..Terms::of::<Demo>(Rules { spawn_shield_ms: 0, ..empty() }) });
        let (mut world, mut rng, client) = (World::new(&ground, 1), Rng::new(2), clients(1)[0]);
        world.join(client, "Ann");
        let mut input = Input::default();
        // The first step takes the shield off.
        step(&mut world, &[(client, input)]);
        for tick in 0..10_000 {
            if rng.one_in(6) {
                input = any_input(&mut rng);
            }
            let (id, mut foreseen) = ship_of(&world, client);
            foreseen.obey(&input);
            let mut foreseen = Entity::Ship(foreseen);
            assert_eq!(auspice_demo::advance(&ground.level, &mut foreseen), Fate::Continues);
            step(&mut world, &[(client, input)]);
            assert_eq!(find(&world, id), Some(foreseen), "tick {tick} at {hz} Hz");
        }
    }
}

#[test]
fn every_state_survives_publishing_unchanged() {
    let mut world = world(Rules::default());
    for _ in 0..600 {
        step(&mut world, &[]);
        for (id, entity, label) in world.entities() {
            let mut row = [0; auspice::limits::COLUMNS_MAX];
            entity.write_row(&mut row);
            assert_eq!(Entity::read_row(entity.kind(), &row), *entity, "{id}");
            assert!(label.len() <= auspice::limits::LABEL_BYTES_MAX);
        }
    }
}

#[test]
fn a_shot_is_foreseen_from_its_birth_to_its_end() {
    let (mut world, client) = (world(empty()), clients(1)[0]);
    world.join(client, "Ann");
    let fire = Input { fire: true, ..Input::default() };
    step(&mut world, &[(client, fire)]);
    let is_shot = |(_, entity): &(EntityId, Entity)| matches!(entity, Entity::Shot(_));
    let (id, mut foreseen) = snapshot(&world).into_iter().find(is_shot).expect("a shot should have been fired");
    let rules = empty();
    let mut ticks = 1;
    loop {
        step(&mut world, &[(client, Input::default())]);
        let fate = auspice_demo::advance(&ground(rules).level, &mut foreseen);
        match find(&world, id) {
            Some(shot) => assert_eq!((fate, shot), (Fate::Continues, foreseen)),
            None => break assert_eq!(fate, Fate::Ends),
        }
        ticks += 1;
    }
    let inside = foreseen.point().expect("a shot has a place").cmpgt(glam::Vec2::splat(30.0)).all();
    assert!(!inside || ticks == 27, "it ended after {ticks} ticks at {foreseen:?}");
}

#[test]
fn a_client_knows_at_once_whether_its_weapon_fires() {
    let (mut world, mut rng, client) = (world(empty()), Rng::new(6), clients(1)[0]);
    world.join(client, "Ann");
    let rules = empty();
    let count = |world: &World, is_one: fn(&Entity) -> bool| {
        snapshot(world).iter().filter(|(_, entity)| is_one(entity)).count()
    };
    let (mut fired, mut births, mut reports) = ([0; 3], [0; 2], 0);
    for tick in 0..6000 {
        let input = if tick % 5 == 0 { any_input(&mut rng) } else { Input::default() };
        let (id, mut own) = ship_of(&world, client);
        own.obey(&input);
        let mut predicted = Entity::Ship(own);
        auspice_demo::advance(&ground(rules).level, &mut predicted);
        let weapon = own.weapon_due(&rules);
        assert_eq!(predicted.as_ship().and_then(|ship| ship.fired_since(&own)), weapon);
        let born = |entity: &Entity| matches!(entity, Entity::Shot(shot) if shot.age == 0);
        let launched = |entity: &Entity| matches!(entity, Entity::Missile(missile) if missile.age == 0);
        step(&mut world, &[(client, input)]);
        assert_eq!(find(&world, id), Some(predicted), "tick {tick}");
        let seen = [count(&world, born), count(&world, launched)];
        assert_eq!(seen, [usize::from(weapon == Some(Weapon::Gun)), usize::from(weapon == Some(Weapon::Missile))]);
        let told = world
            .drain_events()
            .filter(|told| matches!(told, (auspice::Audience::One(_), auspice_demo::Event::Laser(_))));
        reports += told.count();
        births = [births[0] + seen[0], births[1] + seen[1]];
        if let Some(weapon) = weapon {
            fired[weapon as usize] += 1;
        }
    }
    assert_eq!([births[0], reports, births[1]], fired);
    assert!(fired.into_iter().all(|count| count > 4), "{fired:?}");
}

#[test]
fn a_missile_that_does_not_turn_anew_is_foreseen() {
    let rules = Rules { npcs: 6, size: 1500, pickups: 0, asteroids: 0, ..Rules::default() };
    let mut world = World::new(&ground(rules), 3);
    let missiles = |world: &World| {
        let all = snapshot(world).into_iter();
        all.filter(|(_, entity)| matches!(entity, Entity::Missile(_))).collect::<Vec<(EntityId, Entity)>>()
    };
    let (mut flown, mut turned) = (0, 0);
    for _ in 0..120 * HZ {
        let before = missiles(&world);
        step(&mut world, &[]);
        for (id, mut foreseen) in before {
            let fate = auspice_demo::advance(&ground(rules).level, &mut foreseen);
            let (Some(Entity::Missile(now)), Entity::Missile(then)) = (find(&world, id), foreseen) else { continue };
            assert_eq!(fate, Fate::Continues);
            if now.turn == then.turn {
                assert_eq!(now, then);
                flown += 1;
            } else {
                turned += 1;
            }
        }
    }
    assert!(flown > 300, "{flown}");
    assert!(turned > 5 && turned * 8 < flown, "{turned} changes of turn in {flown} ticks of flight");
}

#[test]
fn the_same_seed_makes_the_same_world() {
    let run = |seed| {
        let mut world = World::new(&ground(Rules::default()), seed);
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
