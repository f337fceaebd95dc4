//! [`SpareSocket`]: a bot's spare connection, which carries its inputs once more while they get stuck on their way. It
//! lives in a task of its own, so that dialling it keeps nothing waiting.

use std::rc::Rc;

use auspice::session::ConnectionId;
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, spawn_local};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use auspice_socket::Dial;

/// A message for the bot from its spare connection.
#[derive(Debug)]
pub(crate) enum SpareNews {
    /// The connection is open.
    Opened,
    /// A message of the server came.
    Message(Bytes),
    /// The connection is no more, or never came to be.
    Closed,
}

/// The bot's end of its spare connection. Dropped, it closes that.
pub(crate) struct SpareSocket {
    pub(crate) id: ConnectionId,
    to: UnboundedSender<Bytes>,
    from: UnboundedReceiver<SpareNews>,
    task: JoinHandle<()>,
}

impl SpareSocket {
    /// Dials.
    pub(crate) fn dial(id: ConnectionId, server: Rc<Dial>) -> Self {
        let (to, outbox) = unbounded_channel();
        let (inbox, from) = unbounded_channel();
        Self { id, to, from, task: spawn_local(run(server, outbox, inbox)) }
    }

    /// Sends a message, as long as there is anybody to send it.
    pub(crate) fn send(&self, message: Bytes) {
        // The end is told by news.
        let _ = self.to.send(message);
    }

    /// The next news.
    pub(crate) async fn next(&mut self) -> SpareNews {
        self.from.recv().await.unwrap_or(SpareNews::Closed)
    }
}

impl Drop for SpareSocket {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(server: Rc<Dial>, mut outbox: UnboundedReceiver<Bytes>, inbox: UnboundedSender<SpareNews>) {
    // Whoever is told may have gone, and takes this task along.
    if let Ok(mut socket) = server.connect().await {
        let _ = inbox.send(SpareNews::Opened);
        loop {
            let message = tokio::select! {
                message = outbox.recv() => {
                    let Some(bytes) = message else { break };
                    if socket.send(Message::Binary(bytes)).await.is_err() {
                        break;
                    }
                    continue;
                }
                message = socket.next() => message,
            };
            match message {
                Some(Ok(Message::Binary(bytes))) => drop(inbox.send(SpareNews::Message(bytes))),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => break,
            }
        }
    }
    let _ = inbox.send(SpareNews::Closed);
}
