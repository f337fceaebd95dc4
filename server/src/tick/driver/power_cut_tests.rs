//! What a start makes of a log of several files with players in it, of which the power cut left a part, or which is
//! damaged otherwise. Whatever was there before is left as it was.

#![cfg(feature = "demo")]

use std::fs;
use std::path::{Path, PathBuf};

use auspice::Rng;

use super::tape_tests::{LoggedGame, Made, PLAYERS, metrics, start};
use crate::error::ServeError;
use crate::ticklog::{FrameKind, Head, LogSegment, LookBack, LookBackBytes, Segments};

/// Ticks of each of the three runs.
const TICKS: u32 = 60;

/// Cuts in the ordinary test. `AUSPICE_POWER_CUTS=10000` makes it as many.
fn cuts() -> u32 {
    std::env::var("AUSPICE_POWER_CUTS").ok().and_then(|count| count.parse().ok()).unwrap_or(150)
}

/// What is there after a cut, of the bytes that were written.
fn left(bytes: &[u8], length: usize, rng: &mut Rng) -> Vec<u8> {
    let mut left = bytes[..length].to_vec();
    match rng.below(3) {
        0 => {}
        // The file is as long as it was, but its last pages never came to the disk.
        1 => left.resize(bytes.len(), 0),
        // They are of another file.
        _ => left.resize_with(bytes.len(), || rng.below(256) as u8),
    }
    left
}

/// All files of a folder by name, with their bytes.
fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = Segments::list(dir).unwrap().files.into_iter();
    files.map(|(_, path)| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Starts on a folder: the tick with which it goes on, what that published, and who is away. No file that was there is
/// touched, and the one that it begins is gone again afterwards.
fn start_on(dir: &Path) -> Result<(u32, Made), ServeError> {
    let before = files(dir);
    let started = start(dir, &metrics()).map(|(tape, mut room)| {
        drop(tape);
        assert_eq!(room.clients(), 0, "everyone is away");
        (room.tick_now().0, (room.published_hash(), room.suspended()))
    });
    let mut after = files(dir);
    if started.is_ok() {
        let (new, _) = after.pop().expect("it writes");
        fs::remove_file(new).unwrap();
    }
    assert!(after == before, "nothing is overwritten");
    started
}

/// A file of a log: the ends of its frames, in bytes, with their ticks.
fn ends(bytes: &[u8]) -> Vec<(usize, u32)> {
    let segment = LogSegment::read(bytes.to_vec()).expect("the head is whole");
    assert_eq!(segment.torn, 0);
    // A frame ends behind its payload and its checksum.
    segment.frames.iter().map(|frame| (frame.payload.end + 8, frame.tick)).collect()
}

/// The tick to which the files are whole, where those of the last file are its first `length` bytes.
fn whole_until(of_last: &[(usize, u32)], length: usize, before: u32) -> u32 {
    of_last.iter().take_while(|(end, _)| *end <= length).last().map_or(before, |(_, tick)| *tick)
}

#[test]
fn a_power_cut_at_any_byte_of_a_game_costs_no_more_than_what_was_not_on_the_disk() {
    let game = LoggedGame::play("cut", TICKS);
    let paths = game.files();
    assert_eq!(paths.len(), 3, "a file of each run");
    let [whole, second] = [2, 1].map(|index| fs::read(&paths[index]).unwrap());
    let (of_last, before) = (ends(&whole), ends(&second).last().expect("there are frames").1);
    let segment = LogSegment::read(whole.clone()).expect("the head is whole");
    let keyframes = segment.frames.iter().filter(|frame| frame.kind == FrameKind::Keyframe).count();
    assert!(of_last.len() > TICKS as usize && keyframes >= 3, "{} frames, {keyframes} keyframes", of_last.len());
    let made = |tick: u32| (tick, game.made[&tick]);
    assert_eq!(made(before).1.1, PLAYERS.len());
    assert!(!game.synced.is_empty());
    for &(on_disk, tick) in &game.synced {
        assert!(whole_until(&of_last, on_disk as usize, 0) >= tick, "tick {tick} was synced with {on_disk} bytes");
    }
    let mut rng = Rng::new(1);
    for cut in 0..cuts() {
        let length = rng.below(whole.len() as u32 + 1) as usize;
        fs::write(&paths[2], left(&whole, length, &mut rng)).unwrap();
        let went_on = start_on(&game.dir).expect("the room goes on");
        assert_eq!(went_on, made(whole_until(&of_last, length, before)), "cut {cut}, after {length} bytes");
        let synced = game.synced.iter().filter(|(on_disk, _)| *on_disk <= length as u64).map(|(_, tick)| *tick).max();
        assert!(went_on.0 >= synced.unwrap_or(before), "cut {cut}, after {length} bytes: {synced:?} was on the disk");
    }
    // Not even the name of the last file came to the disk.
    fs::remove_file(&paths[2]).unwrap();
    assert_eq!(start_on(&game.dir).expect("the room goes on"), made(before));
    fs::remove_dir_all(&game.dir).unwrap();
}

#[test]
fn a_bit_that_flipped_anywhere_in_a_game_costs_what_comes_after_it() {
    let game = LoggedGame::play("bits", TICKS);
    let paths = game.files();
    let whole = fs::read(&paths[2]).unwrap();
    let (of_last, before) = (ends(&whole), ends(&fs::read(&paths[1]).unwrap()).last().expect("there are frames").1);
    let mut rng = Rng::new(2);
    for _ in 0..cuts().min(1000) / 3 {
        let bit = rng.below(8 * whole.len() as u32) as usize;
        let mut wrong = whole.clone();
        wrong[bit / 8] ^= 1 << (bit % 8);
        fs::write(&paths[2], wrong).unwrap();
        let tick = whole_until(&of_last, bit / 8, before);
        assert_eq!(start_on(&game.dir).expect("the room goes on"), (tick, game.made[&tick]), "bit {bit}");
        let found = Segments::list(&game.dir).unwrap().find_last(false).unwrap().expect("there is a room");
        assert!(!found.told.is_empty(), "it is told");
    }
    fs::remove_dir_all(&game.dir).unwrap();
}

#[test]
fn files_that_are_not_there_and_others_logs_are_told_and_left_alone() {
    let game = LoggedGame::play("others", 30);
    let paths = game.files();
    let bytes: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    let last_of = |index: usize| {
        let tick = ends(&bytes[index]).last().expect("there are frames").1;
        (tick, game.made[&tick])
    };
    let told = |dir: &Path| Segments::list(dir).unwrap().find_last(false).unwrap().expect("there is a room").told;
    assert!(told(&game.dir).is_empty());
    // Those before the last room are not needed.
    fs::remove_file(&paths[0]).unwrap();
    assert_eq!((start_on(&game.dir).expect("the room goes on"), told(&game.dir)), (last_of(2), vec![]));
    // Here the one is, and the last has nothing but its head.
    fs::write(&paths[0], &bytes[0]).unwrap();
    fs::remove_file(&paths[1]).unwrap();
    fs::write(&paths[2], &bytes[2][..200]).unwrap();
    assert_eq!(start_on(&game.dir).expect("the room goes on"), last_of(0));
    let sentences = told(&game.dir);
    let says = |words: &str| sentences.iter().any(|sentence| sentence.contains(words));
    assert!(says("no whole keyframe") && says("0000000001.ticks and the next are not there"), "{sentences:?}");
    // Another game's, and one of other field tables.
    let head = LogSegment::read(bytes[2].clone()).expect("the head is whole").head;
    let of = |head: Head| {
        let mut look_back = LookBack::new(1, LookBackBytes::default());
        look_back.begin(7, std::sync::Arc::new(b"a room".to_vec()));
        look_back.since(0).as_file(&head)
    };
    fs::write(&paths[2], of(Head { game: "chess".into(), ..head.clone() })).unwrap();
    assert!(matches!(start_on(&game.dir), Err(ServeError::LogOfAnotherGame { game, .. }) if game == "chess"));
    fs::write(&paths[2], of(Head { schema: "other".into(), ..head })).unwrap();
    let (tick, (_, away)) = start_on(&game.dir).expect("a new world begins");
    assert_eq!((tick, away), (0, 0));
    // No head is whole: a new world as well.
    paths.iter().filter(|path| path.exists()).for_each(|path| fs::write(path, b"ausplog2").unwrap());
    assert_eq!(start_on(&game.dir).expect("a new world begins").0, 0);
    fs::remove_dir_all(&game.dir).unwrap();
}
