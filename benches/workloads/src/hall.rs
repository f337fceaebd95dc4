//! [`Hall`]: a room and its clients in memory, without sockets and without waiting, stage by stage. What the
//! criterion benches time, and what is compared without sockets.

use std::time::{Duration, Instant};

use auspice::authority::{Outgoing, Room};
use auspice::message::Credential;
use auspice::replica::Skim;
use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Micros, Publisher, Step, Terms};

use crate::owners::Owners;
use crate::w1::motion::{Body, World};
use crate::w1::{Rules, W1};
use crate::workload::Buttons;

/// A client of a hall.
struct HallPlayer<G: Game> {
    client: ClientId,
    skim: Skim<G>,
    /// The message that waits for the server, if there is one.
    sent: Vec<u8>,
    /// The message that waits for the client, if there is one.
    update: Vec<u8>,
}

/// A room with clients that answer every update at once.
pub struct Hall<G: Game> {
    room: Room<G>,
    players: Vec<HallPlayer<G>>,
    now: Micros,
    period: Micros,
}

impl<G: Game> Hall<G> {
    /// A room by `terms` with `clients` clients, all of which play.
    ///
    /// # Panics
    /// Where the room refuses the terms or a client: a bench would measure nothing.
    #[must_use]
    pub fn new(terms: Terms<G::Rules>, clients: usize) -> Self {
        let period = Micros(1_000_000 / u64::from(terms.tick_hz));
        // A seat more for whoever watches.
        let mut room = Room::new(terms, 1, clients + 1).expect("the terms should be playable");
        let players = (0..clients).map(|index| HallPlayer {
            client: room.connect().expect("a room should have a seat for each of its clients"),
            skim: Skim::enter(&format!("player{index}"), "hall", Credential::Open).expect("the name should fit"),
            sent: Vec::new(),
            update: Vec::new(),
        });
        let players = players.collect();
        let mut hall = Self { room, players, now: Micros(0), period };
        // Hello, welcome, and the first update with everything in sight.
        (0..4).for_each(|_| hall.tick());
        assert!(hall.players.iter().all(|player| player.skim.is_playing()), "every player should have been welcomed");
        hall
    }

    /// The room.
    #[must_use]
    pub fn room(&self) -> &Room<G> {
        &self.room
    }

    /// The same, for a connection that the hall knows nothing of.
    pub fn room_mut(&mut self) -> &mut Room<G> {
        &mut self.room
    }

    /// The time of the tick that is being made.
    #[must_use]
    pub fn now(&self) -> Micros {
        self.now
    }

    /// The update that client number `index` was last sent; empty if it was sent none.
    #[must_use]
    pub fn update(&self, index: usize) -> &[u8] {
        &self.players[index].update
    }

    /// A whole tick, both sides.
    pub fn tick(&mut self) {
        self.send();
        self.handle();
        self.step();
        self.compose();
        self.deliver();
    }

    /// A whole tick, both sides; what the server's part of it took.
    pub fn time_server(&mut self) -> Duration {
        self.send();
        let began = Instant::now();
        self.handle();
        self.step();
        self.compose();
        let took = began.elapsed();
        self.deliver();
        took
    }

    /// A whole tick, both sides; what writing the updates took.
    pub fn time_compose(&mut self) -> Duration {
        self.send();
        self.handle();
        self.step();
        let began = Instant::now();
        self.compose();
        let took = began.elapsed();
        self.deliver();
        took
    }

    /// The clients write what is due.
    pub fn send(&mut self) {
        self.now = self.now + self.period;
        for player in &mut self.players {
            player.sent.clear();
            if let Some(message) = player.skim.poll_transmit(self.now) {
                player.sent.extend_from_slice(message);
            }
        }
    }

    /// The server takes what they wrote.
    ///
    /// # Panics
    /// Where it refuses one.
    pub fn handle(&mut self) {
        for player in self.players.iter().filter(|player| !player.sent.is_empty()) {
            self.room.handle_message(player.client, &player.sent).expect("the room should take what a player sends");
        }
    }

    /// The server makes its tick: step, publish, grid.
    ///
    /// # Panics
    /// Where the game misuses the room.
    pub fn step(&mut self) {
        self.room.admit_all();
        self.room.tick().expect("the game should publish properly");
    }

    /// The server writes every client's update: interest, and what is new of it.
    ///
    /// # Panics
    /// Where it closes one.
    pub fn compose(&mut self) {
        for player in &mut self.players {
            player.update.clear();
            match self.room.poll_update(player.client) {
                Outgoing::Message(bytes) => player.update.extend_from_slice(bytes),
                Outgoing::Nothing => {}
                Outgoing::Close(reason) => panic!("a player was closed: {reason}"),
            }
        }
    }

    /// The clients read it.
    ///
    /// # Panics
    /// Where it is no update.
    pub fn deliver(&mut self) {
        for player in self.players.iter_mut().filter(|player| !player.update.is_empty()) {
            player.skim.handle_message(&player.update, self.now).expect("an update should be one");
        }
    }
}

/// W1's world with the time stopped: nothing moves, nothing is news. What an update costs here is interest alone.
#[derive(Debug)]
pub struct Still {
    bodies: Vec<Body>,
    owners: Owners,
}

impl Game for Still {
    const NAME: &'static str = "auspice-still";
    const INTEREST_RADIUS: f32 = W1::INTEREST_RADIUS;

    type Rules = Rules;
    type Level = ();
    type Input = Buttons;
    type Entity = Body;
    type Command = ();
    type Event = ();

    fn new(Ground { terms, .. }: &Ground<Self>, _seed: u64) -> Self {
        let bodies = World::new(&terms.rules, terms.tick_hz).bodies().to_vec();
        Self { owners: Owners::new(bodies.len()), bodies }
    }

    fn join(&mut self, client: ClientId, _name: &str, _: &mut Context<'_, Self>) {
        self.owners.join(client);
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.owners.leave(client);
    }

    fn step(&mut self, _step: &mut Step<'_, Self>) {}

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (slot, body) in self.bodies.iter().enumerate() {
            out.put(EntityId::new(slot as u32, 0), body);
        }
        self.owners.view(out);
    }

    fn advance(_ground: &Ground<Self>, _body: &mut Body) -> Fate {
        Fate::Continues
    }
}
