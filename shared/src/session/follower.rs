//! [`Follower`]: what a session asks of whatever follows the server behind it.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::PeerFault;
use crate::game::Game;
use crate::link::Carried;
use crate::message::ResumeToken;
use crate::replica::{Replica, Skim};
use crate::tick::{Micros, Tick};

/// The protocol of a connection, from its hello on. A [`Replica`] holds the world, a [`Skim`] does without;
/// both start from nothing at each connection.
pub trait Follower {
    /// Takes a message of the server that came at `now`.
    ///
    /// # Errors
    /// What the server did wrong; the connection is of no use any more.
    fn handle_message(&mut self, bytes: &[u8], now: Micros) -> Result<(), PeerFault>;

    /// The next message for the server, if one is due at `now`; the first is the hello.
    fn poll_transmit(&mut self, now: Micros) -> Option<&[u8]>;

    /// The time at which [`poll_transmit`](Self::poll_transmit) will have something; `None` while a message
    /// is awaited.
    fn next_due(&self) -> Option<Micros>;

    /// Whether the welcome came.
    fn is_playing(&self) -> bool;

    /// Number of updates since the welcome.
    fn updates(&self) -> u64;

    /// The tick of the newest update, and the time that a tick takes; `None` before the welcome, and where there are no
    /// ticks.
    fn tick_and_period(&self) -> Option<(Tick, Micros)> {
        None
    }

    /// Time for which the server may have nothing to say, beyond what is usual where it always has.
    fn silence(&self) -> Micros {
        Micros(0)
    }

    /// The token that the welcome gave to come back by, where the server offers that.
    fn resume_token(&self) -> Option<ResumeToken>;

    /// The addresses by which the player comes back to its room after a loss, the best first, where the server has said
    /// so since this was asked last.
    fn take_ways(&mut self) -> Option<Vec<String>> {
        None
    }

    /// The address of the machine at which the room goes on soon, where the server has said so since this was asked
    /// last.
    fn take_ahead(&mut self) -> Option<String> {
        None
    }

    /// What the next connection is to take over, if it comes back as the same player: commands that may not have
    /// arrived, and how many events have come. `None` before the welcome, and where there is nothing of that kind.
    fn carry(&self) -> Option<Carried>;

    /// Takes that over from the connection before, between the welcome and the first update.
    fn adopt(&mut self, carried: Carried);

    /// Whether inputs get stuck on their way at `now` and before, so that a spare connection helps.
    fn wants_spare(&self, now: Micros) -> bool {
        let _ = now;
        false
    }

    /// The time at which inputs were last found to be stuck.
    fn stuck_at(&self) -> Option<Micros> {
        None
    }

    /// Notes that the spare connection is there, and wants a hello of its own, or is no more.
    fn set_spare(&mut self, is_there: bool) {
        let _ = is_there;
    }

    /// Takes a message of the server on the spare connection.
    ///
    /// # Errors
    /// What the server did wrong; that connection is of no use any more.
    fn handle_spare(&mut self, bytes: &[u8]) -> Result<(), PeerFault> {
        let _ = bytes;
        Err(PeerFault::OutOfTurn)
    }

    /// Whether [`poll_spare`](Self::poll_spare) has something: soon after each other input.
    fn is_spare_due(&self) -> bool {
        false
    }

    /// The next message for the server on the spare connection, if one is due; the first is its hello.
    fn poll_spare(&mut self) -> Option<&[u8]> {
        None
    }
}

/// Passes each call on to the method of the same name.
macro_rules! follow_by_own_methods {
    ($follower:ident $($more:tt)*) => {
        impl<G: Game> Follower for $follower<G> {
            fn handle_message(&mut self, bytes: &[u8], now: Micros) -> Result<(), PeerFault> {
                self.handle_message(bytes, now)
            }

            fn poll_transmit(&mut self, now: Micros) -> Option<&[u8]> {
                self.poll_transmit(now)
            }

            fn next_due(&self) -> Option<Micros> {
                self.next_due()
            }

            fn is_playing(&self) -> bool {
                self.is_playing()
            }

            fn updates(&self) -> u64 {
                self.report().updates
            }

            fn tick_and_period(&self) -> Option<(Tick, Micros)> {
                self.link().active().map(|active| (active.tick, active.clock.period()))
            }

            fn silence(&self) -> Micros {
                self.link().active().map_or(Micros(0), |active| active.silence())
            }

            fn resume_token(&self) -> Option<ResumeToken> {
                self.resume_token()
            }

            fn wants_spare(&self, now: Micros) -> bool {
                self.link().wants_spare(now)
            }

            fn stuck_at(&self) -> Option<Micros> {
                self.link().stuck_at()
            }

            fn set_spare(&mut self, is_there: bool) {
                self.link_mut().set_spare(is_there);
            }

            fn handle_spare(&mut self, bytes: &[u8]) -> Result<(), PeerFault> {
                self.link_mut().handle_spare(bytes)
            }

            fn is_spare_due(&self) -> bool {
                self.link().is_spare_due()
            }

            fn poll_spare(&mut self) -> Option<&[u8]> {
                self.link_mut().poll_spare()
            }

            $($more)*
        }
    };
}

follow_by_own_methods! {
    Replica

    fn take_ways(&mut self) -> Option<Vec<String>> {
        self.take_ways()
    }

    fn take_ahead(&mut self) -> Option<String> {
        self.take_ahead()
    }

    fn carry(&self) -> Option<Carried> {
        self.carry()
    }

    fn adopt(&mut self, carried: Carried) {
        self.adopt(carried);
    }
}

// It reads no events, and gives no commands.
follow_by_own_methods! {
    Skim

    fn carry(&self) -> Option<Carried> {
        None
    }

    fn adopt(&mut self, _: Carried) {}
}
