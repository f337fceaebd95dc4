//! [`Lanes`]: the sockets of all shards, who sits at each of them, and where each client sits.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use auspice::ClientId;
use auspice::error::CloseReason;

use crate::net::{Errand, Socket, Source};
use crate::operate::shutdown::Stop;
use crate::talk::{HeardLines, SentLine};
use crate::tick::batch::{Batch, Found, Reads, SocketIndex, Writes};
use crate::tick::shard::{Shard, Worker, read_once};

/// All shards, and who sits where in them.
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    by_client: HashMap<ClientId, SeatIndex>,
}

/// A shard, and the seats of its sockets.
struct Lane {
    worker: Worker,
    /// Away while another thread has it.
    batch: Option<Batch>,
    seats: Vec<Option<SocketSeat>>,
    free: Vec<SocketIndex>,
}

/// Index of a socket: its lane, and its place in that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SeatIndex {
    lane: usize,
    socket: SocketIndex,
}

/// A socket's other half.
pub(super) struct SocketSeat {
    /// None once the client is no more and only its socket lingers.
    pub(super) client: Option<ClientId>,
    pub(super) address: SocketAddr,
    /// The errand that it may have, until its hello is judged.
    pub(super) errand: Errand,
    /// Once it has joined.
    pub(super) name: Option<String>,
    /// Carries a player's inputs once more.
    pub(super) is_spare: bool,
    /// Its last frame has not left: it is passed over in this tick.
    busy: bool,
    /// Lines that wait for it; none where it takes none.
    lines: Option<Box<HeardLines>>,
}

impl Lanes {
    /// Makes one shard on this thread, or several on threads of their own; most of their sockets will `usually` have
    /// something in each tick.
    ///
    /// # Errors
    ///
    /// When there is no thread for a shard.
    pub(super) fn new(shards: u32, usually: bool, stop: &Arc<Stop>, now: Instant) -> io::Result<Self> {
        let lane = |number| {
            let shard = Shard::new(usually, Arc::clone(stop));
            let worker = if shards == 1 { Worker::Here(shard) } else { Worker::spawn(shard, number)? };
            Ok(Lane { worker, batch: Some(Batch::new(now)), seats: Vec::new(), free: Vec::new() })
        };
        Ok(Self { lanes: (0..shards as usize).map(lane).collect::<io::Result<_>>()?, by_client: HashMap::new() })
    }

    /// Number of clients that have a seat.
    pub(super) fn clients(&self) -> usize {
        self.by_client.len()
    }

    /// Every client that has a seat, in no order.
    pub(super) fn each_client(&self) -> impl Iterator<Item = ClientId> {
        self.by_client.keys().copied()
    }

    /// Whether no socket is left, not even one that lingers.
    pub(super) fn is_empty(&self) -> bool {
        self.lanes.iter().all(|lane| lane.load() == 0)
    }

    /// The client that `/clients` calls so, and its seat.
    pub(super) fn find_called(&self, name: &str) -> Option<(ClientId, SeatIndex)> {
        self.by_client.iter().find(|(client, _)| client.to_string() == name).map(|(client, at)| (*client, *at))
    }

    /// Finds the seat of `client`.
    pub(super) fn find(&self, client: ClientId) -> Option<SeatIndex> {
        self.by_client.get(&client).copied()
    }

    /// The seat at `at`, of a socket that is not gone.
    pub(super) fn seat(&mut self, at: SeatIndex) -> Option<&mut SocketSeat> {
        self.lanes[at.lane].seats[at.socket as usize].as_mut()
    }

    /// The connection at `at` is a spare one from now on.
    pub(super) fn mark_spare(&mut self, at: SeatIndex) {
        if let Some(seat) = self.seat(at) {
            seat.is_spare = true;
        }
    }

    /// The address that the connection at `at` counts for.
    pub(super) fn source(&self, at: SeatIndex) -> Option<Source> {
        Source::of(self.lanes[at.lane].seats[at.socket as usize].as_ref()?.address.ip())
    }

    /// The client at `at`, if there still is one.
    pub(super) fn client(&self, at: SeatIndex) -> Option<ClientId> {
        self.lanes[at.lane].seats[at.socket as usize].as_ref()?.client
    }

    /// The client at `at`, unless it is passed over in this tick.
    pub(super) fn due(&mut self, at: SeatIndex) -> Option<ClientId> {
        let seat = self.seat(at)?;
        let is_held = std::mem::take(&mut seat.busy);
        seat.client.filter(|_| !is_held)
    }

    /// Whether bytes for the client at `at` have not left yet.
    pub(super) fn is_busy(&self, at: SeatIndex) -> bool {
        let lane = &self.lanes[at.lane];
        let is_held = lane.seats[at.socket as usize].as_ref().is_some_and(|seat| seat.busy);
        is_held || lane.worker.is_busy(at.socket)
    }

    /// Passes the client at `at` over in this tick.
    pub(super) fn hold(&mut self, at: SeatIndex) {
        if let Some(seat) = self.seat(at) {
            seat.busy = true;
        }
    }

    /// The seats of all sockets.
    pub(super) fn seats(&self) -> impl Iterator<Item = &SocketSeat> {
        self.lanes.iter().flat_map(|lane| lane.seats.iter().flatten())
    }

    /// Goes through all places where there are, or were, sockets: the one behind `last`.
    pub(super) fn next_place(&self, last: Option<SeatIndex>) -> Option<SeatIndex> {
        let mut at =
            last.map_or(SeatIndex { lane: 0, socket: 0 }, |last| SeatIndex { socket: last.socket + 1, ..last });
        while self.lanes.get(at.lane)?.seats.len() <= at.socket as usize {
            at = SeatIndex { lane: at.lane + 1, socket: 0 };
        }
        Some(at)
    }

    /// Every shard writes, to read at `read_at`; all of them at once. How many bytes they write.
    pub(super) fn send(&mut self, read_at: Instant, draining: bool) -> usize {
        let mut wire_bytes = 0;
        for lane in &mut self.lanes {
            let writes = lane.writes();
            writes.read_at = read_at;
            writes.draining = draining;
            wire_bytes += writes.wire_bytes();
            lane.worker.send(&mut lane.batch);
        }
        wire_bytes
    }

    /// Waits for the time at which to read, where shards do not do it themselves.
    pub(super) fn wait(&mut self, read_at: Instant, draining: bool) {
        self.lanes.iter_mut().for_each(|lane| lane.worker.wait(read_at, draining));
    }

    /// Every shard has read.
    pub(super) fn receive(&mut self) {
        self.lanes.iter_mut().for_each(|lane| lane.worker.receive(&mut lane.batch));
    }

    /// Finds of each shard when it read its sockets last.
    pub(super) fn reads(&self) -> impl Iterator<Item = &Reads> + Clone {
        self.lanes.iter().filter_map(|lane| Some(&lane.batch.as_ref()?.reads))
    }

    /// A find of a shard, by number, and at which socket; none behind the last.
    pub(super) fn found(&self, lane: usize, index: usize) -> Option<(SeatIndex, &Found, &Reads)> {
        let reads = &self.lanes.get(lane)?.batch.as_ref()?.reads;
        let (socket, found) = reads.finds.get(index)?;
        Some((SeatIndex { lane, socket: *socket }, found, reads))
    }

    /// Number of shards.
    pub(super) const fn count(&self) -> usize {
        self.lanes.len()
    }

    /// Seats a connection with the shard that has the fewest. What has come of it by now is read with this tick.
    pub(super) fn open(
        &mut self,
        mut socket: Socket,
        client: ClientId,
        address: SocketAddr,
        errand: Errand,
    ) -> SeatIndex {
        let at = self.take_place();
        self.by_client.insert(client, at);
        let lane = &mut self.lanes[at.lane];
        read_once(&mut socket, at.socket, Instant::now(), lane.reads());
        let lines = socket.take_lines();
        let seat =
            SocketSeat { client: Some(client), address, errand, name: None, is_spare: false, busy: false, lines };
        lane.seat(at.socket, socket, seat);
        at
    }

    /// Takes a connection for whose client there is no room, and closes it.
    pub(super) fn turn_away(&mut self, socket: Socket, address: SocketAddr, reason: &CloseReason) {
        let at = self.take_place();
        let errand = Errand::default();
        let seat = SocketSeat { client: None, address, errand, name: None, is_spare: false, busy: false, lines: None };
        self.lanes[at.lane].seat(at.socket, socket, seat);
        self.close(at, reason);
    }

    fn take_place(&mut self) -> SeatIndex {
        let lane = (0..self.lanes.len()).min_by_key(|&lane| self.lanes[lane].load()).unwrap_or(0);
        SeatIndex { lane, socket: self.lanes[lane].take_place() }
    }

    /// The client at `at` is no more, if there was one. Its socket stays until it is gone.
    pub(super) fn leave(&mut self, at: SeatIndex) -> Option<(ClientId, &SocketSeat)> {
        let seat = self.lanes[at.lane].seats[at.socket as usize].as_mut()?;
        seat.errand = Errand::default();
        let client = seat.client.take()?;
        self.by_client.remove(&client);
        Some((client, seat))
    }

    /// Binds the connection at `at`, which had a client of its own until now, to `owner`, who is called
    /// `name`. Where `owner` sat before, if its old connection is still there; nobody does any more.
    pub(super) fn rebind(&mut self, at: SeatIndex, owner: ClientId, name: Option<String>) -> Option<SeatIndex> {
        self.leave(at);
        let before = self.by_client.insert(owner, at);
        if let Some(seat) = self.seat(at) {
            (seat.client, seat.name) = (Some(owner), name);
        }
        if let Some(seat) = before.and_then(|before| self.seat(before)) {
            seat.client = None;
        }
        before
    }

    /// Takes the connection at `at` out, with its address: it goes elsewhere. None where another thread has it.
    pub(super) fn take_out(&mut self, at: SeatIndex) -> Option<(Socket, SocketAddr)> {
        let lane = &mut self.lanes[at.lane];
        let arrivals = &mut lane.batch.as_mut()?.writes.arrivals;
        let new = arrivals.iter().position(|(place, _)| *place == at.socket).map(|index| arrivals.swap_remove(index).1);
        let mut socket = new.or_else(|| lane.worker.take_out(at.socket))?;
        let seat = lane.seats[at.socket as usize].as_mut()?;
        let address = seat.address;
        socket.carry_lines(seat.lines.take());
        self.leave(at);
        self.free(at);
        Some((socket, address))
    }

    /// The socket at `at` is gone, its place free.
    pub(super) fn free(&mut self, at: SeatIndex) {
        self.lanes[at.lane].free(at.socket);
    }

    /// Frees the places of all sockets that were found to be gone.
    pub(super) fn free_gone(&mut self) {
        for lane in &mut self.lanes {
            let Some(batch) = lane.batch.take() else { continue };
            let gone = batch.reads.finds.iter().filter(|(_, found)| matches!(found, Found::Gone));
            gone.for_each(|&(socket, _)| lane.free(socket));
            lane.batch = Some(batch);
        }
    }

    /// Says goodbye on the socket at `at`, once what was composed for it has gone out.
    pub(super) fn close(&mut self, at: SeatIndex, reason: &CloseReason) {
        let sentence = Cow::from(reason.text());
        self.lanes[at.lane].writes().closes.push((at.socket, reason.code(), sentence));
    }

    /// Has a message written on the socket at `at`.
    pub(super) fn push_message(&mut self, at: SeatIndex, payload: &[u8]) {
        self.lanes[at.lane].writes().push_message(at.socket, payload);
    }

    /// Keeps a line for every player who talks.
    pub(super) fn hear(&mut self, line: &SentLine) {
        self.listeners().for_each(|lines| lines.hear(line.clone()));
    }

    /// Keeps a line to all for every player who talks and has not heard it in another room.
    pub(super) fn hear_numbered(&mut self, number: u64, line: &SentLine) {
        self.listeners().for_each(|lines| lines.hear_numbered(number, line.clone()));
    }

    fn listeners(&mut self) -> impl Iterator<Item = &mut HeardLines> {
        let seats = self.lanes.iter_mut().flat_map(|lane| lane.seats.iter_mut().flatten());
        seats.filter(|seat| seat.client.is_some() && seat.name.is_some()).filter_map(SocketSeat::listener)
    }

    /// Keeps a line for the player at `at`, if it talks.
    pub(super) fn hear_alone(&mut self, at: SeatIndex, line: SentLine) {
        self.seat(at).and_then(SocketSeat::listener).into_iter().for_each(|lines| lines.hear(line.clone()));
    }

    /// The same of a line to all, unless it was heard in another room.
    pub(super) fn hear_numbered_alone(&mut self, at: SeatIndex, number: u64, line: SentLine) {
        let lines = self.seat(at).and_then(SocketSeat::listener);
        lines.into_iter().for_each(|lines| lines.hear_numbered(number, line.clone()));
    }

    /// The number of the last line to all that the player at `at` has heard elsewhere, if it has.
    pub(super) fn heard(&mut self, at: SeatIndex) -> Option<u64> {
        self.seat(at)?.listener()?.heard()
    }

    /// The player at `at` goes to another room, and has heard all lines up to this number.
    pub(super) fn leave_hall(&mut self, at: SeatIndex, heard: u64) {
        self.seat(at).and_then(SocketSeat::listener).into_iter().for_each(|lines| lines.leave(heard));
    }

    /// Has the lines written that wait for the client at `at`.
    pub(super) fn push_lines(&mut self, at: SeatIndex) {
        let lane = &mut self.lanes[at.lane];
        let seat = lane.seats[at.socket as usize].as_mut().filter(|seat| seat.client.is_some());
        let lines = seat.and_then(|seat| seat.lines.as_deref_mut());
        let Some((lines, batch)) = lines.zip(lane.batch.as_mut()) else { return };
        lines.take().for_each(|line| batch.writes.push_text(at.socket, &line));
    }

    /// Whether lines wait for anybody.
    pub(super) fn have_lines(&self) -> bool {
        self.seats().any(|seat| seat.client.is_some() && seat.lines.as_ref().is_some_and(|lines| !lines.is_empty()))
    }
}

impl SocketSeat {
    /// Its lines, if it takes any: nobody reads them on a spare connection.
    fn listener(&mut self) -> Option<&mut HeardLines> {
        self.lines.as_deref_mut().filter(|_| !self.is_spare)
    }
}

impl Lane {
    fn writes(&mut self) -> &mut Writes {
        &mut self.batch.as_mut().expect("a batch should be here between two exchanges").writes
    }

    fn reads(&mut self) -> &mut Reads {
        &mut self.batch.as_mut().expect("a batch should be here between two exchanges").reads
    }

    /// Sockets that it has.
    const fn load(&self) -> usize {
        self.seats.len() - self.free.len()
    }

    fn take_place(&mut self) -> SocketIndex {
        self.free.pop().unwrap_or_else(|| {
            self.seats.push(None);
            self.seats.len() as SocketIndex - 1
        })
    }

    fn seat(&mut self, at: SocketIndex, socket: Socket, seat: SocketSeat) {
        self.writes().arrivals.push((at, socket));
        self.seats[at as usize] = Some(seat);
    }

    fn free(&mut self, socket: SocketIndex) {
        if self.seats[socket as usize].take().is_some() {
            self.free.push(socket);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_reads_lines_on_a_spare_connection() {
        let mut seat = SocketSeat {
            client: None,
            address: SocketAddr::from(([127, 0, 0, 1], 1)),
            errand: Errand::default(),
            name: Some("deaf".into()),
            is_spare: false,
            busy: true,
            lines: Some(Box::default()),
        };
        assert!(seat.listener().is_some());
        seat.is_spare = true;
        assert!(seat.listener().is_none());
    }
}
