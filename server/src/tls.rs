//! TLS: where certificate and key come from, and a look now and then whether they have changed.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::NoServerSessionStorage;

use crate::digest::sha256;
use crate::limits::TLS_FILE_BYTES_MAX;
use crate::operate::address::Addresses;

/// Files of certificate and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// PEM files. They are looked at again every few seconds: connections that come after a change get the
    /// new certificate, the others do not notice.
    Files {
        /// The server's certificate, and after it those that lead to a root.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// Made up at each start, for development.
    SelfSigned {
        /// The file that the certificate is written to, for clients to trust. The key is never written.
        certificate: PathBuf,
    },
}

/// Why there is no TLS by these settings: one sentence.
#[derive(Debug)]
pub struct TlsError(String);

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TlsError {}

/// The certificate that the next connection is greeted with.
pub(crate) struct Certificates {
    current: Mutex<Arc<ServerConfig>>,
    files: Option<CertificateFiles>,
}

/// The files, and what was in them when they were last looked at.
struct CertificateFiles {
    certificate: PathBuf,
    key: PathBuf,
    seen: Mutex<(Vec<u8>, Vec<u8>)>,
}

impl Certificates {
    /// # Errors
    ///
    /// When a file cannot be read or written, is not what it should be, or certificate and key do not belong together.
    pub(crate) fn new(tls: &Tls, listen: &Addresses) -> Result<Self, TlsError> {
        match tls {
            Tls::Files { certificate, key } => {
                let files =
                    CertificateFiles { certificate: certificate.clone(), key: key.clone(), seen: Mutex::default() };
                let seen = files.read()?;
                let current = Mutex::new(files.config(&seen)?);
                Ok(Self { current, files: Some(CertificateFiles { seen: Mutex::new(seen), ..files }) })
            }
            Tls::SelfSigned { certificate } => {
                Ok(Self { current: Mutex::new(self_signed(certificate, listen)?), files: None })
            }
        }
    }

    pub(crate) fn current(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the files anew if they have changed. True if they had.
    ///
    /// # Errors
    ///
    /// When they are no good now, perhaps because only one of them has been written yet: then all stays as it was.
    pub(crate) fn look(&self) -> Result<bool, TlsError> {
        let Some(files) = &self.files else { return Ok(false) };
        let now = files.read()?;
        let mut seen = files.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == now {
            return Ok(false);
        }
        let config = files.config(&now)?;
        *seen = now;
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(true)
    }
}

impl CertificateFiles {
    fn read(&self) -> Result<(Vec<u8>, Vec<u8>), TlsError> {
        Ok((read("certificate", &self.certificate)?, read("key", &self.key)?))
    }

    fn config(&self, (certificate, key): &(Vec<u8>, Vec<u8>)) -> Result<Arc<ServerConfig>, TlsError> {
        let shown = self.certificate.display();
        let chain = CertificateDer::pem_slice_iter(certificate)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| unfit(&shown, &error))?;
        if chain.is_empty() {
            return Err(TlsError(format!(
                "{shown} has no certificate; expected is one in PEM, which begins with BEGIN CERTIFICATE"
            )));
        }
        let shown_key = self.key.display();
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| match error {
            pem::Error::NoItemsFound => TlsError(format!(
                "{shown_key} has no private key; expected is one in PEM, which begins with BEGIN PRIVATE KEY"
            )),
            error => unfit(&shown_key, &error),
        })?;
        config(chain, key)
            .map_err(|error| TlsError(format!("{shown} and {shown_key} cannot be used together: {error}")))
    }
}

fn unfit(shown: &impl fmt::Display, error: &pem::Error) -> TlsError {
    TlsError(format!("{shown} is no PEM file: {error}"))
}

fn read(what: &str, path: &Path) -> Result<Vec<u8>, TlsError> {
    let fail = |error: io::Error| TlsError(format!("the {what} {} cannot be read: {error}", path.display()));
    let length = std::fs::metadata(path).map_err(fail)?.len();
    if length > TLS_FILE_BYTES_MAX {
        return Err(TlsError(format!("the {what} {} is too large to be one: {length} bytes", path.display())));
    }
    std::fs::read(path).map_err(fail)
}

fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    // A browser offers HTTP/2 first, over which there is no upgrade.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Nothing is kept for those who come back: a handshake costs less than a store of strangers' sessions.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// Makes a certificate for this machine by name and number, and for where it listens.
fn self_signed(certificate: &Path, listen: &Addresses) -> Result<Arc<ServerConfig>, TlsError> {
    let unmade = |error: &dyn fmt::Display| TlsError(format!("no certificate could be made: {error}"));
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    names.extend(listen.name().filter(|name| *name != "localhost").map(str::to_owned));
    let reached_by = listen.iter().map(|address| address.ip()).filter(|ip| !ip.is_unspecified() && !ip.is_loopback());
    names.extend(reached_by.map(|ip| ip.to_string()));
    let made = rcgen::generate_simple_self_signed(names).map_err(|error| unmade(&error))?;
    std::fs::write(certificate, made.cert.pem()).map_err(|error| {
        TlsError(format!("the certificate cannot be written to {}: {error}", certificate.display()))
    })?;
    let shown = fingerprint(made.cert.der());
    tracing::info!(
        file = %certificate.display(), sha256 = %shown,
        "made a certificate; clients trust it by --tls-ca and this file"
    );
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    config(vec![made.cert.der().clone()], key.into()).map_err(|error| unmade(&error))
}

/// The SHA-256 digest of a certificate as browsers and `openssl x509 -fingerprint -sha256` show it.
fn fingerprint(certificate: &[u8]) -> String {
    sha256(certificate).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of one test, with a certificate and its key.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("auspice-tls-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        write(&folder);
        folder
    }

    fn write(folder: &Path) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
        std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    }

    fn open(folder: &Path) -> Result<Certificates, TlsError> {
        let tls = Tls::Files { certificate: folder.join("cert.pem"), key: folder.join("key.pem") };
        Certificates::new(&tls, &"127.0.0.1:0".parse().unwrap())
    }

    #[test]
    fn a_fingerprint_is_what_openssl_shows() {
        // Of the three bytes "abc", by FIPS 180-4.
        let known = "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD";
        assert_eq!(fingerprint(b"abc"), known);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_with_its_name() {
        let refused = |name: &str, spoil: &dyn Fn(&Path)| {
            let folder = folder(name);
            spoil(&folder);
            let error = open(&folder).err().unwrap_or_else(|| panic!("{name} should be refused")).to_string();
            std::fs::remove_dir_all(folder).unwrap();
            error
        };
        let missing = refused("missing", &|folder| std::fs::remove_file(folder.join("cert.pem")).unwrap());
        assert!(missing.contains("cert.pem cannot be read"), "{missing}");
        let swapped = refused("swapped", &|folder| {
            std::fs::copy(folder.join("key.pem"), folder.join("cert.pem")).unwrap();
        });
        assert!(swapped.contains("cert.pem has no certificate"), "{swapped}");
        let keyless = refused("keyless", &|folder| std::fs::write(folder.join("key.pem"), "").unwrap());
        assert!(keyless.contains("key.pem has no private key"), "{keyless}");
        let broken = refused("broken", &|folder| {
            let text = "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n";
            std::fs::write(folder.join("cert.pem"), text).unwrap();
        });
        assert!(broken.contains("cert.pem is no PEM file"), "{broken}");
        let strangers = refused("strangers", &|folder| {
            let kept = std::fs::read(folder.join("cert.pem")).unwrap();
            write(folder);
            std::fs::write(folder.join("cert.pem"), kept).unwrap();
        });
        assert!(strangers.contains("cannot be used together"), "{strangers}");
    }

    #[test]
    fn changed_files_are_taken_once_and_bad_ones_not_at_all() {
        let folder = folder("changes");
        let certificates = open(&folder).unwrap();
        let first = certificates.current();
        assert!(!certificates.look().unwrap());
        let old_key = std::fs::read(folder.join("key.pem")).unwrap();
        write(&folder);
        let new_key = std::fs::read(folder.join("key.pem")).unwrap();
        // The certificate is there already, its key is not.
        std::fs::write(folder.join("key.pem"), old_key).unwrap();
        assert!(certificates.look().is_err());
        assert!(Arc::ptr_eq(&first, &certificates.current()));
        std::fs::write(folder.join("key.pem"), new_key).unwrap();
        assert!(certificates.look().unwrap());
        assert!(!Arc::ptr_eq(&first, &certificates.current()));
        assert!(!certificates.look().unwrap());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
