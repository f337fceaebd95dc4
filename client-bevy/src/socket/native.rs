//! The native pump: one thread with a runtime of its own for each connection.

use std::hash::{BuildHasher, RandomState};
use std::thread;
use std::time::Duration;

use auspice::Micros;
use auspice::error::CloseCode;
use auspice::message::SUBPROTOCOL;
use futures_util::{SinkExt, StreamExt};
use tokio::io::DuplexStream;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::UrlError;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::{CONTENT_TYPE, RETRY_AFTER, SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

use super::{Closed, Dials, FarEnd, Signal, trust, tunnel};

type Stream = WebSocketStream<MaybeTlsStream<DuplexStream>>;

/// Greatest time from the first packet to the answered upgrade.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// Time for the other side to answer a close frame.
const CLOSE_MAX: Duration = Duration::from_millis(200);

/// Longest sentence that is shown of an HTTP answer.
const SENTENCE_BYTES_MAX: usize = 200;

/// Updates are small; the default of 128 KiB would be zero-filled for each read.
const READ_BUFFER_BYTES: usize = 16 * 1024;

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
    let closed = match timeout(CONNECT_MAX, connect(address, dials)).await {
        Ok(Ok((stream, tunnel))) => {
            carrier = Some(tunnel);
            carry(stream, far_end).await
        }
        Ok(Err(Error::Http(answer))) => refusal(&answer),
        Ok(Err(error)) => Closed::without_word(explain(&error)),
        Err(_) => Closed::without_word("no answer in time"),
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

/// An HTTP answer in place of a connection: its sentence, if it has a plain one, and when to come again.
fn refusal(answer: &Response) -> Closed {
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_plain = header(CONTENT_TYPE).starts_with("text/plain");
    let body = answer.body().as_deref().filter(|body| is_plain && body.len() <= SENTENCE_BYTES_MAX);
    let sentence = body
        .and_then(|body| std::str::from_utf8(body).ok())
        .map(str::trim)
        .filter(|text| !text.is_empty() && !text.contains(char::is_control));
    let status = answer.status();
    Closed {
        code: CloseCode::of_http_status(status.as_u16()),
        sentence: sentence.map_or_else(|| format!("the server answered {status}"), ToOwned::to_owned),
        retry_after: header(RETRY_AFTER).parse().ok().map(|seconds: u32| Micros::from_seconds(seconds.into())),
    }
}

/// An error as a player should read it.
fn explain(error: &Error) -> String {
    match error {
        Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => "no server answers there".into(),
        Error::Io(error) => error.to_string(),
        Error::ConnectionClosed | Error::AlreadyClosed => "the connection was cut".into(),
        Error::Protocol(_) => "the connection was cut".into(),
        Error::Url(_) | Error::HttpFormat(_) => {
            "this address cannot be used: ws://HOST:PORT or wss://HOST:PORT is expected".into()
        }
        Error::Tls(error) => format!("the server cannot be trusted: {error}"),
        other => other.to_string(),
    }
}

impl FarEnd {
    fn close(&self, sentence: String) {
        let _ = self.incoming.try_send(Signal::Closed(Closed::without_word(sentence)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &[u8]) -> Response {
        let mut answer = Response::new(Some(body.to_vec()));
        *answer.status_mut() = status.try_into().unwrap();
        for (name, value) in headers {
            answer.headers_mut().insert(*name, HeaderValue::from_static(value));
        }
        answer
    }

    #[test]
    fn an_http_refusal_keeps_its_sentence_and_its_time() {
        let headers = [("content-type", "text/plain; charset=utf-8"), ("retry-after", "30")];
        let closed = refusal(&answer(503, &headers, b"The server is full.\n"));
        assert_eq!((closed.code, closed.sentence.as_str()), (Some(CloseCode::TRY_AGAIN), "The server is full."));
        assert_eq!(closed.retry_after, Some(Micros::from_seconds(30)));
        assert_eq!(refusal(&answer(503, &[("retry-after", "later")], b"")).retry_after, None);
    }

    #[test]
    fn what_is_no_plain_sentence_is_not_shown() {
        let html = refusal(&answer(502, &[("content-type", "text/html")], b"<h1>Bad Gateway</h1>"));
        assert_eq!((html.code, html.sentence.as_str()), (None, "the server answered 502 Bad Gateway"));
        let plain = [("content-type", "text/plain")];
        for body in [&b"a\x1b[2Jb"[..], b"\xff", b"", &[b'a'; 201]] {
            assert!(refusal(&answer(404, &plain, body)).sentence.starts_with("the server answered 404"));
        }
    }
}
