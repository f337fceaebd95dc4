//! A room, and players who see by a replica and speak by a [`Pen`].

use auspice::authority::{Outgoing, Room, SessionKey};
use auspice::error::CloseReason;
use auspice::limits::PATIENCE_MILLIS;
use auspice::message::{Credential, ResumeToken};
use auspice::replica::{Replica, ReplicaEvent};
use auspice::{ClientId, EntityId, Game, Ground, Micros, Terms, Tick};
use auspice_demo::{Demo, Entity, Event, Input, Rules, Ship};

use crate::pen::{Pen, Say};

/// Nothing in the world but who joins: what is measured is the player's alone.
pub(crate) fn empty() -> Rules {
    Rules { npcs: 0, asteroids: 0, pickups: 0, walls: 0, ..Rules::default() }
}

/// Tries a cheat where each tick is told, and where news waits as usual: by the milliseconds for which it may.
pub(crate) fn by_both_terms(mut cheat: impl FnMut(u32)) {
    for patience in [0, PATIENCE_MILLIS] {
        println!("{patience} ms of patience:");
        cheat(patience);
    }
}

/// What a bot says before each tick: it is given what it sees, and the tick that the server made last.
pub(crate) trait Bot: FnMut(&mut Player, Tick) -> Vec<Say> {}

impl<F: FnMut(&mut Player, Tick) -> Vec<Say>> Bot for F {}

/// One who plays.
pub(crate) struct Player {
    pub(crate) client: ClientId,
    pub(crate) eyes: Replica<Demo>,
    pub(crate) pen: Pen,
    pub(crate) events: Vec<Event>,
    /// Why the server closed it.
    pub(crate) closed: Option<CloseReason>,
    name: String,
    ground: Ground<Demo>,
}

impl Player {
    /// Its ship, as it holds it.
    pub(crate) fn ship(&self) -> Option<(EntityId, Ship)> {
        let own = self.eyes.own()?;
        Some((own, *self.eyes.entity(own)?.entity.as_ship()?))
    }

    /// Its ship at the tick that the server made last, as it foresees it where it was not told of that one.
    pub(crate) fn foreseen_ship(&self, made: Tick) -> Option<(EntityId, Ship)> {
        let (own, ship) = self.ship()?;
        Some((own, self.foresee(&ship, made.since(self.eyes.tick()))))
    }

    /// A ship so many ticks later, if nobody changes their mind.
    pub(crate) fn foresee(&self, ship: &Ship, ticks: u32) -> Ship {
        let mut foreseen = Entity::Ship(*ship);
        for _ in 0..ticks {
            Demo::advance(&self.ground, &mut foreseen);
        }
        *foreseen.as_ship().expect("a ship stays one")
    }

    /// What an honest client says: one input, for the next tick, and what it holds.
    pub(crate) fn honest(&self, made: Tick, input: Input) -> Say {
        Say { applied: self.eyes.tick(), newest: made.next(), inputs: vec![input], ..Say::default() }
    }
}

/// A room and its players, a tick at a time.
pub(crate) struct Trial {
    pub(crate) room: Room<Demo>,
    pub(crate) players: Vec<Player>,
    keys: u8,
}

impl Trial {
    /// `count` players who hold their first state.
    pub(crate) fn new(patience_millis: u32, rules: Rules, seed: u64, count: usize) -> Self {
        let terms = Terms { patience_millis, ..Terms::of::<Demo>(rules) };
        let mut room = Room::new(terms, seed, 16).expect("the rules should be playable");
        // Old enough that a message can tell of half a second that is past.
        for _ in 0..30 {
            room.tick().expect("the demo should misuse nothing");
        }
        let mut trial = Self { room, players: Vec::new(), keys: 0 };
        for index in 0..count {
            let player = trial.dial(&format!("player {index}"), Credential::Open);
            trial.players.push(player);
        }
        trial
    }

    pub(crate) fn now(&self) -> Micros {
        Micros(1_000_000 + u64::from(self.room.tick_now().0) * 33_333)
    }

    /// A player's connection is lost.
    pub(crate) fn cut(&mut self, index: usize) {
        self.room.disconnect(self.players[index].client);
        self.players[index].closed = Some(CloseReason::Finished);
    }

    /// Another connection for a player, which shows `credential`; until it is welcome, or closed.
    pub(crate) fn redial(&mut self, index: usize, credential: Credential) {
        let name = self.players[index].name.clone();
        let events = std::mem::take(&mut self.players[index].events);
        self.players[index] = self.dial(&name, credential);
        self.players[index].events.splice(0..0, events);
    }

    fn dial(&mut self, name: &str, credential: Credential) -> Player {
        let mut client = self.room.connect().expect("there should be a place");
        let mut eyes = Replica::enter(name, "cheats", credential).expect("the name should fit");
        let hello = eyes.poll_transmit(self.now()).expect("a hello comes first").to_vec();
        self.room.handle_message(client, &hello).expect("the hello should be fine");
        let applicant = self.room.poll_applicant().expect("it should apply");
        self.keys += 1;
        let key = SessionKey { token: ResumeToken([self.keys; 32]), digest: [self.keys; 32] };
        let mut closed = None;
        match applicant.credential {
            Credential::Resume(token) => match self.room.find_session(&token.0) {
                Some(owner) if self.room.resume(client, owner, key, Some(token.0)) => client = owner,
                _ => closed = Some(self.room.why_over(&token.0).into()),
            },
            _ => closed = self.room.admit(client, name, Some(key)).err(),
        }
        let silence = self.room.terms().longest_silence();
        let (pen, ground) = (Pen::new(Tick(0), silence), self.room.ground().clone());
        let player = Player { client, eyes, pen, events: Vec::new(), closed, name: name.into(), ground };
        self.players.push(player);
        // The welcome, and the first state.
        for _ in 0..2 {
            self.tick(|_, _| Vec::new());
        }
        let mut player = self.players.pop().expect("it was put there");
        // The first message is coded against the welcome, which was of the tick before the first update.
        player.pen = Pen::new(Tick(player.eyes.tick().0.saturating_sub(1)), silence);
        player
    }

    /// All but the first player say what `others` has them say.
    pub(crate) fn tick_with(&mut self, mut first: impl Bot, mut others: impl FnMut(usize, &Player) -> Input) {
        let mut index = 0;
        self.tick(|player, made| {
            index += 1;
            if index == 1 { first(player, made) } else { vec![player.honest(made, others(index - 1, player))] }
        });
    }

    /// Everyone speaks, a tick is made, and everyone hears of it.
    pub(crate) fn tick(&mut self, mut bot: impl Bot) {
        let made = self.room.tick_now();
        for player in self.players.iter_mut().filter(|player| player.closed.is_none()) {
            for say in bot(player, made) {
                let message = player.pen.write(&say);
                if let Err(reason) = self.room.handle_message(player.client, &message) {
                    player.closed = Some(reason);
                    break;
                }
            }
        }
        self.room.tick().expect("the demo should misuse nothing");
        let now = self.now();
        for player in self.players.iter_mut().filter(|player| player.closed.is_none()) {
            match self.room.poll_update(player.client) {
                Outgoing::Nothing => {}
                Outgoing::Message(message) => {
                    player.eyes.handle_message(message, now).expect("the room should be honest");
                }
                Outgoing::Close(reason) => player.closed = Some(reason),
            }
            while let Some(event) = player.eyes.poll_event() {
                match event {
                    ReplicaEvent::Event { event, .. } => player.events.push(event),
                    ReplicaEvent::Diverged { tick, .. } => {
                        panic!("{} holds something else at tick {tick}", player.name)
                    }
                    _ => {}
                }
            }
        }
    }

    /// The ship of a player as it truly is; `None` while it has none.
    pub(crate) fn true_ship(&self, index: usize) -> Option<(EntityId, Ship)> {
        let world = self.room.game().world();
        let viewpoint = world.players().find(|(client, _)| *client == self.players[index].client)?.1;
        let (id, entity, _) = world.entities().find(|(id, ..)| Some(*id) == viewpoint.own)?;
        Some((id, *entity.as_ship()?))
    }
}
