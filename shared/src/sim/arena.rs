//! [`Arena`]: one room and its clients, stepped together on virtual time.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::pipe::{Link, Pipe};
use crate::authority::{Outgoing, Room, SessionKey};
use crate::error::{CloseReason, SetupError};
use crate::game::{Game, Terms};
use crate::id::ClientId;
use crate::message::{Announcement, Entry, InputReport, ResumeToken};
use crate::replica::{Replica, ReplicaEvent};
use crate::rng::Rng;
use crate::state::Replicate;
use crate::tick::Micros;

/// Clients act so many times in each tick of the server, so that their clocks can lie between its ticks.
const ACTS_PER_TICK: u64 = 8;

/// A client: a replica and its connection.
pub struct Client<G: Game> {
    /// The replica.
    pub replica: Replica<G>,
    /// Its seat, while it is connected.
    pub seat: Option<ClientId>,
    /// Client to server.
    pub up: Pipe,
    /// Server to client.
    pub down: Pipe,
    /// Why the server closed it.
    pub closed: Option<CloseReason>,
    /// Events of the game that it was told, oldest first.
    pub events: Vec<G::Event>,
    /// Reports on its own inputs that it was told, oldest first.
    pub reports: Vec<InputReport>,
    /// The token of its newest welcome, by which it comes back.
    pub token: Option<ResumeToken>,
    /// Its last message.
    pub last_sent: Option<Vec<u8>>,
    /// Time from one of its pictures to the next: it reads and sends no more often. Zero for as often as the
    /// arena goes.
    pub picture_period: Micros,
    /// The time of its next picture: in an hour, for a window that is hidden.
    pub next_picture: Micros,
    /// Microseconds by which its clock is wrong. A clock that jumps, or stands still while its machine
    /// sleeps.
    pub clock_off: i64,
}

impl<G: Game> Client<G> {
    /// The time that its clock shows at `now`.
    #[must_use]
    pub fn clock(&self, now: Micros) -> Micros {
        Micros(now.0.saturating_add_signed(self.clock_off))
    }
}

/// Something that must not happen: said with the client and the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub String);

/// A room and its clients on virtual time.
pub struct Arena<G: Game> {
    /// The room.
    pub room: Room<G>,
    /// All clients that ever were, in order.
    pub clients: Vec<Client<G>>,
    /// Faults: whatever must not happen, and did.
    pub faults: Vec<Fault>,
    /// Draws for whoever drives the arena.
    pub rng: Rng,
    /// Whether players are given tokens to come back by, as from now on. They are their own digests here.
    pub is_resumable: bool,
    tokens: Rng,
    now: Micros,
    period: Micros,
    digest: u64,
}

impl<G: Game> Arena<G> {
    /// An empty arena, all of whose chances come from `seed`.
    ///
    /// # Errors
    /// As [`Room::new`].
    pub fn new(terms: Terms<G::Rules>, seed: u64) -> Result<Self, SetupError> {
        let mut rng = Rng::new(seed);
        let period = Micros(1_000_000 / u64::from(terms.tick_hz.max(1)));
        Ok(Self {
            room: Room::new(terms, rng.bits(), 1 << 16)?,
            clients: Vec::new(),
            faults: Vec::new(),
            rng,
            is_resumable: false,
            tokens: Rng::new(seed),
            // Not zero, so that no clock in here may lean on zero being the start.
            now: Micros(1_000_000),
            period,
            digest: 0xcbf2_9ce4_8422_2325,
        })
    }

    /// The present moment.
    pub fn now(&self) -> Micros {
        self.now
    }

    /// A number that depends on every byte that the server sent so far.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// Connects a new client; its index.
    ///
    /// # Errors
    /// As [`Replica::new`].
    pub fn connect(&mut self, up: Link, down: Link) -> Result<usize, SetupError> {
        let index = self.clients.len();
        let replica = Replica::new(&format!("player {index}"), "sim")?;
        let seat = self.room.connect().ok();
        let (up, down) = (Pipe::new(up, self.rng.bits()), Pipe::new(down, self.rng.bits()));
        self.clients.push(Client {
            replica,
            seat,
            up,
            down,
            closed: None,
            events: Vec::new(),
            reports: Vec::new(),
            token: None,
            last_sent: None,
            picture_period: Micros(0),
            next_picture: Micros(0),
            clock_off: 0,
        });
        Ok(index)
    }

    /// Cuts a client's connection, and the room hears of it at once. The player is gone, unless it
    /// [redials](Self::redial) in time.
    pub fn cut(&mut self, index: usize) {
        let client = &mut self.clients[index];
        client.up.cut();
        client.down.cut();
        if let Some(seat) = client.seat.take() {
            self.room.disconnect(seat);
        }
    }

    /// A client connects anew, with the token of its newest welcome if it has one. If it was not
    /// [cut](Self::cut) before, the room still takes its old connection for alive.
    ///
    /// # Errors
    /// As [`Replica::enter`].
    pub fn redial(&mut self, index: usize, up: Link, down: Link) -> Result<(), SetupError> {
        let entry = self.clients[index].token.map_or(Entry::Open, Entry::Resume);
        let replica = Replica::enter(&format!("player {index}"), "sim", entry)?;
        let seat = self.room.connect().ok();
        let (up, down) = (Pipe::new(up, self.rng.bits()), Pipe::new(down, self.rng.bits()));
        let client = &mut self.clients[index];
        (client.replica, client.up, client.down, client.seat, client.closed) = (replica, up, down, seat, None);
        Ok(())
    }

    /// Plays a tick of the server and all that clients do meanwhile.
    pub fn step(&mut self) {
        self.step_with(|_, _, _| {});
    }

    /// The same; `picture` is called with each client that makes a picture, its index and the time by its
    /// clock: after it took what came and sent what was due.
    pub fn step_with(&mut self, mut picture: impl FnMut(usize, &mut Client<G>, Micros)) {
        let start = self.now;
        for act in 1..=ACTS_PER_TICK {
            self.now = Micros(start.0 + self.period.0 * act / ACTS_PER_TICK);
            for index in 0..self.clients.len() {
                if self.act(index) {
                    let clock = self.clients[index].clock(self.now);
                    picture(index, &mut self.clients[index], clock);
                }
            }
        }
        self.serve();
    }

    /// The server's program stands still for `time` (a laptop, a virtual machine) while everybody else goes
    /// on. The ticks of that time are never made; the room is told so, as a server's schedule tells it.
    pub fn pause(&mut self, time: Micros) {
        let ticks = time.0 / self.period.0;
        for _ in 0..ticks * ACTS_PER_TICK {
            self.now = self.now + Micros(self.period.0 / ACTS_PER_TICK);
            for index in 0..self.clients.len() {
                self.act(index);
            }
        }
        self.room.excuse(ticks as u32);
        self.serve();
    }

    /// The server's time goes at `percent` of real time from now on, and clients are told.
    pub fn set_pace(&mut self, percent: u8) {
        let full = 1_000_000 / u64::from(self.room.terms().tick_hz.max(1));
        self.period = Micros(full * 100 / u64::from(percent.clamp(1, 100)));
        self.room.announce(Announcement { pace_percent: percent, ..Announcement::default() });
    }

    /// `count` times [`step`](Self::step).
    pub fn steps(&mut self, count: u32) {
        for _ in 0..count {
            self.step();
        }
    }

    /// Lets clients take what has come by now and send what is due, without a tick of the server.
    pub fn deliver(&mut self) {
        for index in 0..self.clients.len() {
            self.act(index);
        }
    }

    /// Takes every delay and fault out of the links, and lets `ticks` go by.
    pub fn calm(&mut self, ticks: u32) {
        for client in &mut self.clients {
            client.up.calm();
            client.down.calm();
        }
        self.steps(ticks);
    }

    /// Steps until each connected client has been compared at a tick of which it holds the update; false if
    /// that takes more than `ticks_max`. Over links with delay it always does: [`calm`](Self::calm) them
    /// first.
    pub fn check_all(&mut self, ticks_max: u32) -> bool {
        let mut waiting: BTreeSet<_> = (0..self.clients.len()).filter(|&index| self.clients[index].seat.is_some()).collect();
        for _ in 0..ticks_max {
            self.deliver();
            for index in waiting.clone() {
                if self.clients[index].replica.tick() == self.room.tick_now() || self.clients[index].seat.is_none() {
                    self.check(index);
                    waiting.remove(&index);
                }
            }
            if waiting.is_empty() {
                return true;
            }
            self.step();
        }
        false
    }

    /// A client takes what came, and sends what is due. False if it makes no picture now.
    fn act(&mut self, index: usize) -> bool {
        let (now, client) = (self.now, &mut self.clients[index]);
        if (client.seat.is_none() && client.closed.is_none()) || now < client.next_picture {
            return false;
        }
        client.next_picture = (client.next_picture + client.picture_period).max(now);
        let clock = client.clock(now);
        while let Some(message) = client.down.pop(now) {
            if let Err(fault) = client.replica.handle_message(&message, clock) {
                self.faults.push(Fault(format!("client {index} refused an update: {fault}")));
                client.closed = Some(CloseReason::Finished);
                return false;
            }
        }
        while let Some(happening) = client.replica.poll_event() {
            match happening {
                ReplicaEvent::Diverged { tick, held, stated } => {
                    self.faults
                        .push(Fault(format!("client {index} diverged at tick {tick}: holds {held:08x}, stated {stated:08x}")));
                }
                ReplicaEvent::Differs { lines, .. } => self.faults.extend(lines.into_iter().map(Fault)),
                ReplicaEvent::Event { event, .. } => client.events.push(event),
                ReplicaEvent::Report { inputs, .. } => client.reports.push(inputs),
                ReplicaEvent::Welcomed { .. } => client.token = client.replica.resume_token().or(client.token),
                _ => {}
            }
        }
        while let Some(message) = client.replica.poll_transmit(clock) {
            client.last_sent = Some(message.to_vec());
            client.up.push(now, message);
        }
        true
    }

    /// The server's tick: read everyone once, step, write everyone once.
    fn serve(&mut self) {
        let now = self.now;
        for client in &mut self.clients {
            let Some(seat) = client.seat else { continue };
            while let Some(message) = client.up.pop(now) {
                if let Err(reason) = self.room.handle_message(seat, &message) {
                    client.seat = None;
                    client.closed = Some(reason);
                    break;
                }
            }
        }
        self.admit();
        if let Err(misuse) = self.room.tick() {
            self.faults.push(Fault(misuse.to_string()));
        }
        for client in &mut self.clients {
            let Some(seat) = client.seat.filter(|_| client.down.accepts()) else { continue };
            loop {
                match self.room.poll_update(seat) {
                    Outgoing::Nothing => break,
                    Outgoing::Message(message) => {
                        for &byte in message {
                            self.digest = (self.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
                        }
                        client.down.push(now, message);
                    }
                    Outgoing::Close(reason) => {
                        client.seat = None;
                        client.closed = Some(reason);
                        break;
                    }
                }
            }
        }
    }

    /// Judges those who said hello: whoever shows a token of a player that is still known is that player,
    /// everyone else is let in.
    fn admit(&mut self) {
        while let Some(applicant) = self.room.poll_applicant() {
            let key = self.is_resumable.then(|| self.draw_key());
            let answer = match (applicant.entry, key) {
                (Entry::Resume(shown), Some(key)) => match self.room.find_session(&shown.0) {
                    Some(client) if self.room.resume(applicant.client, client, key, Some(shown.0)) => {
                        self.move_seat(applicant.client, client);
                        Ok(())
                    }
                    _ => Err(self.room.why_over(&shown.0).into()),
                },
                _ => self.room.admit(applicant.client, &applicant.name, key),
            };
            if let Err(reason) = answer {
                self.room.disconnect(applicant.client);
                self.close(applicant.client, &reason);
            }
        }
    }

    fn draw_key(&mut self) -> SessionKey {
        let mut token = [0; crate::limits::RESUME_TOKEN_BYTES];
        token.chunks_exact_mut(8).for_each(|chunk| chunk.copy_from_slice(&self.tokens.bits().to_le_bytes()));
        SessionKey { token: ResumeToken(token), digest: token }
    }

    fn move_seat(&mut self, from: ClientId, to: ClientId) {
        self.close(to, &CloseReason::TakenOver);
        if let Some(client) = self.clients.iter_mut().find(|client| client.seat == Some(from)) {
            client.seat = Some(to);
        }
    }

    fn close(&mut self, seat: ClientId, reason: &CloseReason) {
        for client in self.clients.iter_mut().filter(|client| client.seat == Some(seat)) {
            client.seat = None;
            client.closed = Some(reason.clone());
        }
    }

    /// Compares what a client holds with what is published of what it may see. Only meaningful when its
    /// newest update has been applied: after some quiet.
    pub fn check(&mut self, index: usize) {
        let client = &self.clients[index];
        let Some(seat) = client.seat else { return };
        let Some(expected) = self.room.expected_view(seat) else { return };
        let tick = self.room.tick_now();
        let mut complain = |what: String| self.faults.push(Fault(format!("client {index} at tick {tick}: {what}")));
        if client.replica.tick() != tick {
            return complain(format!("holds tick {}", client.replica.tick()));
        }
        let held: BTreeSet<_> = client
            .replica
            .entities()
            .map(|held| {
                let mut row = [0; crate::limits::COLUMNS_MAX];
                held.entity.write_row(&mut row);
                (held.id, held.kind, row, held.label.to_vec())
            })
            .collect();
        let expected: BTreeSet<_> = expected.into_iter().collect();
        for (id, ..) in held.difference(&expected) {
            complain(format!("holds {id}, which is not so"));
        }
        for (id, ..) in expected.difference(&held) {
            complain(format!("lacks {id} as it is"));
        }
    }
}
