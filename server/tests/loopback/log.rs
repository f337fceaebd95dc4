//! The log over real sockets: a room outlasts its process, and a game that panics loses a tick's wishes.

use std::fs;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use auspice::EntityId;
use auspice::authority::{Replay, Room};
use auspice::message::{Credential, ResumeToken};
use auspice_server::{AdminListen, Config, Handle, LogConfig, ServeError, Server};
use glam::IVec2;

use crate::dots::{
    Dot, Dots, FATAL_PACE, MARKED_PACE, Rules, SLIPPING_PACE, STUMBLING_PACE, TRIPPING_PACE, UNSAVABLE_PACE, Wish,
};
use crate::player::{Player, connect};

pub(crate) fn folder(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("auspice-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    dir
}

pub(crate) fn config(dir: &Path) -> Config<Rules> {
    let mut config = Config::for_game::<Dots>(Rules { crowd: 5 });
    config.listen = "127.0.0.1:0".parse().unwrap();
    config.log = Some(LogConfig {
        dir: dir.into(),
        sync: Duration::from_millis(50),
        keep_bytes: 1 << 30,
        keep: Duration::from_secs(3600),
    });
    config
}

fn start(dir: &Path) -> Handle {
    Server::<Dots>::start_saved(config(dir), Box::new(auspice::Game::new)).unwrap()
}

/// The token of a player that walked for a while and stands now, and where: its client has spoken, so the token is
/// good.
fn walk(server: &Handle) -> (Player, ResumeToken, EntityId, Dot) {
    let mut ann = Player::join(server.local_addr(), "ann");
    let (token, own, dot) = walk_on(&mut ann);
    (ann, token, own, dot)
}

/// The same of a player that is there.
pub(crate) fn walk_on(ann: &mut Player) -> (ResumeToken, EntityId, Dot) {
    ann.replica.set_input(Wish { pace: IVec2::new(120, 60) });
    ann.play_until("it walks", |ann| held(ann).is_some_and(|dot| dot.place.x > 60));
    ann.replica.set_input(Wish::default());
    ann.play_until("it stands", |ann| held(ann).is_some_and(|dot| dot.pace == IVec2::ZERO));
    let before = ann.replica.report().echoes;
    ann.play_until("an input is answered", |ann| ann.replica.report().echoes > before + 5);
    (ann.replica.resume_token().unwrap(), ann.replica.own().unwrap(), held(ann).unwrap())
}

pub(crate) fn held(player: &Player) -> Option<Dot> {
    Some(player.replica.entity(player.replica.own()?)?.entity)
}

/// Comes back by the token, and is who it was.
pub(crate) fn comes_back(address: SocketAddr, token: ResumeToken, own: EntityId, dot: Dot) -> Player {
    let mut ann = Player::enter(connect(address), address, "ann", Credential::Resume(token));
    ann.play_until("its entity is there", |ann| held(ann).is_some());
    assert_eq!((ann.replica.own(), held(&ann)), (Some(own), Some(dot)));
    ann
}

#[test]
fn a_server_that_is_started_anew_goes_on_with_the_room_of_its_log() {
    let dir = folder("anew");
    let server = start(&dir);
    let (ann, token, own, dot) = walk(&server);
    let tick = ann.replica.tick();
    drop(server);
    let server = start(&dir);
    assert!(server.metrics().contains("auspice_log_writing 1\n"), "{}", server.metrics());
    comes_back(server.local_addr(), token, own, dot);
    let mut bob = Player::join(server.local_addr(), "bob");
    bob.play_until("it plays", |bob| bob.replica.own().is_some());
    assert!(bob.replica.tick() > tick);
    drop(server);
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn what_a_client_was_told_is_in_the_log_by_then() {
    let (dir, copy) = (folder("killed"), folder("killed-copy"));
    let server = start(&dir);
    let (mut ann, token, own, dot) = walk(&server);
    // What is left of a process that is killed just now.
    fs::create_dir_all(&copy).unwrap();
    let told = ann.replica.tick();
    for entry in fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, copy.join(path.file_name().unwrap())).unwrap();
    }
    ann.pump().unwrap();
    let again = start(&copy);
    comes_back(again.local_addr(), token, own, dot);
    let mut bob = Player::join(again.local_addr(), "bob");
    bob.play_until("it plays", |bob| bob.replica.own().is_some());
    assert!(bob.replica.tick() > told);
    drop((server, again));
    fs::remove_dir_all(dir).unwrap();
    fs::remove_dir_all(copy).unwrap();
}

#[test]
fn a_game_that_panics_once_goes_on_and_nobody_is_closed() {
    let dir = folder("tripped");
    let server = start(&dir);
    let (mut ann, .., dot) = walk(&server);
    let mut bob = Player::join(server.local_addr(), "bob");
    bob.play_until("it plays", |bob| bob.replica.own().is_some());
    bob.replica.set_input(Wish { pace: TRIPPING_PACE });
    bob.play_until("it trips and goes on", |bob| held(bob).is_some_and(|dot| dot.pace == TRIPPING_PACE));
    let ticks = ann.replica.tick().0 + 30;
    ann.play_until("the game goes on", |ann| ann.replica.tick().0 > ticks);
    assert_eq!(held(&ann), Some(dot));
    let text = server.metrics();
    assert!(
        text.contains("auspice_room_recoveries_total 1\n") && text.contains("auspice_room_panics_total 1\n"),
        "{text}"
    );
    assert!(text.contains("auspice_clients{state=\"active\"} 2\n"), "{text}");
    drop(server);
    fs::remove_dir_all(dir).unwrap();
}

/// Kind of a frame (`server/LOG.md`): the room, saved.
const KEYFRAME: u8 = 2;

/// Kind of a frame: what happened.
const CALLS: u8 = 3;

/// Kind, tick and payload of each frame of a log's file.
fn frames(file: &Path) -> Vec<(u8, u32, Vec<u8>)> {
    let (bytes, mut at, mut frames) = (fs::read(file).unwrap(), 8, Vec::new());
    let number = |at: usize| u32::from_le_bytes(*bytes[at..].first_chunk().unwrap());
    while at < bytes.len() {
        let payload = at + 9..at + 9 + number(at) as usize;
        frames.push((bytes[at + 4], number(at + 5), bytes[payload.clone()].to_vec()));
        at = payload.end + 8;
    }
    frames
}

#[test]
fn a_tick_that_panicked_is_marked_in_the_log_and_played_again_without_anybodys_wishes() {
    let dir = folder("marked");
    let server = start(&dir);
    let mut bob = Player::join(server.local_addr(), "bob");
    bob.replica.set_input(Wish { pace: MARKED_PACE });
    bob.play_until("it trips and goes on", |bob| held(bob).is_some_and(|dot| dot.pace == MARKED_PACE));
    assert!(server.metrics().contains("auspice_room_recoveries_total 1\n"), "{}", server.metrics());
    drop((bob, server));
    // What was before it, as a file that ends without an end; and what came of it.
    let [before, after] = [1, 2].map(|number| frames(&dir.join(format!("{number:010}.ticks"))));
    let (kind, tick, saved) = &after[1];
    assert_eq!(*kind, KEYFRAME);
    let last = before.iter().rposition(|(kind, ..)| *kind == KEYFRAME).unwrap();
    let mut room = Room::<Dots>::load_as_it_was(&before[last].2).unwrap();
    let mut replay = Replay::new();
    before[last + 1..].iter().for_each(|(_, _, calls)| replay.play(&mut room, calls).unwrap());
    assert_eq!(room.tick_now().0, *tick, "all but the tick that panicked");
    let mut again = Room::<Dots>::load_as_it_was(saved).unwrap();
    assert!(again.first_difference(&room).is_none(), "it was made again as it was before");
    let (kind, ticked, calls) = &after[2];
    assert_eq!((*kind, *ticked), (CALLS, tick + 1));
    // A call of six bytes: a tick alone, and the hash of what it published.
    assert_eq!(calls[..4], [2, 6, 14, 0xfc], "the tick is marked");
    let mut replay = Replay::new();
    replay.play(&mut again, calls).unwrap();
    let paces = |room: &mut Room<Dots>| {
        let bob = room.each_player().next().map(|player| player.0);
        let held = bob.and_then(|bob| room.held_by(bob)).unwrap_or_default();
        held.iter().filter(|held| held.columns[2..4] == MARKED_PACE.to_array()).count()
    };
    let hash = u32::from_le_bytes(*calls[4..].first_chunk().unwrap());
    assert_eq!(
        (again.tick_now().0, again.published_hash(), paces(&mut again)),
        (*ticked, hash, 0),
        "nobody has a wish in it"
    );
    let mut most = 0;
    for (kind, _, payload) in &after[3..] {
        match *kind {
            CALLS => replay.play(&mut again, payload).unwrap(),
            KEYFRAME => assert!(Room::<Dots>::load_as_it_was(payload).unwrap().first_difference(&again).is_none()),
            _ => {}
        }
        most = most.max(paces(&mut again));
    }
    assert_eq!(most, 1, "but afterwards");
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_game_that_panics_twice_within_a_minute_ends_its_room_and_the_log_goes_on_with_the_new_one() {
    let dir = folder("panics");
    let server = start(&dir);
    let mut bob = Player::join(server.local_addr(), "bob");
    bob.play_until("it plays", |bob| bob.replica.own().is_some());
    // As long as it wants that: the room goes on once, and panics again.
    bob.replica.set_input(Wish { pace: FATAL_PACE });
    assert_eq!(bob.play_until_closed().map(|frame| u16::from(frame.code)), Some(1011));
    let text = server.metrics();
    assert!(
        text.contains("auspice_room_recoveries_total 1\n") && text.contains("auspice_room_panics_total 2\n"),
        "{text}"
    );
    let (ann, token, own, dot) = walk(&server);
    drop((ann, server));
    let server = start(&dir);
    comes_back(server.local_addr(), token, own, dot);
    drop(server);
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_game_that_panics_goes_on_without_a_log_too_where_its_last_seconds_are_in_memory() {
    let config = Config { log: None, ..config(Path::new("nowhere")) };
    let server = Server::<Dots>::start_saved(config, Box::new(auspice::Game::new)).unwrap();
    let mut bob = Player::join(server.local_addr(), "bob");
    bob.play_until("it plays", |bob| bob.replica.own().is_some());
    bob.replica.set_input(Wish { pace: SLIPPING_PACE });
    bob.play_until("it slips and goes on", |bob| held(bob).is_some_and(|dot| dot.pace == SLIPPING_PACE));
    let text = server.metrics();
    assert!(text.contains("auspice_room_recoveries_total 1\n") && text.contains("auspice_log_writing 0\n"), "{text}");
}

#[test]
fn the_last_seconds_are_handed_over_as_a_file_and_the_health_shows_the_log() {
    let (dir, token) = (folder("reported"), "not-a-token-to-keep-1234567890");
    fs::create_dir_all(&dir).unwrap();
    let mut config = config(&dir.join("log"));
    config.admin.listen = AdminListen::At("127.0.0.1:0".parse().unwrap());
    config.admin.token_file = Some(dir.join("token"));
    fs::write(dir.join("token"), token).unwrap();
    let server = Server::<Dots>::start_saved(config, Box::new(auspice::Game::new)).unwrap();
    let (ann, ..) = walk(&server);
    let ask = |request: &str| {
        let mut stream = connect(server.admin_addr().unwrap());
        let headers = format!("Host: admin\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n");
        write!(stream, "{request} HTTP/1.1\r\n{headers}").unwrap();
        let mut response = Vec::new();
        stream.read_to_end(&mut response).unwrap();
        let body = response.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
        (String::from_utf8_lossy(&response[9..12]).into_owned(), response[body..].to_vec())
    };
    let (status, file) = ask("POST /report?seconds=5");
    assert_eq!((&*status, &file[..8]), ("200", &b"ausplog2"[..]));
    assert!(file.windows(8).any(|bytes| bytes == b"ausproom"), "it has a room in it");
    assert_eq!(ask("POST /report?seconds=many").0, "400");
    assert_eq!(ask("GET /report").0, "405");
    assert_eq!(ask("GET /readyz"), ("200".into(), b"ready\n".to_vec()));
    drop((ann, server));
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_game_that_cannot_be_saved_any_more_goes_on_without_a_log() {
    let dir = folder("unsavable");
    let server = start(&dir);
    let mut ann = Player::join(server.local_addr(), "ann");
    ann.replica.set_input(Wish { pace: UNSAVABLE_PACE });
    ann.play_until("it walks", |ann| held(ann).is_some_and(|dot| dot.pace == UNSAVABLE_PACE));
    let mut bob = Player::join(server.local_addr(), "bob");
    bob.play_until("it plays", |bob| bob.replica.own().is_some());
    bob.replica.set_input(Wish { pace: STUMBLING_PACE });
    bob.play_until("it stumbles and goes on", |bob| held(bob).is_some_and(|dot| dot.pace == STUMBLING_PACE));
    let ticks = ann.replica.tick().0 + 30;
    ann.play_until("the game goes on", |ann| ann.replica.tick().0 > ticks);
    let text = server.metrics();
    assert!(text.contains("auspice_room_recoveries_total 1\n") && text.contains("auspice_log_writing 0\n"), "{text}");
    server.shutdown();
    assert_eq!(u16::from(ann.play_until_closed().expect("a close frame").code), 1001);
    server.join().unwrap();
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_folder_has_the_log_of_one_server_at_a_time_and_nobody_else_reads_it() {
    let dir = folder("shared");
    let server = start(&dir);
    let second = Server::<Dots>::start_saved(config(&dir), Box::new(auspice::Game::new));
    let told = second.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(told.contains("another server") && told.contains("--log-dir"), "{told:?}");
    #[cfg(unix)]
    for entry in fs::read_dir(&dir).unwrap() {
        let mode = std::os::unix::fs::PermissionsExt::mode(&entry.unwrap().metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    drop(server);
    drop(start(&dir));
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_log_of_another_game_and_a_game_that_cannot_be_saved_are_told() {
    let dir = folder("other");
    drop(start(&dir));
    let text = fs::read(dir.join("0000000001.ticks")).unwrap();
    assert!(text.windows(13).any(|bytes| bytes == br#""game":"dots""#), "its head can be read");
    let config = config(&dir);
    assert!(matches!(Server::<Dots>::start(config), Err(ServeError::NotSaved)));
    fs::remove_dir_all(dir).unwrap();
}
