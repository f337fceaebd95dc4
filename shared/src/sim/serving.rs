//! The server's half of an arena's tick: everyone is read, the room steps, everyone is written to.

use alloc::string::ToString;

use super::arena::{Arena, Fault};
use crate::authority::{Decision, Outgoing};
use crate::error::CloseReason;
use crate::game::Game;
use crate::id::ClientId;
use crate::message::Credential;

/// Ticks from one comparison of what a game handed over with its whole world to the next.
const HAND_OVER_COMPARED_TICKS: u32 = 16;

/// Bytes that the two kernels' buffers hold of a connection whose reader is slow, before the writer is refused.
const BUFFERS_BYTES: usize = 24 * 1024;

impl<G: Game> Arena<G> {
    /// The server's tick: read everyone once, step, write everyone once.
    pub(super) fn serve(&mut self) {
        let now = self.now;
        for client in &mut self.clients {
            client.with_each(|wire| wire.read(&mut self.room, now));
        }
        self.hear_of_the_lost();
        self.answer_applicants();
        if let Err(misuse) = self.room.tick() {
            self.faults.push(Fault(misuse.to_string()));
        }
        if self.room.tick_now().0.is_multiple_of(HAND_OVER_COMPARED_TICKS) {
            self.faults.extend(self.room.compare_hand_over().iter().map(|forgotten| Fault(forgotten.to_string())));
        }
        for index in 0..self.clients.len() {
            self.update(index);
        }
        if let Some(said) = self.twin.as_mut().and_then(|twin| twin.follow(&mut self.room)) {
            self.faults.push(Fault(said));
            // What differs now differs in every tick to come.
            self.twin = None;
        }
    }

    /// Writes a client its update on each of its connections; on those that it abandoned to nobody.
    fn update(&mut self, index: usize) {
        let client = &mut self.clients[index];
        client.lost.retain(|lost| !matches!(self.room.poll_update(lost.seat), Outgoing::Close(_)));
        client.with_each(|wire| {
            let Some(seat) = wire.seat.filter(|_| wire.down.bytes() < BUFFERS_BYTES) else { return Ok(()) };
            loop {
                match self.room.poll_update(seat) {
                    Outgoing::Nothing => return Ok(()),
                    Outgoing::Message(message) => {
                        for &byte in message {
                            self.digest = (self.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
                        }
                        wire.down.push(self.now, message);
                    }
                    Outgoing::Close(reason) => {
                        wire.close(&reason);
                        return Err(reason);
                    }
                }
            }
        });
    }

    /// Reads what was said on connections before they were abandoned, and that they were.
    fn hear_of_the_lost(&mut self) {
        let (room, now) = (&mut self.room, self.now);
        for client in &mut self.clients {
            client.lost.retain_mut(|lost| {
                while let Some(message) = lost.up.pop(now) {
                    if room.handle_message(lost.seat, &message).is_err() {
                        return false;
                    }
                }
                let is_heard = lost.up.is_drained(now);
                if is_heard {
                    room.disconnect(lost.seat);
                }
                !is_heard
            });
        }
    }

    /// Judges those who said hello.
    fn answer_applicants(&mut self) {
        while let Some(applicant) = self.room.poll_applicant() {
            let client = applicant.client;
            let is_spare = matches!(applicant.credential, Credential::Spare(_));
            let decision = if is_spare && self.refuses_spares {
                Decision::Refused(CloseReason::Full)
            } else if self.is_resumable {
                self.registrar.decide(&mut self.room, applicant, None)
            } else {
                let admitted = self.room.admit(client, &applicant.name, None);
                admitted.map_or_else(Decision::Refused, |()| Decision::Joins)
            };
            match decision {
                Decision::Joins | Decision::HelpsOut => {}
                Decision::Resumes(owner) => self.move_seat(client, owner),
                Decision::Refused(reason) => self.close(client, &reason),
            }
        }
    }

    fn move_seat(&mut self, from: ClientId, to: ClientId) {
        self.close(to, &CloseReason::TakenOver);
        for client in &mut self.clients {
            client.wires_mut().filter(|wire| wire.seat == Some(from)).for_each(|wire| wire.seat = Some(to));
            client.lost.iter_mut().filter(|lost| lost.seat == from).for_each(|lost| lost.seat = to);
        }
    }

    fn close(&mut self, seat: ClientId, reason: &CloseReason) {
        self.clients.iter_mut().for_each(|client| client.close(seat, reason));
    }
}
