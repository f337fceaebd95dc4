//! Players: coming and going, talk, and watching.

use auspice::{Audience, Viewpoint};
use auspice_demo::{Command, Entity, Event, Input, Refusal, Rules, Watch};
use glam::Vec2;

use crate::common::{HZ, ask, clients, empty, events, ship_of, ships, snapshot, step, world};

#[test]
fn who_leaves_takes_the_ship_along() {
    let (mut world, client) = (world(empty()), clients(1)[0]);
    world.join(client, "Ann");
    let before = snapshot(&world).len();
    world.leave(client);
    step(&mut world, &[(client, Input { fire: true, ..Input::default() })]);
    assert_eq!((snapshot(&world).len(), world.players().count()), (before - 1, 0));
    let told: Vec<_> = world.drain_events().collect();
    assert_eq!(
        told,
        [(Audience::All, Event::Joined { name: "Ann".into() }), (Audience::All, Event::Left { name: "Ann".into() })]
    );
}

#[test]
fn a_flood_of_talk_is_refused_and_not_answered_with_a_flood() {
    let (mut world, client) = (world(empty()), clients(1)[0]);
    world.join(client, "  A name that is\n far too long ");
    let (mut said, mut refused) = (0, 0);
    for _ in 0..10 * HZ {
        let mut commands = vec![(client, Command::Say("again".into())); 5];
        world.drain_events().for_each(drop);
        world.step(&[], &mut commands, &());
        assert!(commands.is_empty());
        for told in world.drain_events() {
            match told {
                (Audience::All, Event::Said { name, text }) => {
                    assert_eq!((name.as_str(), text.as_str()), ("A name that is f", "again"));
                    said += 1;
                }
                (Audience::One(to), Event::Refused(Refusal::TooFast)) if to == client => refused += 1,
                other => panic!("{other:?}"),
            }
        }
    }
    assert!((7..=9).contains(&said), "three at once, then one every two seconds: {said}");
    assert!((9..=11).contains(&refused), "{refused} refusals in ten seconds");
}

#[test]
fn what_is_said_is_short_text_that_can_be_seen() {
    for (text, refusal) in [
        ("", Refusal::NotText),
        ("   ", Refusal::NotText),
        ("ring\u{7}", Refusal::NotText),
        ("two\nlines", Refusal::NotText),
        ("\u{200b}", Refusal::NotText),
        ("\u{202e}turned", Refusal::NotText),
        (&"ü".repeat(121), Refusal::TooLong),
    ] {
        let (mut world, client) = (world(empty()), clients(1)[0]);
        world.join(client, "Ann");
        assert_eq!(
            ask(&mut world, client, Command::Say(text.into())),
            [(Audience::One(client), Event::Refused(refusal))],
            "{text:?}"
        );
        let told = events(ask(&mut world, client, Command::Say("ж".repeat(120))));
        assert_eq!(told, [Event::Said { name: "Ann".into(), text: "ж".repeat(120) }]);
    }
}

#[test]
fn who_takes_another_name_bears_it_on_ship_and_in_talk() {
    let (mut world, client) = (world(empty()), clients(1)[0]);
    world.join(client, "Ann");
    assert_eq!(ask(&mut world, client, Command::Rename("Bob".into())), []);
    assert!(world.entities().any(|(_, _, label)| label == b"Bob"));
    let told = events(ask(&mut world, client, Command::Say("hello".into())));
    assert_eq!(told, [Event::Said { name: "Bob".into(), text: "hello".into() }]);
}

#[test]
fn a_name_is_as_long_in_any_script_and_stays_on_the_ship() {
    for name in ["sixteen, not more", "шестнадцать букв и", &"\u{1f680}".repeat(17)] {
        let (mut world, client) = (world(empty()), clients(1)[0]);
        world.join(client, name);
        let label = world
            .entities()
            .find_map(|(_, _, label)| (!label.is_empty()).then(|| label.to_vec()))
            .expect("a ship is there");
        let short: String = name.chars().take(16).collect();
        assert_eq!(String::from_utf8(label).unwrap(), short);
        assert!(short.len() <= auspice::limits::LABEL_BYTES_MAX);
    }
}

#[test]
fn a_name_that_a_ticket_says_stays() {
    let (mut world, client) = (world(empty()), clients(1)[0]);
    world.join(client, "Ann");
    world.hold_name(client);
    let told = ask(&mut world, client, Command::Rename("Bob".into()));
    assert_eq!(told, [(Audience::One(client), Event::Refused(Refusal::NameHeld))]);
    assert!(world.entities().any(|(_, _, label)| label == b"Ann"));
}

#[test]
fn a_spectator_has_no_ship_harms_nobody_and_looks_where_it_wants() {
    let (mut world, clients) = (world(Rules { spawn_shield_ms: 0, ..empty() }), clients(2));
    world.join(clients[0], "Ann");
    world.join(clients[1], "Bob");
    let bob = ship_of(&world, clients[1]).0;
    let told = ask(&mut world, clients[0], Command::Spectate(Watch::Ship(bob.slot)));
    assert_eq!(told, [(Audience::One(clients[0]), Event::Watching { ship: Some(bob) })]);
    assert_eq!(ships(&world).len(), 1);

    let view =
        |world: &auspice_demo::World| world.players().find(|(client, _)| *client == clients[0]).expect("it is there").1;
    let all = Input { thrust: true, turn: 1, fire: true, laser: true, missile: true };
    for _ in 0..3 * HZ {
        step(&mut world, &[(clients[0], all), (clients[1], Input { thrust: true, ..Input::default() })]);
        let there = ship_of(&world, clients[1]).1.position.as_vec2() / 32.0;
        assert_eq!(view(&world), Viewpoint::at(there.into()), "the eye flies with the ship");
    }
    assert!(!snapshot(&world).iter().any(|(_, entity)| matches!(entity, Entity::Shot(_) | Entity::Missile(_))));

    ask(&mut world, clients[0], Command::Spectate(Watch::At { x: 300, y: 65_000 }));
    assert_eq!(view(&world), Viewpoint::at(Vec2::new(300.0, 4000.0).into()), "as far as the world goes");
    let told = ask(&mut world, clients[0], Command::Spectate(Watch::Ship(60_000)));
    assert_eq!(told, [(Audience::One(clients[0]), Event::Refused(Refusal::NoSuchShip))]);

    ask(&mut world, clients[0], Command::Play);
    assert!(ship_of(&world, clients[0]).1.is_alive());
    // Nobody switches so often that ships flicker: the second change within a second is refused.
    (0..HZ).for_each(|_| step(&mut world, &[]));
    ask(&mut world, clients[0], Command::Spectate(Watch::At { x: 0, y: 0 }));
    let told = ask(&mut world, clients[0], Command::Play);
    assert_eq!(told, [(Audience::One(clients[0]), Event::Refused(Refusal::TooFast))]);
}

#[test]
fn the_eye_stays_where_a_watched_ship_was_when_its_player_left() {
    let (mut world, clients) = (world(empty()), clients(2));
    world.join(clients[0], "Ann");
    world.join(clients[1], "Bob");
    let (bob, ship) = ship_of(&world, clients[1]);
    ask(&mut world, clients[0], Command::Spectate(Watch::Ship(bob.slot)));
    world.leave(clients[1]);
    step(&mut world, &[]);
    let there = Viewpoint::at((ship.position.as_vec2() / 32.0).into());
    assert_eq!(world.players().next().expect("one is left").1, there);
}
