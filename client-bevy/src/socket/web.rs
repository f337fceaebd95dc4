//! The browser's pump: a task of the page, over the browser's own WebSocket.

use auspice::message::SUBPROTOCOL;
use futures_util::{FutureExt, SinkExt, StreamExt, select};
use tokio::sync::watch;
use tokio_tungstenite_wasm::{Message, connect_with_protocols};

use super::{Closed, Dials, FarEnd, Signal};

/// Connects and carries messages until either side ends it.
///
/// A page cannot reach under its WebSocket: the dials do nothing there.
pub(super) fn pump(address: String, mut far_end: FarEnd, _dials: watch::Receiver<Dials>) {
    wasm_bindgen_futures::spawn_local(async move {
        let closed = run(&address, &mut far_end).await;
        let _ = far_end.incoming.send(Signal::Closed(closed)).await;
    });
}

async fn run(address: &str, far_end: &mut FarEnd) -> Closed {
    let mut stream = match connect_with_protocols(address, &[SUBPROTOCOL]).await {
        Ok(stream) => stream.fuse(),
        Err(_) => return Closed::without_word("no server answers there"),
    };
    if far_end.incoming.send(Signal::Opened).await.is_err() {
        return Closed::default();
    }
    loop {
        select! {
            message = far_end.outgoing.recv().fuse() => {
                let Some(message) = message else {
                    if far_end.is_abandoned() {
                        return Closed::default();
                    }
                    let _ = stream.close().await;
                    return Closed::default();
                };
                if stream.send(Message::binary(message)).await.is_err() {
                    return Closed::without_word("the connection was cut");
                }
            }
            message = stream.next() => match message {
                Some(Ok(Message::Binary(bytes))) => {
                    if far_end.incoming.send(Signal::Message(bytes.into())).await.is_err() {
                        return Closed::default();
                    }
                }
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Closed { code: Some(frame.code.into()), sentence: frame.reason.to_string(), retry_after: None };
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Closed::without_word("the connection was cut"),
            }
        }
    }
}
