//! `replay` of a log that a server left, whole and torn.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

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
    write!(stream, "GET /inspector/{what} HTTP/1.1\r\nHost: log\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n")
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
    let world = |tick: u32| ask(&address, &format!("world?tick={tick}"), &token).split_once("\r\n\r\n").unwrap().1.to_owned();
    let early = world(first + 10);
    assert_eq!(number(&early, "tick"), first + 10);
    let late = world(last);
    assert_eq!((number(&late, "tick"), late == early), (last, false));
    assert_eq!(world(first + 10), early, "back again, it is the same");
    shown.kill().unwrap();
    shown.wait().unwrap();
}
