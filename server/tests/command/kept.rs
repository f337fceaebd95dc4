//! What a server's log has of those who played: it is played again, asked for what a player held, and found out where
//! it was changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Output;

use auspice::Replicate;
use auspice::message::Credential;
use auspice::replica::Held;
use auspice_demo::{Demo, Input};
use ring::digest::{Context, SHA256};
use serde_json::{Value, json};

use crate::player::{Player, Running};
use crate::{file, sentence, server, text};

/// An operator's token.
const TOKEN: &str = "not-a-token-to-keep-1234567890";

/// Kind of a frame (`server/LOG.md`): the room, saved.
const KEYFRAME: u8 = 2;

/// Kind of a frame: what happened.
const CALLS: u8 = 3;

/// Kind of a frame: the room was put aside in peace.
const END: u8 = 4;

/// Log of a game of two, in a folder of its own; what ann held at some tick; and the last seconds as a file.
struct Game {
    dir: PathBuf,
    tick: u32,
    held: BTreeMap<String, Value>,
    /// Ann's ship.
    own: String,
    report: PathBuf,
}

impl Game {
    fn play(name: &str) -> Self {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&dir);
        let admin = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let token = file(&format!("{name}-token"), TOKEN);
        let flags = ["--admin-listen", &admin.to_string(), "--admin-token-file", token.to_str().unwrap()];
        let running = Running::start(&[&["--log-dir", dir.to_str().unwrap(), "--size", "900"], &flags[..]].concat());
        let mut bob = Player::join(running.address, "bob", Credential::Open);
        let mut ann = Player::join(running.address, "ann", Credential::Open);
        bob.replica.set_input(Input { turn: 1, thrust: true, ..Input::default() });
        let enough = ann.replica.tick().plus(60);
        ann.play_until("two seconds go by", |ann| {
            bob.pump().unwrap();
            ann.replica.tick() >= enough
        });
        let (tick, held) =
            (ann.replica.tick().0, ann.replica.entities().map(|held| (held.id.to_string(), fields(&held))).collect());
        let own = ann.replica.own().expect("ann flies").to_string();
        let report = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.ticks"));
        fs::write(&report, ask(admin, "POST /report?seconds=5")).unwrap();
        running.signal("-INT");
        let (code, said) = running.end();
        assert_eq!(code, Some(0), "{said}");
        Self { dir, tick, held, own, report }
    }

    fn log(&self) -> PathBuf {
        self.dir.join("0000000001.ticks")
    }
}

/// The row of an entity as `replay` prints it, and as it is read again from there.
fn fields(held: &Held<'_, Demo>) -> Value {
    let mut columns = held.row.iter();
    let fields = <Demo as auspice::Game>::Entity::KINDS[held.kind].fields.iter().map(|field| {
        let of_field = columns.by_ref().take(field.quantity.columns());
        (field.name.into(), of_field.map(|&column| f64::from(column) * field.quantity.step()).collect())
    });
    let all = Value::Object(fields.collect());
    serde_json::from_str(&all.to_string()).unwrap()
}

/// Answer of the admin listener.
fn ask(admin: SocketAddr, request: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(admin).unwrap();
    let headers = format!("Host: x\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    write!(stream, "{request} HTTP/1.1\r\n{headers}").unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    assert!(response.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&response));
    let body = response.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    response.split_off(body)
}

fn replay(log: &Path, arguments: &[&str]) -> Output {
    server().arg("replay").arg(log).args(arguments).output().unwrap()
}

fn json_of(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A frame: its kind, and where its payload is.
struct Frame {
    kind: u8,
    tick: u32,
    payload: std::ops::Range<usize>,
}

fn frames(bytes: &[u8]) -> Vec<Frame> {
    let (mut at, mut frames) = (8, Vec::new());
    while at < bytes.len() {
        let number = |at: usize| u32::from_le_bytes(*bytes[at..].first_chunk().unwrap());
        let payload = at + 9..at + 9 + number(at) as usize;
        frames.push(Frame { kind: bytes[at + 4], tick: number(at + 5), payload: payload.clone() });
        at = payload.end + 8;
    }
    frames
}

/// Makes all checksums anew, as somebody does who changes a log on purpose.
fn seal(bytes: &mut [u8]) {
    let mut sum = [0; 8];
    for frame in frames(bytes) {
        let mut digest = Context::new(&SHA256);
        digest.update(&sum);
        digest.update(&bytes[frame.payload.start - 9..frame.payload.end]);
        sum.copy_from_slice(&digest.finish().as_ref()[..8]);
        bytes[frame.payload.end..frame.payload.end + 8].copy_from_slice(&sum);
    }
}

#[test]
fn a_log_of_players_is_played_again_and_ends_with_a_keyframe_and_an_end() {
    let game = Game::play("kept-whole");
    let all = json_of(&replay(&game.dir, &["--verify", "--json"]));
    assert!(all["ticks"].as_u64().unwrap() > 60 && all["last"].as_u64().unwrap() >= u64::from(game.tick), "{all}");
    assert_eq!(all["told"], json!([]), "nothing is missing, torn or of another build");
    let of_report = json_of(&replay(&game.report, &["--json"]));
    assert!(of_report["ticks"].as_u64().unwrap() > 30, "{of_report}");
    let bytes = fs::read(game.log()).unwrap();
    let frames = frames(&bytes);
    let kinds: Vec<u8> = frames.iter().map(|frame| frame.kind).collect();
    assert_eq!(kinds.last_chunk(), Some(&[KEYFRAME, END]), "a clean stop saves the room, and says that it did");
}

#[test]
fn what_a_player_held_at_a_tick_is_what_its_client_held() {
    let game = Game::play("kept-view");
    let at = game.tick.to_string();
    let view = json_of(&replay(&game.dir, &["--at", &at, "--as", "ann", "--json"]));
    assert!(game.held.len() > 1, "ann sees more than her own ship");
    let all = view["entities"].as_array().unwrap();
    assert_eq!((&view["tick"], &view["name"]), (&game.tick.into(), &"ann".into()));
    let rows = all.iter().map(|held| (held["id"].as_str().unwrap().to_owned(), held["fields"].clone()));
    assert_eq!(rows.collect::<BTreeMap<_, _>>(), game.held);
    // She was told something in that tick, and so everything.
    assert!(all.iter().all(|held| held["untold"] == json!(false)), "{view}");
    let told = text(&replay(&game.dir, &["--at", &at, "--as", "ann"]).stdout);
    assert!(told.starts_with(&format!("at tick {at} ann (")) && told.lines().count() == game.held.len() + 1, "{told}");
    assert!(sentence(&replay(&game.dir, &["--at", &at, "--as", "nobody"]), 1).contains("nobody called nobody"));
    assert!(
        sentence(&replay(&game.dir, &["--at", "4000000", "--as", "ann"]), 1).contains("does not have tick 4000000")
    );
}

#[test]
fn how_all_players_stand_at_some_ticks_is_told_by_one_replay() {
    let game = Game::play("kept-standing");
    let (last, before) = (game.tick, game.tick - 20);
    let output = replay(&game.dir, &["--at", &format!("{last},{before},{last}"), "--json"]);
    let lines: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines.iter().map(|line| line["tick"].as_u64().unwrap()).collect::<Vec<_>>(),
        [before, last].map(u64::from)
    );
    let view = json_of(&replay(&game.dir, &["--at", &last.to_string(), "--as", "ann", "--json"]));
    let held = view["entities"].as_array().unwrap().iter().find(|held| held["id"] == game.own.as_str());
    for line in &lines {
        let players = line["players"].as_array().unwrap();
        assert_eq!(
            players.iter().map(|player| player["name"].as_str().unwrap()).collect::<BTreeSet<_>>(),
            ["ann", "bob"].into()
        );
        assert!(
            line["entities"].as_u64().unwrap() >= 2 && players.iter().all(|player| player["away"] == false),
            "{line}"
        );
        let ann = players.iter().find(|player| player["name"] == "ann").unwrap();
        assert_eq!(ann["own"]["id"], game.own.as_str());
        assert!(line["tick"] != last || Some(&ann["own"]) == held, "as she held it: {ann} {held:?}");
    }
    let told = text(&replay(&game.dir, &["--at", &last.to_string()]).stdout);
    assert!(
        told.starts_with(&format!("at tick {last} there are 2 players and ")) && told.lines().count() == 3,
        "{told}"
    );
    let beyond = format!("{last},4000000");
    assert!(sentence(&replay(&game.dir, &["--at", &beyond, "--json"]), 1).contains("does not have tick 4000000"));
}

#[test]
fn the_first_tick_that_publishes_something_else_is_named() {
    let game = Game::play("kept-changed");
    let mut bytes = fs::read(game.log()).unwrap();
    // A part that begins with a tick that was made, and its hash.
    let frames = frames(&bytes);
    let changed =
        frames.iter().skip(frames.len() / 2).find(|frame| frame.kind == CALLS && bytes[frame.payload.start] == 0);
    let changed = changed.expect("ticks begin parts");
    let tick = changed.tick;
    let at = changed.payload.start + 1;
    bytes[at] ^= 1;
    let path = game.dir.join("changed");
    fs::write(&path, &bytes).unwrap();
    let torn = text(&replay(&path, &[]).stdout);
    assert!(torn.contains("no whole frame"), "the checksum tells: {torn}");
    seal(&mut bytes);
    fs::write(&path, &bytes).unwrap();
    let told = sentence(&replay(&path, &["--verify"]), 1);
    assert!(told.contains(&format!("tick {tick}")), "the first is {tick}: {told}");
}

#[test]
fn a_log_of_another_game_or_of_other_field_tables_is_told_and_left_as_it_is() {
    let game = Game::play("kept-others");
    let bytes = fs::read(game.log()).unwrap();
    // The letter behind these words of the head is another one.
    let with_other = |words: &str| {
        let mut bytes = bytes.clone();
        let at = bytes.windows(words.len()).position(|some| some == words.as_bytes()).unwrap() + words.len();
        bytes[at] = if bytes[at] == b'a' { b'b' } else { b'a' };
        seal(&mut bytes);
        fs::write(game.log(), &bytes).unwrap();
        bytes
    };
    let log = ["--log-dir", game.dir.to_str().unwrap(), "--listen", "127.0.0.1:0", "--admin-listen", "off"];
    let others = with_other("\"game\":\"");
    assert!(sentence(&replay(&game.dir, &[]), 1).contains("a log of the game \""));
    let refused = sentence(&server().args(log).args(["--log-level", "off"]).output().unwrap(), 1);
    assert!(refused.contains("has the log of the game \""), "{refused}");
    assert_eq!(fs::read(game.log()).unwrap(), others);
    let others = with_other("\"schema\":\"");
    assert!(sentence(&replay(&game.dir, &[]), 1).contains("other field tables"));
    let running = Running::start(&log[..2]);
    Player::join(running.address, "ann", Credential::Open);
    running.signal("-INT");
    let (code, said) = running.end();
    assert!(code == Some(0) && said.contains("of other field tables: a new world begins"), "{said}");
    assert_eq!(fs::read(game.log()).unwrap(), others);
    assert!(game.dir.join("0000000002.ticks").exists(), "the new world has a file of its own");
}
