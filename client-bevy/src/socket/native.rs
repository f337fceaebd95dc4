//! The native pump: one thread with a runtime of its own for each connection.

use std::thread;
use std::time::Duration;

use auspice::message::SUBPROTOCOL;
use futures_util::{SinkExt, StreamExt};
use tokio::io::DuplexStream;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::UrlError;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

use super::{Closed, Dials, FarEnd, Signal, trust, tunnel};

type Stream = WebSocketStream<MaybeTlsStream<DuplexStream>>;

/// From the first packet to the answered upgrade.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// For the other side to answer a close frame.
const CLOSE_MAX: Duration = Duration::from_millis(200);

/// Updates are small; the default of 128 KiB would be zero-filled for each read.
const READ_BUFFER_BYTES: usize = 16 * 1024;

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
        let _ = incoming.try_send(Signal::Closed(Closed { code: None, sentence: error.to_string() }));
    }
}

async fn run(address: &str, far_end: &mut FarEnd, dials: watch::Receiver<Dials>) {
    let mut carrier = None;
    let closed = match timeout(CONNECT_MAX, connect(address, dials)).await {
        Ok(Ok((stream, tunnel))) => {
            carrier = Some(tunnel);
            carry(stream, far_end).await
        }
        Ok(Err(error)) => Closed { code: None, sentence: explain(&error) },
        Err(_) => Closed { code: None, sentence: "no answer in time".into() },
    };
    // The frame may be gone by now, which is as good.
    let _ = far_end.incoming.send(Signal::Closed(closed)).await;
    if let Some(carrier) = carrier {
        // What was written last is still on its way.
        let _ = timeout(CLOSE_MAX, carrier).await;
    }
}

async fn connect(address: &str, mut dials: watch::Receiver<Dials>) -> Result<(Stream, JoinHandle<()>), Error> {
    let mut request = address.into_client_request()?;
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES).write_buffer_size(0);
    tunnel::until_mended(&mut dials).await;
    let default_port = if request.uri().scheme_str() == Some("wss") { 443 } else { 80 };
    let host = request.uri().host().ok_or(UrlError::NoHostName)?.trim_matches(['[', ']']);
    let tcp = TcpStream::connect((host, request.uri().port_u16().unwrap_or(default_port))).await?;
    // Without Nagle's algorithm: an input that waits for the acknowledgement of the last one is late.
    tcp.set_nodelay(true)?;
    let (near, carrier) = tunnel::dig(tcp, &dials);
    let (stream, _) = client_async_tls_with_config(request, near, Some(config), trust::trusted()).await?;
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
                    return said.unwrap_or_else(|| Closed { code: None, sentence: explain(&error) });
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
                Some(Err(error)) => return Closed { code: None, sentence: explain(&error) },
                None => return Closed { code: None, sentence: "the connection was cut".into() },
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

fn close_of(frame: Option<tokio_tungstenite::tungstenite::protocol::CloseFrame>) -> Closed {
    frame.map_or_else(Closed::default, |frame| Closed { code: Some(frame.code.into()), sentence: frame.reason.to_string() })
}

/// An error as a player should read it.
fn explain(error: &Error) -> String {
    match error {
        Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => "no server answers there".into(),
        Error::Io(error) => error.to_string(),
        Error::ConnectionClosed | Error::AlreadyClosed => "the connection was cut".into(),
        Error::Protocol(_) => "the connection was cut".into(),
        Error::Http(response) => format!("the server answered {}", response.status()),
        Error::Url(_) | Error::HttpFormat(_) => {
            "this address cannot be used: ws://HOST:PORT or wss://HOST:PORT is expected".into()
        }
        Error::Tls(error) => format!("the server cannot be trusted: {error}"),
        other => other.to_string(),
    }
}

impl FarEnd {
    fn close(&self, sentence: String) {
        let _ = self.incoming.try_send(Signal::Closed(Closed { code: None, sentence }));
    }
}
