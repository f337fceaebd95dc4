//! A connection that a program can look at without waiting: what came, and what is to go, in two bounded queues.
//!
//! Behind them runs a pump: on a thread of its own natively, as a task of the page in a browser. A frame that
//! lags leaves the queue full, the pump stops reading, and the server holds back: nothing grows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use auspice::session::Closed;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;

/// Messages that wait for a frame: two seconds of updates at 60 Hz.
const INCOMING_MAX: usize = 128;

/// Messages that wait for the network. More means that it takes none; inputs as old as that are worth nothing.
const OUTGOING_MAX: usize = 64;

/// Lines of a player that wait for the network.
const LINES_MAX: usize = 16;

/// Bytes that may be on their way over a simulated line. More waits with the sender, as in a network whose
/// buffers are full.
pub(super) const LINE_BYTES_MAX: usize = 64 * 1024;

/// A signal of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The server took the connection.
    Opened,
    /// A message came.
    Message(Vec<u8>),
    /// A text message came, to a socket that [talks](Socket::open_talking).
    Line(String),
    /// The end: nothing comes after it.
    Closed(Closed),
}

/// This side of a connection. Dropping it says goodbye to the server; [`abandon`](Self::abandon) does not.
#[derive(Debug)]
pub struct Socket {
    is_abandoned: Arc<AtomicBool>,
    outgoing: mpsc::Sender<Vec<u8>>,
    lines: mpsc::Sender<String>,
    incoming: mpsc::Receiver<Signal>,
}

/// The pump's side of a connection.
#[derive(Debug)]
pub struct FarEnd {
    is_abandoned: Arc<AtomicBool>,
    /// Messages that the frame sent.
    pub outgoing: mpsc::Receiver<Vec<u8>>,
    /// Text messages that it sent, which stand beside those.
    pub lines: mpsc::Receiver<String>,
    /// Signals that the frame is to see.
    pub incoming: mpsc::Sender<Signal>,
}

impl Socket {
    /// A socket with its far end in the caller's hands: for tests, and for other transports.
    #[must_use]
    pub fn pair() -> (Self, FarEnd) {
        let (outgoing, from_frame) = mpsc::channel(OUTGOING_MAX);
        let (to_frame, incoming) = mpsc::channel(INCOMING_MAX);
        let (lines, said) = mpsc::channel(LINES_MAX);
        let is_abandoned = Arc::<AtomicBool>::default();
        let far_end =
            FarEnd { is_abandoned: Arc::clone(&is_abandoned), outgoing: from_frame, lines: said, incoming: to_frame };
        (Self { is_abandoned, outgoing, lines, incoming }, far_end)
    }

    /// Breaks the connection without a word, as a network does that fails: a server keeps the place of a
    /// player whom it lost like this.
    pub fn abandon(self) {
        self.is_abandoned.store(true, Ordering::Release);
    }

    /// Whether the queue to the network has room for a message.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.outgoing.capacity() > 0
    }

    /// Hands a message to the pump; `false` if the queue is full or the connection is over.
    pub fn send(&self, message: &[u8]) -> bool {
        self.outgoing.try_send(message.to_vec()).is_ok()
    }

    /// Hands a text message to the pump; `false` if its queue is full or the connection is over.
    pub fn say(&self, line: String) -> bool {
        self.lines.try_send(line).is_ok()
    }

    /// The next signal, if there is one.
    pub fn poll(&mut self) -> Option<Signal> {
        match self.incoming.try_recv() {
            Ok(signal) => Some(signal),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Signal::Closed(Closed::default())),
        }
    }
}

impl FarEnd {
    /// Whether the frame, which is gone, left without a goodbye.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.is_abandoned.load(Ordering::Acquire)
    }
}
