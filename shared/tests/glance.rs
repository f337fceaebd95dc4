//! A glance at a room says what is published and who holds it, and costs no memory once it was taken.

use auspice::authority::{Glance, slots_held};
use auspice::{Replicate, Terms};

use crate::games::tiny::{Tiny, Walk};
use crate::games::zoo::{Animal, Zoo};
use crate::games::{arena, arena_with, connect};

#[test]
fn a_glance_has_every_player_with_exactly_what_it_holds() {
    let mut arena = arena::<Zoo>(7);
    for _ in 0..5 {
        connect(&mut arena, 0);
    }
    let mut glance = Glance::default();
    for _ in 0..20 {
        arena.steps(15);
        let room = &arena.room;
        room.glance(&mut glance);
        assert_eq!((glance.tick, glance.kinds.len()), (room.tick_now(), Animal::KINDS.len()));
        assert_eq!(glance.kinds.iter().map(|kind| kind.ids.len()).sum::<usize>() as u64, room.stats().entities);
        assert_eq!(glance.players.len(), room.players());
        let mut words = &glance.held[..];
        for player in &glance.players {
            let (own, rest) = words.split_at(player.held_words as usize);
            words = rest;
            let held = room.held_by(player.client).expect("it plays");
            assert_eq!(slots_held(own).collect::<Vec<_>>(), held.iter().map(|held| held.id.slot).collect::<Vec<_>>());
            for held in held {
                let kind = &glance.kinds[held.kind];
                let at = kind.ids.iter().position(|id| *id == held.id).expect("what is held is published");
                let columns = held.columns.len();
                assert_eq!(kind.columns[at * columns..(at + 1) * columns], held.columns[..]);
                assert_eq!(kind.label(at), held.label);
            }
        }
        assert!(words.is_empty());
    }
    assert!(glance.kinds.iter().any(|kind| !kind.labels.is_empty()), "some of them have labels");
}

#[test]
fn a_glance_has_the_input_that_was_taken_and_how_each_player_stands() {
    let mut arena = arena::<Tiny>(1);
    let ann = connect(&mut arena, 0);
    connect(&mut arena, 0);
    arena.clients[ann].replica_mut().set_input(Walk { on: true });
    arena.steps(30);
    let mut glance = Glance::default();
    arena.room.glance(&mut glance);
    assert_eq!(glance.inputs, [1, 0]);
    assert_eq!(glance.players.iter().map(|player| player.is_away).collect::<Vec<_>>(), [false; 2]);
    let ann = &glance.players[0];
    assert!(ann.own.is_some() && ann.centre.is_some() && ann.lead > 0 && ann.inputs.received > 10, "{ann:?}");
    assert!(ann.applied <= ann.sent && ann.sent <= glance.tick, "{ann:?}");
}

#[test]
fn a_patient_player_has_the_rows_of_a_glance_but_for_those_whose_news_it_was_not_told() {
    let mut arena = arena_with::<Zoo>(Terms::of::<Zoo>(()), 3);
    (0..4).for_each(|_| _ = connect(&mut arena, 0));
    arena.steps(60);
    let (mut glance, mut told, mut waits) = (Glance::default(), 0, 0);
    for _ in 0..300 {
        arena.steps(1);
        arena.deliver();
        arena.room.glance(&mut glance);
        assert_eq!(glance.untold.len(), glance.held.len());
        let mut words = glance.held.iter().zip(&glance.untold);
        for player in &glance.players {
            let client =
                arena.clients.iter().find(|client| client.seat == Some(player.client)).expect("it is connected");
            let replica = client.replica();
            assert_eq!(replica.tick(), player.sent);
            let own: Vec<_> = words.by_ref().take(player.held_words as usize).collect();
            let untold: u32 = own.iter().map(|(_, untold)| untold.count_ones()).sum();
            assert!(own.iter().all(|((_, held), untold)| *untold & !held == 0));
            let by_room = arena.room.held_by(player.client).expect("it plays");
            assert_eq!(by_room.iter().filter(|held| held.is_untold).count() as u32, untold);
            waits += untold;
            if player.sent < glance.tick {
                continue;
            }
            // It was told something just now, and so everything.
            assert_eq!(untold, 0);
            told += 1;
            let rows = by_room.iter().map(|held| (held.id, held.columns.clone()));
            let columns = |held: &auspice::replica::Held<'_, Zoo>| {
                by_room.iter().find(|by| by.id == held.id).map(|by| by.columns.len())
            };
            let held = replica.entities().map(|held| (held.id, held.row[..columns(&held).unwrap_or(0)].to_vec()));
            let (mut rows, mut held) = (rows.collect::<Vec<_>>(), held.collect::<Vec<_>>());
            rows.sort();
            held.sort();
            assert_eq!(held, rows, "at tick {}", glance.tick);
        }
    }
    assert!(told > 100 && waits > 20, "{told} are told at once, and {waits} rows wait");
}
