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
#[path = "socket_tests.rs"]
mod tests;
