//! A glance at a room says what is published and who holds it, and costs no memory once it was taken.

use auspice::Replicate;
use auspice::authority::{Glance, slots_held};

use crate::games::tiny::{Tiny, Walk};
use crate::games::zoo::{Animal, Zoo};
use crate::games::{arena, connect};

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
