//! [`Sockets`]: a socket for each connection of a session, and the work between the two.

use auspice::Micros;
use auspice::session::{ConnectionId, Follower, HangUp, Session};

use super::socket::{Signal, Socket};

/// The sockets of a session: one for each connection that it has, which are two for a moment at most.
///
/// Call [`tend`](Self::tend), [`receive`](Self::receive) and [`transmit`](Self::transmit) in this order, as
/// often as there is a picture, or at least some 60 times a second. Nothing here waits. All times are of the
/// session's clock.
#[derive(Debug, Default)]
pub struct Sockets(Vec<(ConnectionId, Socket)>);

impl Sockets {
    /// No socket yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Hangs up what the session is done with, and opens a socket by `open` where it dials: to `address`, or where a
    /// server has said that the player's room is elsewhere, to that. Whether it did.
    pub fn tend<F: Follower>(
        &mut self,
        session: &mut Session<F>,
        now: Micros,
        address: &str,
        open: impl FnOnce(&str) -> Socket,
    ) -> bool {
        self.hang_up(session, now);
        let dialled = session.poll_dial(now);
        self.0.extend(dialled.map(|id| (id, open(session.address(id).unwrap_or(address)))));
        dialled.is_some()
    }

    /// Hands the session what came.
    pub fn receive<F: Follower>(&mut self, session: &mut Session<F>, now: Micros) {
        self.0.retain_mut(|(id, socket)| {
            while let Some(signal) = socket.poll() {
                match signal {
                    Signal::Opened => session.handle_opened(*id, now),
                    // A server that breaks the protocol is hung up by the session.
                    Signal::Message(bytes) => {
                        if session.handle_message(*id, &bytes, now).is_err() {
                            break;
                        }
                    }
                    Signal::Line(text) => session.handle_line(*id, &text),
                    Signal::Closed(closed) => {
                        session.handle_closed(*id, closed, now);
                        return false;
                    }
                }
            }
            true
        });
        self.hang_up(session, now);
    }

    /// Sends what the session has to say.
    pub fn transmit<F: Follower>(&mut self, session: &mut Session<F>, now: Micros) {
        for (id, socket) in &self.0 {
            // Each message builds on the last: one that finds no room must not be made.
            while socket.is_ready() {
                let Some(message) = session.poll_transmit(*id, now) else { break };
                socket.send(message);
            }
            while let Some(line) = session.poll_line(*id) {
                socket.say(line);
            }
        }
    }

    /// Says goodbye on all of them, whatever the session thinks.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Hangs up what the session is done with.
    pub fn hang_up<F: Follower>(&mut self, session: &mut Session<F>, now: Micros) {
        while let Some((id, how)) = session.poll_hang_up(now) {
            for (_, socket) in self.0.extract_if(.., |(other, _)| *other == id) {
                match how {
                    HangUp::Goodbye => drop(socket),
                    HangUp::Abandon => socket.abandon(),
                }
            }
        }
    }
}
