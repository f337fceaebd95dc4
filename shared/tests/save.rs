//! A room is a value: saved at any tick and loaded again, it goes on as if nothing had been.

use auspice::authority::Room;
use auspice::error::LoadError;
use auspice::sim::Arena;
use auspice::{Rng, Terms};

use crate::games::tiny::Tiny;
use crate::games::zoo::Zoo;
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
    (0..arena.clients.len()).filter(|&index| arena.clients[index].seat.is_some()).collect::<Vec<_>>().into_iter().for_each(
        |index| {
            arena.cut(index);
        },
    );
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
