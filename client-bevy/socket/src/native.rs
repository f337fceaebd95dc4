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
pub(super) fn pump(address: String, mut far_end: FarEnd, dials: watch::Receiver<Dials>) {
    let incoming = far_end.incoming.clone();
    let carry = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        match runtime {
            Ok(runtime) => runtime.block_on(run(&address, &mut far_end, dials)),
            Err(error) => far_end.close(error.to_string()),
        }
    };
    if let Err(error) = thread::Builder::new().name("auspice-socket".into()).spawn(carry) {
        let _ = incoming.try_send(Signal::Closed(Closed::without_word(error.to_string())));
    }
}

async fn run(address: &str, far_end: &mut FarEnd, dials: watch::Receiver<Dials>) {
    let mut carrier = None;
    let dialled = tokio::select! {
        dialled = connect(address, dials) => dialled,
        // Whoever gave this up hears of nothing any more.
        () = far_end.incoming.closed() => return,
    };
    let closed = match dialled {
        Ok((stream, tunnel)) => {
            carrier = tunnel;
            carry(stream, far_end).await
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

async fn connect(address: &str, mut dials: watch::Receiver<Dials>) -> Result<(Stream, Option<JoinHandle<()>>), Closed> {
    tunnel::until_mended(&mut dials).await;
    let mut carrier = None;
    let dig = |tcp| {
        let (near, through) = tunnel::dig(tcp, &dials);
        carrier = Some(through);
        near
    };
    let stream = Dial::trusted(address).connect_over(dig).await?;
    Ok((stream, carrier))
}

/// Messages both ways. Ends when the frame drops its side, or with the close frame or error of the other.
async fn carry(mut stream: Stream, far_end: &mut FarEnd) -> Closed {
    if far_end.incoming.send(Signal::Opened).await.is_err() {
        return Closed::default();
    }
    loop {
        tokio::select! {
            message = far_end.outgoing.recv() => {
                let Some(message) = message else {
                    if far_end.is_abandoned() {
                        return Closed::default();
                    }
                    let _ = timeout(CLOSE_MAX, stream.close(None)).await;
                    return Closed::default();
                };
                if let Err(error) = stream.send(Message::Binary(message.into())).await {
                    let said = last_word(&mut stream).await;
                    return said.unwrap_or_else(|| Closed::without_word(explain(&error)));
                }
            }
            message = stream.next() => match message {
                Some(Ok(Message::Binary(bytes))) => {
                    if far_end.incoming.send(Signal::Message(bytes.into())).await.is_err() {
                        return Closed::default();
                    }
                }
                Some(Ok(Message::Close(frame))) => return close_of(frame),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Closed::without_word(explain(&error)),
                None => return Closed::without_word("the connection was cut"),
            }
        }
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
