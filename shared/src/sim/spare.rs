//! Spare connections of an arena's clients, and both ends of them.

use super::arena::Arena;
use super::client::{Client, SpareLine};
use super::line::Line;
use crate::authority::{Outgoing, Room};
use crate::game::Game;
use crate::id::ClientId;
use crate::session::{Closed, ConnectionId};
use crate::tick::Micros;

impl<G: Game> Client<G> {
    /// Number of spare connections that it dialled, and whether it has one just now.
    #[must_use]
    pub const fn spares(&self) -> (u64, bool) {
        (self.spares_dialled, self.spare.is_some())
    }

    pub(super) fn is_spare(&self, connection: ConnectionId) -> bool {
        self.spare.as_ref().is_some_and(|spare| spare.connection == connection)
    }

    /// Has a spare connection from now on.
    pub(super) fn dial_spare(&mut self, connection: ConnectionId, up: Line, down: Line, opens_at: Micros) {
        self.spares_dialled += 1;
        self.spare = Some(SpareLine { connection, opens_at: Some(opens_at), seat: None, up, down });
    }

    /// The time at which something comes on the spare connection.
    pub(super) fn spare_due(&self, now: Micros) -> Option<Micros> {
        let spare = self.spare.as_ref()?;
        spare.down.next_due(now).into_iter().chain(spare.opens_at).min()
    }

    /// Takes what came on the spare connection.
    pub(super) fn hear_spare(&mut self, now: Micros, clock: Micros) {
        let Some(spare) = &mut self.spare else { return };
        while let Some(message) = spare.down.pop(now) {
            // Whatever is wrong with it ends that connection and nothing else.
            let _ = self.session.handle_message(spare.connection, &message, clock);
        }
    }

    /// Sends what is due on the spare connection.
    pub(super) fn send_spare(&mut self, now: Micros, clock: Micros) {
        let Some(spare) = &mut self.spare else { return };
        while let Some(message) = self.session.poll_transmit(spare.connection, clock) {
            self.messages_sent += 1;
            spare.up.push(now, message);
        }
    }

    /// The spare connection is gone, and the session hears of it where it did not end it itself.
    pub(super) fn lose_spare(&mut self, room: &mut Room<G>, now: Micros) {
        let Some(spare) = self.spare.take() else { return };
        spare.seat.into_iter().for_each(|seat| room.disconnect(seat));
        let clock = self.clock(now);
        self.session.handle_closed(spare.connection, Closed::without_word("the spare connection was closed"), clock);
    }
}

impl<G: Game> Arena<G> {
    /// The server takes a client's spare connection, if it is time.
    pub(super) fn open_spare(&mut self, index: usize) {
        let client = &mut self.clients[index];
        let Some(spare) = client.spare.as_mut().filter(|spare| spare.opens_at.is_some_and(|at| at <= self.now)) else { return };
        spare.opens_at = None;
        match self.room.connect() {
            Ok(seat) => {
                spare.seat = Some(seat);
                let connection = spare.connection;
                let clock = client.clock(self.now);
                client.session.handle_opened(connection, clock);
            }
            Err(_) => client.lose_spare(&mut self.room, self.now),
        }
    }

    /// Hands the room what came on spare connections.
    pub(super) fn read_spares(&mut self) {
        let (room, now) = (&mut self.room, self.now);
        for client in &mut self.clients {
            let Some(spare) = &mut client.spare else { continue };
            let Some(seat) = spare.seat else { continue };
            let is_sound = core::iter::from_fn(|| spare.up.pop(now)).all(|message| room.handle_message(seat, &message).is_ok());
            if !is_sound {
                client.lose_spare(room, now);
            }
        }
    }

    /// Takes up what the room has to say on spare connections: a word, or their end.
    pub(super) fn write_spares(&mut self) {
        let (room, now) = (&mut self.room, self.now);
        for client in &mut self.clients {
            let Some(spare) = &mut client.spare else { continue };
            let Some(seat) = spare.seat else { continue };
            match room.poll_update(seat) {
                Outgoing::Nothing => {}
                Outgoing::Message(message) => spare.down.push(now, message),
                Outgoing::Close(_) => client.lose_spare(room, now),
            }
        }
    }

    /// Ends the spare connection that has this seat.
    pub(super) fn end_spare(&mut self, seat: ClientId) {
        let is_it = |client: &&mut Client<G>| client.spare.as_ref().is_some_and(|spare| spare.seat == Some(seat));
        if let Some(client) = self.clients.iter_mut().find(is_it) {
            client.lose_spare(&mut self.room, self.now);
        }
    }
}
