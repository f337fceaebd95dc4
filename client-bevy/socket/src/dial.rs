//! [`Dial`]: the way to an open WebSocket of a server, plain or over TLS, and a plain sentence where there is
//! none.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use auspice::Micros;
use auspice::error::CloseCode;
use auspice::limits::SERVER_MESSAGE_BYTES_MAX;
use auspice::message::{SUBPROTOCOL, TALK_SUBPROTOCOL};
use auspice::session::Closed;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::http::header::{CONTENT_TYPE, RETRY_AFTER, SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::tungstenite::http::{HeaderValue, Uri};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

use super::eyeballs::{eager, first_of};
use super::trust;

/// A connection past its upgrade, over TCP or what is laid over that.
pub type Upgraded<S = TcpStream> = WebSocketStream<MaybeTlsStream<S>>;

/// Longest sentence that is shown of an HTTP answer.
const SENTENCE_BYTES_MAX: usize = 200;

/// Sentence of an address that is none.
const UNFIT: &str = "this address cannot be used: ws://HOST:PORT or wss://HOST:PORT is expected";

/// A server's address, and the certificates that are trusted.
pub struct Dial {
    url: String,
    connector: Option<Connector>,
    talks: bool,
}

impl Dial {
    /// A server at `url`, `ws://` or `wss://`. For the latter the certificates of `authorities`, a PEM file,
    /// are trusted, or where there is none, the authorities that browsers trust.
    ///
    /// # Errors
    /// A sentence where the file is no good.
    pub fn new(url: &str, authorities: Option<&Path>) -> Result<Self, String> {
        Ok(Self { url: url.to_owned(), connector: authorities.map(trust::trusting).transpose()?, talks: false })
    }

    /// Another server, by the certificates that are trusted of this one.
    #[must_use]
    pub fn elsewhere(&self, url: &str) -> Self {
        Self { url: url.to_owned(), connector: self.connector.clone(), talks: self.talks }
    }

    /// The same by what the whole process [trusts](crate::trust()).
    pub(super) fn trusted(url: &str) -> Self {
        Self { url: url.to_owned(), connector: trust::trusted(), talks: false }
    }

    /// Offers to talk, too: then a server that lets players talk takes text messages, and sends them.
    #[must_use]
    pub fn talking(self) -> Self {
        Self { talks: true, ..self }
    }

    /// Connects. Has no patience of its own.
    ///
    /// # Errors
    /// Why there is no connection, in a plain sentence, with the code and the time that an HTTP answer comes to.
    pub async fn connect(&self) -> Result<Upgraded, Closed> {
        self.connect_over(|tcp| tcp).await
    }

    /// The same over what `over` makes of the TCP stream.
    pub(super) async fn connect_over<S>(&self, over: impl FnOnce(TcpStream) -> S) -> Result<Upgraded<S>, Closed>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut request = self.url.as_str().into_client_request().map_err(|_| Closed::without_word(UNFIT))?;
        let offered = if self.talks { format!("{TALK_SUBPROTOCOL}, {SUBPROTOCOL}") } else { SUBPROTOCOL.into() };
        let offered = HeaderValue::try_from(offered).map_err(|_| Closed::without_word(UNFIT))?;
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, offered);
        let (host, port) = address(request.uri()).ok_or_else(|| Closed::without_word(UNFIT))?;
        let unheard = |error| Closed::without_word(format!("no server answers at {host}:{port}: {error}"));
        let stream = over(reach(&host, port).await.map_err(unheard)?);
        match client_async_tls_with_config(request, stream, Some(web_socket_config()), self.connector.clone()).await {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(answer)) => Err(refusal(&answer)),
            Err(error) => Err(Closed::without_word(explain(&error))),
        }
    }
}

/// A TCP connection to the first of the name's addresses that answers.
async fn reach(host: &str, port: u16) -> io::Result<TcpStream> {
    reach_any(lookup_host((host.trim_matches(['[', ']']), port)).await?.collect()).await
}

/// A TCP connection to the first of these addresses that answers.
async fn reach_any(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let tcp = first_of(addresses, |address| eager(move || TcpStream::connect(address))).await?;
    // Without Nagle's algorithm: an input that waits for the acknowledgement of the last one is late.
    tcp.set_nodelay(true)?;
    // Where the kernel has no such option, an outage lasts up to twice as long: no reason not to play.
    let _ = auspice_tcp::set_retransmission_max(&SockRef::from(&tcp), auspice_tcp::RETRANSMISSION_MAX);
    Ok(tcp)
}

/// Host and port of a WebSocket URL; `None` for any other.
fn address(uri: &Uri) -> Option<(String, u16)> {
    let port = match uri.scheme_str() {
        Some("ws") => 80,
        Some("wss") => 443,
        _ => return None,
    };
    Some((uri.host()?.to_owned(), uri.port_u16().unwrap_or(port)))
}

/// Small buffers: updates are small, and with the defaults a thousand bots would zero and hold 256 MiB.
fn web_socket_config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(4 << 10)
        .write_buffer_size(0)
        .max_write_buffer_size(64 << 10)
        .max_message_size(Some(SERVER_MESSAGE_BYTES_MAX))
        .max_frame_size(Some(SERVER_MESSAGE_BYTES_MAX))
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
pub(super) fn explain(error: &Error) -> String {
    match error {
        Error::Io(error) => error.to_string(),
        Error::ConnectionClosed | Error::AlreadyClosed => "the connection was cut".into(),
        Error::Protocol(_) => "the connection was cut".into(),
        Error::Url(_) | Error::HttpFormat(_) => UNFIT.into(),
        Error::Tls(error) => format!("the server cannot be trusted: {error}"),
        other => other.to_string(),
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

    #[test]
    fn only_web_socket_addresses_are_dialled() {
        let of = |uri| address(&Uri::from_static(uri));
        assert_eq!(of("ws://127.0.0.1:7700/play"), Some(("127.0.0.1".into(), 7700)));
        assert_eq!(of("ws://example.org"), Some(("example.org".into(), 80)));
        assert_eq!(of("wss://example.org"), Some(("example.org".into(), 443)));
        assert_eq!(of("http://example.org"), None);
    }

    /// A listener that takes no more, and those that wait at it for ever: Linux drops whoever else knocks there, as a
    /// router does that leads nowhere.
    #[cfg(target_os = "linux")]
    fn black_hole(domain: socket2::Domain, at: SocketAddr) -> Option<(SocketAddr, Vec<socket2::Socket>)> {
        let socket = || socket2::Socket::new(domain, socket2::Type::STREAM, None).ok();
        let listener = socket()?;
        listener.bind(&at.into()).ok()?;
        listener.listen(0).ok()?;
        let address = listener.local_addr().ok()?;
        let mut held = vec![listener];
        loop {
            let waiting = socket()?;
            if waiting.connect_timeout(&address, std::time::Duration::from_millis(100)).is_err() {
                return Some((address.as_socket()?, held));
            }
            held.push(waiting);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_address_that_swallows_all_costs_a_quarter_of_a_second_whatever_its_family() {
        use socket2::Domain;
        let alive = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let dead = [(Domain::IPV6, "[::1]:0"), (Domain::IPV4, "127.0.0.1:0")]
            .map(|(domain, at)| black_hole(domain, at.parse().unwrap()));
        for (address, _held) in dead.into_iter().flatten() {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let began = std::time::Instant::now();
            let tcp = runtime.block_on(reach_any(vec![address, alive.local_addr().unwrap()])).unwrap();
            assert_eq!(tcp.peer_addr().unwrap(), alive.local_addr().unwrap());
            assert!(began.elapsed().as_millis() < 1000, "{address} cost {:?}", began.elapsed());
        }
    }

    #[test]
    fn a_file_without_certificates_is_told() {
        let error = Dial::new("wss://localhost", Some(Path::new("no-such.pem"))).err().unwrap_or_default();
        assert!(error.starts_with("no certificates to trust in no-such.pem: "), "{error}");
    }
}
