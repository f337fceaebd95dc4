//! Trained codes: learnt from a world as it is played, kept with the game as a text, and read by both ends.

use auspice::authority::Room;
use auspice::state::{Kind, check_kinds, schema_hash};
use auspice::{Display, Replicate, Terms};

use crate::games::zoo::Zoo;
use crate::games::{arena, check_all, connect};

/// What the zoo learnt; its runners and spinners are coded by it.
const ZOO_CODES: &str = include_str!("games/zoo_codes.txt");

#[test]
fn the_codes_of_the_zoo_are_those_that_it_learns_with_players_in_it() {
    let mut arena = arena::<Zoo>(21);
    arena.room.learn_codes();
    let clients = [connect(&mut arena, 0), connect(&mut arena, 30)];
    for step in 0..6000_u32 {
        if step % 20 == 0 {
            for (client, steer) in clients.into_iter().zip([step / 20 % 16, step / 60 % 16]) {
                arena.clients[client].replica_mut().set_input(crate::games::zoo::Want { steer: steer as u8 });
            }
        }
        arena.steps(1);
    }
    check_all(&mut arena, "zoo, seed 21");
    let learnt = arena.room.learnt_codes().expect("it learns");
    assert!(learnt == ZOO_CODES, "shared/tests/games/zoo_codes.txt is to be:\n{learnt}");
}

#[test]
fn a_room_that_was_not_asked_to_learn_has_learnt_nothing() {
    let mut room = Room::<Zoo>::new(Terms::of::<Zoo>(()), 1, 1).expect("the tables are right");
    room.tick().expect("nothing is misused");
    assert_eq!(room.learnt_codes(), None);
}

/// A table with the codes `$codes`, and whether it can be used.
macro_rules! fault {
    ($codes:expr) => {{
        #[derive(Replicate)]
        #[replicate(codes = $codes)]
        struct Dot {
            #[field(vec2(min = -99, max = 99, step = 1), tolerance = 1.0, position)]
            #[allow(dead_code)]
            at: auspice::glam::IVec2,
            #[field(counter(max = 9))]
            #[allow(dead_code)]
            size: u8,
        }
        check_kinds::<Dot>().err().map(|error| error.what)
    }};
}

#[test]
fn a_text_that_cannot_be_used_is_refused_with_a_sentence() {
    assert_eq!(fault!(""), None);
    assert_eq!(
        fault!(
            "# learnt somewhere\n[Other]\nnonsense\n[Dot]\nsets * at:1 at+size:2 gone:3 other:3\n\
             sets - size:1 other:1\nvalues size 3:1 other:1\nnumbers at 0 1 abcc\n\n[Rest]\nmore"
        ),
        None
    );
    let faults = [
        (fault!("[Dots]"), "no section"),
        (fault!("[Dot]\nset * at:1"), "begins with neither"),
        (fault!("[Dot]\nsets"), "too few words"),
        (fault!("[Dot]\nsets * at:1 gone:1"), "lack the one for all other"),
        (fault!("[Dot]\nsets * at:1 size:1 other:1"), "too short to be told apart"),
        (fault!("[Dot]\nsets * up:1 other:1"), "a field that is not there"),
        (fault!("[Dot]\nsets * at:x other:1"), "no number"),
        (fault!("[Dot]\nvalues size 3:1"), "none for all others"),
        (fault!("[Dot]\nvalues size 10:1 other:1"), "outside of its field's range"),
        (fault!("[Dot]\nvalues at 3:1 other:1"), "several numbers"),
        (fault!("[Dot]\nnumbers at 0 2 aa"), "an axis or a pace"),
        (fault!("[Dot]\nnumbers at 4 0 aa"), "an axis or a pace"),
        (fault!("[Dot]\nnumbers at 0 0 aaa"), "too short to be told apart"),
        (fault!("[Dot]\nnumbers at 0 0 a!"), "a letter"),
    ];
    for (fault, expected) in faults {
        let fault = fault.expect(expected);
        assert!(fault.contains(expected), "{fault:?} does not say {expected:?}");
    }
}

#[test]
fn codes_are_part_of_the_schema_and_stand_in_place_of_symbols() {
    #[derive(Replicate)]
    #[replicate(codes = "[Dot]")]
    struct Dot {
        #[field(counter(max = 9))]
        #[allow(dead_code)]
        size: u8,
    }
    mod plain {
        #[derive(super::Replicate)]
        pub(super) struct Dot {
            #[field(counter(max = 9))]
            #[allow(dead_code)]
            size: u8,
        }
    }
    assert_ne!(schema_hash::<Dot>(1), schema_hash::<plain::Dot>(1));
    let Kind { codes, news, display, .. } = Dot::KINDS[0];
    assert_eq!((codes, news, display), ("[Dot]", &[][..], Display::Advance));
}
