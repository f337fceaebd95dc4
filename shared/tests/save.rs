//! A room is a value: saved at any tick and loaded again, it goes on as if nothing had been.

use auspice::authority::{Outgoing, Room};
use auspice::error::LoadError;
use auspice::replica::Replica;
use auspice::sim::Arena;
use auspice::{Micros, Rng, Terms};

use crate::games::tiny::Tiny;
use crate::games::zoo::{Want, Zoo};
use crate::games::{arena, arena_with, check_all, connect, delayed};
use crate::swarm::{NOISY_TICKS, play_with};

/// Runs of the swarm in the ordinary test. `AUSPICE_SAVES=1000` makes it as many.
fn seeds() -> u64 {
    std::env::var("AUSPICE_SAVES").ok().and_then(|count| count.parse().ok()).unwrap_or(100)
}

/// The tick after which the room of this run is saved.
fn moment(seed: u64) -> u32 {
    1 + Rng::new(seed ^ 0x5a7e).below(NOISY_TICKS - 1)
}

fn save_and_load(arena: &mut Arena<Zoo>) {
    let saved = arena.room.save();
    let terms = arena.room.terms().clone();
    arena.room = Room::load(terms, &saved).expect("what was saved is whole");
    assert_eq!(arena.room.save(), saved, "what was loaded is saved as the same bytes");
}

/// Everything that a run sends, and the hash of everything that it published by tick.
fn trace(seed: u64, at_moment: impl Fn(&mut Arena<Zoo>)) -> (u64, Vec<u32>) {
    let mut hashes = Vec::new();
    let mut arena = play_with(seed, |arena, tick| {
        hashes.push(arena.room.published_hash());
        if tick == moment(seed) {
            at_moment(arena);
        }
    });
    hashes.push(arena.room.published_hash());
    assert!(arena.check_all(20), "seed {seed}: someone never catches up");
    assert!(arena.faults.is_empty(), "seed {seed}: {:#?}", arena.faults);
    (arena.digest(), hashes)
}

fn cut_all(arena: &mut Arena<Zoo>) {
    (0..arena.clients.len())
        .filter(|&index| arena.clients[index].seat.is_some())
        .collect::<Vec<_>>()
        .into_iter()
        .for_each(|index| {
            arena.cut(index);
        });
}

#[test]
fn a_room_that_was_saved_and_loaded_sends_the_same_bytes_to_the_same_connections() {
    for seed in 0..seeds() {
        assert_eq!(trace(seed, save_and_load), trace(seed, |_| {}), "seed {seed}, saved at {}", moment(seed));
    }
}

#[test]
fn a_room_that_was_saved_and_loaded_takes_back_whoever_was_cut_off_as_its_twin_does() {
    for seed in 0..seeds() {
        let loaded = trace(seed, |arena| {
            cut_all(arena);
            save_and_load(arena);
        });
        assert_eq!(loaded, trace(seed, cut_all), "seed {seed}, saved at {}", moment(seed));
    }
}

fn a_room() -> Vec<u8> {
    let mut saved = Vec::new();
    play_with(3, |arena, tick| {
        if tick == 20 {
            saved = arena.room.save();
        }
    });
    saved
}

#[test]
fn a_client_that_holds_ticks_which_the_room_lost_is_told_the_world_anew_and_plays_on_as_who_it_was() {
    for seed in 0..20 {
        let mut arena = arena::<Zoo>(seed);
        arena.is_resumable = true;
        for index in 0..4 {
            connect(&mut arena, 20 * index);
            let link = delayed(20 * index);
            arena.clients[index as usize].returns = Some((link, link));
        }
        arena.steps(60);
        let saved = arena.room.save();
        let owns = |arena: &Arena<Zoo>| arena.clients.iter().map(|client| client.replica().own()).collect::<Vec<_>>();
        arena.steps(1 + Rng::new(seed).below(90));
        let (held, own) = (arena.clients[0].replica().tick(), owns(&arena));
        // The machine fails: what came after the keyframe was not on the disk.
        cut_all(&mut arena);
        arena.room = Room::load(arena.room.terms().clone(), &saved).expect("what was saved is whole");
        arena.room.lose_everyone();
        arena.room.skip_events();
        assert!(arena.room.tick_now() < held, "seed {seed}");
        arena.steps(90);
        assert_eq!((owns(&arena), arena.room.clients()), (own, 4), "seed {seed}");
        check_all(&mut arena, &format!("seed {seed}"));
    }
}

/// A room of the zoo with a player, two ticks old, saved: its length, and FNV-1a of its bytes.
const PINNED: (usize, u64) = (2170, 15_731_850_193_691_945_345);

#[test]
fn a_saved_room_is_these_bytes() {
    let mut room = Room::<Zoo>::new(Terms::of::<Zoo>(()).strict(), 1, 8).expect("the tables are right");
    let mut ann = Replica::<Zoo>::new("ann", "test").expect("the name fits");
    let client = room.connect().expect("there is room");
    for tick in 0..2 {
        let now = Micros(1_000_000 + tick * 33_334);
        while let Some(message) = ann.poll_transmit(now) {
            room.handle_message(client, message).expect("the replica is honest");
        }
        room.admit_all();
        room.tick().expect("nothing is misused");
        while let Outgoing::Message(message) = room.poll_update(client) {
            ann.handle_message(message, now).expect("the room is honest");
        }
    }
    let saved = room.save();
    assert_eq!(saved[..10], *b"ausproom\x03\0");
    let digest = saved
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let found = (saved.len(), digest);
    assert_eq!(
        found, PINNED,
        "unless the zoo itself is another, the form is: raise `VERSION` in authority/saved.rs, and pin it"
    );
}

#[test]
fn whatever_is_missing_or_wrong_of_a_saved_room_is_refused() {
    let mut probe = None;
    play_with(3, |arena, _| probe = Some(arena.room.terms().clone()));
    let (terms, saved) = (probe.expect("it was played"), a_room());
    let load = |bytes: &[u8]| Room::<Zoo>::load(terms.clone(), bytes).err();
    assert_eq!(load(&saved), None);
    for length in 0..saved.len() {
        assert!(matches!(load(&saved[..length]), Some(LoadError::Damaged | LoadError::NotARoom)), "{length} bytes");
    }
    let mut wrong = saved.clone();
    for bit in 0..8 * saved.len() {
        wrong[bit / 8] ^= 1 << (bit % 8);
        assert!(matches!(load(&wrong), Some(LoadError::Damaged | LoadError::NotARoom)), "bit {bit}");
        wrong[bit / 8] ^= 1 << (bit % 8);
    }
    let mut longer = saved;
    longer.push(0);
    assert_eq!(load(&longer), Some(LoadError::Damaged));
}

#[test]
fn a_room_of_other_terms_or_of_another_game_is_told_from_ones_own() {
    let mut room = Room::<Zoo>::new(Terms::of::<Zoo>(()), 1, 8).expect("the tables are right");
    let saved = room.save();
    let other = Terms { tick_hz: 31, ..Terms::of::<Zoo>(()) };
    assert_eq!(Room::<Zoo>::load(other, &saved).err(), Some(LoadError::TermsDiffer));
    let error = Room::<Tiny>::load(Terms::of::<Tiny>(()), &saved).err();
    assert_eq!(error, Some(LoadError::GameDiffers { saved: "zoo".into() }));
}

/// A room with four players that play and shoot, and give inputs for ticks to come.
fn a_busy_arena(seed: u64) -> Arena<Zoo> {
    let mut arena = arena::<Zoo>(seed);
    arena.is_resumable = true;
    (0..4).for_each(|index| _ = connect(&mut arena, 20 * index));
    for tick in 0..60 + Rng::new(seed).below(30) {
        let steer = 1 << (tick / 2 % 4);
        arena.clients.iter_mut().for_each(|client| client.replica_mut().set_input(Want { steer }));
        arena.steps(1);
    }
    arena
}

#[test]
fn inputs_that_came_before_a_room_changed_hands_are_played_in_their_ticks() {
    let mut forgotten = 0;
    for seed in 0..20 {
        let mut arena = a_busy_arena(seed);
        let saved = arena.room.save();
        let room = |act: fn(&mut Room<Zoo>)| {
            let mut room = Room::load(arena.room.terms().clone(), &saved).expect("what was saved is whole");
            act(&mut room);
            room
        };
        let (mut kept, mut handed_on, mut lost) = (room(|_| {}), room(Room::change_hands), room(Room::lose_everyone));
        assert_eq!((handed_on.suspended(), handed_on.players()), (4, 4));
        let mut differs = false;
        for tick in 0..8 {
            for room in [&mut kept, &mut handed_on, &mut lost] {
                room.tick().expect("nothing is misused");
            }
            assert_eq!(handed_on.published_hash(), kept.published_hash(), "seed {seed}, {tick} ticks later");
            differs |= lost.published_hash() != kept.published_hash();
        }
        forgotten += usize::from(differs);
    }
    assert!(forgotten > 10, "players want something: {forgotten} of 20");
}

#[test]
fn a_player_whose_room_changed_hands_goes_on_with_what_it_said_there() {
    for seed in 0..20 {
        let mut arena = a_busy_arena(seed);
        for index in 0..4 {
            let link = delayed(20 * index);
            arena.clients[index as usize].returns = Some((link, link));
        }
        let own = |arena: &Arena<Zoo>| arena.clients.iter().map(|client| client.replica().own()).collect::<Vec<_>>();
        let before = own(&arena);
        save_and_load(&mut arena);
        arena.room.change_hands();
        cut_all(&mut arena);
        arena.steps(90);
        assert_eq!((own(&arena), arena.room.clients()), (before, 4), "seed {seed}");
        check_all(&mut arena, &format!("seed {seed}"));
    }
}

#[test]
fn a_patient_room_that_tells_everyone_where_it_is_found_is_played_again_alike() {
    let mut arena = arena_with::<Zoo>(Terms::of::<Zoo>(()), 1);
    arena.is_resumable = true;
    (0..4).for_each(|index| _ = connect(&mut arena, 20 * index));
    arena.steps(60);
    arena.keep_twin();
    for tick in 0..60 {
        arena.room.set_ways(&[format!("ws://a/{tick}")]);
        arena.steps(1);
    }
    check_all(&mut arena, "where nothing is due everyone is told at once");
}

#[test]
fn inputs_that_come_to_the_machine_that_had_the_room_are_played_by_the_one_that_has_it() {
    let mut late_ones = 0;
    for seed in 0..20 {
        let mut arena = a_busy_arena(seed);
        let saved = arena.room.save();
        let load = || Room::load(arena.room.terms().clone(), &saved).expect("what was saved is whole");
        let (mut there, mut as_if) = (load(), load());
        there.change_hands();
        // What waited then is there.
        arena.room.drain_inputs(200, |_| {});
        let (mut parts, ids) =
            (Vec::new(), arena.clients.iter().map(|client| client.replica().client()).collect::<Vec<_>>());
        let now = arena.now() + Micros::from_millis(40);
        for (client, id) in arena.clients.iter_mut().zip(ids) {
            while let Some(message) = client.replica_mut().poll_transmit(now) {
                for room in [&mut arena.room, &mut as_if] {
                    room.handle_message(id.expect("it plays"), message).expect("the replica is honest");
                }
            }
        }
        arena.room.drain_inputs(200, |part| parts.push(part.to_vec()));
        late_ones += parts.len();
        for part in &parts {
            assert!(part.len() <= 200);
            there.take_late_inputs(part);
            // Said twice, it is played once; and what is none is passed over.
            there.take_late_inputs(part);
            there.take_late_inputs(&part[..part.len() / 2]);
        }
        for tick in 0..4 {
            there.tick().expect("nothing is misused");
            as_if.tick().expect("nothing is misused");
            assert_eq!(there.published_hash(), as_if.published_hash(), "seed {seed}, {tick} ticks later");
        }
    }
    assert!(late_ones > 10, "{late_ones}");
}
