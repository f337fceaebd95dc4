//! Computer-driven ships: among themselves, and with players.

use auspice::Audience;
use auspice_demo::{Entity, Event, Input, Pilot, Rules, Ship, World};

use crate::common::{HZ, clients, events, find, ground, piloted, ship_of, ships, snapshot, step, world};

#[test]
fn computers_find_fight_beat_and_return() {
    let mut world = world(Rules::default());
    let (mut destroyed, mut returned, mut shots) = (0, 0, 0);
    let mut wrecks = Vec::new();
    for _ in 0..60 * HZ {
        step(&mut world, &[]);
        shots +=
            snapshot(&world).iter().filter(|(_, entity)| matches!(entity, Entity::Shot(shot) if shot.age == 0)).count();
        for told in world.drain_events() {
            if let (Audience::Near(_, _), Event::Destroyed { ship, by: Some(_), .. }) = told {
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
fn a_lone_visitor_soon_meets_someone_and_both_win_and_lose() {
    let ground = ground(Rules::default());
    let (mut meetings, mut wins, mut losses) = (Vec::new(), 0, 0);
    for seed in 0..20 {
        let mut world = World::new(&ground, seed);
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
                piloted(&world, &mut pilot, &ground, client)
            };
            step(&mut world, &[(client, input)]);
            let near =
                |other: &Ship| other.is_computer && (other.position - ship.position).as_vec2().length() < 400.0 * 32.0;
            if met.is_none() && ships(&world).iter().filter(|other| other.is_alive()).any(near) {
                met = Some(tick);
            }
            for event in events(world.drain_events()) {
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
    let mut world = World::new(&ground(rules), 4);
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
            let off =
                (i32::from(auspice_demo::heading_of(apart)) - i32::from(other.heading) + 6144).rem_euclid(4096) - 2048;
            other.is_computer && other.is_alive() && off.abs() < 160 && apart.length() < 420.0 * 32.0
        };
        after_sum += ships(&world).iter().filter(is_after).count();
        ticks += 1;
    }
    let mean = after_sum as f32 / ticks as f32;
    println!("{mean:.2} of 8 were after the player on average");
    assert!(mean < 3.0, "{mean}");
}
