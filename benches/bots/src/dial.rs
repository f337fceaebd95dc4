//! The way to a server: plain or over TLS, a plain sentence where there is none.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use auspice::Micros;
use auspice::error::CloseCode;
use auspice::limits::{GIVE_UP_SECONDS, SERVER_MESSAGE_BYTES_MAX};
use auspice::message::SUBPROTOCOL;
use auspice::session::Closed;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::{RETRY_AFTER, SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderValue, Uri};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

/// A connection past its upgrade.
pub type Connection = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Greatest time from the first packet to the answered upgrade: as long as a session waits.
const DIAL_MAX: Duration = Duration::from_secs(GIVE_UP_SECONDS);

/// A server's address, and the certificates that are trusted.
pub struct Dial {
    url: String,
    connector: Option<Connector>,
}

impl Dial {
    /// A server at `url`, `ws://` or `wss://`. For the latter the certificates of `authorities`, a PEM file,
    /// are trusted, or where there is none, the authorities that browsers trust.
    ///
    /// # Errors
    /// A sentence where the file is no good.
    pub fn new(url: &str, authorities: Option<&Path>) -> Result<Self, String> {
        Ok(Self { url: url.to_owned(), connector: authorities.map(trusting).transpose()? })
    }

    /// Connects.
    ///
    /// # Errors
    /// Why there is no connection, in a plain sentence, with the code and the time that an HTTP answer comes to.
    pub async fn connect(&self) -> Result<Connection, Closed> {
        let answer = async { self.try_to_connect().await };
        let late = || Closed::without_word(format!("{} does not answer", self.url));
        tokio::time::timeout(DIAL_MAX, answer).await.unwrap_or_else(|_| Err(late()))
    }

    async fn try_to_connect(&self) -> Result<Connection, Closed> {
        let url = &self.url;
        let unfit = |error| Closed::without_word(format!("{url} is no address of a game: {error}"));
        let mut request = url.into_client_request().map_err(unfit)?;
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
        let address = address(request.uri()).map_err(Closed::without_word)?;
        let unheard = |error| Closed::without_word(format!("no server answers at {address}: {error}"));
        let stream = TcpStream::connect(&address).await.map_err(unheard)?;
        let broke = |error| Closed::without_word(format!("the connection to {address} broke: {error}"));
        stream.set_nodelay(true).map_err(broke)?;
        let (config, connector) = (Some(web_socket_config()), self.connector.clone());
        match client_async_tls_with_config(request, stream, config, connector).await {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(response)) => Err(Closed {
                code: CloseCode::of_http_status(response.status().as_u16()),
                sentence: format!("{url} refused the game: {}", response.status()),
                retry_after: retry_after(response.headers()),
            }),
            Err(error) => Err(Closed::without_word(format!("{url} does not speak the game's protocol: {error}"))),
        }
    }
}

/// Time for which a server asks to be left alone: in seconds, as servers of a game say it.
fn retry_after(headers: &HeaderMap) -> Option<Micros> {
    let seconds: u32 = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Micros::from_seconds(seconds.into()))
}

/// Trusts the certificates of a PEM file, and no others.
fn trusting(file: &Path) -> Result<Connector, String> {
    let unread = |error: &dyn std::fmt::Display| format!("no certificates to trust in {}: {error}", file.display());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unread(&error))? {
        roots.add(certificate.map_err(|error| unread(&error))?).map_err(|error| unread(&error))?;
    }
    if roots.is_empty() {
        return Err(unread(&"it has none"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = builder.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth();
    Ok(Connector::Rustls(Arc::new(config)))
}

fn address(uri: &Uri) -> Result<String, String> {
    let port = match uri.scheme_str() {
        Some("ws") => 80,
        Some("wss") => 443,
        _ => return Err(format!("bots speak WebSocket only: {uri} should begin with ws:// or wss://")),
    };
    let host = uri.host().ok_or_else(|| format!("{uri} names no host"))?;
    Ok(format!("{host}:{}", uri.port_u16().unwrap_or(port)))
}

/// Small buffers: with the defaults a thousand bots would zero and hold 256 MiB.
fn web_socket_config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(4 << 10)
        .write_buffer_size(0)
        .max_write_buffer_size(64 << 10)
        .max_message_size(Some(SERVER_MESSAGE_BYTES_MAX))
        .max_frame_size(Some(SERVER_MESSAGE_BYTES_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_socket_addresses_are_dialled() {
        assert_eq!(address(&Uri::from_static("ws://127.0.0.1:7700/play")).as_deref(), Ok("127.0.0.1:7700"));
        assert_eq!(address(&Uri::from_static("ws://example.org")).as_deref(), Ok("example.org:80"));
        assert_eq!(address(&Uri::from_static("wss://example.org")).as_deref(), Ok("example.org:443"));
        assert!(address(&Uri::from_static("http://example.org")).is_err());
    }

    #[test]
    fn a_file_without_certificates_is_told() {
        let error = Dial::new("wss://localhost", Some(Path::new("no-such.pem"))).err().unwrap_or_default();
        assert!(error.starts_with("no certificates to trust in no-such.pem: "), "{error}");
    }
}
