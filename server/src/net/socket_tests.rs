use std::io::Read;
use std::net::TcpListener;
use std::time::Duration;

use auspice::limits::CLIENT_MESSAGE_BYTES_MAX;

use super::*;
use crate::limits::{CONTROL_FRAMES_BURST, RAW_BYTES_BURST};

/// A connected pair: the server's socket, and the raw stream of its peer.
fn pair() -> (Socket<TcpStream>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, _) = listener.accept().unwrap();
    stream.set_nonblocking(true).unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    (Socket::new(stream, Vec::new(), Admission::unlimited(), PeerLimits::of_players(), Instant::now()), peer)
}

/// A frame of a client, masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    if payload.len() < 126 {
        frame.push(0x80 | payload.len() as u8);
    } else {
        frame.push(0x80 | 126);
        frame.extend_from_slice(&(payload.len() as u16).to_be_bytes());
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

/// Reads, as ticks would, until there is something to tell.
fn read(socket: &mut Socket<TcpStream>) -> Result<Vec<Vec<u8>>, Ending> {
    let mut messages = Vec::new();
    for _ in 0..5000 {
        socket.read(Instant::now(), |came| {
            let Came::Message(message) = came else { panic!("{came:?} came") };
            messages.push(message.to_vec());
        })?;
        if !messages.is_empty() {
            break;
        }
        std::thread::yield_now();
    }
    Ok(messages)
}

/// The code of the close frame that the peer gets.
fn close_code(mut peer: &TcpStream) -> u16 {
    let mut head = [0; 4];
    peer.read_exact(&mut head).unwrap();
    assert_eq!(head[0], 0x88, "a close frame");
    u16::from_be_bytes([head[2], head[3]])
}

#[test]
fn several_messages_of_one_segment_are_taken_together() {
    let (mut socket, mut peer) = pair();
    peer.write_all(&[frame(0x82, b"one"), frame(0x82, b"two"), frame(0x82, b"three")].concat()).unwrap();
    assert_eq!(read(&mut socket).unwrap(), [b"one".to_vec(), b"two".to_vec(), b"three".to_vec()]);
}

#[test]
fn faults_of_the_peer_get_the_code_that_fits() {
    let cases: [(&str, Vec<u8>, u16); 7] = [
        ("text", frame(0x81, b"hello"), 1003),
        ("text that is no text", frame(0x81, &[0xff, 0xfe]), 1007),
        ("more than a message may have", frame(0x82, &[0; CLIENT_MESSAGE_BYTES_MAX + 1]), 1009),
        ("a reserved bit", frame(0xc2, b"x"), 1002),
        ("an unknown opcode", frame(0x83, b"x"), 1002),
        ("a continuation of nothing", frame(0x80, b"x"), 1002),
        ("no mask", vec![0x82, 1, 7], 1002),
    ];
    for (what, bytes, code) in cases {
        let (mut socket, mut peer) = pair();
        peer.write_all(&bytes).unwrap();
        let end = read(&mut socket).expect_err(what);
        let (said, sentence) = end.farewell().expect(what);
        socket.close(said, &sentence, Instant::now());
        assert_eq!(close_code(&peer), code, "{what}");
        assert!(socket.is_closing(), "{what}");
    }
}

#[test]
fn whoever_talks_says_lines_at_the_pace_of_somebody_who_types_and_is_closed_for_a_flood() {
    let (socket, mut peer) = pair();
    let start = Instant::now();
    let mut socket = socket.talking(start);
    let mut say = |count: usize, at: Instant| {
        peer.write_all(&frame(0x81, b"all\thi").repeat(count)).unwrap();
        let (mut lines, mut more) = (0, 0);
        while lines + more < count {
            socket.read(at, |came| if came == Came::Line("all\thi") { lines += 1 } else { more += 1 })?;
        }
        Ok::<_, Ending>((lines, more))
    };
    assert_eq!(say(10, start), Ok((LINES_BURST as usize, 10 - LINES_BURST as usize)));
    let later = start + Duration::from_secs(3600);
    assert_eq!(say(LINES_BURST as usize, later), Ok((LINES_BURST as usize, 0)));
    for second in 1..20 {
        let told = say(TEXTS_PER_SECOND as usize, later + Duration::from_secs(second));
        assert_eq!(told, Ok((LINES_PER_SECOND as usize, (TEXTS_PER_SECOND - LINES_PER_SECOND) as usize)), "{second}");
    }
    let flood = say(1 + TEXTS_BURST as usize, later + Duration::from_secs(60));
    assert_eq!(flood, Err(CloseReason::Flooding(Flood::Lines).into()));
}

#[test]
fn a_close_is_answered_and_the_socket_done() {
    let (mut socket, mut peer) = pair();
    peer.write_all(&frame(0x88, &1000_u16.to_be_bytes())).unwrap();
    assert_eq!(read(&mut socket), Err(Ending::Closed(Some(1000))));
    assert_eq!(close_code(&peer), 1000);
    assert!(socket.is_finished(Instant::now()));
}

#[test]
fn a_peer_that_does_not_answer_our_close_is_dropped_after_a_while() {
    let (mut socket, peer) = pair();
    let now = Instant::now();
    socket.close(1001, "bye", now);
    assert_eq!(close_code(&peer), 1001);
    assert!(!socket.is_finished(now + Duration::from_millis(200)));
    assert!(socket.is_finished(now + LINGER));
}

#[test]
fn pings_are_answered_but_not_a_flood_of_them() {
    let (mut socket, mut peer) = pair();
    peer.write_all(&frame(0x89, b"hi")).unwrap();
    peer.write_all(&frame(0x82, b"x")).unwrap();
    read(&mut socket).unwrap();
    let mut pong = [0; 4];
    peer.read_exact(&mut pong).unwrap();
    assert_eq!(&pong, &[0x8a, 2, b'h', b'i']);
    peer.write_all(&frame(0x89, b"").repeat(CONTROL_FRAMES_BURST as usize)).unwrap();
    assert_eq!(read(&mut socket), Err(CloseReason::Flooding(Flood::ControlFrames).into()));
}

#[test]
fn fragments_are_refused_with_the_first_of_them() {
    for rest in [frame(0x80, b"y"), frame(0x00, b"").repeat(100), Vec::new()] {
        let (mut socket, mut peer) = pair();
        peer.write_all(&[frame(0x02, b"x"), rest].concat()).unwrap();
        let end = read(&mut socket).unwrap_err();
        assert_eq!(end, Ending::Fragmented);
        assert_eq!(end.farewell().unwrap().0, 1003);
    }
}

#[test]
fn what_a_long_pause_held_back_is_taken_and_a_flood_of_bytes_is_not() {
    let (mut socket, mut peer) = pair();
    let now = Instant::now();
    // Twenty seconds at 120 ticks a second, with two messages for each, and a ping now and then.
    let second = [frame(0x82, b"an input").repeat(2 * 120), frame(0x89, b"")].concat();
    for _ in 0..20 {
        peer.write_all(&second).unwrap();
        let mut count = 0;
        while count < 2 * 120 {
            socket.read(now, |_| count += 1).unwrap();
        }
    }
    let rest = vec![frame(0x82, &[0; 4000]); RAW_BYTES_BURST as usize / 4000];
    let end = rest.iter().find_map(|message| {
        peer.write_all(message).unwrap();
        let mut count = 0;
        std::iter::from_fn(|| (count == 0).then(|| socket.read(now, |_| count += 1).err())).flatten().next()
    });
    assert_eq!(end, Some(CloseReason::Flooding(Flood::Bytes).into()));
}

#[test]
fn a_peer_that_hangs_up_is_lost() {
    let (mut socket, peer) = pair();
    drop(peer);
    assert!(matches!(read(&mut socket), Err(Ending::Lost(_))));
    assert!(socket.is_finished(Instant::now()));
}

#[test]
fn sentences_are_cut_between_characters() {
    assert_eq!(shorten("short"), "short");
    let long = "ä".repeat(100);
    assert_eq!(shorten(&long).len(), 122);
}
