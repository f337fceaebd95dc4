//! The follower behind a bot's session: a whole replica, the heads of updates alone, or a metronome.

use auspice::error::{PeerFault, SetupError};
use auspice::link::Report;
use auspice::message::{Credential, ResumeToken};
use auspice::replica::{Replica, Skim};
use auspice::session::Carried;
use auspice::{ClientId, EntityId, Game, Micros, Tick, session};

const BUILD: &str = concat!("auspice-bots ", env!("CARGO_PKG_VERSION"));

/// Part of the game that a bot follows.
#[derive(Clone, Copy, Debug)]
pub enum Depth {
    /// Holds and verifies everything.
    Whole,
    /// Reads the heads of updates.
    Light,
    /// Talks to the bare-socket floor, which speaks no game: inputs of a byte out, updates counted.
    Bare(Metronome),
}

impl Depth {
    /// A follower under `name`, which shows the server `credential`.
    ///
    /// # Errors
    /// As [`Replica::enter`].
    pub fn follow<G: Game>(self, name: &str, credential: Credential) -> Result<BotFollower<G>, SetupError> {
        Ok(match self {
            Self::Whole => BotFollower::Whole(Box::new(Replica::enter(name, BUILD, credential)?)),
            Self::Light => BotFollower::Light(Box::new(Skim::enter(name, BUILD, credential)?)),
            Self::Bare(metronome) => BotFollower::Bare(metronome),
        })
    }
}

/// A bot's side of one connection.
pub enum BotFollower<G: Game> {
    /// See [`Depth::Whole`].
    Whole(Box<Replica<G>>),
    /// See [`Depth::Light`].
    Light(Box<Skim<G>>),
    /// See [`Depth::Bare`].
    Bare(Metronome),
}

impl<G: Game> BotFollower<G> {
    /// The tick of the newest update.
    pub(crate) fn tick(&self) -> Tick {
        match self {
            Self::Whole(replica) => replica.tick(),
            Self::Light(skim) => skim.tick(),
            Self::Bare(metronome) => metronome.tick,
        }
    }

    /// Ticks a second, and ticks from one update to the next; once welcomed.
    pub(crate) fn rates(&self) -> (u32, u32) {
        match self {
            Self::Whole(replica) => replica.terms().map_or((0, 1), |terms| (terms.tick_hz, terms.longest_silence())),
            Self::Light(skim) => skim.terms().map_or((0, 1), |terms| (terms.tick_hz, terms.longest_silence())),
            Self::Bare(metronome) => ((1_000_000 / metronome.period.0) as u32, 1),
        }
    }

    /// Measurements of the connection.
    pub(crate) fn report(&self) -> Report {
        match self {
            Self::Whole(replica) => *replica.report(),
            Self::Light(skim) => *skim.report(),
            Self::Bare(_) => Report::default(),
        }
    }

    pub(crate) fn client(&self) -> Option<ClientId> {
        match self {
            Self::Whole(replica) => replica.client(),
            Self::Light(skim) => skim.client(),
            Self::Bare(_) => None,
        }
    }

    pub(crate) fn own(&self) -> Option<EntityId> {
        if let Self::Whole(replica) = self { replica.own() } else { None }
    }
}

impl<G: Game> session::Follower for BotFollower<G> {
    fn handle_message(&mut self, bytes: &[u8], now: Micros) -> Result<(), PeerFault> {
        match self {
            Self::Whole(replica) => replica.handle_message(bytes, now),
            Self::Light(skim) => skim.handle_message(bytes, now),
            Self::Bare(metronome) => {
                metronome.tick = metronome.tick.next();
                Ok(())
            }
        }
    }

    fn poll_transmit(&mut self, now: Micros) -> Option<&[u8]> {
        match self {
            Self::Whole(replica) => replica.poll_transmit(now),
            Self::Light(skim) => skim.poll_transmit(now),
            Self::Bare(metronome) => {
                (metronome.next <= now).then(|| metronome.next = metronome.next + metronome.period).map(|()| &[0][..])
            }
        }
    }

    fn next_due(&self) -> Option<Micros> {
        match self {
            Self::Whole(replica) => replica.next_due(),
            Self::Light(skim) => skim.next_due(),
            Self::Bare(metronome) => Some(metronome.next),
        }
    }

    fn is_playing(&self) -> bool {
        match self {
            Self::Whole(replica) => replica.is_playing(),
            Self::Light(skim) => skim.is_playing(),
            Self::Bare(metronome) => metronome.tick > Tick(0),
        }
    }

    fn updates(&self) -> u64 {
        match self {
            Self::Bare(metronome) => metronome.tick.0.into(),
            follower => follower.report().updates,
        }
    }

    fn resume_token(&self) -> Option<ResumeToken> {
        match self {
            Self::Whole(replica) => replica.resume_token(),
            Self::Light(skim) => skim.resume_token(),
            Self::Bare(_) => None,
        }
    }

    fn take_ways(&mut self) -> Option<Vec<String>> {
        if let Self::Whole(replica) = self { replica.take_ways() } else { None }
    }

    fn carry(&self) -> Option<Carried> {
        match self {
            Self::Whole(replica) => session::Follower::carry(&**replica),
            Self::Light(skim) => session::Follower::carry(&**skim),
            Self::Bare(_) => None,
        }
    }

    fn adopt(&mut self, carried: Carried) {
        match self {
            Self::Whole(replica) => session::Follower::adopt(&mut **replica, carried),
            Self::Light(skim) => session::Follower::adopt(&mut **skim, carried),
            Self::Bare(_) => {}
        }
    }

    fn wants_spare(&self, now: Micros) -> bool {
        match self {
            Self::Whole(replica) => session::Follower::wants_spare(&**replica, now),
            Self::Light(skim) => session::Follower::wants_spare(&**skim, now),
            Self::Bare(_) => false,
        }
    }

    fn stuck_at(&self) -> Option<Micros> {
        match self {
            Self::Whole(replica) => session::Follower::stuck_at(&**replica),
            Self::Light(skim) => session::Follower::stuck_at(&**skim),
            Self::Bare(_) => None,
        }
    }

    fn set_spare(&mut self, is_there: bool) {
        match self {
            Self::Whole(replica) => replica.set_spare(is_there),
            Self::Light(skim) => skim.set_spare(is_there),
            Self::Bare(_) => {}
        }
    }

    fn handle_spare(&mut self, bytes: &[u8]) -> Result<(), PeerFault> {
        match self {
            Self::Whole(replica) => replica.handle_spare(bytes),
            Self::Light(skim) => skim.handle_spare(bytes),
            Self::Bare(_) => Err(PeerFault::OutOfTurn),
        }
    }

    fn is_spare_due(&self) -> bool {
        match self {
            Self::Whole(replica) => replica.is_spare_due(),
            Self::Light(skim) => skim.is_spare_due(),
            Self::Bare(_) => false,
        }
    }

    fn poll_spare(&mut self) -> Option<&[u8]> {
        match self {
            Self::Whole(replica) => replica.poll_spare(),
            Self::Light(skim) => skim.poll_spare(),
            Self::Bare(_) => None,
        }
    }
}

/// A clock that does nothing but beat: what a follower is to a server that has no ticks to speak of.
#[derive(Clone, Copy, Debug)]
pub struct Metronome {
    period: Micros,
    next: Micros,
    tick: Tick,
}

impl Metronome {
    /// Beats `tick_hz` times a second, from `phase` on.
    #[must_use]
    pub const fn new(tick_hz: u32, phase: Micros) -> Self {
        Self { period: Micros(1_000_000 / tick_hz as u64), next: phase, tick: Tick(0) }
    }
}

#[cfg(test)]
mod tests {
    use auspice::Terms;
    use auspice::authority::{Outgoing, Room};
    use auspice::session::Follower;
    use auspice_demo::Demo;

    use super::*;

    #[test]
    fn a_bot_leaves_to_its_next_connection_what_it_said_and_heard() {
        for depth in [Depth::Whole, Depth::Light] {
            let mut room = Room::<Demo>::new(Terms::of::<Demo>(auspice_demo::Rules::default()), 1, 2)
                .expect("the terms are right");
            let client = room.connect().expect("there is room");
            let mut bot = depth.follow::<Demo>("ann", Credential::Open).expect("the name fits");
            assert_eq!(bot.carry(), None, "{depth:?} has said nothing yet");
            let hello = bot.poll_transmit(Micros(0)).expect("a hello is due").to_vec();
            room.handle_message(client, &hello).expect("the bot is honest");
            room.admit_all();
            room.tick().expect("nothing is misused");
            while let Outgoing::Message(message) = room.poll_update(client) {
                bot.handle_message(message, Micros(1000)).expect("the room is honest");
            }
            // Who reads only the heads of updates says nothing and hears nothing.
            assert_eq!(bot.carry().is_some(), matches!(depth, Depth::Whole), "{depth:?}");
        }
    }
}
