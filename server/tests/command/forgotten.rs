//! A player who is erased from logs that servers have written of several rooms, run after run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use auspice::message::{Credential, ResumeToken};
use auspice::{EntityId, Tick};

use crate::player::{Player, Running};
use crate::{server, text};

/// Ticks that are played in each run.
const TICKS: u32 = 20;

/// Files of each room by their paths, with their bytes.
type Files = BTreeMap<PathBuf, Vec<u8>>;

fn rooms(dir: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut rooms: Vec<_> = all.filter(|path| path.is_dir()).collect();
    rooms.sort();
    rooms
}

fn files(room: &Path) -> Files {
    let all = fs::read_dir(room).unwrap().map(|entry| entry.unwrap().path());
    all.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Paths of the files that have the word in them.
fn mention<'a>(files: &'a Files, word: &str) -> Vec<&'a Path> {
    let has = |bytes: &[u8]| bytes.windows(word.len()).any(|some| some == word.as_bytes());
    files.iter().filter(|(_, bytes)| has(bytes)).map(|(path, _)| path.as_path()).collect()
}

fn forget(dir: &Path, arguments: &[&str]) -> Output {
    server().arg("forget").arg(dir).args(arguments).output().unwrap()
}

/// A token, which there is where seats are kept, the ship, and the last tick.
type Visit = (Option<ResumeToken>, Option<EntityId>, Tick);

/// Plays for a moment in each of the rooms, by its code, as caroline.
fn visit(running: &Running, rooms: &[PathBuf]) -> Vec<Visit> {
    let visit = |room: &PathBuf| {
        let path = format!("/play/{}", room.file_name().unwrap().to_str().unwrap());
        let mut caroline = Player::join_at(running.address, &path, "caroline", Credential::Open);
        let until = caroline.replica.tick().plus(TICKS);
        caroline.play_until("some ticks go by", |caroline| caroline.replica.tick() >= until);
        (caroline.replica.resume_token(), caroline.replica.own(), caroline.replica.tick())
    };
    rooms.iter().map(visit).collect()
}

#[test]
fn a_player_of_a_server_of_rooms_is_erased_while_it_runs_and_nobody_else_loses_anything() {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("erased");
    let _ = fs::remove_dir_all(&dir);
    let start = |grace: &str| {
        let log = ["--log-dir", dir.to_str().unwrap(), "--rooms", "8", "--admin-listen", "off"];
        Running::start(&[&log[..], &["--grace-seconds", grace, "--asteroids", "5"]].concat())
    };
    let kill = |running: Running| {
        running.signal("-KILL");
        assert_eq!(running.end().0, None);
    };
    let running = start("2");
    let _anastasia = Player::join_at(running.address, "/play", "anastasia", Credential::Open);
    let _bartholomew = Player::join_at(running.address, "/play/new", "bartholomew", Credential::Open);
    kill(running);
    let both = rooms(&dir);
    assert_eq!(both.len(), 2);
    // Whoever is not there any more is in no keyframe of the later ones.
    for run in 0..4 {
        let running = start(if run == 3 { "60" } else { "0" });
        visit(&running, &both);
        kill(running);
    }
    let running = start("60");
    let caroline = visit(&running, &both);
    let before: Vec<Files> = both.iter().map(|room| files(room)).collect();
    assert!(before.iter().all(|files| files.len() >= 5), "a file of each run");
    let hers = before.iter().position(|files| !mention(files, "anastasia").is_empty()).expect("she is in one of them");
    let gone = mention(&before[hers], "anastasia");
    assert_eq!(mention(&before[1 - hers], "anastasia").len(), 0, "and not in the other");
    let newest: Vec<_> = before[hers].keys().filter(|path| path.extension().is_some()).rev().take(2).collect();
    assert!(newest.iter().all(|path| !gone.contains(&path.as_path())), "{gone:?} are older than {newest:?}");
    let told = text(&forget(&dir, &["anastasia", "--dry-run"]).stdout);
    assert!(
        told.starts_with("it is mentioned in ") && gone.iter().all(|path| told.contains(path.to_str().unwrap())),
        "{told}"
    );
    assert!(gone.iter().all(|path| path.exists()), "nothing is removed for a look");
    let done = forget(&dir, &["anastasia"]);
    assert!(done.status.success() && text(&done.stdout).starts_with("removed "), "{done:?}");
    for (path, bytes) in before.iter().flatten() {
        let is_gone = gone.contains(&path.as_path());
        assert_eq!(path.exists(), !is_gone, "{}", path.display());
        // The file that is written just now has more.
        assert!(is_gone || fs::read(path).unwrap().starts_with(bytes), "{} is another", path.display());
    }
    assert_eq!(text(&forget(&dir, &["anastasia"]).stdout), "nothing mentions it\n");
    let his = both.iter().map(|room| mention(&files(room), "bartholomew").len()).collect::<Vec<_>>();
    assert_eq!(his[1 - hers], mention(&before[1 - hers], "bartholomew").len(), "he is all there");
    assert!(his[1 - hers] > 0);
    kill(running);
    for room in &both {
        let replayed = server().args(["replay", "--verify"]).arg(room).output().unwrap();
        assert!(replayed.status.success() && text(&replayed.stdout).contains("publish what they did"), "{replayed:?}");
    }
    // The rooms go on as they were.
    let running = start("60");
    for (token, own, tick) in caroline {
        let credential = Credential::Resume(token.expect("her seat is kept"));
        let back = Player::join_at(running.address, "/play", "caroline", credential);
        assert!(own.is_some() && back.replica.own() == own, "she is in the same ship");
        assert!(back.replica.tick() >= tick);
    }
}
