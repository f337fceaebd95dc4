//! Tests of [`TlsSession`]: both versions of TLS over a line in memory that brings and takes what it likes.

use std::collections::VecDeque;

use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::*;

/// One way of a connection: bytes on it, and how many more it takes.
#[derive(Default)]
struct Way {
    bytes: VecDeque<u8>,
    room: usize,
    is_over: bool,
}

/// A connection in memory, as its server sees it.
struct Line {
    up: Way,
    down: Way,
    /// Bytes that one read brings at most.
    read_max: usize,
}

impl Default for Line {
    fn default() -> Self {
        let way = || Way { room: usize::MAX, ..Way::default() };
        Self { up: way(), down: way(), read_max: usize::MAX }
    }
}

fn take(way: &mut Way, buffer: &mut [u8]) -> io::Result<usize> {
    if way.bytes.is_empty() && !way.is_over {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    way.bytes.read(buffer)
}

fn give(way: &mut Way, bytes: &[u8]) -> io::Result<usize> {
    let count = bytes.len().min(way.room);
    if count == 0 {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    way.room -= count;
    way.bytes.write(&bytes[..count])
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.read_max);
        take(&mut self.up, &mut buffer[..most])
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        give(&mut self.down, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The same as its client sees it.
struct FarEnd<'a>(&'a mut Line);

impl Read for FarEnd<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        take(&mut self.0.down, buffer)
    }
}

impl Write for FarEnd<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        give(&mut self.0.up, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A server's session, and a client of another make of it, over a line.
struct Pair {
    server: TlsSession,
    client: ClientConnection,
    line: Line,
}

/// Settings of both ends, with a certificate made for them.
fn settings(versions: &[&'static rustls::SupportedProtocolVersion]) -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let chain: Vec<CertificateDer<'static>> = vec![made.cert.der().clone()];
    let mut roots = RootCertStore::empty();
    roots.add(chain[0].clone()).unwrap();
    let provider = || Arc::new(rustls::crypto::ring::default_provider());
    let server = ServerConfig::builder_with_provider(provider()).with_protocol_versions(versions).unwrap();
    let mut server = server.with_no_client_auth().with_single_cert(chain, key.into()).unwrap();
    server.send_tls13_tickets = 0;
    let client = ClientConfig::builder_with_provider(provider()).with_protocol_versions(versions).unwrap();
    (Arc::new(server), Arc::new(client.with_root_certificates(roots).with_no_client_auth()))
}

impl Pair {
    fn new(versions: &[&'static rustls::SupportedProtocolVersion]) -> Self {
        Self::with(&settings(versions))
    }

    fn with((server, client): &(Arc<ServerConfig>, Arc<ClientConfig>)) -> Self {
        Self {
            server: TlsSession::new(Arc::clone(server)).unwrap(),
            client: ClientConnection::new(Arc::clone(client), "localhost".try_into().unwrap()).unwrap(),
            line: Line::default(),
        }
    }

    /// A pair whose handshake is done.
    fn agreed() -> Self {
        let mut pair = Self::new(rustls::ALL_VERSIONS);
        pair.agree();
        pair
    }

    fn agree(&mut self) {
        for _ in 0..10_000 {
            self.client_exchanges();
            match self.server.shake_hands(&mut self.line) {
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock, "{error}"),
                Ok(()) if !self.server.is_handshaking() && !self.client.is_handshaking() => return,
                Ok(()) => {}
            }
        }
        panic!("no handshake came of it");
    }

    fn client_exchanges(&mut self) {
        while self.client.wants_write() && self.client.write_tls(&mut FarEnd(&mut self.line)).is_ok() {}
        while self.client.read_tls(&mut FarEnd(&mut self.line)).is_ok_and(|read| read > 0) {
            self.client.process_new_packets().unwrap();
        }
        while self.client.wants_write() && self.client.write_tls(&mut FarEnd(&mut self.line)).is_ok() {}
    }

    fn client_says(&mut self, bytes: &[u8]) {
        self.client.writer().write_all(bytes).unwrap();
        self.client_exchanges();
    }

    fn client_hears(&mut self) -> Vec<u8> {
        self.client_exchanges();
        let mut heard = Vec::new();
        let _ = self.client.reader().read_to_end(&mut heard);
        heard
    }

    /// Everything that the server reads until it would wait.
    fn server_hears(&mut self, buffer: usize) -> io::Result<Vec<u8>> {
        let (mut heard, mut buffer) = (Vec::new(), vec![0; buffer]);
        // Where a read brings a byte of a record, most bring nothing that a reader sees.
        let mut left = 200_000;
        loop {
            match self.server.read(&mut self.line, &mut buffer) {
                Ok(0) => return Ok(heard),
                Ok(read) => heard.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                Err(_) if self.line.up.bytes.is_empty() || left == 0 => return Ok(heard),
                Err(_) => left -= 1,
            }
        }
    }
}

#[test]
fn both_versions_carry_bytes_both_ways() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let mut pair = Pair::new(&[version]);
        pair.agree();
        pair.client_says(b"an input");
        assert_eq!(pair.server_hears(100).unwrap(), b"an input");
        assert_eq!(pair.server.write(&mut pair.line, b"an update").unwrap(), 9);
        assert_eq!(pair.client_hears(), b"an update");
    }
}

#[test]
fn a_line_that_brings_and_takes_a_byte_at_a_time_carries_the_same() {
    let mut pair = Pair::new(rustls::ALL_VERSIONS);
    pair.line.read_max = 1;
    pair.agree();
    let input: Vec<u8> = (0..40_000).map(|index| index as u8).collect();
    for bytes in [&input[..1], &input[..], &input[..3000]] {
        pair.client_says(bytes);
        assert!(pair.server_hears(7).unwrap() == bytes);
    }
    pair.line.down.room = 0;
    let update = vec![5; 50_000];
    let (mut sent, mut heard) = (pair.server.write(&mut pair.line, &update).unwrap(), Vec::new());
    assert!(pair.server.is_pending() && sent <= RECORD_BYTES);
    while heard.len() < update.len() {
        pair.line.down.room += 1000;
        match pair.server.write(&mut pair.line, &update[sent..]) {
            Ok(taken) => sent += taken,
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
        heard.extend(pair.client_hears());
    }
    assert!(heard == update);
    pair.server.flush(&mut pair.line).unwrap();
    assert_eq!((pair.server.is_pending(), pair.server.unsent.capacity()), (false, 0));
}

#[test]
fn new_keys_of_the_peer_are_followed_and_answered() {
    let mut pair = Pair::agreed();
    for _ in 0..3 {
        pair.client.refresh_traffic_keys().unwrap();
        pair.client_says(b"by new keys");
        assert_eq!(pair.server_hears(100).unwrap(), b"by new keys");
        pair.server.write(&mut pair.line, b"so here").unwrap();
        assert_eq!(pair.client_hears(), b"so here");
    }
}

#[test]
fn an_end_with_a_word_is_an_end_and_one_without_is_told() {
    let mut pair = Pair::agreed();
    pair.client.writer().write_all(b"bye").unwrap();
    pair.client.send_close_notify();
    pair.client_exchanges();
    assert_eq!(pair.server_hears(100).unwrap(), b"bye");
    assert_eq!(pair.server.read(&mut pair.line, &mut [0; 10]).unwrap(), 0);
    pair.server.say_end(&mut pair.line);
    pair.client_exchanges();
    assert_eq!(pair.client.reader().read(&mut [0; 10]).unwrap(), 0);

    let mut pair = Pair::agreed();
    pair.line.up.is_over = true;
    assert_eq!(pair.server.read(&mut pair.line, &mut [0; 10]).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
}

#[test]
fn every_flipped_bit_of_a_record_ends_the_session_with_an_alert() {
    let mut pair = Pair::agreed();
    pair.client_says(b"an input");
    let record: Vec<u8> = pair.line.up.bytes.drain(..).collect();
    let settings = settings(rustls::ALL_VERSIONS);
    for bit in 0..8 * record.len() {
        let mut pair = Pair::with(&settings);
        pair.agree();
        let mut bytes = record.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        pair.line.up.bytes.extend(bytes);
        // A length may wait for more that never comes.
        pair.line.up.bytes.extend([0; RECORD_BYTES + RECORD_OVERHEAD_BYTES]);
        let error = pair.server_hears(100).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "bit {bit}");
        assert!(!pair.line.down.bytes.is_empty(), "bit {bit}: the peer should be told");
        assert!(pair.server.write(&mut pair.line, b"no more").is_err());
        pair.server.say_end(&mut pair.line);
    }
}

#[test]
fn a_handshake_without_end_is_refused() {
    let mut pair = Pair::new(rustls::ALL_VERSIONS);
    // Records of a client's hello that says that it has 65,535 bytes.
    let mut fragment = vec![22, 3, 1, 0x10, 0];
    fragment.extend([1, 0, 0xff, 0xff]);
    fragment.resize(5 + 0x1000, 0);
    for _ in 0..16 {
        pair.line.up.bytes.extend(&fragment);
    }
    let error = loop {
        match pair.server.shake_hands(&mut pair.line) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && !pair.line.up.bytes.is_empty() => {}
            shaken => break shaken.unwrap_err(),
        }
    };
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert!(pair.server.partial.capacity() <= 2 * TLS_UNREAD_BYTES_MAX);
}

/// Allocations of rustls in a tick, one for the record that is read and one for that which is written. None is
/// ours.
const ALLOCATIONS_OF_RUSTLS: u64 = 2;
/// Heap that a session takes beyond a plain connection. All but a hundred bytes are rustls': a struct of a KiB,
/// keys of 560 bytes each way, and 640 for messages of the handshake.
const SESSION_BYTES_MAX: u64 = 3400;

#[test]
fn a_steady_tick_allocates_what_rustls_does_and_no_more() {
    let mut pair = Pair::agreed();
    let tick = |pair: &mut Pair| {
        pair.client_says(&[1; 40]);
        let counted = allocation_counter::measure(|| {
            pair.server.write(&mut pair.line, &[7; 60]).unwrap();
            assert_eq!(pair.server.read(&mut pair.line, &mut [0; 100]).unwrap(), 40);
        });
        assert_eq!(pair.client_hears().len(), 60);
        counted.count_total
    };
    (0..10).for_each(|_| assert!(tick(&mut pair) >= ALLOCATIONS_OF_RUSTLS));
    // The line's memory is there.
    assert_eq!((0..100).map(|_| tick(&mut pair)).max(), Some(ALLOCATIONS_OF_RUSTLS));
}

#[test]
fn a_session_that_waits_for_nothing_is_small() {
    let settings = settings(rustls::ALL_VERSIONS);
    let play = || {
        let mut pair = Pair::with(&settings);
        pair.agree();
        for _ in 0..10 {
            pair.client_says(&[1; 3000]);
            pair.server_hears(100).unwrap();
            pair.server.write(&mut pair.line, &[7; 600]).unwrap();
            pair.client_hears();
        }
        Box::new(pair.server)
    };
    // What the thread and the settings keep is there.
    let mut servers = vec![play()];
    servers.reserve(1);
    let made = allocation_counter::measure(|| servers.push(play()));
    assert!(made.bytes_current as u64 <= SESSION_BYTES_MAX, "{} B", made.bytes_current);
}
