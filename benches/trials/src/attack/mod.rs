//! Attacks on a real server, and what it should say to each attacker.

pub mod honest;
mod raw;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use auspice::Micros;
use auspice::limits::{CLIENT_MESSAGE_BYTES_MAX, LINE_BYTES_MAX};
use auspice::replica::Replica;
use auspice_demo::Demo;

use raw::{
    Answer, connect, end_of_request, end_of_web_socket, frame, good_request, read_frame, upgrade, upgrade_talking,
};

/// Size of each attack.
#[derive(Clone, Copy, Debug)]
pub struct AttackSize {
    /// Sockets of an attack by many.
    pub many: usize,
    /// Sockets that are opened and say nothing.
    pub half_open: usize,
    /// Sockets of an attack that waits for a deadline of ten seconds.
    pub patient: usize,
    /// Frames of a flood, if nobody ends it.
    pub flood: usize,
    /// Connections of a churn.
    pub churn: usize,
}

/// Result of an attack.
#[derive(Debug, Default)]
pub struct AttackResult {
    /// Hostile sockets.
    pub sockets: usize,
    /// Number of attackers that were told the reason that fits.
    pub named: usize,
    /// Answers that others were given, the first few.
    pub strange: Vec<String>,
    /// Time that an honest client took to join meanwhile, where the attack is about that.
    pub join: Option<Duration>,
}

/// An attack on a server.
pub struct Attack {
    /// The attack in a few words.
    pub name: &'static str,
    /// The answer that each attacker should be given.
    pub expected: &'static str,
    /// Does it.
    pub run: fn(SocketAddr, AttackSize) -> io::Result<AttackResult>,
}

/// The large file of the page that the attacked server shows.
pub const PAGE_FILE: &str = "game.wasm";

/// All of them.
pub const ATTACKS: &[Attack] = &[
    Attack { name: "requests that lack something", expected: "its status", run: matrix },
    Attack { name: "half a request", expected: "408", run: half_a_request },
    Attack { name: "guesses codes of rooms", expected: "404, 429", run: guesses },
    Attack { name: "open and silent", expected: "408 or 503", run: half_open },
    Attack { name: "endless headers", expected: "431", run: header_flood },
    Attack { name: "a request in crumbs", expected: "400", run: crumbs },
    Attack { name: "connects and goes", expected: "-", run: churn },
    Attack { name: "wants the page, reads nothing of it", expected: "-", run: deaf_visitors },
    Attack { name: "unsound frames", expected: "its code", run: unsound_frames },
    Attack { name: "a head that claims 16 MiB", expected: "1009", run: claims },
    Attack { name: "pings without end, reads nothing", expected: "4005", run: ping_flood },
    Attack { name: "pongs without end", expected: "4005", run: pong_flood },
    Attack { name: "empty fragments without end", expected: "1003", run: empty_fragments },
    Attack { name: "messages without end", expected: "4000", run: message_flood },
    Attack { name: "ten times the inputs", expected: "4005", run: input_flood },
    Attack { name: "says lines without end", expected: "4005", run: line_flood },
    Attack { name: "says lines before its hello", expected: "4005", run: early_lines },
    Attack { name: "a hello in crumbs", expected: "4004", run: dribble },
    Attack { name: "joins, then says and reads nothing", expected: "4006", run: reads_nothing },
];

impl AttackResult {
    /// Counts an attacker that has ended.
    fn count(&mut self, is_named: bool, what: &str, answer: &Answer) {
        self.sockets += 1;
        self.named += usize::from(is_named);
        if !is_named && self.strange.len() < 3 {
            self.strange.push(format!("{what}: {answer:?}"));
        }
    }
}

/// `sockets` of them past their upgrade, each of which sends `bytes` and is told `code`.
fn by_many(server: SocketAddr, sockets: usize, what: &str, bytes: &[u8], code: u16) -> io::Result<AttackResult> {
    let mut streams = (0..sockets).map(|_| upgrade(server)).collect::<io::Result<Vec<_>>>()?;
    for stream in &mut streams {
        stream.write_all(bytes)?;
    }
    let mut outcome = AttackResult::default();
    for stream in &mut streams {
        let answer = end_of_web_socket(stream);
        outcome.count(answer == Answer::Closed(code), what, &answer);
    }
    Ok(outcome)
}

/// Codes of rooms that an address may try in a minute (`WRONG_CODES_MAX` of the server).
const GUESSES_HEARD: usize = 10;

/// Tries one code after the other, from a far address as the server's proxy says.
fn guesses(server: SocketAddr, _: AttackSize) -> io::Result<AttackResult> {
    let mut outcome = AttackResult::default();
    for number in 0..3 * GUESSES_HEARD {
        let path = format!("/play/{number:010}");
        let request = good_request().replace("/play", &path).replace("Host:", "X-Forwarded-For: 203.0.113.5\r\nHost:");
        let mut stream = connect(server)?;
        stream.write_all(request.as_bytes())?;
        let answer = end_of_request(&mut stream);
        let expected = if number < GUESSES_HEARD { 404 } else { 429 };
        outcome.count(answer == Answer::Status(expected), &path, &answer);
    }
    Ok(outcome)
}

fn matrix(server: SocketAddr, _: AttackSize) -> io::Result<AttackResult> {
    let good = good_request();
    let with = |line: &str| good.replace("Host:", &format!("{line}\r\nHost:"));
    let requests = [
        (404, good.replace("/play", "/metrics")),
        (404, good.replace("/play", "/play?ticket=secret")),
        (405, good.replace("GET ", "POST ")),
        (400, good.replace("HTTP/1.1", "HTTP/1.0")),
        (400, good.replace("Host: localhost\r\n", "")),
        (400, good.replace("Host: localhost\r\n", "Host: a\r\nHost: b\r\n")),
        (
            200,
            good.replace("/play", "/")
                .replace("Upgrade: websocket\r\nConnection: Upgrade\r\n", "Connection: close\r\n"),
        ),
        (426, good.replace("Version: 13", "Version: 12")),
        (400, good.replace("dGhlIHNhbXBsZSBub25jZQ==", "short")),
        (403, with("Origin: https://evil.example")),
        (403, with("Origin: null")),
        (400, good.replace("auspice.v1", "auspice.v0")),
        (400, good.replace("auspice.v1", "auspice.v2")),
        (431, with("X: y\r\n".repeat(70).trim_end())),
        (400, "\u{16}\u{3}\u{1}\r\n\r\n".into()),
    ];
    let mut outcome = AttackResult::default();
    for (status, request) in requests {
        let mut stream = connect(server)?;
        stream.write_all(request.as_bytes())?;
        let answer = end_of_request(&mut stream);
        outcome.count(answer == Answer::Status(status), request.lines().next().unwrap_or_default(), &answer);
    }
    Ok(outcome)
}

fn half_a_request(server: SocketAddr, scale: AttackSize) -> io::Result<AttackResult> {
    let mut streams = (0..scale.many).map(|_| connect(server)).collect::<io::Result<Vec<_>>>()?;
    for stream in &mut streams {
        stream.write_all(&good_request().as_bytes()[..40])?;
    }
    let mut outcome = AttackResult::default();
    for stream in &mut streams {
        let answer = end_of_request(stream);
        outcome.count(answer == Answer::Status(408), "half a request", &answer);
    }
    Ok(outcome)
}

fn half_open(server: SocketAddr, scale: AttackSize) -> io::Result<AttackResult> {
    let mut streams = (0..scale.half_open).map(|_| connect(server)).collect::<io::Result<Vec<_>>>()?;
    let started = Instant::now();
    join(server, "honest")?;
    let mut outcome = AttackResult { join: Some(started.elapsed()), ..AttackResult::default() };
    for stream in &mut streams {
        let answer = end_of_request(stream);
        outcome.count(matches!(answer, Answer::Status(408 | 503)), "silence", &answer);
    }
    Ok(outcome)
}

fn header_flood(server: SocketAddr, scale: AttackSize) -> io::Result<AttackResult> {
    let mut outcome = AttackResult::default();
    for _ in 0..scale.many {
        let mut stream = connect(server)?;
        // More is not taken: the server has answered and goes.
        let _ = stream.write_all(format!("GET /play HTTP/1.1\r\nX: {}", "y".repeat(60_000)).as_bytes());
        let answer = end_of_request(&mut stream);
        outcome.count(answer == Answer::Status(431), "headers", &answer);
    }
    Ok(outcome)
}

fn crumbs(server: SocketAddr, _: AttackSize) -> io::Result<AttackResult> {
    let mut stream = connect(server)?;
    for byte in good_request().bytes() {
        if stream.write_all(&[byte]).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let mut outcome = AttackResult::default();
    let answer = end_of_request(&mut stream);
    outcome.count(answer == Answer::Status(400), "crumbs", &answer);
    Ok(outcome)
}

fn churn(server: SocketAddr, scale: AttackSize) -> io::Result<AttackResult> {
    let mut outcome = AttackResult::default();
    for number in 0..scale.churn {
        let mut stream = if number % 2 == 0 { connect(server)? } else { upgrade(server)? };
        let _ = stream.write_all(&[0x82]);
        drop(stream);
        outcome.sockets += 1;
        outcome.named += 1;
    }
    Ok(outcome)
}

/// Browsers that want a large file, and more of them than the server shows it to at once.
fn deaf_visitors(server: SocketAddr, scale: AttackSize) -> io::Result<AttackResult> {
    let request = format!("GET /{PAGE_FILE} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut streams = Vec::new();
    for _ in 0..scale.many {
        let mut stream = connect(server)?;
        stream.write_all(request.as_bytes())?;
        streams.push(stream);
    }
    std::thread::sleep(Duration::from_secs(2));
    Ok(AttackResult { sockets: streams.len(), named: streams.len(), ..AttackResult::default() })
}

fn unsound_frames(server: SocketAddr, scale: AttackSize) -> io::Result<AttackResult> {
    let faults: [(&str, Vec<u8>, u16); 9] = [
        ("text", frame(0x81, b"hello"), 1003),
        ("text that is none", frame(0x81, &[0xff]), 1007),
        ("a fragment", frame(0x02, b"x"), 1003),
        ("too large", frame(0x82, &[0; CLIENT_MESSAGE_BYTES_MAX + 1]), 1009),
        ("no mask", vec![0x82, 1, 0], 1002),
        ("reserved bits", frame(0xf2, b"x"), 1002),
        ("a reserved opcode", frame(0x83, b"x"), 1002),
        ("a control frame in fragments", frame(0x09, b"x"), 1002),
        ("a continuation of nothing", frame(0x80, b"x"), 1002),
    ];
    let mut whole = AttackResult::default();
    for (what, bytes, code) in faults {
        let part = by_many(server, scale.many.div_ceil(10), what, &bytes, code)?;
        whole.sockets += part.sockets;
        whole.named += part.named;
        whole.strange.extend(part.strange);
    }
    Ok(whole)
}

fn claims(server: SocketAddr, scale: AttackSize) -> io::Result<AttackResult> {
    let claim = [0x82, 0xff, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
    by_many(server, scale.many, "a claim", &claim, 1009)
}

/// Sends `first`, then `each` again and again, until the server has had enough; only then reads.
fn flood(server: SocketAddr, count: usize, first: &[u8], each: &[u8], code: u16) -> io::Result<AttackResult> {
    let mut stream = upgrade(server)?;
    stream.write_all(first)?;
    let many = each.repeat(1000);
    for _ in 0..count.div_ceil(1000) {
        if stream.write_all(&many).is_err() {
            break;
        }
    }
    let mut outcome = AttackResult::default();
    let answer = end_of_web_socket(&mut stream);
    outcome.count(answer == Answer::Closed(code), "a flood", &answer);
    Ok(outcome)
}

fn ping_flood(server: SocketAddr, scale: AttackSize) -> io::Result<AttackResult> {
    flood(server, scale.flood, &[], &frame(0x89, &[7; 125]), 4005)
}

fn pong_flood(server: SocketAddr, scale: AttackSize) -> io::Result<AttackResult> {
    flood(server, scale.flood, &[], &frame(0x8a, b""), 4005)
}

fn empty_fragments(server: SocketAddr, scale: AttackSize) -> io::Result<AttackResult> {
    flood(server, scale.flood, &frame(0x02, b"x"), &frame(0x00, b""), 1003)
}

fn message_flood(server: SocketAddr, scale: AttackSize) -> io::Result<AttackResult> {
    flood(server, scale.flood, &[], &frame(0x82, &[0; 100]), 4000)
}

/// A client that says its hello and has been welcomed, with its replica.
fn join(server: SocketAddr, name: &str) -> io::Result<(TcpStream, Replica<Demo>)> {
    join_by(upgrade(server)?, name)
}

fn join_by(mut stream: TcpStream, name: &str) -> io::Result<(TcpStream, Replica<Demo>)> {
    let mut replica = Replica::<Demo>::new(name, "attack").map_err(io::Error::other)?;
    if let Some(hello) = replica.poll_transmit(Micros(0)) {
        stream.write_all(&frame(0x82, hello))?;
    }
    while !replica.is_playing() {
        let (first, payload) = read_frame(&mut stream)?;
        // A line stands beside the game.
        if first == 0x82 {
            replica.handle_message(&payload, Micros(0)).map_err(io::Error::other)?;
        }
    }
    Ok((stream, replica))
}

/// Players that say the longest line again and again: each is heard at the pace of one who types, and then not at all.
fn line_flood(server: SocketAddr, scale: AttackSize) -> io::Result<AttackResult> {
    let line = frame(0x81, format!("all\t{}", "x".repeat(LINE_BYTES_MAX)).as_bytes());
    let mut streams = (0..scale.patient)
        .map(|number| join_by(upgrade_talking(server)?, &format!("loud {number}")))
        .collect::<io::Result<Vec<_>>>()?;
    for (stream, _) in &mut streams {
        let _ = stream.write_all(&line.repeat(100));
    }
    let mut outcome = AttackResult::default();
    for (stream, _) in &mut streams {
        let answer = end_of_web_socket(stream);
        outcome.count(answer == Answer::Closed(4005), "lines", &answer);
    }
    Ok(outcome)
}

/// The same by who has not said who it is.
fn early_lines(server: SocketAddr, scale: AttackSize) -> io::Result<AttackResult> {
    let mut streams = (0..scale.many).map(|_| upgrade_talking(server)).collect::<io::Result<Vec<_>>>()?;
    for stream in &mut streams {
        let _ = stream.write_all(&frame(0x81, b"all\thello").repeat(100));
    }
    let mut outcome = AttackResult::default();
    for stream in &mut streams {
        let answer = end_of_web_socket(stream);
        outcome.count(answer == Answer::Closed(4005), "early lines", &answer);
    }
    Ok(outcome)
}

/// A client that says ten times in each tick what it wants: every message is well-formed.
fn input_flood(server: SocketAddr, _: AttackSize) -> io::Result<AttackResult> {
    let (mut stream, mut replica) = join(server, "hasty")?;
    let each = frame(0x82, &repeatable(&mut replica, &mut stream)?);
    let period = Duration::from_secs(1) / replica.terms().map_or(30, |terms| terms.tick_hz) / 10;
    let (started, mut sent) = (Instant::now(), 0_u32);
    while started.elapsed() < Duration::from_secs(9) && stream.write_all(&each).is_ok() {
        sent += 1;
        std::thread::sleep((started + period * sent).saturating_duration_since(Instant::now()));
    }
    let mut outcome = AttackResult::default();
    let answer = end_of_web_socket(&mut stream);
    outcome.count(answer == Answer::Closed(4005), &format!("{sent} messages"), &answer);
    Ok(outcome)
}

/// An input's message that may follow itself for ever: each builds on the one before, and it says "as before,
/// for the next tick".
fn repeatable(replica: &mut Replica<Demo>, stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut last = Vec::new();
    for look in 1..500 {
        let Some(message) = replica.poll_transmit(Micros::from_millis(look)).map(<[u8]>::to_vec) else { continue };
        stream.write_all(&frame(0x82, &message))?;
        if message == last {
            return Ok(message);
        }
        last = message;
    }
    Err(io::Error::other("no message followed itself"))
}

fn dribble(server: SocketAddr, scale: AttackSize) -> io::Result<AttackResult> {
    let mut streams = (0..scale.patient).map(|_| upgrade(server)).collect::<io::Result<Vec<_>>>()?;
    let message = frame(0x82, &[0; 1000]);
    for byte in message.iter().take(70) {
        for stream in &mut streams {
            // Whoever has been closed already reads so below.
            let _ = stream.write_all(&[*byte]);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut outcome = AttackResult::default();
    for stream in &mut streams {
        let answer = end_of_web_socket(stream);
        outcome.count(answer == Answer::Closed(4004), "a dribble", &answer);
    }
    Ok(outcome)
}

fn reads_nothing(server: SocketAddr, scale: AttackSize) -> io::Result<AttackResult> {
    let mut streams =
        (0..scale.patient).map(|number| join(server, &format!("deaf {number}"))).collect::<io::Result<Vec<_>>>()?;
    std::thread::sleep(Duration::from_secs(11));
    let mut outcome = AttackResult::default();
    for (stream, _) in &mut streams {
        let answer = end_of_web_socket(stream);
        outcome.count(answer == Answer::Closed(4006), "deaf and dumb", &answer);
        let _ = stream.read(&mut [0; 1]);
    }
    Ok(outcome)
}
