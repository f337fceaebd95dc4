//! The demo's world, tick by tick, without a room around it.

use auspice::{ClientId, EntityId, Fate, Replicate, Rng, Terms};
use auspice_demo::{Command, Demo, Entity, Event, Input, Pilot, Rules, Ship, Told, World};
use slotmap::SlotMap;

const HZ: u32 = 30;

/// Terms with nothing in the world but who joins.
fn empty() -> Rules {
    Rules { npcs: 0, asteroids: 0, pickups: 0, ..Rules::default() }
}

fn world(rules: Rules) -> World {
    World::new(&Terms::of::<Demo>(rules), 7)
}

fn clients(count: usize) -> Vec<ClientId> {
    let mut keys = SlotMap::<ClientId, ()>::with_key();
    (0..count).map(|_| keys.insert(())).collect()
}

fn snapshot(world: &World) -> Vec<(EntityId, Entity)> {
    world.entities().map(|(id, entity, _)| (id, *entity)).collect()
}

fn find(world: &World, wanted: EntityId) -> Option<Entity> {
    world.entities().find(|(id, ..)| *id == wanted).map(|(_, entity, _)| *entity)
}

fn ship_of(world: &World, client: ClientId) -> (EntityId, Ship) {
    let id = world.players().find(|(other, _)| *other == client).expect("the client should have joined").1;
    (id, *find(world, id).and_then(|entity| entity.as_ship().copied()).as_ref().expect("it should have a ship"))
}

fn any_input(rng: &mut Rng) -> Input {
    Input { turn: rng.between(-1, 1) as i8, thrust: rng.one_in(2), fire: rng.one_in(4) }
}

#[test]
fn what_is_foreseen_is_what_happens() {
    for hz in [10, 30, 60, 240] {
        let terms = Terms { tick_hz: hz, ..Terms::of::<Demo>(Rules { spawn_shield_ms: 0, ..empty() }) };
        let (mut world, mut rng, client) = (World::new(&terms, 1), Rng::new(2), clients(1)[0]);
        world.join(client, "Ann");
        let mut input = Input::default();
        // The first step takes the shield off.
        world.step(&[(client, input)], &mut Vec::new());
        for tick in 0..10_000 {
            if rng.one_in(6) {
                input = Input { fire: false, ..any_input(&mut rng) };
            }
            let (id, mut foreseen) = ship_of(&world, client);
            foreseen.obey(&input);
            let mut foreseen = Entity::Ship(foreseen);
            assert_eq!(auspice_demo::advance(hz, &terms.rules, &mut foreseen), Fate::Goes);
            world.step(&[(client, input)], &mut Vec::new());
            assert_eq!(find(&world, id), Some(foreseen), "tick {tick} at {hz} Hz");
        }
    }
}

#[test]
fn every_state_survives_publishing_unchanged() {
    let mut world = world(Rules::default());
    for _ in 0..600 {
        world.step(&[], &mut Vec::new());
        for (id, entity, label) in world.entities() {
            let mut row = [0; auspice::limits::MAX_COLUMNS];
            entity.write_row(&mut row);
            assert_eq!(Entity::read_row(entity.kind(), &row), *entity, "{id}");
            assert!(label.len() <= auspice::limits::MAX_LABEL_BYTES);
        }
    }
}

#[test]
fn a_shot_is_foreseen_from_its_birth_to_its_end() {
    let (mut world, client) = (world(empty()), clients(1)[0]);
    world.join(client, "Ann");
    let fire = Input { fire: true, ..Input::default() };
    world.step(&[(client, fire)], &mut Vec::new());
    let is_shot = |(_, entity): &(EntityId, Entity)| matches!(entity, Entity::Shot(_));
    let (id, mut foreseen) = snapshot(&world).into_iter().find(is_shot).expect("a shot should have been fired");
    let rules = empty();
    let mut ticks = 1;
    loop {
        world.step(&[(client, Input::default())], &mut Vec::new());
        let fate = auspice_demo::advance(HZ, &rules, &mut foreseen);
        match find(&world, id) {
            Some(shot) => assert_eq!((fate, shot), (Fate::Goes, foreseen)),
            None => break assert_eq!(fate, Fate::Ends),
        }
        ticks += 1;
    }
    let inside = foreseen.point().expect("a shot has a place").cmpgt(glam::Vec2::splat(30.0)).all();
    assert!(!inside || ticks == 27, "it ended after {ticks} ticks at {foreseen:?}");
}

#[test]
fn computers_find_fight_beat_and_return() {
    let mut world = world(Rules::default());
    let (mut destroyed, mut returned, mut shots) = (0, 0, 0);
    let mut wrecks = Vec::new();
    for _ in 0..60 * HZ {
        world.step(&[], &mut Vec::new());
        shots +=
            snapshot(&world).iter().filter(|(_, entity)| matches!(entity, Entity::Shot(shot) if shot.ticks_left == 26)).count();
        for told in world.drain_told() {
            if let Told::Near(_, Event::Destroyed { ship, by: Some(_) }) = told {
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
            world.step(&inputs, &mut Vec::new());
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
        let (own, ship) = ship_of(&world, clients[0]);
        let input = pilot.fly(&terms, own, &ship, snapshot(&world));
        world.step(&[(clients[0], input), (clients[1], Input::default())], &mut Vec::new());
        destroyed = world.drain_told().find_map(|told| match told {
            Told::Near(_, Event::Destroyed { ship, by }) => Some((ship, by)),
            _ => None,
        });
        if destroyed.is_some() {
            break;
        }
    }
    let ((ann, ann_ship), (bob, bob_ship)) = (ship_of(&world, clients[0]), ship_of(&world, clients[1]));
    assert_eq!(destroyed, Some((bob, Some(ann))));
    assert_eq!((ann_ship.score, bob_ship.is_alive()), (1, false));
    for tick in 1..=3 * HZ {
        assert!(!ship_of(&world, clients[1]).1.is_alive(), "it returned after {tick} ticks");
        world.step(&[(clients[1], Input { thrust: true, ..Input::default() })], &mut Vec::new());
    }
    assert_eq!(u32::from(ship_of(&world, clients[1]).1.health), rules.health);
}

#[test]
fn who_leaves_takes_the_ship_along() {
    let (mut world, client) = (world(empty()), clients(1)[0]);
    world.join(client, "Ann");
    let before = snapshot(&world).len();
    world.leave(client);
    world.step(&[(client, Input { fire: true, ..Input::default() })], &mut Vec::new());
    assert_eq!((snapshot(&world).len(), world.players().count()), (before - 1, 0));
    let told: Vec<_> = world.drain_told().collect();
    assert_eq!(told, [Told::All(Event::Joined { name: "Ann".into() }), Told::All(Event::Left { name: "Ann".into() })]);
}

#[test]
fn asteroids_push_ships_away_and_hurt() {
    let mut world = world(Rules { asteroids: 400, size: 2000, npcs: 0, pickups: 0, spawn_shield_ms: 0, ..Rules::default() });
    let client = clients(1)[0];
    world.join(client, "Ann");
    let (mut hurt, mut bumps) = (0, 0);
    for _ in 0..40 * HZ {
        let before = ship_of(&world, client).1;
        world.step(&[(client, Input { thrust: true, ..Input::default() })], &mut Vec::new());
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

#[test]
fn talk_and_names_are_bounded_and_not_too_often() {
    let (mut world, client) = (world(empty()), clients(1)[0]);
    world.join(client, "  A name that is\n far too long ");
    world.drain_told().for_each(drop);
    let say = |text: &str| (client, Command::Say(text.into()));
    let mut commands = vec![say(&"ü".repeat(100)), say("again")];
    world.step(&[], &mut commands);
    assert!(commands.is_empty());
    let told: Vec<_> = world.drain_told().collect();
    assert_eq!(told, [Told::All(Event::Said { name: "A name that is f".into(), text: "ü".repeat(60) })]);
    for _ in 0..HZ {
        world.step(&[], &mut Vec::new());
    }
    world.step(&[], &mut vec![(client, Command::Rename("Bob".into()))]);
    assert!(world.entities().any(|(_, _, label)| label == b"Bob"));
}

#[test]
fn a_round_ends_on_time_with_a_winner_and_starts_afresh() {
    let mut world = world(Rules { round_seconds: 40, ..Rules::default() });
    let mut over = None;
    let mut podium = Vec::new();
    for tick in 1..=40 * HZ {
        world.step(&[], &mut Vec::new());
        if tick < 40 * HZ {
            let is_round = |(_, entity, _): &(EntityId, &Entity, &[u8])| matches!(entity, Entity::Round(_));
            podium = world.entities().find(is_round).map(|(_, _, label)| label.to_vec()).unwrap_or_default();
        }
        over = world.drain_told().find(|told| matches!(told, Told::All(Event::RoundOver { .. }))).or(over);
    }
    let Some(Told::All(Event::RoundOver { number: 1, winner, score })) = over else { panic!("the round is not over") };
    assert!(score > 0 && !winner.is_empty());
    assert_eq!(String::from_utf8(podium).expect("names are text").lines().count(), 3);
    assert!(snapshot(&world).iter().filter_map(|(_, entity)| entity.as_ship()).all(|ship| ship.score == 0));
}
