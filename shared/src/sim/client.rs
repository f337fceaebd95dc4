//! [`Client`]: one player's session of an arena, and the connections that it has.

use alloc::vec::Vec;
use core::iter;
use core::ops::{Deref, DerefMut};

use super::link::Link;
use super::wire::{Lost, Wiring};
use crate::authority::Room;
use crate::error::{CloseReason, PeerFault};
use crate::game::Game;
use crate::id::ClientId;
use crate::limits::DIAL_AGAIN_MILLIS;
use crate::message::InputReport;
use crate::replica::Replica;
use crate::session::{HangUp, Session};
use crate::tick::Micros;

/// A client: a player's session and its connection, of which it has two for a moment, and a spare one where that
/// helps.
pub struct Client<G: Game> {
    /// The session: dials, hears silence, and holds the replica.
    pub session: Session<Replica<G>>,
    /// The connection that it plays by, or the last.
    pub(super) wire: Wiring,
    /// The connection that is dialled beside that one.
    pub(super) beside: Option<Wiring>,
    /// Its spare connection.
    spare: Option<Wiring>,
    spares_dialled: u64,
    /// Why the server closed it; of a spare connection nothing is said.
    pub closed: Option<CloseReason>,
    /// Events of the game that it was told, oldest first.
    pub events: Vec<G::Event>,
    /// Reports on its own inputs that it was told, oldest first.
    pub reports: Vec<InputReport>,
    /// Its last message, on a spare connection aside.
    pub last_sent: Option<Vec<u8>>,
    /// Number of messages that it sent, on all its connections.
    pub messages_sent: u64,
    /// The links, up and down, by which its session comes back by itself, as a player's does. `None` for one
    /// that dials only when it is told to, and never gives up on silence.
    pub returns: Option<(Link, Link)>,
    /// Time from one of its pictures to the next: it reads and sends no more often. Zero for as often as the
    /// arena goes.
    pub picture_period: Micros,
    /// The time of its next picture: in an hour, for a window that is hidden.
    pub next_picture: Micros,
    /// Microseconds by which its clock is wrong. A clock that jumps, or stands still while its machine
    /// sleeps.
    pub clock_off: i64,
    /// The time before which nothing gets through.
    outage_until: Micros,
    /// Connections that the client abandoned, and of whose end the server has not heard.
    pub(super) lost: Vec<Lost>,
    /// The links of the connection that it has, or of the last.
    pub(super) links: (Link, Link),
}

impl<G: Game> Client<G> {
    pub(super) const fn new(session: Session<Replica<G>>, wire: Wiring) -> Self {
        Self {
            session,
            links: (wire.up.link(), wire.down.link()),
            wire,
            beside: None,
            spare: None,
            spares_dialled: 0,
            closed: None,
            events: Vec::new(),
            reports: Vec::new(),
            last_sent: None,
            messages_sent: 0,
            returns: None,
            picture_period: Micros(0),
            next_picture: Micros(0),
            clock_off: 0,
            outage_until: Micros(0),
            lost: Vec::new(),
        }
    }

    /// The replica of the connection that it has, or of the last.
    pub fn replica(&self) -> &Replica<G> {
        self.session.follower().expect("a client should have been dialled for")
    }

    /// The same to be changed.
    pub fn replica_mut(&mut self) -> &mut Replica<G> {
        self.session.follower_mut().expect("a client should have been dialled for")
    }

    /// Its clock at `now`.
    #[must_use]
    pub fn clock(&self, now: Micros) -> Micros {
        Micros(now.0.saturating_add_signed(self.clock_off))
    }

    /// The time at which something is there for it, or due.
    pub(super) fn next_due(&self, now: Micros) -> Option<Micros> {
        let own = self.session.next_due().map(|due| Micros(due.0.saturating_add_signed(-self.clock_off)));
        let wires = iter::once(&self.wire).chain(&self.beside).chain(&self.spare);
        let wires = wires.flat_map(|wire| wire.down.next_due(now).into_iter().chain(wire.opens_at));
        own.into_iter().chain(wires).min()
    }

    /// Its connections: that which it plays by, then the one beside it, then the spare one.
    pub(super) fn wires_mut(&mut self) -> impl Iterator<Item = &mut Wiring> {
        iter::once(&mut self.wire).chain(&mut self.beside).chain(&mut self.spare)
    }

    /// Does this with each of its connections, and notes why the server closed one.
    pub(super) fn with_each(&mut self, mut work: impl FnMut(&mut Wiring) -> Result<(), CloseReason>) {
        for wire in iter::once(&mut self.wire).chain(&mut self.beside).chain(&mut self.spare) {
            if let Err(reason) = work(wire)
                && !wire.is_spare
            {
                self.closed = Some(reason);
            }
        }
    }

    /// Number of spare connections that it dialled, and whether it has one just now.
    #[must_use]
    pub const fn spares(&self) -> (u64, bool) {
        (self.spares_dialled, self.spare.is_some())
    }

    /// Has no connection but the one that it plays by: the others are of a session that dialled anew.
    pub(super) fn forget_others(&mut self) {
        self.beside = None;
        self.spare.take().into_iter().for_each(|mut spare| spare.abandon(&mut self.lost));
    }

    /// Its network is cut until then: nothing gets through, on this connection or on a new one. What was sent
    /// arrives afterwards.
    pub fn cut_off(&mut self, until: Micros) {
        self.outage_until = self.outage_until.max(until);
        self.wires_mut().for_each(|wire| wire.stall(until));
    }

    /// Its address changes: nothing gets through any more on the connections that it has, and nobody says so.
    pub fn change_address(&mut self) {
        self.wires_mut().for_each(|wire| wire.stall(Micros(u64::MAX)));
    }

    /// Its spare connection becomes a black hole: nothing gets through on it any more, and nobody says so.
    pub fn swallow_spare(&mut self) {
        self.spare.iter_mut().for_each(|spare| spare.stall(Micros(u64::MAX)));
    }

    /// The time at which a connection that is dialled at `now` is open: a round trip after the first of its packets
    /// that gets through.
    pub(super) fn opens_at(&self, now: Micros, up: Link, down: Link) -> Micros {
        let again = Micros::from_millis(DIAL_AGAIN_MILLIS).0;
        let lost = self.outage_until.since(now).0.div_ceil(again);
        now + Micros(lost.saturating_mul(again)) + up.delay + down.delay
    }

    /// Has a new connection: a spare one, or one beside that which it plays by if it still has that.
    pub(super) fn dial(&mut self, mut wire: Wiring, opens_at: Micros) {
        wire.stall(self.outage_until);
        wire.opens_at = Some(opens_at.max(self.outage_until));
        wire.is_spare = self.session.is_spare(wire.connection);
        self.links = (wire.up.link(), wire.down.link());
        if wire.is_spare {
            self.spares_dialled += 1;
            self.spare = Some(wire);
        } else if self.session.holds(self.wire.connection) {
            self.beside = Some(wire);
        } else {
            (self.wire, self.closed) = (wire, None);
        }
    }

    /// Drops what the session is done with.
    pub(super) fn hang_up(&mut self, now: Micros) {
        let clock = self.clock(now);
        while let Some((connection, how)) = self.session.poll_hang_up(clock) {
            let wires = iter::once(&mut self.wire).chain(&mut self.beside).chain(&mut self.spare);
            for wire in wires.filter(|wire| wire.connection == connection) {
                assert!(wire.is_spare || how == HangUp::Abandon, "nobody leaves");
                wire.abandon(&mut self.lost);
            }
        }
        self.spare.take_if(|spare| !self.session.is_spare(spare.connection));
        self.beside.take_if(|beside| !self.session.holds(beside.connection));
        if !self.session.holds(self.wire.connection)
            && let Some(beside) = self.beside.take()
        {
            self.wire = beside;
        }
    }

    /// The server takes the connections that are there by `now`.
    pub(super) fn open(&mut self, room: &mut Room<G>, now: Micros) {
        let clock = self.clock(now);
        for wire in iter::once(&mut self.wire).chain(&mut self.beside).chain(&mut self.spare) {
            if let Err(reason) = wire.open(room, &mut self.session, now, clock)
                && !wire.is_spare
            {
                self.closed = Some(reason);
            }
        }
    }

    /// Takes what came by `now`.
    pub(super) fn receive(&mut self, now: Micros) -> Result<(), PeerFault> {
        let clock = self.clock(now);
        for wire in iter::once(&mut self.wire).chain(&mut self.beside).chain(&mut self.spare) {
            wire.receive(&mut self.session, now, clock)?;
        }
        Ok(())
    }

    /// Sends what is due.
    pub(super) fn transmit(&mut self, now: Micros) {
        let clock = self.clock(now);
        for wire in iter::once(&mut self.wire).chain(&mut self.beside).chain(&mut self.spare) {
            while let Some(message) = self.session.poll_transmit(wire.connection, clock) {
                if !wire.is_spare {
                    self.last_sent = Some(message.to_vec());
                }
                self.messages_sent += 1;
                wire.up.push(now, message);
            }
        }
    }

    /// The server closes whichever connection has this seat.
    pub(super) fn close(&mut self, seat: ClientId, reason: &CloseReason) {
        self.lost.retain(|lost| lost.seat != seat);
        self.with_each(|wire| match wire.seat == Some(seat) {
            true => Err(reason.clone()).inspect_err(|reason| wire.close(reason)),
            false => Ok(()),
        });
    }
}

/// A client is asked for what the connection has that it plays by.
impl<G: Game> Deref for Client<G> {
    type Target = Wiring;

    fn deref(&self) -> &Wiring {
        &self.wire
    }
}

impl<G: Game> DerefMut for Client<G> {
    fn deref_mut(&mut self) -> &mut Wiring {
        &mut self.wire
    }
}
