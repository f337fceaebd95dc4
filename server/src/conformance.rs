//! An echo over the real way in, the real socket and its real framing, with the limits of a game lifted: for
//! test suites of the WebSocket protocol. And what the door and the gate judge, for the fuzzer.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use auspice::error::CredentialFault;
use auspice::message::is_fit_name;
use tungstenite::Message;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::limits::HEAD_BYTES_MAX;
use crate::net::{CongestionControl, Door, Judgement, Ledger, PeerLimits, Reception, Socket, bind, check_head, serve};
use crate::operate::access::AccessRules;
use crate::operate::metrics::Metrics;
use crate::operate::shutdown::Stop;
use crate::rooms::{RoomEnds, Roster};
use crate::session::{SecretKey, TicketVerifier};
use crate::talk::SharedHall;

/// Connections at once. A suite has one, and those that it is leaving.
const CLIENTS_MAX: usize = 64;

/// Time from one look at the sockets to the next.
const TICK: Duration = Duration::from_millis(1);

/// Echoes whatever comes, for ever.
///
/// # Errors
///
/// When the address cannot be listened on, or its thread has ended.
pub fn echo(listen: SocketAddr) -> io::Result<()> {
    let listener = bind(listen)?;
    let (rooms, RoomEnds { arrivals: mut waiting, .. }) = Roster::of_one(CLIENTS_MAX).map_err(io::Error::other)?;
    let reception = Reception {
        door: Door::new(CLIENTS_MAX, 0),
        access: AccessRules::default(),
        certificates: None,
        page: None,
        limits: PeerLimits::of_anybody(),
        congestion: CongestionControl::default(),
        grace_seconds: 0,
        rooms: Arc::new(rooms),
        hall: Arc::new(SharedHall::new(false)),
        stop: Arc::new(Stop::default()),
        ledger: Ledger::new(Arc::new(Metrics::new("echo"))),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let door = std::thread::Builder::new().name("auspice-accept".into()).spawn(move || {
        runtime.block_on(serve(listener, reception));
    })?;
    let mut sockets: Vec<Socket> = Vec::new();
    while !door.is_finished() {
        std::thread::sleep(TICK);
        sockets.extend(std::iter::from_fn(|| waiting.try_recv().ok()).map(|arrival| arrival.socket));
        sockets.retain_mut(|socket| answer(socket, Instant::now()));
    }
    Err(io::Error::other("the accept thread has ended"))
}

/// Judges a request as the door does, by an access that leaves no header unread.
///
/// # Panics
///
/// When the judgement is at odds with itself.
pub fn judge_request(bytes: &[u8]) {
    let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let access = AccessRules {
        allow_origin: "https://game.example".parse().into_iter().collect(),
        trusted_proxy: "127.0.0.0/8".parse().into_iter().collect(),
        ..AccessRules::default()
    };
    match check_head(bytes, peer, &access) {
        Judgement::Incomplete => assert!(bytes.len() < HEAD_BYTES_MAX, "whoever sends this much has been judged"),
        Judgement::Refuse(refusal) => assert!(refusal.response(SocketAddr::new(peer, 0), 0).starts_with("HTTP/1.1 ")),
        Judgement::Upgrade { accept_key, consumed, .. } => {
            assert!(consumed <= bytes.len() && accept_key.len() == 28, "a key of 20 bytes");
            let same = check_head(&bytes[..consumed], peer, &access);
            assert!(matches!(same, Judgement::Upgrade { .. }), "what comes behind a request is no part of it");
        }
    }
}

/// The backend of [`judge_ticket`]: a key for tests, which everyone has, and the moment of its tickets.
const TEST_KEY: &str =
    "k4.secret.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8DoQe_884Qvh1w3RjnS8CZZ-TWMJulDV8d3IZkElUxuA";
const TEST_MOMENT: i64 = 1_800_000_000;

/// Judges bytes as a ticket; and then as the claims of one whose signature is good, as a backend with a fault
/// might sign them.
///
/// # Panics
///
/// When what is taken is not as it must be, or is taken twice.
pub fn judge_ticket(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let secret = SecretKey::parse(TEST_KEY).expect("the key should be one");
    let signed = secret.sign(bytes);
    for ticket in [text, &signed] {
        let mut verifier = TicketVerifier::of_test_key(&secret, "arena-1", TEST_MOMENT);
        if let Ok((player, name)) = verifier.take(ticket, TEST_MOMENT) {
            assert!((1..=64).contains(&player.len()) && is_fit_name(&name), "{player:?} is called {name:?}");
            assert_eq!(
                verifier.take(ticket, TEST_MOMENT),
                Err(CredentialFault::TicketUsed.into()),
                "a ticket is good once"
            );
        }
    }
}

/// Echoes what has come. False once the socket is done.
fn answer(socket: &mut Socket, now: Instant) -> bool {
    if !socket.is_closing() {
        let mut messages = Vec::new();
        let read = socket.read_any(now, |message| {
            messages.push(message);
            Ok(())
        });
        messages.iter().for_each(|message| socket.write_frame(&frame(message)));
        if let Some((code, sentence)) = read.err().and_then(|end| end.farewell()) {
            socket.close(code, &sentence, now);
        }
    }
    !socket.is_finished(now)
}

fn frame(message: &Message) -> Vec<u8> {
    let (opcode, payload) = match message {
        Message::Text(text) => (Data::Text, text.as_bytes()),
        Message::Binary(bytes) => (Data::Binary, &bytes[..]),
        _ => return Vec::new(),
    };
    let header = FrameHeader { opcode: OpCode::Data(opcode), ..FrameHeader::default() };
    let mut frame = Vec::with_capacity(payload.len() + 10);
    header.format(payload.len() as u64, &mut frame).expect("a vector should take any write");
    frame.extend_from_slice(payload);
    frame
}
