//! A connection after its upgrade: messages in, frames out, a close that is said and waited for a little.

use std::io::{self, Write};
use std::net::TcpStream;
use std::time::Instant;

use auspice::error::{CloseReason, Flood};
use tungstenite::protocol::frame::Utf8Bytes;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Role, WebSocket, WebSocketConfig};
use tungstenite::{Error, Message};

use super::bucket::{Bucket, Rate};
use super::door::Admission;
use super::peer_limits::PeerLimits;
use super::stream::Stream;
use super::transport::Transport;
use super::wire::Wire;
use crate::ending::Ending;
use crate::limits::{
    LINES_BURST, LINES_PER_SECOND, LINGER, READ_BUFFER_BYTES, TEXTS_BURST, TEXTS_PER_SECOND, WRITE_BUFFER_BYTES_MAX,
};
use crate::talk::HeardLines;

/// Bytes of a close frame's sentence (RFC 6455: 125, less the code).
const SENTENCE_BYTES_MAX: usize = 123;

/// A client's WebSocket.
pub(crate) struct Socket<S: Transport = Stream> {
    web: WebSocket<Wire<S>>,
    state: State,
    control_frames: Bucket,
    /// Pace of its player's lines; none where it says none.
    talker: Option<Box<Talker>>,
    /// Held for as long as the socket is: it counts towards the clients that the server takes.
    _admission: Admission,
}

/// Something that came of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came<'a> {
    /// A message of the game.
    Message(&'a [u8]),
    /// A line of its player, or whatever else is text.
    Line(&'a str),
    /// A line more than may be said.
    TooFast,
}

/// Lines of a client, which it says by text messages. It goes along when its player goes to another room.
#[derive(Debug)]
struct Talker {
    lines: Bucket,
    texts: Bucket,
    /// Lines for its player, between two rooms.
    heard: Option<Box<HeardLines>>,
}

impl Talker {
    const LINES: Rate = Rate { burst: LINES_BURST, per_second: LINES_PER_SECOND };
    const TEXTS: Rate = Rate { burst: TEXTS_BURST, per_second: TEXTS_PER_SECOND };

    fn say<'a>(&mut self, text: &'a str, now: Instant) -> Result<Came<'a>, CloseReason> {
        if !self.texts.take(1, Self::TEXTS, now) {
            return Err(CloseReason::Flooding(Flood::Lines));
        }
        Ok(if self.lines.take(1, Self::LINES, now) { Came::Line(text) } else { Came::TooFast })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// A write failed; the next read says so.
    Failed(io::ErrorKind),
    /// Our close frame is on its way since then, and the peer's is awaited.
    Closing(Instant),
    /// The same for a peer that is no longer understood: bytes are thrown away until it hangs up.
    Discarding(Instant),
    Finished,
}

/// The one place where a WebSocket's limits are set; a socket with tungstenite's own can be made to hold
/// hundreds of megabytes.
fn web_socket_config(limits: &PeerLimits) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        // Each frame goes out at once: there is one a tick.
        .write_buffer_size(0)
        // Updates are written past it.
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .max_message_size(Some(limits.message_bytes_max))
        .max_frame_size(Some(limits.message_bytes_max))
        .accept_unmasked_frames(false)
}

impl<S: Transport> Socket<S> {
    /// The server's end of `stream`, which is non-blocking and past its upgrade. `early` came with the
    /// request's last bytes.
    pub(crate) fn new(stream: S, early: Vec<u8>, admission: Admission, limits: PeerLimits, now: Instant) -> Self {
        let (wire, config) = (Wire::new(stream, &early, limits, now), Some(web_socket_config(&limits)));
        let web = if early.is_empty() {
            WebSocket::from_raw_socket(wire, Role::Server, config)
        } else {
            WebSocket::from_partially_read(wire, early, Role::Server, config)
        };
        Self { web, state: State::Open, control_frames: Bucket::new(now), talker: None, _admission: admission }
    }

    /// The same of a client whose player talks.
    pub(crate) fn talking(self, now: Instant) -> Self {
        let (lines, texts) = (Bucket::new(now), Bucket::new(now));
        Self { talker: Some(Box::new(Talker { lines, texts, heard: None })), ..self }
    }

    /// Takes its player's lines out, for the room that it comes to; none where it does not talk.
    pub(crate) fn take_lines(&mut self) -> Option<Box<HeardLines>> {
        self.talker.as_mut().map(|talker| talker.heard.take().unwrap_or_default())
    }

    /// Takes its player's lines along, who leaves a room.
    pub(crate) fn carry_lines(&mut self, lines: Option<Box<HeardLines>>) {
        if let Some(talker) = &mut self.talker {
            talker.heard = lines;
        }
    }

    /// The tick's one read: gives all that has come to `take`. An error is the client's end, told once.
    pub(crate) fn read(&mut self, now: Instant, mut take: impl FnMut(Came<'_>)) -> Result<(), Ending> {
        let mut talker = self.talker.take();
        let result = self.read_any(now, |message| match (message, &mut talker) {
            (Message::Binary(bytes), _) => {
                take(Came::Message(&bytes));
                Ok(())
            }
            (Message::Text(text), Some(talker)) => {
                take(talker.say(&text, now)?);
                Ok(())
            }
            _ => Err(Ending::Refused(CloseReason::NotBinary)),
        });
        self.talker = talker;
        result
    }

    /// The same for whoever takes text too.
    pub(crate) fn read_any(
        &mut self,
        now: Instant,
        take: impl FnMut(Message) -> Result<(), Ending>,
    ) -> Result<(), Ending> {
        if let State::Failed(kind) = self.state {
            self.state = State::Finished;
            return Err(Ending::Lost(kind));
        }
        let result = self.read_messages(now, take);
        if result.as_ref().is_err_and(|end| end.farewell().is_none()) {
            self.state = State::Finished;
        }
        result
    }

    fn read_messages(
        &mut self,
        now: Instant,
        mut take: impl FnMut(Message) -> Result<(), Ending>,
    ) -> Result<(), Ending> {
        self.begin_reading()?;
        while let Some(message) = self.next_message(now)? {
            take(message)?;
        }
        Ok(())
    }

    fn begin_reading(&mut self) -> Result<(), Ending> {
        if self.web.get_ref().is_busy() {
            self.web.get_mut().send_waiting().map_err(|error| Ending::Lost(error.kind()))?;
        }
        self.web.get_mut().open_for_reading();
        Ok(())
    }

    /// The next message that has come; pings and pongs are counted alone. None when there are no more in this tick.
    fn next_message(&mut self, now: Instant) -> Result<Option<Message>, Ending> {
        let limits = *self.web.get_ref().limits();
        loop {
            match self.web.read() {
                Ok(Message::Ping(_) | Message::Pong(_)) => {
                    if !self.control_frames.take(1, limits.control_frames, now) {
                        return Err(CloseReason::Flooding(Flood::ControlFrames).into());
                    }
                }
                Ok(Message::Close(frame)) => {
                    // Sends the answer that is due.
                    let _ = self.web.flush();
                    return Err(Ending::Closed(frame.map(|frame| frame.code.into())));
                }
                Ok(message) => return Ok(Some(message)),
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(end_of(error)),
            }
        }
        let wire = self.web.get_mut();
        if wire.is_fragmented() {
            Err(Ending::Fragmented)
        } else if wire.is_flooded(now) {
            Err(CloseReason::Flooding(Flood::Bytes).into())
        } else {
            Ok(None)
        }
    }

    /// Whether bytes of an earlier frame have not left yet. No further update is made for the client until they have.
    pub(crate) fn is_busy(&self) -> bool {
        self.web.get_ref().is_busy()
    }

    /// Whether there is nothing to do for it before something comes.
    pub(crate) fn rests(&self) -> bool {
        self.state == State::Open && self.web.get_ref().rests()
    }

    /// Writes a whole frame with one call, past tungstenite, which has nothing unwritten: the wire keeps what
    /// does not leave.
    pub(crate) fn write_frame(&mut self, frame: &[u8]) {
        if self.state == State::Open
            && let Err(error) = self.web.get_mut().write(frame)
        {
            self.state = State::Failed(error.kind());
        }
    }

    /// Says goodbye with `code` and `sentence`, then waits for the peer to do the same, for [`LINGER`] at most.
    pub(crate) fn close(&mut self, code: u16, sentence: &str, now: Instant) {
        if self.state != State::Open {
            return;
        }
        let frame = CloseFrame { code: CloseCode::from(code), reason: Utf8Bytes::from(shorten(sentence)) };
        // A peer whose bytes cannot be understood will not be understood to close either.
        let understood = !matches!(code, 1002 | 1007 | 1009);
        self.state = match self.web.close(Some(frame)) {
            Ok(()) if understood => State::Closing(now),
            Ok(()) => State::Discarding(now),
            Err(_) => State::Finished,
        };
    }

    /// Raw bytes that came since it was asked last.
    pub(crate) fn take_received(&mut self) -> usize {
        self.web.get_mut().take_received()
    }

    pub(crate) fn is_closing(&self) -> bool {
        matches!(self.state, State::Closing(_) | State::Discarding(_) | State::Finished)
    }

    /// Whether the socket may be dropped. For one that is being closed this does the waiting, without blocking.
    pub(crate) fn is_finished(&mut self, now: Instant) -> bool {
        let since = match self.state {
            State::Open | State::Failed(_) => return false,
            State::Finished => {
                self.web.get_mut().hang_up();
                return true;
            }
            State::Closing(since) | State::Discarding(since) => since,
        };
        let wire = self.web.get_mut();
        let sent = !wire.is_busy() || (wire.send_waiting().is_ok() && !wire.is_busy());
        let answered = match self.state {
            State::Closing(_) => self.is_answered(),
            _ => {
                if sent {
                    // The peer reads our close frame and then the end, however much it still has to say.
                    self.web.get_mut().hang_up();
                }
                self.web.get_mut().discard().unwrap_or(true)
            }
        };
        if answered || now.saturating_duration_since(since) >= LINGER {
            self.web.get_mut().hang_up();
            self.state = State::Finished;
        }
        self.state == State::Finished
    }

    /// Whether the peer's close has come, or can no longer come.
    fn is_answered(&mut self) -> bool {
        self.web.get_mut().open_for_reading();
        loop {
            match self.web.read() {
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => return false,
                Err(_) => return true,
            }
        }
    }
}

impl Socket {
    /// The TCP socket below, by which the kernel tells whether something has come.
    pub(crate) fn tcp(&self) -> &TcpStream {
        self.web.get_ref().stream().tcp()
    }
}

fn end_of(error: Error) -> Ending {
    match error {
        Error::Io(error) => Ending::Lost(error.kind()),
        Error::Capacity(_) => Ending::TooLarge,
        Error::Utf8(_) => Ending::NotText,
        Error::ConnectionClosed | Error::AlreadyClosed => Ending::Closed(None),
        Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => {
            Ending::Lost(io::ErrorKind::UnexpectedEof)
        }
        other => Ending::Unsound(other.to_string()),
    }
}

/// Shortens `sentence` to what a close frame holds, in whole characters.
fn shorten(sentence: &str) -> &str {
    &sentence[..sentence.floor_char_boundary(SENTENCE_BYTES_MAX)]
}

#[cfg(test)]
mod tests {
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
            assert_eq!(
                told,
                Ok((LINES_PER_SECOND as usize, (TEXTS_PER_SECOND - LINES_PER_SECOND) as usize)),
                "{second}"
            );
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
}
