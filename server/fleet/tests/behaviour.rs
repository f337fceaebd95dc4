//! What a fleet does when nothing, or one thing, goes wrong.

use std::collections::BTreeSet;

use auspice_fleet::{FleetCode, FoundAt};

use crate::sim::{MS, S, World};

/// A fleet that knows each other.
fn fleet(nodes: usize) -> World {
    let mut world = World::new(nodes, 3, &[]);
    // Until the store is old enough for what is not in it to be nowhere.
    world.run(8 * S);
    world
}

/// Lets time pass until one other than `former` writes the room. The time that it took, in milliseconds.
fn until_taken(world: &mut World, room: &FleetCode, former: usize) -> u64 {
    let start = world.now;
    while world.now < start + 30 * S {
        world.run(10 * MS);
        if world.owners(room).iter().any(|owner| *owner != former) {
            return (world.now - start) / MS;
        }
    }
    panic!("nobody took it");
}

#[test]
fn new_rooms_go_where_there_is_most_place() {
    let mut world = fleet(3);
    let rooms: Vec<FleetCode> = (0..30).map(|_| world.open(0).expect("there is place")).collect();
    let mut owned = [0; 3];
    rooms.iter().for_each(|room| owned[world.owners(room)[0]] += 1);
    assert_eq!(owned, [10, 10, 10]);
    assert_eq!(rooms.iter().collect::<BTreeSet<_>>().len(), 30, "codes are not given twice");
}

#[test]
fn each_node_knows_where_a_room_is_and_a_code_that_is_none_is_nowhere() {
    let mut world = fleet(3);
    let room = world.open(0).expect("there is place");
    world.run(S);
    let owner = world.owners(&room)[0];
    for node in 0..3 {
        let found = world.find(node, &room);
        match found {
            FoundAt::Here => assert_eq!(node, owner),
            FoundAt::There { address, .. } => assert_eq!(address, format!("ws://{owner}")),
            other => panic!("{other:?}"),
        }
        assert_eq!(world.find(node, &FleetCode::new("no such room").expect("it is a code")), FoundAt::Nowhere);
    }
}

#[test]
fn any_room_is_the_fullest_of_all_nodes_and_none_where_nobody_answers() {
    let mut world = fleet(3);
    let rooms: Vec<FleetCode> = (0..2).map(|_| world.open(0).expect("there is place")).collect();
    world.run(S);
    let owners: Vec<usize> = rooms.iter().map(|room| world.owners(room)[0]).collect();
    let asks = (0..3).find(|node| !owners.contains(node)).expect("there are more nodes than rooms");
    let seek = |world: &mut World, wish: &str| {
        let clock = world.clock(asks);
        world.process(asks).directory.seek(wish, clock);
        world.run(200 * MS);
        world.process(asks).sought.pop().expect("it was answered").0
    };
    // The first has been played for longer.
    assert_eq!(seek(&mut world, "any"), Some(rooms[0].clone()));
    assert_eq!(seek(&mut world, "another"), None);
    owners.iter().for_each(|owner| world.kill(*owner));
    assert_eq!(seek(&mut world, "any"), None, "who does not answer is not waited for");
}

/// The room where a node finds the seat that is called as that is, and whether it may be on its way.
fn seek_seat(world: &mut World, asks: usize, room: &FleetCode) -> (Option<FleetCode>, bool) {
    let clock = world.clock(asks);
    world.process(asks).directory.seek_seat(room.as_str(), clock);
    world.run(200 * MS);
    world.process(asks).sought.pop().expect("it was answered")
}

#[test]
fn a_seat_is_found_at_whichever_node_and_is_nowhere_only_once_no_room_is_on_its_way() {
    let mut world = fleet(3);
    let room = world.open(0).expect("there is place");
    world.run(S);
    let none = FleetCode::new("none").expect("it is a code");
    let owner = world.owners(&room)[0];
    let asks = (owner + 1) % 3;
    // A letter may be lost: then who did not answer might have it.
    let is_nowhere = |world: &mut World, asks| (0..5).any(|_| seek_seat(world, asks, &none) == (None, false));
    assert_eq!(seek_seat(&mut world, asks, &room).0, Some(room.clone()));
    assert!(is_nowhere(&mut world, asks));
    world.kill(owner);
    let start = world.now;
    while world.owners(&room).iter().all(|node| *node == owner) {
        let found = seek_seat(&mut world, asks, &room);
        assert!(found == (None, true) || found.0.is_some(), "{found:?} {} us after it died", world.now - start);
        assert!(world.now < start + 20 * S, "somebody takes it");
    }
    let takes = world.owners(&room)[0];
    let asks = (0..3).find(|node| ![owner, takes].contains(node)).expect("it is one of three");
    assert_eq!(seek_seat(&mut world, asks, &room).0, Some(room.clone()));
    // One that never was is said to be nowhere in the end.
    world.run(20 * S);
    assert!(is_nowhere(&mut world, asks));
}

#[test]
fn a_node_that_has_just_started_says_of_no_seat_that_it_is_nowhere_before_it_knows_the_others() {
    let mut world = fleet(2);
    let room = world.open(0).expect("there is place");
    world.run(S);
    let asks = 1 - world.owners(&room)[0];
    world.kill(asks);
    world.start(asks);
    let start = world.now;
    loop {
        let (found, is_moving) = seek_seat(&mut world, asks, &room);
        if found.is_some() {
            assert_eq!(found, Some(room));
            break;
        }
        assert!(is_moving, "{} us after it started", world.now - start);
        assert!(world.now < start + 20 * S, "it finds it");
    }
}

#[test]
fn a_node_knows_whether_another_would_take_newcomers() {
    let mut world = fleet(2);
    assert!(world.process(0).directory.has_takers());
    let clock = world.clock(1);
    world.process(1).directory.drain(clock);
    world.run(2 * S);
    assert!(!world.process(0).directory.has_takers(), "the other one drains");
    assert!(world.process(1).directory.has_takers());
    world.kill(0);
    world.run(2 * S);
    assert!(!world.process(1).directory.has_takers(), "the other one is dead");
    let mut alone = fleet(1);
    assert!(!alone.process(0).directory.has_takers());
}

#[test]
fn a_room_of_a_node_that_died_is_played_elsewhere_within_4_s_without_a_tick_lost() {
    let mut world = fleet(3);
    let room = world.open(0).expect("there is place");
    world.run(3 * S);
    let owner = world.owners(&room)[0];
    world.kill(owner);
    let millis = until_taken(&mut world, &room, owner);
    println!("taken after {millis} ms");
    assert!(millis <= 4000, "{millis} ms");
    world.run(S);
    assert!(world.oracle.violations.is_empty(), "{:?}", world.oracle.violations);
}

#[test]
fn a_store_that_is_silent_for_a_minute_stops_no_room_and_keeps_nobody_from_a_room_that_is_here() {
    for forgets in [false, true] {
        let mut world = fleet(3);
        let rooms: Vec<FleetCode> = (0..6).map(|_| world.open(0).expect("there is place")).collect();
        // Until all are read anew: a hint may be lost.
        world.run(6 * S);
        let owners: Vec<usize> = rooms.iter().map(|room| world.owners(room)[0]).collect();
        world.is_store_dead = true;
        // As long as blind nodes go on in the simulation, less a little.
        for _ in 0..36 {
            world.run(500 * MS);
            for (room, owner) in rooms.iter().zip(&owners) {
                assert_eq!(world.owners(room), [*owner], "at {}", world.now);
                assert_eq!(world.find(*owner, room), FoundAt::Here);
                let elsewhere = (owner + 1) % 3;
                assert!(matches!(world.find(elsewhere, room), FoundAt::There { .. }), "what was read is still known");
            }
        }
        if forgets {
            world.forget_store();
        }
        world.is_store_dead = false;
        for _ in 0..20 {
            world.run(500 * MS);
            for (room, owner) in rooms.iter().zip(&owners) {
                assert_eq!(world.owners(room), [*owner], "at {}, and it forgot: {forgets}", world.now);
            }
        }
        world.is_all_reachable().expect("every room is found");
    }
}

#[test]
fn a_node_that_is_cut_off_stops_before_another_takes_its_rooms() {
    let mut world = fleet(3);
    let room = world.open(0).expect("there is place");
    world.run(S);
    let owner = world.owners(&room)[0];
    world.cut_off.insert(owner);
    let mut stopped_at = None;
    let start = world.now;
    while world.owners(&room) != [(owner + 1) % 3] && world.owners(&room) != [(owner + 2) % 3] {
        world.run(10 * MS);
        let owners = world.owners(&room);
        assert!(owners.len() < 2, "{owners:?}");
        if owners.is_empty() {
            stopped_at.get_or_insert(world.now - start);
        }
        assert!(world.now < start + 10 * S, "somebody takes it");
    }
    let stopped_at = stopped_at.expect("it stopped first");
    assert!((2 * S..=2500 * MS).contains(&stopped_at), "it stopped after {stopped_at} us");
}

#[test]
fn a_node_alone_stops_when_the_store_is_silent_and_goes_on_when_it_is_back() {
    let mut world = fleet(1);
    let room = world.open(0).expect("there is place");
    world.is_store_dead = true;
    world.run(4 * S);
    assert!(world.owners(&room).is_empty());
    assert_eq!(world.find(0, &room), FoundAt::Here, "it is kept, and so are its players");
    world.is_store_dead = false;
    world.run(S);
    assert_eq!(world.owners(&room), [0]);
}

#[test]
fn a_room_is_handed_over_alive_and_what_comes_late_is_forwarded() {
    let mut world = fleet(2);
    let room = world.open(0).expect("there is place");
    world.run(S);
    let from = world.owners(&room)[0];
    let other = 1 - from;
    let (clock, to) = (world.clock(from), world.process(other).directory.node());
    assert!(world.process(from).directory.hand_over(&room, to, clock));
    let (mut silent, mut was_played) = (0, 0);
    while world.owners(&room) != [other] {
        world.run(10 * MS);
        silent += u64::from(world.owners(&room).is_empty()) * 10;
        was_played += 1;
        assert!(was_played < 500, "it comes to its end");
    }
    println!("nobody played it for {silent} ms, of which loading is up to 400 ms");
    assert!(silent <= 500, "{silent} ms");
    // A letter that is overtaken by another is left unread.
    for _ in 0..3 {
        let clock = world.clock(from);
        assert!(world.process(from).directory.forward(&room, b"late", clock));
        world.run(50 * MS);
    }
    assert_eq!(world.process(other).late.first().map(Vec::as_slice), Some(&b"late"[..]));
    assert!(world.oracle.violations.is_empty(), "{:?}", world.oracle.violations);
}

#[test]
fn a_node_that_drains_hands_its_rooms_over_and_takes_none() {
    let mut world = fleet(3);
    let rooms: Vec<FleetCode> = (0..12).map(|_| world.open(1).expect("there is place")).collect();
    let clock = world.clock(0);
    world.process(0).directory.drain(clock);
    world.run(10 * S);
    assert!(world.process(0).directory.rooms().is_empty());
    let owners: Vec<usize> = rooms.iter().map(|room| world.owners(room)[0]).collect();
    assert!(owners.iter().all(|owner| [1, 2].contains(owner)), "{owners:?}");
    let another = world.open(0).expect("there is place elsewhere");
    assert!([1, 2].contains(&world.owners(&another)[0]));
}

#[test]
fn rooms_stay_among_nodes_of_their_schema() {
    let mut world = fleet(3);
    let old = world.open(0).expect("there is place");
    world.run(S);
    let owner = world.owners(&old)[0];
    // A deploy: all the others have another schema now.
    for node in (0..3).filter(|node| *node != owner) {
        world.kill(node);
        world.nodes[node].schema = 2;
        world.start(node);
    }
    world.run(5 * S);
    let clock = world.clock(owner);
    world.process(owner).directory.drain(clock);
    world.run(5 * S);
    assert_eq!(world.owners(&old), [owner], "it ends where it is");
    let new = world.open((owner + 1) % 3).expect("there is place");
    assert_ne!(world.owners(&new), [owner]);
    world.kill(owner);
    world.run(10 * S);
    assert!(world.owners(&old).is_empty(), "nobody loads what it cannot read");
    world.nodes[owner].schema = 1;
    world.start(owner);
    world.run(10 * S);
    assert_eq!(world.owners(&old), [owner]);
}

#[test]
fn a_word_is_taken_by_the_node_that_it_is_for_and_once() {
    let mut world = fleet(2);
    let room = world.open(0).expect("there is place");
    world.run(S);
    let owner = world.owners(&room)[0];
    let from = 1 - owner;
    let (clock, to) = (world.clock(from), world.process(owner).directory.node());
    world.process(from).directory.send_player(&room, to, "Ann", clock);
    world.run(300 * MS);
    let (word, address) = world.process(from).sent.pop().flatten().expect("the node answers");
    assert_eq!(address, format!("ws://{owner}"));
    let (clock, other) = (world.clock(owner), world.clock(from));
    assert_eq!(world.process(from).directory.admit(word, &room, other), None, "another node does not take it");
    assert_eq!(world.process(owner).directory.admit(word, &room, clock).as_deref(), Some("Ann"));
    assert_eq!(world.process(owner).directory.admit(word, &room, clock), None, "nor does anybody twice");
    // A node that does not answer is not waited for.
    let clock = world.clock(from);
    world.kill(owner);
    world.process(from).directory.send_player(&room, to, "Ann", clock);
    world.run(2 * S);
    assert_eq!(world.process(from).sent.pop(), Some(None));
}
