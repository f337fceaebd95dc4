//! [`Connections`]: the WebSockets of a bot's session, of which it has as many as a player has.
//!
//! All of them live in the bot's own task, without queues between: thousands of bots on one core are to load a server,
//! and not each other.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use auspice::session::{Closed, ConnectionId, HangUp};
use auspice_socket::{Dial, Upgraded};
use auspice_tcp::TcpCount;
use futures_util::{Sink, Stream, StreamExt};
use socket2::SockRef;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::timeout;
use tokio_tungstenite::MaybeTlsStream;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

/// Greatest time that a goodbye may take.
const GOODBYE_MAX: Duration = Duration::from_secs(1);

/// A connection's news.
pub(crate) enum BotSignal {
    /// The server took it.
    Opened,
    /// A message came.
    Message(Bytes),
    /// The connection is no more, or never came to be.
    Closed(Closed),
}

/// A connection, from its dial on.
struct BotConnection {
    id: ConnectionId,
    stage: BotStage,
    /// The network takes no more for now.
    is_full: bool,
}

enum BotStage {
    Dialling(Pin<Box<dyn Future<Output = Result<Upgraded, Closed>>>>),
    Open(Box<Upgraded>),
}

/// See the module. Dropped, all of them break without a goodbye: to the server the player is lost.
pub(crate) struct Connections {
    server: Rc<Dial>,
    all: Vec<BotConnection>,
    /// Tasks of those that say goodbye.
    leaving: Vec<JoinHandle<()>>,
    /// The kernel's count of those that are gone.
    counted: TcpCount,
}

impl Connections {
    /// None yet, to `server`.
    pub(crate) fn new(server: Rc<Dial>) -> Self {
        Self { server, all: Vec::new(), leaving: Vec::new(), counted: TcpCount::default() }
    }

    /// Begins to connect: to the server, or to this address in place of its own.
    pub(crate) fn dial(&mut self, id: ConnectionId, address: Option<&str>) {
        let server = address.map_or_else(|| Rc::clone(&self.server), |address| Rc::new(self.server.elsewhere(address)));
        let dial = BotStage::Dialling(Box::pin(async move { server.connect().await }));
        self.all.push(BotConnection { id, stage: dial, is_full: false });
    }

    /// The kernel's count of all of them, gone ones too. `None` where it does not count.
    pub(crate) fn counted(&self) -> Option<TcpCount> {
        let open = self.all.iter().filter_map(|connection| connection.stream());
        open.map(count).try_fold(self.counted, |sum, counted| Some(sum + counted?))
    }

    /// Takes out the connection at `index`, of which the kernel's count is kept.
    fn take_out(&mut self, index: usize) -> BotConnection {
        let gone = self.all.swap_remove(index);
        self.counted = self.counted + gone.stream().and_then(count).unwrap_or_default();
        gone
    }

    /// Ends a connection, if it is there.
    pub(crate) fn hang_up(&mut self, id: ConnectionId, how: HangUp) {
        let Some(index) = self.all.iter().position(|connection| connection.id == id) else { return };
        let ended = self.take_out(index);
        if let (HangUp::Goodbye, BotStage::Open(stream)) = (how, ended.stage) {
            self.leaving.retain(|task| !task.is_finished());
            self.leaving.push(spawn_local(say_goodbye(stream)));
        }
    }

    /// Says goodbye on all of them, and waits until that is done.
    pub(crate) async fn leave(&mut self) {
        while let Some(id) = self.all.first().map(|connection| connection.id) {
            self.hang_up(id, HangUp::Goodbye);
        }
        for task in std::mem::take(&mut self.leaving) {
            let _ = task.await;
        }
    }

    /// The next signal of any. What has closed is gone.
    pub(crate) fn poll_signal(&mut self, context: &mut Context<'_>) -> Poll<(ConnectionId, BotSignal)> {
        for index in 0..self.all.len() {
            let connection = &mut self.all[index];
            let id = connection.id;
            if let Poll::Ready(signal) = connection.poll_signal(context) {
                if let BotSignal::Closed(_) = signal {
                    self.take_out(index);
                }
                return Poll::Ready((id, signal));
            }
        }
        Poll::Pending
    }

    /// Whether the network takes no more on one of them.
    pub(crate) fn are_full(&self) -> bool {
        self.all.iter().any(|connection| connection.is_full)
    }

    /// Sends what `next` has for each of them, as long as the network takes it: each message builds on the one before.
    pub(crate) fn send(&mut self, context: &mut Context<'_>, mut next: impl FnMut(ConnectionId) -> Option<Bytes>) {
        for connection in &mut self.all {
            while !connection.is_full
                && let BotStage::Open(stream) = &mut connection.stage
            {
                let Some(message) = next(connection.id) else { break };
                // What went wrong is said by `poll_signal`.
                connection.is_full = send(stream, context, message).is_pending();
            }
        }
    }
}

/// The kernel's count of the connection under a WebSocket.
fn count(stream: &Upgraded) -> Option<TcpCount> {
    let tcp = match stream.get_ref() {
        MaybeTlsStream::Plain(tcp) => tcp,
        MaybeTlsStream::Rustls(tls) => tls.get_ref().0,
        _ => return None,
    };
    TcpCount::of(&SockRef::from(tcp)).ok()
}

impl BotConnection {
    /// Its WebSocket, once it is open.
    fn stream(&self) -> Option<&Upgraded> {
        if let BotStage::Open(stream) = &self.stage { Some(stream) } else { None }
    }

    fn poll_signal(&mut self, context: &mut Context<'_>) -> Poll<BotSignal> {
        let stream = match &mut self.stage {
            BotStage::Open(stream) => stream,
            BotStage::Dialling(dial) => {
                return Poll::Ready(match ready!(dial.as_mut().poll(context)) {
                    Ok(stream) => {
                        self.stage = BotStage::Open(Box::new(stream));
                        BotSignal::Opened
                    }
                    Err(closed) => BotSignal::Closed(closed),
                });
            }
        };
        if self.is_full {
            self.is_full = Pin::new(&mut **stream).poll_flush(context).is_pending();
        }
        loop {
            return Poll::Ready(match ready!(Pin::new(&mut **stream).poll_next(context)) {
                Some(Ok(Message::Binary(bytes))) => BotSignal::Message(bytes),
                Some(Ok(Message::Close(frame))) => BotSignal::Closed(frame.map_or_else(Closed::default, |frame| {
                    Closed::with(u16::from(frame.code), frame.reason.to_string())
                })),
                Some(Ok(_)) => continue,
                Some(Err(error)) => BotSignal::Closed(Closed::without_word(error.to_string())),
                None => BotSignal::Closed(Closed::default()),
            });
        }
    }
}

/// Sends a message; pending where a part of it waits for the network.
fn send(stream: &mut Upgraded, context: &mut Context<'_>, message: Bytes) -> Poll<Result<(), Error>> {
    let mut stream = Pin::new(stream);
    ready!(stream.as_mut().poll_ready(context))?;
    stream.as_mut().start_send(Message::Binary(message))?;
    stream.poll_flush(context)
}

async fn say_goodbye(mut stream: Box<Upgraded>) {
    let said = async {
        let _ = stream.close(None).await;
        // The server's own close, or what was on its way before it.
        while let Some(Ok(_)) = stream.next().await {}
    };
    // Whether the server answers is its own affair.
    let _ = timeout(GOODBYE_MAX, said).await;
}
