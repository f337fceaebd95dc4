//! A shard: many sockets, one owner. In each tick it writes once to those for whom there is something, and reads once
//! from those that said something.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Instant;

use super::batch::{Batch, Found, Reads, SocketIndex, Writes};
use super::readiness::Readiness;
use super::sleep::TickSleep;
use crate::net::Socket;
use crate::operate::shutdown::Stop;

/// Sockets by their places.
pub(crate) struct Shard {
    sockets: Vec<Option<Socket>>,
    /// Number of open sockets.
    open: usize,
    readiness: Readiness,
    sleep: TickSleep,
    stop: Arc<Stop>,
}

impl Shard {
    /// A shard without sockets, of which most will `usually` have something in each tick.
    pub(crate) const fn new(usually: bool, stop: Arc<Stop>) -> Self {
        Self { sockets: Vec::new(), open: 0, readiness: Readiness::new(usually), sleep: TickSleep::new(), stop }
    }

    /// The shard's part of a tick: writes what the last tick made, waits for the deadline, reads what the
    /// next will need.
    pub(crate) fn exchange(&mut self, batch: &mut Batch) {
        self.send(batch);
        self.wait(batch.writes.read_at, batch.writes.draining);
        self.receive(batch);
    }

    /// Writes what the last tick made.
    fn send(&mut self, batch: &mut Batch) {
        self.adopt(&mut batch.writes);
        self.write(&mut batch.writes);
        self.close(&mut batch.writes);
        batch.reads.written = Instant::now();
    }

    /// Reads what the next tick will need.
    fn receive(&mut self, batch: &mut Batch) {
        batch.reads.began = Instant::now();
        self.read(&mut batch.reads);
    }

    fn adopt(&mut self, writes: &mut Writes) {
        for (place, socket) in writes.arrivals.drain(..) {
            let index = place as usize;
            if self.sockets.len() <= index {
                self.sockets.resize_with(index + 1, || None);
            }
            self.readiness.add(place, socket.tcp());
            self.sockets[index] = Some(socket);
            self.open += 1;
        }
    }

    /// A socket that fails here is found to have failed when it is read.
    fn write(&mut self, writes: &mut Writes) {
        for (place, frame) in writes.frames() {
            if let Some(socket) = &mut self.sockets[place as usize] {
                socket.write_frame(frame);
                if !socket.rests() {
                    self.readiness.wake(place);
                }
            }
        }
        writes.clear_frames();
    }

    fn close(&mut self, writes: &mut Writes) {
        for (place, code, sentence) in writes.closes.drain(..) {
            if let Some(socket) = &mut self.sockets[place as usize] {
                socket.close(code, &sentence, Instant::now());
                self.readiness.wake(place);
            }
        }
    }

    fn wait(&mut self, read_at: Instant, draining: bool) {
        if draining {
            std::thread::sleep(read_at.saturating_duration_since(Instant::now()));
        } else {
            // With nobody there, nobody sees a tick that is a tenth of a millisecond late.
            self.sleep.sleep_until(read_at, self.open > 0, &self.stop);
        }
    }

    fn read(&mut self, reads: &mut Reads) {
        reads.clear();
        let now = reads.began;
        self.readiness.ask();
        let mut from = 0;
        while let Some(index) = self.readiness.next(from, self.sockets.len()) {
            from = index + 1;
            let Some(slot) = self.sockets.get_mut(index) else { break };
            let Some(socket) = slot else { continue };
            let place = index as SocketIndex;
            reads.sockets += 1;
            read_once(socket, place, now, reads);
            if socket.is_finished(now) {
                self.readiness.remove(place, socket.tcp());
                *slot = None;
                self.open -= 1;
                reads.finds.push((place, Found::Gone));
            } else if socket.rests() {
                self.readiness.rest(place);
            }
        }
    }
}

/// A tick's read of a socket: what it says goes to `reads`.
pub(crate) fn read_once(socket: &mut Socket, place: SocketIndex, now: Instant, reads: &mut Reads) {
    if socket.is_closing() {
        return;
    }
    let result = socket.read(now, |came| reads.push(place, came));
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

    /// Has the batch written: here and now, or elsewhere meanwhile, where the deadline is waited for and the batch read
    /// as well.
    pub(crate) fn send(&mut self, batch: &mut Option<Batch>) {
        match self {
            Self::Here(shard) => shard.send(batch.as_mut().expect(STAYS_HERE)),
            Self::Thread { to, .. } => {
                if let Some((to, batch)) = to.as_ref().zip(batch.take()) {
                    // A shard that died is noticed when its batch does not come back.
                    let _ = to.send(batch);
                }
            }
        }
    }

    /// Whether bytes for a socket have not left yet; one that another thread has is taken to be busy.
    pub(crate) fn is_busy(&self, place: SocketIndex) -> bool {
        let Self::Here(shard) = self else { return true };
        shard.sockets.get(place as usize).and_then(Option::as_ref).is_none_or(Socket::is_busy)
    }

    /// Takes a socket out, if it is here.
    pub(crate) fn take_out(&mut self, place: SocketIndex) -> Option<Socket> {
        let Self::Here(shard) = self else { return None };
        let socket = shard.sockets.get_mut(place as usize)?.take()?;
        shard.readiness.remove(place, socket.tcp());
        shard.open -= 1;
        Some(socket)
    }

    /// Waits for the deadline, where that is this thread's to do.
    pub(crate) fn wait(&mut self, read_at: Instant, draining: bool) {
        if let Self::Here(shard) = self {
            shard.wait(read_at, draining);
        }
    }

    /// Has the batch read.
    ///
    /// # Panics
    ///
    /// If the shard's thread has panicked: its sockets are lost, and a server with half of its players helps nobody.
    pub(crate) fn receive(&mut self, batch: &mut Option<Batch>) {
        match self {
            Self::Here(shard) => shard.receive(batch.as_mut().expect(STAYS_HERE)),
            Self::Thread { from, .. } => *batch = Some(from.recv().expect("a shard's thread should answer")),
        }
    }
}

const STAYS_HERE: &str = "a local batch should stay here";

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
        let peers = peers(count, batch);
        (Shard::new(false, Arc::default()), peers)
    }

    /// The same for sockets that usually have something.
    #[cfg(unix)]
    fn shard_that_reads_all(count: usize, batch: &mut Batch) -> (Shard, Vec<TcpStream>) {
        let peers = peers(count, batch);
        (Shard::new(true, Arc::default()), peers)
    }

    /// Peers, whose sockets are on their way to a shard.
    fn peers(count: usize, batch: &mut Batch) -> Vec<TcpStream> {
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
        peers
    }

    /// One tick: a message to every peer, one from every peer. How many of the latter were found.
    fn tick(shard: &mut Shard, batch: &mut Batch, peers: &mut [TcpStream]) -> usize {
        for (place, peer) in peers.iter_mut().enumerate() {
            batch.writes.push_message(place as u32, &[7; 100]);
            peer.write_all(&INPUT).unwrap();
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

    /// The places of sockets from which a message is found in a tick, and how many sockets were read for that.
    fn read(shard: &mut Shard, batch: &mut Batch) -> (Vec<SocketIndex>, usize) {
        batch.writes.read_at = Instant::now();
        shard.exchange(batch);
        let found = batch.reads.finds.iter().filter(|(_, find)| matches!(find, Found::Message(_)));
        (found.map(|(place, _)| *place).collect(), batch.reads.sockets)
    }

    /// An input, as a masked frame.
    const INPUT: [u8; 11] = [0x82, 0x85, 0, 0, 0, 0, 1, 2, 3, 4, 5];

    #[cfg(unix)]
    #[test]
    fn only_those_who_said_something_are_read() {
        let mut batch = Batch::new(Instant::now());
        let (mut shard, mut peers) = shard(200, &mut batch);
        // All are looked at once, and once more those of whom the kernel tells that they can be.
        (0..3).for_each(|_| drop(read(&mut shard, &mut batch)));
        assert_eq!(read(&mut shard, &mut batch), (vec![], 0));
        for round in 0..50 {
            let said = [round, 64 + round, 199 - round];
            said.iter().for_each(|&place| peers[place as usize].write_all(&INPUT).unwrap());
            let mut sorted = said.to_vec();
            sorted.sort_unstable();
            assert_eq!(read(&mut shard, &mut batch), (sorted, 3));
        }
        let (mut all, _peers) = shard_that_reads_all(200, &mut batch);
        assert_eq!((read(&mut all, &mut batch).1, read(&mut all, &mut batch).1), (200, 200));
    }

    #[test]
    fn whatever_a_peer_does_is_found_out_though_it_was_at_rest() {
        let mut batch = Batch::new(Instant::now());
        let (mut shard, mut peers) = shard(4, &mut batch);
        (0..3).for_each(|_| drop(read(&mut shard, &mut batch)));
        // More than a tick reads of one, and nothing more comes.
        let many = INPUT.repeat(PeerLimits::of_players().read_bytes_per_tick / INPUT.len() + 100);
        peers[0].write_all(&many).unwrap();
        // A last word, and the end behind it.
        peers[1].write_all(&INPUT).unwrap();
        peers[1].shutdown(std::net::Shutdown::Write).unwrap();
        // What was written is not read, so that the end is an error.
        batch.writes.push_message(2, &[7; 100]);
        shard.send(&mut batch);
        drop(peers.remove(2));
        let (mut messages, mut ended) = ([0; 4], Vec::new());
        for _ in 0..20 {
            batch.writes.read_at = Instant::now();
            shard.exchange(&mut batch);
            for (place, find) in &batch.reads.finds {
                match find {
                    Found::Message(_) => messages[*place as usize] += 1,
                    Found::Ended(_) => ended.push(*place),
                    Found::Line(_) | Found::TooFast | Found::Busy | Found::Gone => {}
                }
            }
        }
        ended.sort_unstable();
        assert_eq!((messages, ended), ([many.len() / INPUT.len(), 1, 0, 0], vec![1, 2]));
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
