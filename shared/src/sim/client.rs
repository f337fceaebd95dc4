//! [`Client`]: one player's session of an arena, and the connection that it has.

use alloc::string::ToString;
use alloc::vec::Vec;

use super::line::Line;
use super::link::Link;
use crate::error::CloseReason;
use crate::game::Game;
use crate::id::ClientId;
use crate::message::InputReport;
use crate::replica::Replica;
use crate::session::{Closed, ConnectionId, Session};
use crate::tick::Micros;

/// A client: a player's session and its connection.
pub struct Client<G: Game> {
    /// The session: dials, hears silence, and holds the replica.
    pub session: Session<Replica<G>>,
    /// Its seat, while it is connected.
    pub seat: Option<ClientId>,
    /// Client to server.
    pub up: Line,
    /// Server to client.
    pub down: Line,
    /// Why the server closed it.
    pub closed: Option<CloseReason>,
    /// Events of the game that it was told, oldest first.
    pub events: Vec<G::Event>,
    /// Reports on its own inputs that it was told, oldest first.
    pub reports: Vec<InputReport>,
    /// Its last message.
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
    /// The connection that it has, or the last.
    pub(super) connection: ConnectionId,
    /// The time at which the server takes the connection that is being dialled.
    pub(super) opens_at: Option<Micros>,
    /// The time before which nothing gets through.
    outage_until: Micros,
    /// The server's close frame, on its way behind its messages.
    farewell: Option<Closed>,
    /// Connections that the client abandoned, and of whose end the server has not heard.
    pub(super) lost: Vec<Lost>,
    /// The links of the connection that it has, or of the last.
    pub(super) links: (Link, Link),
    pub(super) spare: Option<SpareLine>,
    pub(super) spares_dialled: u64,
}

/// A client's spare connection.
pub(super) struct SpareLine {
    pub(super) connection: ConnectionId,
    pub(super) opens_at: Option<Micros>,
    pub(super) seat: Option<ClientId>,
    pub(super) up: Line,
    pub(super) down: Line,
}

/// A connection that a client abandoned: what it had said before is still on its way.
pub(super) struct Lost {
    pub(super) seat: ClientId,
    pub(super) up: Line,
}

impl<G: Game> Client<G> {
    pub(super) const fn new(session: Session<Replica<G>>, connection: ConnectionId, up: Line, down: Line) -> Self {
        Self {
            session,
            seat: None,
            closed: None,
            events: Vec::new(),
            reports: Vec::new(),
            last_sent: None,
            messages_sent: 0,
            returns: None,
            picture_period: Micros(0),
            next_picture: Micros(0),
            clock_off: 0,
            connection,
            opens_at: None,
            outage_until: Micros(0),
            farewell: None,
            lost: Vec::new(),
            links: (up.link(), down.link()),
            spare: None,
            spares_dialled: 0,
            up,
            down,
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
        let own = own.into_iter().chain(self.spare_due(now));
        own.chain(self.down.next_due(now)).chain(self.opens_at).min()
    }

    /// Its network is cut until then: nothing gets through, on this connection or on a new one. What was sent
    /// arrives afterwards.
    pub fn cut_off(&mut self, until: Micros) {
        self.outage_until = self.outage_until.max(until);
        self.up.stall(until);
        self.down.stall(until);
    }

    /// Has a new connection in place of the one before.
    pub(super) fn dial(&mut self, connection: ConnectionId, mut up: Line, mut down: Line, opens_at: Micros) {
        up.stall(self.outage_until);
        down.stall(self.outage_until);
        self.links = (up.link(), down.link());
        (self.connection, self.up, self.down) = (connection, up, down);
        (self.seat, self.closed, self.farewell) = (None, None, None);
        self.opens_at = Some(opens_at.max(self.outage_until));
    }

    /// The session has dropped the connection; the server hears of it behind what was said before.
    pub(super) fn abandon(&mut self) {
        (self.opens_at, self.farewell) = (None, None);
        self.down.cut();
        let up = core::mem::replace(&mut self.up, Line::new(Link::default(), 0));
        self.lost.extend(self.seat.take().map(|seat| Lost { seat, up }));
    }

    /// The server closed the connection.
    pub(super) fn close(&mut self, reason: CloseReason) {
        self.seat = None;
        self.farewell = Some(Closed::with(reason.close_code(), reason.to_string()));
        self.closed = Some(reason);
    }

    /// Takes the server's close frame, once all that was before it has been read.
    pub(super) fn take_farewell(&mut self, now: Micros) {
        if self.down.is_drained(now)
            && let Some(closed) = self.farewell.take()
        {
            let clock = self.clock(now);
            self.session.handle_closed(self.connection, closed, clock);
        }
    }
}
