//! [`PlayerWay`]: a player's way to a server, plain or by TLS.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// Certificates that players trust.
static TRUSTED: OnceLock<Arc<ClientConfig>> = OnceLock::new();

/// Has players of this process trust whom this authority has certified, from now on.
pub(crate) fn trust(authority: &Path) {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::pem_file_iter(authority).unwrap().map(Result::unwrap));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = builder.with_root_certificates(roots).with_no_client_auth();
    assert!(TRUSTED.set(Arc::new(config)).is_ok(), "one test has certificates");
}

/// See the module.
#[derive(Debug)]
pub(crate) enum PlayerWay {
    Plain(TcpStream),
    Secured(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl PlayerWay {
    /// The way over TLS, whose handshake is done.
    pub(crate) fn secured(stream: TcpStream) -> io::Result<Self> {
        let config = TRUSTED.get().expect("somebody is trusted").clone();
        let session = ClientConnection::new(config, "127.0.0.1".try_into().unwrap()).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(session, stream);
        stream.conn.complete_io(&mut stream.sock)?;
        Ok(Self::Secured(Box::new(stream)))
    }

    pub(crate) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Secured(stream) => &stream.sock,
        }
    }
}

impl Read for PlayerWay {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(bytes),
            Self::Secured(stream) => stream.read(bytes),
        }
    }
}

impl Write for PlayerWay {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Secured(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Secured(stream) => stream.flush(),
        }
    }
}
