//! [`BareStreams`]: what TCP alone does on the same link: as many connections as there are players, with
//! messages as often and about as large, and nothing of Auspice.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

use auspice::{Micros, Tick};
use auspice_bots::lateness::Lateness;

use super::measures::Measures;

/// A message: its number, the newest number that came from the other end, and when it was sent.
const MESSAGE_BYTES: usize = 16;

/// An end of a stream.
struct End {
    stream: TcpStream,
    /// Bytes of a message that is not complete.
    partial: Vec<u8>,
    /// Number of the newest message that came.
    newest: u32,
    /// Number of the last message that was sent.
    sent: u32,
    is_broken: bool,
}

/// A message, as it came.
struct BareArrival {
    number: u32,
    echo: u32,
    sent_at: Micros,
}

impl End {
    fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self { stream, partial: Vec::new(), newest: 0, sent: 0, is_broken: false })
    }

    fn send(&mut self, now: Micros) {
        self.sent += 1;
        let mut message = [0; MESSAGE_BYTES];
        message[..4].copy_from_slice(&self.sent.to_le_bytes());
        message[4..8].copy_from_slice(&self.newest.to_le_bytes());
        message[8..].copy_from_slice(&now.0.to_le_bytes());
        // So few bytes fit, or nothing of them, for as long as any trial cuts a link.
        let is_sent = self.stream.write(&message).is_ok_and(|written| written == MESSAGE_BYTES);
        self.is_broken |= !is_sent;
    }

    fn read(&mut self, mut take: impl FnMut(BareArrival)) {
        let mut buffer = [0; 4096];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => self.is_broken = true,
                Ok(bytes) => {
                    self.partial.extend_from_slice(&buffer[..bytes]);
                    continue;
                }
                Err(error) => self.is_broken |= error.kind() != ErrorKind::WouldBlock,
            }
            break;
        }
        let whole = self.partial.len() - self.partial.len() % MESSAGE_BYTES;
        for message in self.partial.drain(..whole).as_slice().chunks_exact(MESSAGE_BYTES) {
            let number =
                |at: usize| u32::from_le_bytes([message[at], message[at + 1], message[at + 2], message[at + 3]]);
            let sent_at = Micros(u64::from(number(12)) << 32 | u64::from(number(8)));
            self.newest = number(0);
            take(BareArrival { number: number(0), echo: number(4), sent_at });
        }
    }
}

/// A stream, both of its ends.
struct BareStream {
    client: End,
    server: End,
    /// The time at which the client sends next.
    due: Micros,
    /// Messages of the client that were not echoed yet: number and when they were sent.
    unanswered: VecDeque<(u32, Micros)>,
    lateness: Lateness,
    /// The first arrival at the client since the mark.
    back_at: Option<Micros>,
}

/// Streams over the link, both ends in one program with one clock.
pub struct BareStreams {
    streams: Vec<BareStream>,
    period: Micros,
    /// The time at which the server's ends send next.
    tick_due: Micros,
    mark: Micros,
}

impl BareStreams {
    /// Streams at `tick_hz` messages a second, over these connections: the client's end, the server's.
    ///
    /// # Errors
    /// Where a socket cannot be set up.
    pub fn new(ends: Vec<(TcpStream, TcpStream)>, tick_hz: u32, now: Micros) -> io::Result<Self> {
        let period = Micros(1_000_000 / u64::from(tick_hz));
        let count = ends.len() as u64;
        let stream = |(index, (client, server)): (usize, _)| -> io::Result<BareStream> {
            // Spread over the period, as clients are who know nothing of each other.
            let due = now + Micros(period.0 * index as u64 / count);
            let (client, server) = (End::new(client)?, End::new(server)?);
            let lateness = Lateness::new(tick_hz);
            Ok(BareStream { client, server, due, unanswered: VecDeque::new(), lateness, back_at: None })
        };
        let streams = ends.into_iter().enumerate().map(stream).collect::<io::Result<_>>()?;
        Ok(Self { streams, period, tick_due: now, mark: now })
    }

    /// Number of streams.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.streams.len()
    }

    /// Files to wait for, each with the number of its stream.
    pub fn files(&self) -> impl Iterator<Item = (usize, BorrowedFd<'_>)> {
        let both = self
            .streams
            .iter()
            .enumerate()
            .flat_map(|(index, stream)| [(index, &stream.client), (index, &stream.server)]);
        both.filter(|(_, end)| !end.is_broken).map(|(index, end)| (index, end.stream.as_fd()))
    }

    /// The time at which one of them sends next.
    #[must_use]
    pub fn next_due(&self) -> Micros {
        self.streams.iter().map(|stream| stream.due).chain([self.tick_due]).min().unwrap_or(self.tick_due)
    }

    /// Sends what is due at `now`, and takes what has come of the streams that are ready.
    pub fn turn(&mut self, now: Micros, is_ready: &[bool], measures: &mut Measures) {
        let (period, mark) = (self.period, self.mark);
        for stream in &mut self.streams {
            while stream.due <= now {
                stream.due = stream.due + period;
                if !stream.client.is_broken {
                    stream.client.send(now);
                    stream.unanswered.push_back((stream.client.sent, now));
                }
            }
        }
        let ready = self.streams.iter_mut().zip(is_ready).filter(|(_, is_ready)| **is_ready);
        for (stream, _) in ready {
            stream.server.read(|arrival| measures.note_way_up(now.since(arrival.sent_at)));
            stream.read(now, mark, measures);
        }
        // A tick that is late is made up for: the number of a message is the tick's.
        while self.tick_due <= now {
            let sound = self.streams.iter_mut().filter(|stream| !stream.server.is_broken);
            sound.for_each(|stream| stream.server.send(now));
            self.tick_due = self.tick_due + period;
        }
    }

    /// Watches from `mark` on for the first arrival.
    pub fn watch(&mut self, mark: Micros) {
        self.mark = mark;
        self.streams.iter_mut().for_each(|stream| stream.back_at = None);
    }

    /// Time from the mark to the first arrival of each stream; `None` for one where nothing came.
    pub fn backs(&self) -> impl Iterator<Item = Option<Micros>> {
        self.streams.iter().map(|stream| stream.back_at.map(|at| at.since(self.mark)))
    }
}

impl BareStream {
    /// Takes what came to the client.
    fn read(&mut self, now: Micros, mark: Micros, measures: &mut Measures) {
        let (unanswered, lateness, back_at) = (&mut self.unanswered, &mut self.lateness, &mut self.back_at);
        self.client.read(|arrival| {
            measures.note_way_down(now.since(arrival.sent_at));
            lateness.arrived(Tick(arrival.number), now, |age| measures.note_bare_age(age));
            while let Some(&(number, sent_at)) = unanswered.front().filter(|(number, _)| *number <= arrival.echo) {
                unanswered.pop_front();
                if number == arrival.echo {
                    measures.note_bare_echo(now.since(sent_at));
                }
            }
            if now >= mark {
                back_at.get_or_insert(now);
            }
        });
    }
}

/// Connects `count` streams: `accept` gives the listener's side, and this thread is where clients are.
///
/// # Errors
/// Where they cannot be connected.
pub fn connect(listener: &TcpListener, server: SocketAddr, count: usize) -> io::Result<Vec<(TcpStream, TcpStream)>> {
    (0..count).map(|_| Ok((TcpStream::connect(server)?, listener.accept()?.0))).collect()
}
