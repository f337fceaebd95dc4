//! Certificates that native connections trust: those of the authorities that browsers trust, unless told
//! otherwise.

use std::fmt::Display;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::Connector;

static TRUSTED: OnceLock<Connector> = OnceLock::new();

/// Has `wss://` trust the certificates of `file` (PEM), and no others, in the whole process: for servers
/// whose certificate is their own.
///
/// # Errors
///
/// A sentence where the file is no good, or where another one was named before.
pub fn trust(file: &Path) -> Result<(), String> {
    TRUSTED.set(trusting(file)?).map_err(|_| "whom to trust was said before".into())
}

/// Whom the process trusts; `None` for the default.
pub(super) fn trusted() -> Option<Connector> {
    TRUSTED.get().cloned()
}

/// Trusts the certificates of a PEM file, and no others.
pub(super) fn trusting(file: &Path) -> Result<Connector, String> {
    let unread = |error: &dyn Display| format!("no certificates to trust in {}: {error}", file.display());
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
