//! A log that there is no room for. A limit on the size of files stands for the full disk, since anybody may set one
//! for a program of their own.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;

use auspice::message::Credential;
use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::player::{PATIENCE, Player, Running};
use crate::{server, text};

/// Answer of the admin listener, with its head.
fn get(admin: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(admin).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The value of a metric.
fn metric(admin: SocketAddr, name: &str) -> u64 {
    let all = get(admin, "/metrics");
    let value = all.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("{name} is missing from {all}")).parse().unwrap()
}

/// Whether the server says in both places that its log is written, or in both that it is not. It takes players either
/// way.
fn is_written(admin: SocketAddr) -> Option<bool> {
    let ready = get(admin, "/readyz");
    assert!(ready.starts_with("HTTP/1.1 200 "), "{ready}");
    let by_health = ready.ends_with("\r\nready\n");
    assert!(by_health || ready.contains("the log cannot be written"), "{ready}");
    (metric(admin, "auspice_log_writing") == u64::from(by_health)).then_some(by_health)
}

/// Bounds the size of the files that the server writes from now on.
fn bound(server: &Running, bytes: Option<u64>) {
    let pid = Pid::from_raw(server.child.id() as i32);
    prlimit(pid, Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
}

#[test]
fn a_game_goes_on_without_room_for_its_log_which_begins_anew_with_a_keyframe_when_there_is_some() {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("full-disk");
    let _ = fs::remove_dir_all(&dir);
    let admin = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    // A write beyond the bound is an error then, as one to a full disk is, and no signal.
    let mut careless = Command::new("sh");
    careless.args(["-c", "trap '' XFSZ && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_auspice-server")]);
    let log = ["--log-dir", dir.to_str().unwrap()];
    let running = Running::start_by(careless, &[&log[..], &["--admin-listen", &admin.to_string()]].concat());
    let mut ann = Player::join(running.address, "ann", Credential::Open);
    let play = |ann: &mut Player, ticks: u32| {
        let until = ann.replica.tick().plus(ticks);
        ann.play_until("the game goes on", |ann| ann.replica.tick() >= until);
    };
    play(&mut ann, 20);
    assert_eq!(is_written(admin), Some(true));
    let first = dir.join("0000000001.ticks");
    bound(&running, Some(fs::metadata(&first).unwrap().len() + 40));
    ann.play_until("the log is not written", |_| is_written(admin) == Some(false));
    let (own, late) = (ann.replica.own(), metric(admin, "auspice_log_late_total"));
    let written = fs::read(&first).unwrap();
    play(&mut ann, 40);
    assert!(own.is_some() && ann.replica.own() == own, "nobody is disturbed");
    assert!(metric(admin, "auspice_log_late_total") >= late + 30, "each tick that is told counts");
    assert_eq!(fs::read(&first).unwrap(), written, "what was begun is left as it is");
    bound(&running, None);
    ann.play_until("the log is written again", |_| is_written(admin) == Some(true));
    let second = fs::read(dir.join("0000000002.ticks")).unwrap();
    assert!(second.windows(8).any(|bytes| bytes == b"ausproom"), "it begins with a keyframe");
    assert_eq!(fs::read(&first).unwrap(), written, "and in a file of its own");
    play(&mut ann, 20);
    let (token, held) = (ann.replica.resume_token().unwrap(), ann.replica.tick().0);
    running.signal("-KILL");
    drop(running);
    let told = server().args(["replay", "--json"]).arg(&dir).output().unwrap();
    let all: serde_json::Value =
        serde_json::from_slice(&told.stdout).unwrap_or_else(|_| panic!("{}", text(&told.stderr)));
    assert!(all["last"].as_u64() >= Some(u64::from(held)) && all["keyframes"].as_u64() >= Some(2), "{all}");
    let running = Running::start(&log);
    let back = Player::join(running.address, "ann", Credential::Resume(token));
    assert_eq!(back.replica.own(), own, "in the same ship");
    assert!(back.replica.tick().0 > held);
}
