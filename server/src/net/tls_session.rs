//! [`TlsSession`]: TLS records from and to a socket that does not wait, without a buffer of its own while nothing is
//! half here or half gone.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus, WriteTraffic,
};

use crate::limits::TLS_UNREAD_BYTES_MAX;

/// Plaintext of one TLS record.
const RECORD_BYTES: usize = 16 * 1024;
/// Bytes that a record is longer than its plaintext, at most: RFC 5246, section 6.2.3, and a head of five.
const RECORD_OVERHEAD_BYTES: usize = 2048 + 5;
/// Bytes of a record that says that no more is sent, and of what may be due before it.
const END_RECORD_BYTES: usize = 256;
/// Bytes that one read of a socket takes.
const READ_BYTES: usize = 4096;

thread_local! {
    /// Memory for the records of one call: whichever sockets this thread has share it.
    static SCRATCH: RefCell<RecordMemory> =
        const { RefCell::new(RecordMemory { incoming: Vec::new(), outgoing: Vec::new() }) };
}

/// Memory for records.
struct RecordMemory {
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
}

/// A server's end of a TLS session. It reads and writes whatever stream it is handed, which must be the same each time.
pub(super) struct TlsSession {
    records: UnbufferedServerConnection,
    /// Bytes of a record, or of a message of a handshake, that is not whole yet.
    partial: Vec<u8>,
    /// Plaintext that a reader had no room for.
    unread: Vec<u8>,
    /// Records, and the index of the first of their bytes that the socket has not taken.
    unsent: Vec<u8>,
    unsent_from: usize,
    /// The peer has said that it sends no more.
    is_ended: bool,
    /// Its records are not sound: none is read or written any more.
    is_broken: bool,
    /// Bytes that came off the network since it was asked last: records without content are no bytes of ours, but cost
    /// as many of the line.
    raw: usize,
    /// The last read of the socket found less than it could have taken.
    is_read_out: bool,
}

/// A name, without keys.
impl fmt::Debug for TlsSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsSession").finish_non_exhaustive()
    }
}

impl TlsSession {
    /// A session whose handshake is to come, as `config` says.
    ///
    /// # Errors
    /// Where the settings make no session.
    pub(super) fn new(config: Arc<ServerConfig>) -> io::Result<Self> {
        let records = UnbufferedServerConnection::new(config).map_err(unsound)?;
        Ok(Self {
            records,
            partial: Vec::new(),
            unread: Vec::new(),
            unsent: Vec::new(),
            unsent_from: 0,
            is_ended: false,
            is_broken: false,
            raw: 0,
            is_read_out: false,
        })
    }

    pub(super) fn is_handshaking(&self) -> bool {
        self.records.is_handshaking()
    }

    /// Bytes that came off the network since it was asked last.
    pub(super) fn take_raw(&mut self) -> usize {
        std::mem::take(&mut self.raw)
    }

    /// Whether the last read took all that was there, of the socket and of what was decrypted.
    pub(super) const fn is_drained(&self) -> bool {
        self.is_read_out && self.unread.is_empty() && !self.is_ended
    }

    /// Whether records wait to be sent.
    pub(super) fn is_pending(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Reads what is decrypted already, or else what one read of the socket brings. 0 once the peer has said that it
    /// sends no more.
    ///
    /// # Errors
    /// `WouldBlock` where nothing came that a reader sees, `UnexpectedEof` where the stream ends without that word,
    /// `InvalidData` where it has no sound records: the peer is told so.
    pub(super) fn read(&mut self, io: &mut (impl Read + Write), buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_broken {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if self.unread.is_empty() && !self.is_ended {
            return SCRATCH.with_borrow_mut(|scratch| self.receive(io, buffer, scratch));
        }
        let count = self.unread.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.unread[..count]);
        self.unread.drain(..count);
        if self.unread.is_empty() {
            self.unread = Vec::new();
        }
        Ok(count)
    }

    /// Goes on with the handshake by what one read of the socket brings.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub(super) fn shake_hands(&mut self, io: &mut (impl Read + Write)) -> io::Result<()> {
        self.flush(io)?;
        if self.is_handshaking() {
            match SCRATCH.with_borrow_mut(|scratch| self.receive(io, &mut [], scratch)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && !self.is_handshaking() => {}
                received => {
                    received?;
                }
            }
        }
        self.flush(io)
    }

    /// Takes records for as long as the socket does; what it does not take of the last one is pending.
    ///
    /// # Errors
    /// `WouldBlock` where something was pending and still is, or an error of the socket.
    pub(super) fn write(&mut self, io: &mut impl Write, bytes: &[u8]) -> io::Result<usize> {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut taken = 0;
            for plaintext in bytes.chunks(RECORD_BYTES) {
                match self.flush(io) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock && taken > 0 => break,
                    Err(error) => return Err(error),
                }
                let record = &mut scratch.outgoing;
                record.resize(record.len().max(plaintext.len() + RECORD_OVERHEAD_BYTES), 0);
                let length = self.with_traffic(|traffic| traffic.encrypt(plaintext, record))?;
                taken += plaintext.len();
                self.send(io, &record[..length])?;
            }
            match self.flush(io) {
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
                _ => Ok(taken),
            }
        })
    }

    /// Sends what is pending.
    ///
    /// # Errors
    /// `WouldBlock` for as long as something is.
    pub(super) fn flush(&mut self, io: &mut impl Write) -> io::Result<()> {
        while self.unsent_from < self.unsent.len() {
            match io.write(&self.unsent[self.unsent_from..])? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                sent => self.unsent_from += sent,
            }
        }
        if self.is_pending() {
            // Gives the memory back: a slow moment of each of a thousand peers must not add up.
            (self.unsent, self.unsent_from) = (Vec::new(), 0);
        }
        Ok(())
    }

    /// Says that nothing more is sent, as far as the socket takes it.
    pub(super) fn say_end(&mut self, io: &mut impl Write) {
        let mut record = [0; END_RECORD_BYTES];
        if let Ok(length) = self.with_traffic(|traffic| traffic.queue_close_notify(&mut record)) {
            self.unsent.extend_from_slice(&record[..length]);
        }
        let _ = self.flush(io);
    }

    /// Reads the socket once, and goes through its records: plaintext to `buffer`, and what has no room there to
    /// `unread`.
    fn receive(
        &mut self,
        io: &mut (impl Read + Write),
        buffer: &mut [u8],
        scratch: &mut RecordMemory,
    ) -> io::Result<usize> {
        let kept = self.partial.len();
        scratch.incoming.resize(scratch.incoming.len().max(kept + READ_BYTES), 0);
        scratch.incoming[..kept].copy_from_slice(&self.partial);
        let result = io.read(&mut scratch.incoming[kept..kept + READ_BYTES]);
        self.is_read_out = *result.as_ref().unwrap_or(&0) < READ_BYTES;
        let read = result?;
        self.raw += read;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let (mut filled, decrypted) = (0, kept + read);
        let outcome = self.process(&mut scratch.incoming[..decrypted], |plaintext, unread| {
            let fits = if unread.is_empty() { plaintext.len().min(buffer.len() - filled) } else { 0 };
            buffer[filled..filled + fits].copy_from_slice(&plaintext[..fits]);
            filled += fits;
            unread.extend_from_slice(&plaintext[fits..]);
        });
        // An alert, the answer to a change of keys, a part of the handshake. What does not leave now is pending.
        let _ = self.flush(io);
        let used = outcome?;
        self.keep(&scratch.incoming[used..decrypted])?;
        if filled == 0 && !self.is_ended { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(filled) }
    }

    /// Keeps what is not whole yet.
    fn keep(&mut self, rest: &[u8]) -> io::Result<()> {
        if rest.len() > TLS_UNREAD_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a message of TLS is too long"));
        }
        self.partial.clear();
        if rest.is_empty() {
            self.partial = Vec::new();
        }
        self.partial.extend_from_slice(rest);
        Ok(())
    }

    /// Goes through the records of `incoming`, and what follows from them. The number of bytes that are done with.
    fn process(&mut self, incoming: &mut [u8], mut take: impl FnMut(&[u8], &mut Vec<u8>)) -> io::Result<usize> {
        let mut used = 0;
        loop {
            let UnbufferedStatus { discard, state } = self.records.process_tls_records(&mut incoming[used..]);
            match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(record) = traffic.next_record() {
                        take(record.map_err(unsound)?.payload, &mut self.unread);
                    }
                    if used + discard == incoming.len() {
                        // What may follow from it, the answer to a change of keys, goes before the next record that is
                        // written; to ask would cost as much as a record does.
                        return Ok(incoming.len());
                    }
                }
                Ok(ConnectionState::EncodeTlsData(mut message)) => {
                    append(&mut self.unsent, |room| message.encode(room))?;
                }
                Ok(ConnectionState::TransmitTlsData(transmitted)) => transmitted.done(),
                Ok(ConnectionState::PeerClosed) => self.is_ended = true,
                // Nothing more follows from what is here: the handshake or the peer goes on.
                Ok(_) => return Ok(used + discard),
                Err(error) => {
                    self.break_off(&mut incoming[used..]);
                    return Err(unsound(error));
                }
            }
            used += discard;
        }
    }

    /// Lets the peer know by an alert, which is due first, that its records are not sound. They are not looked at
    /// again.
    fn break_off(&mut self, incoming: &mut [u8]) {
        self.is_broken = true;
        if let Ok(ConnectionState::EncodeTlsData(mut alert)) = self.records.process_tls_records(incoming).state {
            let _ = append(&mut self.unsent, |room| alert.encode(room));
        }
    }

    /// Does `write` with the right to write records, once what is due before them waits to be sent.
    fn with_traffic<T>(
        &mut self,
        write: impl FnOnce(&mut WriteTraffic<'_, ServerConnectionData>) -> Result<T, EncryptError>,
    ) -> io::Result<T> {
        if self.is_broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        // What of this was whole was gone through when it came.
        let mut partial = std::mem::take(&mut self.partial);
        let written = loop {
            match self.records.process_tls_records(&mut partial).state {
                Ok(ConnectionState::WriteTraffic(mut traffic)) => break write(&mut traffic).map_err(io::Error::other),
                Ok(ConnectionState::EncodeTlsData(mut message)) => {
                    append(&mut self.unsent, |room| message.encode(room))?;
                }
                Ok(ConnectionState::TransmitTlsData(transmitted)) => transmitted.done(),
                Ok(_) => break Err(io::ErrorKind::BrokenPipe.into()),
                Err(error) => break Err(unsound(error)),
            }
        };
        self.partial = partial;
        written
    }

    /// Sends a record after what is pending, and keeps what the socket does not take.
    fn send(&mut self, io: &mut impl Write, record: &[u8]) -> io::Result<()> {
        let mut sent = 0;
        while sent < record.len() && !self.is_pending() {
            match io.write(&record[sent..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(taken) => sent += taken,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        self.unsent.extend_from_slice(&record[sent..]);
        Ok(())
    }
}

/// Appends what `encode` writes, which says how much room it wants.
fn append(bytes: &mut Vec<u8>, mut encode: impl FnMut(&mut [u8]) -> Result<usize, EncodeError>) -> io::Result<()> {
    let (from, mut room) = (bytes.len(), 0);
    loop {
        bytes.resize(from + room, 0);
        match encode(&mut bytes[from..]) {
            Ok(length) => {
                bytes.truncate(from + length);
                return Ok(());
            }
            Err(EncodeError::InsufficientSize(InsufficientSizeError { required_size })) if required_size > room => {
                room = required_size;
            }
            Err(error) => return Err(io::Error::other(error)),
        }
    }
}

fn unsound(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
#[path = "tls_session_tests.rs"]
mod tests;
