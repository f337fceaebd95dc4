//! The same over TLS: requests, faults, play; and a certificate that changes while people play.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use auspice_server::tls::Tls;
use auspice_server::{Config, Handle};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::dots::Rules;
use crate::faults::{farewell, faults};
use crate::handshake::{answer, refused_requests};
use crate::player::{PATIENCE, Patience, Player, connect, start, upgrade_over};

pub(crate) type Secure = StreamOwned<ClientConnection, TcpStream>;

impl Patience for Secure {
    fn never_wait(&self) {
        self.sock.set_nonblocking(true).unwrap();
    }
}

/// A file of one test.
fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// A connection that trusts what `certificate` says. An error where it should not.
fn try_dial(server: SocketAddr, certificate: &Path) -> std::io::Result<Secure> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::pem_file_iter(certificate).unwrap().map(Result::unwrap));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(builder.with_root_certificates(roots).with_no_client_auth());
    let session = ClientConnection::new(config, "localhost".try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(session, connect(server));
    stream.conn.complete_io(&mut stream.sock)?;
    Ok(stream)
}

pub(crate) fn dial(server: SocketAddr, certificate: &Path) -> Secure {
    try_dial(server, certificate).unwrap()
}

fn start_secure(name: &str) -> (Handle, PathBuf) {
    start_secure_with(name, |_| {})
}

/// A server with a certificate in the file `name`, and `change` to its settings.
pub(crate) fn start_secure_with(name: &str, change: impl FnOnce(&mut Config<Rules>)) -> (Handle, PathBuf) {
    let certificate = file(name);
    let server = start(|config| {
        config.tls = Some(Tls::SelfSigned { certificate: certificate.clone() });
        change(config);
    });
    (server, certificate)
}

#[test]
fn requests_and_faults_are_answered_as_without() {
    let (server, certificate) = start_secure("answers.pem");
    for (what, request, status, word) in refused_requests() {
        let response = answer(dial(server.local_addr(), &certificate), &request);
        assert!(response.starts_with(&format!("HTTP/1.1 {status}")) && response.contains(word), "{what}: {response}");
    }
    for (what, bytes, code) in faults() {
        let mut stream = upgrade_over(dial(server.local_addr(), &certificate));
        stream.write_all(&bytes).unwrap();
        let (said, sentence) = farewell(stream);
        assert_eq!(said, code, "{what}: {sentence}");
    }
}

#[test]
fn players_see_each_other_over_tls() {
    let (server, certificate) = start_secure("play.pem");
    let join = |name| Player::join_over(dial(server.local_addr(), &certificate), server.local_addr(), name);
    let mut one = join("one");
    let mut other = join("other");
    one.play_until("both are there", |one| {
        other.pump().unwrap();
        one.replica.visible() == 2
    });
    other.web.close(None).unwrap();
    one.play_until("one is gone", |one| one.replica.visible() == 1);
    server.shutdown();
    assert_eq!(one.play_until_closed().map(|frame| u16::from(frame.code)), Some(1001));
}

#[test]
fn a_big_update_goes_through_a_slow_reader_of_tls() {
    let crowd = 4000;
    let certificate = file("crowd.pem");
    let server = start(|config| {
        config.terms.rules = Rules { crowd };
        config.tls = Some(Tls::SelfSigned { certificate: certificate.clone() });
    });
    let mut player = Player::join_over(dial(server.local_addr(), &certificate), server.local_addr(), "slow");
    // Reads nothing while the crowd is sent.
    std::thread::sleep(Duration::from_millis(300));
    player.play_until("everything", |player| player.replica.visible() == crowd as usize + 1);
    let seen = player.replica.tick();
    player.play_until("ticks go on", |player| player.replica.tick().since(seen) > 10);
}

#[test]
fn one_who_does_not_speak_tls_is_told_so() {
    let (server, _) = start_secure("plain.pem");
    let response = answer(connect(server.local_addr()), &crate::player::good_request());
    assert!(response.starts_with("HTTP/1.1 400 ") && response.contains("wss://"), "{response}");
    assert!(server.metrics().contains("auspice_rejected_total{check=\"not_tls\"} 1\n"));
}

#[test]
fn half_a_handshake_is_given_three_seconds_in_all() {
    let (server, _) = start_secure("stall.pem");
    let mut stream = connect(server.local_addr());
    // The head of a record that promises more.
    stream.write_all(&[22, 3, 1, 2, 0]).unwrap();
    let started = Instant::now();
    assert!(matches!(stream.read(&mut [0]), Ok(0) | Err(_)));
    let waited = started.elapsed();
    assert!(waited >= Duration::from_millis(2900) && waited < Duration::from_secs(10), "{waited:?}");
}

#[test]
fn a_new_certificate_is_taken_and_nobody_notices() {
    let (certificate, key) = (file("renewed.pem"), file("renewed-key.pem"));
    let write = || {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    };
    write();
    let tls = Tls::Files { certificate: certificate.clone(), key: key.clone() };
    let server = start(|config| config.tls = Some(tls));
    let mut player = Player::join_over(dial(server.local_addr(), &certificate), server.local_addr(), "stays");
    write();
    assert!(try_dial(server.local_addr(), &certificate).is_err(), "the old one is no longer trusted");
    let started = Instant::now();
    while try_dial(server.local_addr(), &certificate).is_err() {
        assert!(started.elapsed() < PATIENCE, "the new certificate should be taken");
        player.pump().unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    let seen = player.replica.tick();
    player.play_until("ticks go on", |player| player.replica.tick().since(seen) > 10);
}
