//! The logs of many rooms over real sockets: every room outlasts the process, with its code and its players.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use auspice::message::Credential;
use auspice_server::session::{Claims, Gate, SecretKey, unix_seconds};
use auspice_server::{Config, Handle, Server};

use crate::dots::{Dots, Rules};
use crate::log::{comes_back, config, folder, held, walk_on};
use crate::player::connect;
use crate::rooms::{ask, join, list, of_many, sees, wait_for};

fn start_with(dir: &Path, change: impl FnOnce(&mut Config<Rules>)) -> Handle {
    let mut config = config(dir);
    of_many(&mut config, 10, 8);
    config.terms.rules.crowd = 0;
    change(&mut config);
    Server::<Dots>::start_saved(config, Box::new(auspice::Game::new)).unwrap()
}

fn start(dir: &Path) -> Handle {
    start_with(dir, |_| {})
}

/// What is left of a process that is killed just now.
fn copied(from: &Path, name: &str) -> PathBuf {
    let to = folder(name);
    fs::create_dir_all(&to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copy = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir_all(&copy).unwrap();
            for file in fs::read_dir(path).unwrap() {
                let file = file.unwrap().path();
                fs::copy(&file, copy.join(file.file_name().unwrap())).unwrap();
            }
        } else {
            fs::copy(&path, copy).unwrap();
        }
    }
    to
}

/// Codes of all rooms, each with how many players are in it.
fn rooms(server: &Handle) -> Vec<(String, usize)> {
    let mut rooms = server.rooms();
    rooms.sort();
    rooms
}

#[test]
fn all_rooms_of_a_server_that_is_killed_go_on_with_their_codes_and_players() {
    let dir = folder("room-logs");
    let server = start(&dir);
    let paths = ["/play", "/play/new", "/play/any/crowd=7"];
    let mut players: Vec<_> = paths.iter().map(|path| join(server.local_addr(), path, "ann")).collect();
    let walked: Vec<_> = players.iter_mut().map(walk_on).collect();
    let (before, public) = (rooms(&server), list(server.local_addr(), "/rooms").len());
    assert_eq!((before.len(), public), (3, 2));
    assert!(server.metrics().contains("auspice_log_writing 1\n"), "{}", server.metrics());
    let copy = copied(&dir, "room-logs-killed");
    let again = start(&copy);
    assert_eq!(rooms(&again), before, "those who are away are players");
    assert_eq!(list(again.local_addr(), "/rooms").len(), public, "the private one stays private");
    let crowds = walked.into_iter().map(|(token, own, dot)| {
        let mut ann = comes_back(again.local_addr(), token, own, dot);
        ann.play_until("those around it", |ann| sees(ann) > 0);
        sees(&ann)
    });
    assert_eq!(crowds.collect::<Vec<_>>(), [1, 1, 8], "each in its own room");
    assert_eq!(rooms(&again), before);
    // Nor is there another lobby, and the number of a new one is none of theirs.
    let made = again.make_room([].into(), true).unwrap();
    assert!(before.iter().all(|(code, _)| *code != made));
    drop((server, again, players));
    fs::remove_dir_all(dir).unwrap();
    fs::remove_dir_all(copy).unwrap();
}

#[test]
fn rooms_go_on_after_a_stop_in_peace_and_those_that_ended_do_not() {
    let dir = folder("rooms-ended");
    let server = start_with(&dir, |config| config.grace_seconds = 0);
    let first = rooms(&server)[0].0.clone();
    let ann = join(server.local_addr(), "/play/new", "ann");
    let code = rooms(&server).into_iter().find(|(code, _)| *code != first).unwrap().0;
    wait_for("its log", || dir.join(&code).join("0000000001.ticks").exists());
    assert!(!dir.join(&code).join("over").exists());
    drop(ann);
    wait_for("it has ended", || rooms(&server).len() == 1);
    wait_for("its log is closed", || dir.join(&code).join("over").exists());
    let kept = server.make_room([].into(), true).unwrap();
    wait_for("its log", || dir.join(&kept).join("0000000001.ticks").exists());
    drop(server);
    let server = start_with(&dir, |config| config.rooms.idle = std::time::Duration::from_secs(60));
    let mut expected = [first.clone(), kept];
    expected.sort();
    assert_eq!(rooms(&server).into_iter().map(|(code, _)| code).collect::<Vec<_>>(), expected);
    // A room that stood still has its log go on when somebody comes.
    let mut bob = join(server.local_addr(), &format!("/play/{first}"), "bob");
    let (token, own, dot) = walk_on(&mut bob);
    let copy = copied(&dir, "rooms-ended-copy");
    let again = start(&copy);
    comes_back(again.local_addr(), token, own, dot);
    assert!(dir.join(&code).join("0000000001.ticks").exists(), "what was is kept for its time");
    drop((server, again, bob));
    fs::remove_dir_all(dir).unwrap();
    fs::remove_dir_all(copy).unwrap();
}

#[test]
fn a_first_room_that_had_to_be_made_anew_is_that_of_the_next_start_too() {
    let dir = folder("rooms-first");
    let start = || start_with(&dir, |config| config.rooms.idle = std::time::Duration::from_secs(60));
    let server = start();
    let first = rooms(&server)[0].0.clone();
    let kept = server.make_room([].into(), true).unwrap();
    wait_for("its log", || dir.join(&kept).join("0000000001.ticks").exists());
    drop(server);
    fs::remove_dir_all(dir.join(first)).unwrap();
    let anew = rooms(&start());
    assert!(anew.len() == 2 && anew.iter().any(|(code, _)| *code == kept), "{anew:?}");
    assert_eq!(rooms(&start()), anew);
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn whoever_comes_with_a_ticket_finds_its_seat_in_the_room_of_a_log() {
    let (secret, public) = SecretKey::generate().unwrap();
    let dir = folder("rooms-ticket");
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("room-logs.pub");
    fs::write(&file, public).unwrap();
    let ticket = |id: u8| {
        let claims = Claims::new("ann", "Ann", "dots", unix_seconds(SystemTime::now()) + i64::from(id), 20).unwrap();
        Credential::Ticket(SecretKey::parse(&secret).unwrap().mint(&claims).unwrap())
    };
    let gate = || Gate::of_tickets(std::slice::from_ref(&file), "dots").unwrap();
    let server = start_with(&dir, |config| config.gate = gate());
    let mut ann = ask(server.local_addr(), "/play/new", "Ann", ticket(0));
    let (_, own, dot) = walk_on(&mut ann);
    drop((server, ann));
    let server = start_with(&dir, |config| config.gate = gate());
    let mut ann = ask(server.local_addr(), "/play", "Ann", ticket(1));
    ann.play_until("its entity is there", |ann| held(ann).is_some());
    assert_eq!((ann.replica.own(), held(&ann)), (Some(own), Some(dot)));
    drop((server, ann));
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_folder_of_many_logs_is_one_servers_and_one_games() {
    let dir = folder("rooms-shared");
    let server = start(&dir);
    let _anybody = connect(server.local_addr());
    let mut second = config(&dir);
    of_many(&mut second, 10, 8);
    let second = Server::<Dots>::start_saved(second, Box::new(auspice::Game::new));
    let told = second.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(told.contains("another server") && told.contains("--log-dir"), "{told:?}");
    drop(server);
    drop(start(&dir));
    fs::remove_dir_all(dir).unwrap();
}
