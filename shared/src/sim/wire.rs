//! [`Wiring`]: a connection of a client, as both ends have it.

use alloc::vec::Vec;

use super::line::Line;
use super::link::Link;
use crate::authority::Room;
use crate::error::{CloseReason, PeerFault};
use crate::game::Game;
use crate::id::ClientId;
use crate::replica::Replica;
use crate::session::{Closed, ConnectionId, Session};
use crate::tick::Micros;

/// A connection: its two lines, and the seat behind it.
pub struct Wiring {
    /// The client's seat, while the server has this connection.
    pub seat: Option<ClientId>,
    /// Client to server.
    pub up: Line,
    /// Server to client.
    pub down: Line,
    /// Whether it carries nothing but inputs once more.
    pub(super) is_spare: bool,
    /// The connection for the session.
    pub(super) connection: ConnectionId,
    /// The time at which the server takes it, while it is being dialled.
    pub(super) opens_at: Option<Micros>,
    /// The server's close frame, on its way behind its messages.
    farewell: Option<Closed>,
}

/// A connection that a client abandoned: what it had said before is still on its way.
pub(super) struct Lost {
    pub(super) seat: ClientId,
    pub(super) up: Line,
}

impl Wiring {
    pub(super) const fn new(connection: ConnectionId, up: Line, down: Line) -> Self {
        Self { seat: None, up, down, is_spare: false, connection, opens_at: None, farewell: None }
    }

    /// Lets nothing through until then. What was sent arrives afterwards.
    pub(super) fn stall(&mut self, until: Micros) {
        self.up.stall(until);
        self.down.stall(until);
    }

    /// The server takes the connection, if it is there by `now` and there is a place.
    pub(super) fn open<G: Game>(
        &mut self,
        room: &mut Room<G>,
        session: &mut Session<Replica<G>>,
        now: Micros,
        clock: Micros,
    ) -> Result<(), CloseReason> {
        if self.opens_at.take_if(|at| *at <= now).is_none() {
            return Ok(());
        }
        let seat = room.connect().inspect_err(|reason| self.close(reason))?;
        self.seat = Some(seat);
        session.handle_opened(self.connection, clock);
        Ok(())
    }

    /// Hands the session what came, and the server's close frame once all that was before it has been read.
    pub(super) fn receive<G: Game>(
        &mut self,
        session: &mut Session<Replica<G>>,
        now: Micros,
        clock: Micros,
    ) -> Result<(), PeerFault> {
        while let Some(message) = self.down.pop(now) {
            session.handle_message(self.connection, &message, clock)?;
        }
        if self.down.is_drained(now)
            && let Some(closed) = self.farewell.take()
        {
            session.handle_closed(self.connection, closed, clock);
        }
        Ok(())
    }

    /// The server reads what came.
    pub(super) fn read<G: Game>(&mut self, room: &mut Room<G>, now: Micros) -> Result<(), CloseReason> {
        let Some(seat) = self.seat else { return Ok(()) };
        while let Some(message) = self.up.pop(now) {
            room.handle_message(seat, &message).inspect_err(|reason| self.close(reason))?;
        }
        Ok(())
    }

    /// The server closed the connection.
    pub(super) fn close(&mut self, reason: &CloseReason) {
        self.seat = None;
        self.farewell = Some(Closed::with(reason.close_code(), reason.text()));
    }

    /// The client has dropped the connection; the server hears of it behind what was said before.
    pub(super) fn abandon(&mut self, lost: &mut Vec<Lost>) {
        (self.opens_at, self.farewell) = (None, None);
        self.down.cut();
        let up = core::mem::replace(&mut self.up, Line::new(Link::default(), 0));
        lost.extend(self.seat.take().map(|seat| Lost { seat, up }));
    }
}
