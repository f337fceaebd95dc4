//! The native pump: one thread with a runtime of its own for each connection.

use std::hash::{BuildHasher, RandomState};
use std::thread;
use std::time::Duration;

use auspice::session::Closed;
use auspice::sim::Dials;
use futures_util::{SinkExt, StreamExt};
use tokio::io::DuplexStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::dial::{Dial, Upgraded, explain};
use super::socket::{FarEnd, Signal};
use super::tunnel;

type Stream = Upgraded<DuplexStream>;

/// Time for the other side to answer a close frame.
const CLOSE_MAX: Duration = Duration::from_millis(200);

/// A number that nobody can foresee.
pub(super) fn chance() -> u64 {
    RandomState::new().hash_one(())
}

/// Connects and carries messages until either side ends it.
pub(super) fn pump(address: String, mut far_end: FarEnd, dials: watch::Receiver<Dials>, talks: bool) {
    let incoming = far_end.incoming.clone();
    let carry = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        match runtime {
            Ok(runtime) => runtime.block_on(run(&address, &mut far_end, dials, talks)),
            Err(error) => far_end.close(error.to_string()),
        }
    };
    if let Err(error) = thread::Builder::new().name("auspice-socket".into()).spawn(carry) {
        let _ = incoming.try_send(Signal::Closed(Closed::without_word(error.to_string())));
    }
}

async fn run(address: &str, far_end: &mut FarEnd, dials: watch::Receiver<Dials>, talks: bool) {
    let mut carrier = None;
    let dialled = tokio::select! {
        dialled = connect(address, dials, talks) => dialled,
        // Whoever gave this up hears of nothing any more.
        () = far_end.incoming.closed() => return,
    };
    let closed = match dialled {
        Ok((stream, tunnel)) => {
            carrier = tunnel;
            talk(stream, far_end).await
        }
        Err(closed) => closed,
    };
    // The frame may be gone by now, which is as good.
    let _ = far_end.incoming.send(Signal::Closed(closed)).await;
    if let Some(carrier) = carrier {
        // What was written last is still on its way.
        let _ = timeout(CLOSE_MAX, carrier).await;
    }
}

async fn connect(
    address: &str,
    mut dials: watch::Receiver<Dials>,
    talks: bool,
) -> Result<(Stream, Option<JoinHandle<()>>), Closed> {
    tunnel::until_mended(&mut dials).await;
    let mut carrier = None;
    let dig = |tcp| {
        let (near, through) = tunnel::dig(tcp, &dials);
        carrier = Some(through);
        near
    };
    let dial = Dial::trusted(address);
    let stream = if talks { dial.talking() } else { dial }.connect_over(dig).await?;
    Ok((stream, carrier))
}

/// Messages both ways until the end, and a goodbye where this side is the one to end it.
async fn talk(mut stream: Stream, far_end: &mut FarEnd) -> Closed {
    let closed = carry(&mut stream, far_end).await;
    if closed.is_none() && !far_end.is_abandoned() {
        let _ = timeout(CLOSE_MAX, stream.close(None)).await;
    }
    closed.unwrap_or_default()
}

/// Messages both ways. Ends with the close frame or error of the other side; `None` when the frame drops this one,
/// whatever was about to be done then.
async fn carry(stream: &mut Stream, far_end: &mut FarEnd) -> Option<Closed> {
    far_end.incoming.send(Signal::Opened).await.ok()?;
    loop {
        tokio::select! {
            message = next_of(far_end) => {
                let message = message?;
                let sent = tokio::select! {
                    biased;
                    sent = stream.send(message) => sent,
                    // A network that takes nothing keeps nobody who is gone.
                    () = far_end.incoming.closed() => return None,
                };
                if let Err(error) = sent {
                    let said = last_word(stream).await;
                    return Some(said.unwrap_or_else(|| Closed::without_word(explain(&error))));
                }
            }
            message = stream.next() => match message {
                Some(Ok(Message::Binary(bytes))) => far_end.incoming.send(Signal::Message(bytes.into())).await.ok()?,
                Some(Ok(Message::Text(text))) => far_end.incoming.send(Signal::Line(text.to_string())).await.ok()?,
                Some(Ok(Message::Close(frame))) => return Some(close_of(frame)),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Some(Closed::without_word(explain(&error))),
                None => return Some(Closed::without_word("the connection was cut")),
            }
        }
    }
}

/// The next message that the frame sends, or line; `None` once it drops its side.
async fn next_of(far_end: &mut FarEnd) -> Option<Message> {
    tokio::select! {
        biased;
        message = far_end.outgoing.recv() => Some(Message::Binary(message?.into())),
        Some(line) = far_end.lines.recv() => Some(Message::Text(line.into())),
    }
}

/// A server that closes while we write has said why: its close frame may still be there to read.
async fn last_word(stream: &mut Stream) -> Option<Closed> {
    while let Ok(Some(Ok(message))) = timeout(CLOSE_MAX, stream.next()).await {
        if let Message::Close(frame) = message {
            return Some(close_of(frame));
        }
    }
    None
}

fn close_of(frame: Option<CloseFrame>) -> Closed {
    frame.map_or_else(Closed::default, |frame| Closed::with(u16::from(frame.code), frame.reason.to_string()))
}

impl FarEnd {
    fn close(&self, sentence: String) {
        let _ = self.incoming.try_send(Signal::Closed(Closed::without_word(sentence)));
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;
    use tokio::time::sleep;
    use tokio_tungstenite::tungstenite::protocol::Role;
    use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

    use super::super::socket::Socket;
    use super::*;

    /// Whether a server hears a goodbye of a socket that is `let_go` with `count` messages unread.
    async fn is_goodbye_heard(count: usize, let_go: impl FnOnce(Socket)) -> bool {
        let (near, far) = duplex(1 << 20);
        let stream = WebSocketStream::from_raw_socket(MaybeTlsStream::Plain(near), Role::Client, None).await;
        let mut server = WebSocketStream::from_raw_socket(far, Role::Server, None).await;
        let (socket, mut far_end) = Socket::pair();
        let client = tokio::spawn(async move { talk(stream, &mut far_end).await });
        for _ in 0..count {
            server.send(Message::Binary(vec![7; 10].into())).await.unwrap();
        }
        // Until nothing happens any more.
        sleep(Duration::from_secs(1)).await;
        let_go(socket);
        let heard = timeout(Duration::from_secs(1), server.next()).await;
        client.await.unwrap();
        matches!(heard, Ok(Some(Ok(Message::Close(_)))))
    }

    #[tokio::test(start_paused = true)]
    async fn a_socket_that_is_dropped_says_goodbye_however_much_it_has_left_unread() {
        for count in [0, 1, 126, 127, 128, 1000] {
            assert!(is_goodbye_heard(count, drop).await, "{count} messages were there");
            assert!(!is_goodbye_heard(count, Socket::abandon).await, "{count} messages were there");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_network_that_takes_nothing_keeps_no_connection_of_whoever_is_gone() {
        let (near, _far) = duplex(64);
        let stream = WebSocketStream::from_raw_socket(MaybeTlsStream::Plain(near), Role::Client, None).await;
        let (socket, mut far_end) = Socket::pair();
        let client = tokio::spawn(async move { talk(stream, &mut far_end).await });
        assert!(socket.send(&[7; 1000]));
        sleep(Duration::from_secs(60)).await;
        drop(socket);
        assert!(timeout(Duration::from_secs(1), client).await.is_ok());
    }
}
