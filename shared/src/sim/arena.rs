//! [`Arena`]: one room and its clients, stepped together on virtual time.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::client::Client;
use super::line::Line;
use super::link::Link;
use super::open_gate::OpenGate;
use super::twin::Twin;
use super::wire::Wiring;
use crate::authority::{Registrar, Room, Saved};
use crate::error::{CloseReason, SetupError};
use crate::game::{Game, Ground, Terms};
use crate::message::{Announcement, Credential};
use crate::replica::{Replica, ReplicaEvent};
use crate::rng::Rng;
use crate::session::{Closed, ConnectionId, Session};
use crate::tick::Micros;

/// Clients act so many times in each tick of the server, so that their clocks can lie between its ticks.
const ACTS_PER_TICK: u64 = 8;

/// Something that must not happen: said with the client and the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub String);

/// A room and its clients on virtual time.
///
/// A test of a game puts players in, plays, and looks for faults. Over a long way the first second after a join has
/// inputs that come late, while the client's clock settles: whoever counts mispredictions lets 60 ticks go by first.
///
/// ```
/// # use auspice::{Context, ClientId, Game, Ground, Publisher, Replicate, Step, Terms};
/// use auspice::Micros;
/// use auspice::sim::{Arena, Link};
/// # #[derive(Clone, Copy, Debug, Default, PartialEq, Replicate)]
/// # struct Dot { #[field(vec2(min = -10, max = 10, step = 1), position)] at: glam::IVec2 }
/// # use auspice::glam;
/// # struct Dots;
/// # impl From<&Terms<()>> for Dots { fn from(_: &Terms<()>) -> Self { Self } }
/// # struct MyGame;
/// # impl Game for MyGame {
/// #     const NAME: &'static str = "mine";
/// #     const INTEREST_RADIUS: f32 = 100.0;
/// #     type Rules = ();
/// #     type Level = Dots;
/// #     type Input = ();
/// #     type Entity = Dot;
/// #     type Command = ();
/// #     type Event = ();
/// #     fn new(_: &Ground<Self>, _: u64) -> Self { Self }
/// #     fn join(&mut self, _: ClientId, _: &str, _: &mut Context<'_, Self>) {}
/// #     fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {}
/// #     fn step(&mut self, _: &mut Step<'_, Self>) {}
/// #     fn publish(&self, _: &mut Publisher<'_, Self>) {}
/// # }
/// let mut arena = Arena::<MyGame>::new(Terms::of::<MyGame>(()), 1)?;
/// let way = Link { delay: Micros::from_millis(40), ..Link::default() };
/// let player = arena.connect(way, way)?;
/// arena.steps(120);
/// arena.calm(30);
/// assert!(arena.check_all(20));
/// assert_eq!(arena.faults, []);
/// assert!(arena.clients[player].replica().is_playing());
/// # Ok::<(), auspice::error::SetupError>(())
/// ```
pub struct Arena<G: Game> {
    /// The room.
    pub room: Room<G>,
    /// All clients that ever were, in order.
    pub clients: Vec<Client<G>>,
    /// Faults: whatever must not happen, and did.
    pub faults: Vec<Fault>,
    /// Draws for whoever drives the arena.
    pub rng: Rng,
    /// Whether players are given tokens to come back by, as from now on.
    pub is_resumable: bool,
    /// Whether clients act at the very moments at which something comes or is due, as programs with exact timers
    /// do, and not a few times in each tick.
    pub has_exact_timers: bool,
    /// Whether the sessions of clients that connect from now on dial spare connections where those help.
    pub has_spares: bool,
    /// Whether the server takes no spare connection.
    pub refuses_spares: bool,
    pub(super) registrar: Registrar<OpenGate>,
    seed: u64,
    pub(super) now: Micros,
    period: Micros,
    /// The server's program stands still, and takes nobody's connection.
    is_paused: bool,
    pub(super) digest: u64,
    pub(super) twin: Option<Twin<G>>,
}

impl<G: Game> Arena<G> {
    /// An empty arena, all of whose chances come from `seed`.
    ///
    /// # Errors
    /// As [`Room::new`].
    pub fn new(terms: Terms<G::Rules>, seed: u64) -> Result<Self, SetupError> {
        Self::with_world(terms, seed, G::new)
    }

    /// The same with a world that `make` makes of data ([`Room::with_world`]).
    ///
    /// # Errors
    /// As [`Room::with_world`].
    pub fn with_world(
        terms: Terms<G::Rules>,
        seed: u64,
        make: impl FnOnce(&Ground<G>, u64) -> G,
    ) -> Result<Self, SetupError> {
        let mut rng = Rng::new(seed);
        let period = Micros(1_000_000 / u64::from(terms.tick_hz.max(1)));
        Ok(Self {
            room: Room::with_world(terms, rng.bits(), 1 << 16, make)?,
            clients: Vec::new(),
            faults: Vec::new(),
            rng,
            is_resumable: false,
            has_exact_timers: false,
            has_spares: false,
            refuses_spares: false,
            registrar: Registrar::new(OpenGate(Rng::new(seed))),
            seed,
            // Not zero, so that no clock in here may lean on zero being the start.
            now: Micros(1_000_000),
            period,
            is_paused: false,
            digest: 0xcbf2_9ce4_8422_2325,
            twin: None,
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

    /// Connects a new client, at once; its index.
    ///
    /// # Errors
    /// As [`Replica::new`].
    pub fn connect(&mut self, up: Link, down: Link) -> Result<usize, SetupError> {
        let index = self.clients.len();
        let name = format!("player {index}");
        // What the session would only find out when it dials.
        Replica::<G>::new(&name, "sim")?;
        let mut session = Session::new(&name, "sim", self.seed.wrapping_add(index as u64), || Credential::Open);
        if self.has_spares {
            session = session.with_spare();
        }
        let connection = session.poll_dial(self.now).expect("a new session should dial at once");
        let mut wire = self.wire(connection, up, down);
        wire.opens_at = Some(self.now);
        self.clients.push(Client::new(session, wire));
        self.clients[index].open(&mut self.room, self.now);
        Ok(index)
    }

    /// Cuts a client's connection, and both it and the room hear of it at once. The player is gone, unless it
    /// [redials](Self::redial) in time, or [returns](Client::returns) by itself.
    pub fn cut(&mut self, index: usize) {
        let client = &mut self.clients[index];
        let clock = client.clock(self.now);
        let connections: Vec<_> = client.wires_mut().map(|wire| wire.connection).collect();
        for wire in client.wires_mut() {
            wire.up.cut();
            wire.down.cut();
            wire.seat.take().into_iter().for_each(|seat| self.room.disconnect(seat));
        }
        for connection in connections {
            client.session.handle_closed(connection, Closed::without_word("the connection was cut"), clock);
        }
        client.forget_others();
    }

    /// A client connects anew, at once, with the token of its newest welcome if it has one. If it was not
    /// [cut](Self::cut) before, the room still takes its old connection for alive.
    ///
    /// # Errors
    /// As [`Replica::enter`].
    pub fn redial(&mut self, index: usize, up: Link, down: Link) -> Result<(), SetupError> {
        let client = &mut self.clients[index];
        let clock = client.clock(self.now);
        client.session.reconnect();
        while client.session.poll_hang_up(clock).is_some() {}
        let connection = client.session.poll_dial(clock).ok_or(SetupError::CredentialUnfit)?;
        client.forget_others();
        let wire = self.wire(connection, up, down);
        self.clients[index].dial(wire, self.now);
        self.clients[index].open(&mut self.room, self.now);
        Ok(())
    }

    fn wire(&mut self, connection: ConnectionId, up: Link, down: Link) -> Wiring {
        Wiring::new(connection, Line::new(up, self.rng.bits()), Line::new(down, self.rng.bits()))
    }

    /// Does for a client's session what a player's program does: hangs up, dials, and has connections opened.
    fn tend(&mut self, index: usize) {
        let client = &mut self.clients[index];
        let Some((up, down)) = client.returns.or_else(|| self.has_spares.then_some(client.links)) else { return };
        let clock = client.clock(self.now);
        client.hang_up(self.now);
        if let Some(connection) = client.session.poll_dial(clock) {
            let opens_at = client.opens_at(self.now, up, down);
            let wire = self.wire(connection, up, down);
            self.clients[index].dial(wire, opens_at);
        }
        if !self.is_paused {
            self.clients[index].open(&mut self.room, self.now);
        }
    }

    /// Plays a tick of the server and all that clients do meanwhile.
    pub fn step(&mut self) {
        self.step_with(|_, _, _| {});
    }

    /// The same; `picture` is called with each client that makes a picture, its index and the time by its
    /// clock: after it took what came and sent what was due.
    pub fn step_with(&mut self, mut picture: impl FnMut(usize, &mut Client<G>, Micros)) {
        let start = self.now;
        if self.has_exact_timers {
            self.act_in_time(start + self.period, &mut picture);
        } else {
            for act in 1..=ACTS_PER_TICK {
                self.now = Micros(start.0 + self.period.0 * act / ACTS_PER_TICK);
                for index in 0..self.clients.len() {
                    self.act_with(index, &mut picture);
                }
            }
        }
        self.serve();
    }

    /// Lets each client act until `end`, whenever something comes or is due.
    fn act_in_time(&mut self, end: Micros, picture: &mut impl FnMut(usize, &mut Client<G>, Micros)) {
        let start = self.now;
        for index in 0..self.clients.len() {
            let mut now = start;
            while let Some(due) = self.clients[index].next_due(now).filter(|&due| due <= end) {
                // Whatever is due at once and not done is looked at again a little later.
                now = due.max(now + Micros(1));
                if now > end {
                    break;
                }
                self.now = now;
                self.act_with(index, picture);
            }
        }
        self.now = end;
    }

    fn act_with(&mut self, index: usize, picture: &mut impl FnMut(usize, &mut Client<G>, Micros)) {
        if self.act(index) {
            let clock = self.clients[index].clock(self.now);
            picture(index, &mut self.clients[index], clock);
        }
    }

    /// The server's program stands still for `time` (a laptop, a virtual machine) while everybody else goes
    /// on. The ticks of that time are never made; the room is told so, as a server's schedule tells it.
    pub fn pause(&mut self, time: Micros) {
        let ticks = time.0 / self.period.0;
        self.is_paused = true;
        for _ in 0..ticks * ACTS_PER_TICK {
            self.now = self.now + Micros(self.period.0 / ACTS_PER_TICK);
            for index in 0..self.clients.len() {
                self.act(index);
            }
        }
        self.is_paused = false;
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
            for wire in client.wires_mut() {
                wire.up.calm();
                wire.down.calm();
            }
            client.returns = client.returns.map(|_| (Link::default(), Link::default()));
        }
        self.steps(ticks);
    }

    /// Steps until each connected client has been compared at a tick of which it holds the update; false if
    /// that takes more than `ticks_max`. Over links with delay it always does: [`calm`](Self::calm) them
    /// first.
    pub fn check_all(&mut self, ticks_max: u32) -> bool {
        let mut waiting: BTreeSet<_> =
            (0..self.clients.len()).filter(|&index| self.clients[index].seat.is_some()).collect();
        for _ in 0..ticks_max {
            self.deliver();
            for index in waiting.clone() {
                if self.clients[index].replica().tick() == self.room.tick_now() || self.clients[index].seat.is_none() {
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
        let now = self.now;
        if now < self.clients[index].next_picture {
            return false;
        }
        self.tend(index);
        let client = &mut self.clients[index];
        if !client.session.is_connected() {
            return false;
        }
        client.next_picture = (client.next_picture + client.picture_period).max(now);
        if let Err(fault) = client.receive(now) {
            self.faults.push(Fault(format!("client {index} refused an update: {fault}")));
            client.closed = Some(CloseReason::Finished);
            return false;
        }
        while let Some(event) = client.replica_mut().poll_event() {
            match event {
                ReplicaEvent::Diverged { tick, held, stated } => {
                    self.faults.push(Fault(format!(
                        "client {index} diverged at tick {tick}: holds {held:08x}, stated {stated:08x}"
                    )));
                }
                ReplicaEvent::Differs { lines, .. } => self.faults.extend(lines.into_iter().map(Fault)),
                ReplicaEvent::Event { event, .. } => client.events.push(event),
                ReplicaEvent::Report { inputs, .. } => client.reports.push(inputs),
                _ => {}
            }
        }
        client.transmit(now);
        true
    }

    /// Saves the room, loads a twin of it, and from now on lets happen to the twin whatever happens to the room. The
    /// first thing that it publishes otherwise becomes a fault, with its tick, entity and field: most likely the game
    /// does not save all that it goes on from ([`Saved`]). A game's own test plays on for some seconds after it.
    pub fn keep_twin(&mut self)
    where
        G: Saved,
    {
        match Twin::of(&mut self.room) {
            Ok(twin) => self.twin = Some(twin),
            Err(error) => self.faults.push(Fault(format!("what the room saved cannot be loaded: {error}"))),
        }
    }

    /// Whether there is a twin, and it is the same as the room in all that decides what comes next.
    pub fn is_like_its_twin(&mut self) -> bool {
        self.twin.as_mut().is_some_and(|twin| twin.is_saved_alike(&mut self.room))
    }

    /// Compares what a client holds with what is published of what it may see. Only meaningful when its
    /// newest update has been applied: after some quiet.
    pub fn check(&mut self, index: usize) {
        let client = &self.clients[index];
        let Some(seat) = client.seat else { return };
        let Some(expected) = self.room.expected_view(seat) else { return };
        let tick = self.room.tick_now();
        let mut complain = |what: String| self.faults.push(Fault(format!("client {index} at tick {tick}: {what}")));
        if client.replica().tick() != tick {
            return complain(format!("holds tick {}", client.replica().tick()));
        }
        let held: BTreeSet<_> =
            client.replica().entities().map(|held| (held.id, held.kind, *held.row, held.label.to_vec())).collect();
        let expected: BTreeSet<_> = expected.into_iter().collect();
        for (id, ..) in held.difference(&expected) {
            complain(format!("holds {id}, which is not so"));
        }
        for (id, ..) in expected.difference(&held) {
            complain(format!("lacks {id} as it is"));
        }
    }
}
