//! `replay` of a log that a server left, whole and torn.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use auspice::message::{Credential, Talk};
use auspice::{EntityId, Replicate};
use auspice_demo::Entity;
use serde_json::Value;

use crate::player::{Player, Running};
use crate::{listening, sentence, server, text};

fn forget(log: &Path, word: &str) -> Output {
    server().arg("forget").arg(log).arg(word).output().unwrap()
}

#[test]
fn files_that_mention_a_player_are_removed_but_for_those_that_the_server_goes_on_from() {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("forgotten");
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    let file = |number: u32| dir.join(format!("{number:010}.ticks"));
    for (number, words) in [(1, "ann and bob"), (2, "bob"), (3, "ann"), (4, "nobody"), (5, "ann")] {
        fs::write(file(number), words).unwrap();
    }
    let told = sentence(&forget(&dir, "ann"), 1);
    assert!(told.contains("0000000005.ticks mention it too"), "{told}");
    assert_eq!([1, 2, 3, 4, 5].map(|number| file(number).exists()), [false, true, false, true, true]);
    let done = forget(&dir, "bob");
    assert!(done.status.success() && text(&done.stdout).contains("removed"), "{done:?}");
    assert!(!file(2).exists());
    assert!(sentence(&forget(&dir, "x"), 1).contains("too short"));
}

#[test]
fn a_player_is_forgotten_in_all_rooms_and_wholly_in_those_that_have_ended() {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("forgotten-rooms");
    let _ = fs::remove_dir_all(&dir);
    let file = |room: &str, number: u32| dir.join(room).join(format!("{number:010}.ticks"));
    for room in ["going", "ended"] {
        fs::create_dir_all(dir.join(room)).unwrap();
        (1..=3).for_each(|number| fs::write(file(room, number), "ann").unwrap());
    }
    fs::write(dir.join("ended").join("over"), "").unwrap();
    let told = sentence(&forget(&dir, "ann"), 1);
    assert!(told.contains("0000000003.ticks mention it too"), "{told}");
    let left = |room: &str| [1, 2, 3].map(|number| file(room, number).exists());
    assert_eq!((left("going"), left("ended")), ([false, true, true], [false; 3]));
    let told = sentence(&replay(&dir), 1);
    assert!(told.contains("the logs of many rooms"), "{told}");
}

fn replay(log: &Path) -> Output {
    server().arg("replay").arg(log).output().unwrap()
}

#[test]
fn a_log_is_played_again_and_one_with_nothing_in_it_is_no_success() {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("replayed");
    let _ = fs::remove_dir_all(&dir);
    let run = || {
        let (mut child, _) = listening(&["--log-dir", dir.to_str().unwrap()]);
        child.kill().unwrap();
        child.wait().unwrap();
    };
    run();
    let whole = replay(&dir);
    assert!(whole.status.success() && text(&whole.stdout).contains("publish what they did; 1 keyframes"), "{whole:?}");
    run();
    run();
    let [second, third] = [2, 3].map(|number| dir.join(format!("{number:010}.ticks")));
    fs::remove_file(&second).unwrap();
    let gap = text(&replay(&dir).stdout);
    assert!(gap.starts_with(&format!("{} is not there, and its ticks are not played\n", second.display())), "{gap}");
    fs::remove_file(&third).unwrap();
    let verified = server().args(["replay", "--verify"]).arg(&dir).output().unwrap();
    assert!(verified.status.success() && text(&verified.stdout).contains("publish what they did"), "{verified:?}");
    let file = dir.join("0000000001.ticks");
    let bytes = fs::read(&file).unwrap();
    // Its head, a part of its keyframe; a part of its head; nothing.
    for length in [300, 20, 0] {
        fs::write(&file, &bytes[..length]).unwrap();
        for log in [&dir, &file] {
            let told = sentence(&replay(log), 1);
            assert!(told.contains("no whole keyframe"), "{length} bytes: {told}");
        }
    }
}

/// The answer of the program at `address`, with a token or without.
fn ask(address: &str, what: &str, token: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET /inspector/{what} HTTP/1.1\r\nHost: log\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

/// The number behind a name in JSON.
fn number(text: &str, name: &str) -> u32 {
    let behind = text.split(&format!("\"{name}\":")).nth(1).unwrap_or_else(|| panic!("no {name} in {text}"));
    behind.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

#[test]
fn a_log_is_looked_at_to_and_fro_by_whoever_has_the_token() {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("inspected");
    let _ = fs::remove_dir_all(&dir);
    let (mut child, _) = listening(&["--log-dir", dir.to_str().unwrap(), "--tick-hz", "240"]);
    let file = dir.join("0000000001.ticks");
    let started = Instant::now();
    // The world's keyframe, and some ticks behind it.
    let wanted = fs::metadata(&file).unwrap().len() + 20_000;
    while fs::metadata(&file).unwrap().len() < wanted {
        assert!(started.elapsed() < Duration::from_secs(60), "the log does not grow");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let mut shown = server()
        .args(["replay", dir.to_str().unwrap(), "--inspect", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(shown.stdout.take().unwrap()).lines();
    let mut behind = |word: &str| said.next().unwrap().unwrap().split_once(word).unwrap().1.trim().to_owned();
    let address = behind("http://").trim_end_matches("/inspector/").to_owned();
    let token = behind("token:");
    assert!(ask(&address, "world", "not-the-token-at-all").starts_with("HTTP/1.1 401 "));
    assert!(ask(&address, "", "").contains("id=\"login\""), "the page itself is anyone's");
    let status = ask(&address, "status", &token);
    let (first, last) = (number(&status, "first"), number(&status, "last"));
    assert!(status.contains("\"mode\":\"log\"") && last > first + 50, "{status}");
    let world =
        |tick: u32| ask(&address, &format!("world?tick={tick}"), &token).split_once("\r\n\r\n").unwrap().1.to_owned();
    let early = world(first + 10);
    assert_eq!(number(&early, "tick"), first + 10);
    let late = world(last);
    assert_eq!((number(&late, "tick"), late == early), (last, false));
    assert_eq!(world(first + 10), early, "back again, it is the same");
    shown.kill().unwrap();
    shown.wait().unwrap();
}

/// What a player held at a tick of a log, as the program prints it: each entity with all of its numbers.
fn held_then(dir: &str, tick: u32, player: &str) -> BTreeMap<String, Vec<f64>> {
    let output = server().args(["replay", dir, "--at", &tick.to_string(), "--as", player, "--json"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of_entity = |entity: &Value| {
        let (id, kind) = (entity["id"].as_str().unwrap().to_owned(), entity["kind"].as_str().unwrap());
        let kind = Entity::KINDS.iter().find(|known| known.name == kind).unwrap();
        let values = kind.fields.iter().flat_map(|field| entity["fields"][field.name].as_array().unwrap());
        (id, values.map(|value| value.as_f64().unwrap()).collect())
    };
    all["entities"].as_array().unwrap().iter().map(of_entity).collect()
}

/// The same of a client now.
fn held_now(player: &Player) -> BTreeMap<String, Vec<f64>> {
    let of_entity = |id: EntityId, kind: usize, row: &[i32]| {
        let mut columns = row.iter();
        let fields = Entity::KINDS[kind].fields.iter();
        let values = fields.flat_map(|field| {
            let step = field.quantity.step();
            columns
                .by_ref()
                .take(field.quantity.columns())
                .map(move |column| f64::from(*column) * step)
                .collect::<Vec<_>>()
        });
        (id.to_string(), values.collect())
    };
    player.replica.entities().map(|held| of_entity(held.id, held.kind, held.row)).collect()
}

/// The last line of the log that is shown.
fn last_line(player: &Player) -> &str {
    let mut lines = player.heard.iter().rev().filter_map(|talk| match talk {
        Talk::Line { name, text, .. } if name == "replay" => Some(text.as_str()),
        _ => None,
    });
    lines.next().unwrap_or_default()
}

/// A program that a test which fails leaves not behind.
struct EndedAfterwards(Child);

impl Drop for EndedAfterwards {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_log_is_served_to_a_client_of_its_game_which_holds_what_a_player_of_it_held() {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("served");
    let _ = fs::remove_dir_all(&dir);
    let dir = dir.to_str().unwrap();
    let told = sentence(&server().args(["replay", dir, "--serve", "127.0.0.1:0"]).output().unwrap(), 1);
    assert!(told.contains(dir), "{told}");
    let running = Running::start(&["--log-dir", dir]);
    let mut ann = Player::join(running.address, "ann", Credential::Open);
    let begun = ann.replica.tick().0;
    ann.play_until("three seconds", |ann| ann.replica.tick().0 > begun + 90);
    drop((ann, running));
    let refused = server().args(["replay", dir, "--serve", "0.0.0.0:0"]).output().unwrap();
    assert!(sentence(&refused, 1).contains("anyone who can reach this machine"), "{refused:?}");
    let shown = server()
        .args(["replay", dir, "--serve", "127.0.0.1:0", "--as", "ann", "--speed", "2"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut shown = EndedAfterwards(shown);
    let mut said = BufReader::new(shown.0.stdout.take().unwrap()).lines();
    let address = said.find_map(|line| line.unwrap().split_once("ws://")?.1.split('/').next()?.parse().ok()).unwrap();
    let mut eve = Player::talk(address, "eve");
    eve.play_until("it is told where the log stands", |eve| last_line(eve).contains(", speed 2"));
    for (seek, tick) in [("/tick", begun + 60), ("/tick", begun + 20)] {
        eve.say("/pause");
        eve.say(&format!("{seek} {tick}"));
        let here = format!(", tick {tick} of ");
        eve.play_until("it stands there", |eve| last_line(eve).contains(&here) && last_line(eve).ends_with(", paused"));
        let asked = eve.replica.tick().0;
        eve.play_until("it is shown", |eve| eve.replica.tick().0 > asked + 15);
        let (then, now) = (held_then(dir, tick, "ann"), held_now(&eve));
        let both: Vec<_> = then.iter().filter_map(|(id, then)| Some((id, then, now.get(id)?))).collect();
        // At the edge of its view a player keeps what it has held, which who comes later is not told.
        assert!(both.len() > 3 && both.len() * 5 >= then.len() * 4, "{} of {} at {tick}", both.len(), then.len());
        for (id, then, now) in both {
            let is_same = then.len() == now.len() && then.iter().zip(now).all(|(then, now)| (then - now).abs() < 1e-9);
            assert!(is_same, "{id} at {tick}: {then:?}, {now:?}");
        }
    }
    eve.say("/play");
    eve.play_until("the end", |eve| last_line(eve).ends_with(", the end"));
}
