//! A shard: many sockets, one owner. It writes every one once and reads every one once, a tick at a time.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Instant;

use super::batch::{Batch, Found, Reads, SocketIndex, Writes};
use super::sleep::sleep_until;
use crate::net::Socket;
use crate::operate::shutdown::Stop;

/// Sockets by their places.
pub(crate) struct Shard {
    sockets: Vec<Option<Socket>>,
    /// Number of open sockets.
    open: usize,
    stop: Arc<Stop>,
}

impl Shard {
    pub(crate) const fn new(stop: Arc<Stop>) -> Self {
        Self { sockets: Vec::new(), open: 0, stop }
    }

    /// The shard's part of a tick: writes what the last tick made, waits for the deadline, reads what the
    /// next will need.
    pub(crate) fn exchange(&mut self, batch: &mut Batch) {
        self.adopt(&mut batch.writes);
        self.write(&mut batch.writes);
        self.close(&mut batch.writes);
        batch.reads.written = Instant::now();
        self.wait(&batch.writes);
        batch.reads.began = Instant::now();
        self.read(&mut batch.reads);
    }

    fn adopt(&mut self, writes: &mut Writes) {
        for (place, socket) in writes.arrivals.drain(..) {
            let place = place as usize;
            if self.sockets.len() <= place {
                self.sockets.resize_with(place + 1, || None);
            }
            self.sockets[place] = Some(socket);
            self.open += 1;
        }
    }

    /// A socket that fails here is found to have failed when it is read.
    fn write(&mut self, writes: &mut Writes) {
        for (place, frame) in writes.frames() {
            if let Some(socket) = &mut self.sockets[place as usize] {
                socket.write_frame(frame);
            }
        }
        writes.clear_frames();
    }

    fn close(&mut self, writes: &mut Writes) {
        for (place, code, sentence) in writes.closes.drain(..) {
            if let Some(socket) = &mut self.sockets[place as usize] {
                socket.close(code, &sentence, Instant::now());
            }
        }
    }

    fn wait(&self, writes: &Writes) {
        if writes.draining {
            std::thread::sleep(writes.read_at.saturating_duration_since(Instant::now()));
        } else {
            // With nobody there, nobody sees a tick that is a tenth of a millisecond late.
            sleep_until(writes.read_at, self.open > 0, &self.stop);
        }
    }

    fn read(&mut self, reads: &mut Reads) {
        reads.clear();
        let now = reads.began;
        for (place, slot) in self.sockets.iter_mut().enumerate() {
            let Some(socket) = slot else { continue };
            let place = place as u32;
            read_once(socket, place, now, reads);
            if socket.is_finished(now) {
                *slot = None;
                self.open -= 1;
                reads.finds.push((place, Found::Gone));
            }
        }
    }
}

/// A tick's read of a socket: what it says goes to `reads`.
pub(crate) fn read_once(socket: &mut Socket, place: SocketIndex, now: Instant, reads: &mut Reads) {
    if socket.is_closing() {
        return;
    }
    let result = socket.read(now, |message| reads.push_message(place, message));
    reads.wire_bytes += socket.take_received();
    if let Err(end) = result {
        if let Some((code, sentence)) = end.farewell() {
            socket.close(code, &Cow::from(sentence), now);
        }
        reads.finds.push((place, Found::Ended(end)));
    } else if socket.is_busy() {
        reads.finds.push((place, Found::Busy));
    }
}

/// A shard and where it runs. The face is the same; only the thread differs.
pub(crate) enum Worker {
    /// On the tick thread itself.
    Here(Shard),
    /// On its own.
    Thread { to: Option<Sender<Batch>>, from: Receiver<Batch>, thread: Option<JoinHandle<()>> },
}

impl Worker {
    /// A shard on its own thread.
    pub(crate) fn spawn(mut shard: Shard, number: usize) -> io::Result<Self> {
        let (to, jobs) = channel::<Batch>();
        let (done, from) = channel();
        let thread = std::thread::Builder::new().name(format!("auspice-shard-{number}")).spawn(move || {
            // Either end going away means that the server is done.
            while let Ok(mut batch) = jobs.recv() {
                shard.exchange(&mut batch);
                if done.send(batch).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self::Thread { to: Some(to), from, thread: Some(thread) })
    }

    /// Hands the batch over, where there is anybody to hand it to.
    pub(crate) fn begin(&self, batch: &mut Option<Batch>) {
        if let Self::Thread { to: Some(to), .. } = self
            && let Some(batch) = batch.take()
        {
            // A shard that died is noticed when its batch does not come back.
            let _ = to.send(batch);
        }
    }

    /// Has the batch done: here and now, or elsewhere meanwhile.
    ///
    /// # Panics
    ///
    /// If the shard's thread has panicked: its sockets are lost, and a server with half of its players helps nobody.
    pub(crate) fn finish(&mut self, batch: &mut Option<Batch>) {
        match self {
            Self::Here(shard) => shard.exchange(batch.as_mut().expect("a local batch should stay here")),
            Self::Thread { from, .. } => *batch = Some(from.recv().expect("a shard's thread should answer")),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Self::Thread { to, thread, .. } = self {
            drop(to.take());
            if let Some(thread) = thread.take() {
                // Its panic, if it had one, has been reported where it happened.
                let _ = thread.join();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    use super::*;
    use crate::net::{Admission, PeerLimits, Stream};

    /// A shard with `count` sockets, and their peers.
    fn shard(count: usize, batch: &mut Batch) -> (Shard, Vec<TcpStream>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut peers = Vec::new();
        for place in 0..count {
            peers.push(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
            let (stream, _) = listener.accept().unwrap();
            stream.set_nonblocking(true).unwrap();
            let limits = PeerLimits { raw_bytes: PeerLimits::of_anybody().raw_bytes, ..PeerLimits::of_players() };
            let socket = Socket::new(Stream::Plain(stream), Vec::new(), Admission::unlimited(), limits, Instant::now());
            batch.writes.arrivals.push((place as u32, socket));
        }
        (Shard::new(Arc::default()), peers)
    }

    /// One tick: a message to every peer, one from every peer. How many of the latter were found.
    fn tick(shard: &mut Shard, batch: &mut Batch, peers: &mut [TcpStream]) -> usize {
        for (place, peer) in peers.iter_mut().enumerate() {
            batch.writes.push_message(place as u32, &[7; 100]);
            // A masked frame of five bytes: an input.
            peer.write_all(&[0x82, 0x85, 0, 0, 0, 0, 1, 2, 3, 4, 5]).unwrap();
        }
        batch.writes.read_at = Instant::now();
        shard.exchange(batch);
        for peer in peers {
            peer.read_exact(&mut [0; 102]).unwrap();
        }
        batch.reads.finds.iter().filter(|(_, find)| matches!(find, Found::Message(_))).count()
    }

    #[test]
    fn a_steady_tick_allocates_nothing() {
        let mut batch = Batch::new(Instant::now());
        let (mut shard, mut peers) = shard(8, &mut batch);
        let mut found = 0;
        for _ in 0..1000 {
            found += tick(&mut shard, &mut batch, &mut peers);
        }
        let allocations = allocation_counter::measure(|| {
            for _ in 0..1000 {
                found += tick(&mut shard, &mut batch, &mut peers);
            }
        });
        assert_eq!(allocations.count_total, 0);
        // Over loopback what was written before can be read.
        assert_eq!(found, 2 * 1000 * peers.len());
    }

    /// Heap for each client that plays, its share of the batch included: with what it costs a room
    /// (`shared/tests/allocations.rs`) 4 KiB.
    const SOCKET_BYTES_MAX: u64 = 1536;

    #[test]
    fn a_playing_client_costs_little_memory() {
        let count = 64;
        let mut made = None;
        let counted = allocation_counter::measure(|| {
            let mut batch = Batch::new(Instant::now());
            let (mut shard, mut peers) = shard(count, &mut batch);
            for _ in 0..300 {
                tick(&mut shard, &mut batch, &mut peers);
            }
            made = Some((batch, shard, peers));
        });
        assert!(made.is_some_and(|(_, shard, _)| shard.open == count));
        let bytes = counted.bytes_current as u64 / count as u64;
        assert!(bytes <= SOCKET_BYTES_MAX, "{bytes} B a client");
    }

    #[test]
    fn a_place_is_told_to_be_gone_once() {
        let mut batch = Batch::new(Instant::now());
        let (mut shard, mut peers) = shard(2, &mut batch);
        tick(&mut shard, &mut batch, &mut peers);
        drop(peers.remove(0));
        let mut told = Vec::new();
        for _ in 0..10 {
            shard.exchange(&mut batch);
            told.extend(batch.reads.finds.drain(..).map(|(place, find)| (place, matches!(find, Found::Gone))));
        }
        assert_eq!(told, [(0, false), (0, true)]);
    }
}
