//! The way to a server: plain or over TLS, a plain sentence where there is none, and how it ended where there was one.

use std::path::Path;
use std::sync::Arc;

use auspice::limits::SERVER_MESSAGE_BYTES_MAX;
use auspice::message::SUBPROTOCOL;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::http::{HeaderValue, Uri};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

/// A connection past its upgrade.
pub type Connection = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The code of the server's close frame, if one came.
    pub code: Option<u16>,
    /// The reason, in a sentence.
    pub sentence: String,
}

impl End {
    /// Whether it is of no use to come again: the server would say the same, or the seat is somebody else's by now.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self.code, Some(4001..=4003 | 4008..=4011))
    }
}

/// Ends without a word of the server.
impl From<String> for End {
    fn from(sentence: String) -> Self {
        Self { code: None, sentence }
    }
}

impl From<End> for String {
    fn from(end: End) -> Self {
        end.sentence
    }
}

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
    /// A plain sentence for why there is no connection.
    pub async fn connect(&self) -> Result<Connection, String> {
        let url = &self.url;
        let mut request = url.into_client_request().map_err(|error| format!("{url} is no address of a game: {error}"))?;
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
        let address = address(request.uri())?;
        let stream = TcpStream::connect(&address).await.map_err(|error| format!("no server answers at {address}: {error}"))?;
        stream.set_nodelay(true).map_err(|error| format!("the connection to {address} broke: {error}"))?;
        let (config, connector) = (Some(web_socket_config()), self.connector.clone());
        match client_async_tls_with_config(request, stream, config, connector).await {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(response)) => Err(format!("{url} refused the game: {}", response.status())),
            Err(error) => Err(format!("{url} does not speak the game's protocol: {error}")),
        }
    }
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
