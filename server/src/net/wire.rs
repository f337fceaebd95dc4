//! The stream under a WebSocket: one read a tick, no write is ever half done, raw bytes are metered.
//!
//! It is the only thing that touches the stream, which is whatever does not block: plain TCP, or TLS.

use std::io::{self, Read, Write};
use std::time::Instant;

use super::bucket::Bucket;
use super::frames::FrameWatch;
use super::peer_limits::PeerLimits;
use super::transport::Transport;

/// A stream with its peer's limits.
#[derive(Debug)]
pub(crate) struct Wire<S: Transport> {
    stream: S,
    /// Bytes that were accepted from the writer and have not left. Empty and unallocated but for slow peers.
    unsent: Vec<u8>,
    /// Index in `unsent` of the next byte.
    unsent_from: usize,
    /// Bytes that may still be read in this tick.
    read_budget: usize,
    /// The last read took all that was there.
    is_drained: bool,
    /// Raw bytes that came since they were metered last: frames without content count too, which no counter
    /// of messages would notice.
    unmetered: u32,
    /// The same since they were counted last.
    received: usize,
    meter: Bucket,
    frames: FrameWatch,
    limits: PeerLimits,
}

impl<S: Transport> Wire<S> {
    /// `early` came before, and is only counted here.
    pub(crate) fn new(stream: S, early: &[u8], limits: PeerLimits, now: Instant) -> Self {
        let mut wire = Self {
            stream,
            unsent: Vec::new(),
            unsent_from: 0,
            read_budget: 0,
            is_drained: false,
            unmetered: u32::try_from(early.len()).unwrap_or(u32::MAX),
            received: early.len(),
            meter: Bucket::new(now),
            frames: FrameWatch::default(),
            limits,
        };
        wire.frames.see(early);
        wire
    }

    pub(crate) const fn limits(&self) -> &PeerLimits {
        &self.limits
    }

    /// Allows the tick's one read.
    pub(crate) const fn open_for_reading(&mut self) {
        self.read_budget = self.limits.read_bytes_per_tick;
    }

    /// Whether nothing is to be done before more comes: what came is read, and what was written has left.
    pub(crate) fn rests(&self) -> bool {
        self.is_drained && !self.is_busy()
    }

    /// The stream below.
    pub(crate) const fn stream(&self) -> &S {
        &self.stream
    }

    /// Whether the peer sends more raw bytes than a player can mean.
    pub(crate) fn is_flooded(&mut self, now: Instant) -> bool {
        let fresh = std::mem::take(&mut self.unmetered);
        fresh > 0 && !self.meter.take(fresh, self.limits.raw_bytes, now)
    }

    /// Raw bytes that came since it was asked last, those behind the request among them.
    pub(crate) const fn take_received(&mut self) -> usize {
        std::mem::replace(&mut self.received, 0)
    }

    /// Whether the peer sent a message in fragments where none may come.
    pub(crate) const fn is_fragmented(&self) -> bool {
        self.limits.is_player && self.frames.is_fragmented()
    }

    /// Whether bytes wait to be sent.
    pub(crate) fn is_busy(&self) -> bool {
        !self.unsent.is_empty() || self.stream.is_pending()
    }

    /// Sends what waits, as far as the kernel takes it.
    pub(crate) fn send_waiting(&mut self) -> io::Result<()> {
        match self.stream.flush() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            flushed => flushed?,
        }
        while self.unsent_from < self.unsent.len() {
            match self.stream.write(&self.unsent[self.unsent_from..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(sent) => self.unsent_from += sent,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // Gives the memory back: a slow moment of each of a thousand peers must not add up.
        self.unsent = Vec::new();
        self.unsent_from = 0;
        Ok(())
    }

    /// Reads and forgets, for a peer that is being closed. `Ok(true)` at the stream's end.
    pub(crate) fn discard(&mut self) -> io::Result<bool> {
        let mut scratch = [0; 4096];
        for _ in 0..self.limits.read_bytes_per_tick / scratch.len() {
            match self.stream.read(&mut scratch) {
                Ok(0) => return Ok(true),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Ends the sending half.
    pub(crate) fn hang_up(&mut self) {
        self.stream.hang_up();
    }

    fn keep(&mut self, rest: &[u8]) -> io::Result<()> {
        let waiting = self.unsent.len() - self.unsent_from;
        if waiting + rest.len() > self.limits.unsent_bytes_max {
            return Err(io::Error::new(io::ErrorKind::OutOfMemory, "too much waits to be sent"));
        }
        self.unsent.drain(..self.unsent_from);
        self.unsent_from = 0;
        self.unsent.extend_from_slice(rest);
        Ok(())
    }
}

impl<S: Transport> Drop for Wire<S> {
    fn drop(&mut self) {
        self.stream.let_go();
    }
}

impl<S: Transport> Read for Wire<S> {
    /// Reads the stream once for each [`Wire::open_for_reading`], then gives `WouldBlock`: every message that
    /// came is taken with a single call. Only where the stream filled the buffer, and may have more, is
    /// another one let through.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read_budget == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let result = self.stream.read(buffer);
        let count = *result.as_ref().unwrap_or(&0);
        self.is_drained = self.stream.is_drained(count, buffer.len());
        let raw = self.stream.take_raw(count);
        self.unmetered = self.unmetered.saturating_add(u32::try_from(raw).unwrap_or(u32::MAX));
        self.received += raw;
        let read = result?;
        self.frames.see(&buffer[..read]);
        self.read_budget = if read == buffer.len() { self.read_budget.saturating_sub(read) } else { 0 };
        Ok(read)
    }
}

impl<S: Transport> Write for Wire<S> {
    /// Takes all of `bytes` or fails: what the kernel does not take now is kept and goes before anything
    /// else. So no writer ever holds half a frame, and frames of any writer can follow each other.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = if self.is_busy() {
            0
        } else {
            match self.stream.write(bytes) {
                Ok(sent) => sent,
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => 0,
                Err(error) => return Err(error),
            }
        };
        if sent < bytes.len() {
            self.keep(&bytes[sent..])?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::time::Duration;

    use auspice::limits::SERVER_MESSAGE_BYTES_MAX;

    use super::*;
    use crate::limits::{RAW_BYTES_BURST, RAW_BYTES_PER_SECOND, READ_BYTES_PER_TICK_MAX, UNSENT_BYTES_MAX};

    /// A stream that takes and gives what the test says.
    #[derive(Default)]
    struct Scripted {
        reads: VecDeque<Vec<u8>>,
        read_calls: usize,
        room: usize,
        taken: Vec<u8>,
    }

    impl Read for Scripted {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.read_calls += 1;
            let Some(mut next) = self.reads.pop_front() else { return Err(io::ErrorKind::WouldBlock.into()) };
            let length = next.len().min(buffer.len());
            buffer[..length].copy_from_slice(&next[..length]);
            if length < next.len() {
                self.reads.push_front(next.split_off(length));
            }
            Ok(length)
        }
    }

    impl Write for Scripted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let length = bytes.len().min(self.room);
            if length == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            self.room -= length;
            self.taken.extend_from_slice(&bytes[..length]);
            Ok(length)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Transport for Scripted {
        fn take_raw(&mut self, read: usize) -> usize {
            read
        }

        fn is_drained(&self, read: usize, most: usize) -> bool {
            read < most
        }

        fn is_pending(&self) -> bool {
            false
        }

        fn hang_up(&mut self) {}

        fn let_go(&self) {}
    }

    fn wire() -> Wire<Scripted> {
        Wire::new(Scripted::default(), &[], PeerLimits::of_players(), Instant::now())
    }

    #[test]
    fn one_read_a_tick_reaches_the_stream() {
        let mut wire = wire();
        wire.stream.reads.extend([vec![1; 10], vec![2; 10]]);
        let mut buffer = [0; 64];
        assert!(wire.read(&mut buffer).is_err(), "no read before the tick");
        wire.open_for_reading();
        assert_eq!(wire.read(&mut buffer).unwrap(), 10);
        assert_eq!(wire.read(&mut buffer).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert_eq!(wire.stream.read_calls, 1);
    }

    #[test]
    fn a_read_that_filled_the_buffer_may_be_followed_by_another() {
        let mut wire = wire();
        wire.stream.reads.push_back(vec![1; 100]);
        wire.open_for_reading();
        let mut buffer = [0; 64];
        assert_eq!(wire.read(&mut buffer).unwrap(), 64);
        assert_eq!(wire.read(&mut buffer).unwrap(), 36);
        assert!(wire.read(&mut buffer).is_err());
    }

    #[test]
    fn a_flood_is_read_only_up_to_the_ticks_budget() {
        let mut wire = wire();
        wire.stream.reads.push_back(vec![1; 1 << 20]);
        wire.open_for_reading();
        let mut buffer = [0; 4096];
        let mut total = 0;
        while let Ok(read) = wire.read(&mut buffer) {
            total += read;
        }
        assert_eq!(total, READ_BYTES_PER_TICK_MAX);
    }

    #[test]
    fn what_the_kernel_does_not_take_is_kept_and_goes_first() {
        let mut wire = wire();
        wire.stream.room = 3;
        assert_eq!(wire.write(&[1, 2, 3, 4, 5]).unwrap(), 5);
        wire.stream.room = 1;
        assert_eq!(wire.write(&[6, 7]).unwrap(), 2, "later bytes queue up");
        assert!(wire.is_busy());
        wire.send_waiting().unwrap();
        assert_eq!(wire.stream.taken, [1, 2, 3, 4]);
        wire.stream.room = 100;
        wire.send_waiting().unwrap();
        assert_eq!(wire.stream.taken, [1, 2, 3, 4, 5, 6, 7]);
        assert!(!wire.is_busy());
        assert_eq!(wire.unsent.capacity(), 0);
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut wire = wire();
        assert!(wire.write(&vec![0; SERVER_MESSAGE_BYTES_MAX + 10]).is_ok(), "the largest update fits");
        assert!(wire.write(&vec![0; UNSENT_BYTES_MAX]).is_err());
    }

    #[test]
    fn the_meter_lets_a_burst_pass_but_no_flood() {
        let mut now = Instant::now();
        let mut wire = Wire::new(Scripted::default(), &[], PeerLimits::of_players(), now);
        let mut buffer = [0; 4096];
        let mut give = |bytes: u32, now: Instant| {
            for _ in 0..bytes.div_ceil(4096) {
                wire.stream.reads.push_back(vec![0; 4096]);
                wire.open_for_reading();
                assert_eq!(wire.read(&mut buffer).unwrap(), 4096);
            }
            wire.is_flooded(now)
        };
        assert!(!give(RAW_BYTES_BURST, now));
        for _ in 0..600 {
            now += Duration::from_secs(4096) / RAW_BYTES_PER_SECOND;
            assert!(!give(4096, now));
        }
        assert!(give(4096, now));
    }

    #[test]
    fn what_came_before_counts_too() {
        let now = Instant::now();
        let mut wire =
            Wire::new(Scripted::default(), &[0; RAW_BYTES_BURST as usize + 1], PeerLimits::of_players(), now);
        assert!(wire.is_flooded(now));
        assert!(Wire::new(Scripted::default(), &[0x02, 0x80], PeerLimits::of_players(), now).is_fragmented());
    }
}
