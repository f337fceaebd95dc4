//! Inputs that come to a room which another machine goes on with, on their way there.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::inbox::DueInput;
use super::record::Call;
use super::room::Room;
use crate::game::Game;
use crate::id::ClientId;
use crate::message::control;

/// A client's input for a tick to come.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct LateInput<G: Game> {
    client: ClientId,
    due: DueInput<G::Input>,
}

impl<G: Game> Room<G> {
    /// Takes out the inputs that wait for ticks to come, since this room makes none any more: as parts for
    /// [`take_late_inputs`](Self::take_late_inputs) of whoever goes on with it, of `bytes_max` bytes at most each.
    /// Those that waited when the room was saved are there already.
    pub fn drain_inputs(&mut self, bytes_max: usize, mut each: impl FnMut(&[u8])) {
        let (mut part, mut bytes) = (Vec::new(), Vec::new());
        for (client, seat) in self.seats.iter_mut() {
            for due in seat.inbox.drain() {
                bytes.clear();
                if !control::save(&LateInput::<G> { client, due }, &mut bytes) || bytes.len() > bytes_max {
                    continue;
                }
                if part.len() + bytes.len() > bytes_max {
                    each(&part);
                    part.clear();
                }
                part.append(&mut bytes);
            }
        }
        if !part.is_empty() {
            each(&part);
        }
    }

    /// Takes in what [`drain_inputs`](Self::drain_inputs) made on the machine that had the room before: of players who
    /// are here, and as far as it is that.
    pub fn take_late_inputs(&mut self, part: &[u8]) {
        self.note(&Call::CameLate(part));
        let (mut rest, made) = (part, self.tick);
        while !rest.is_empty()
            && let Some(LateInput { client, due }) = control::load::<LateInput<G>>(&mut rest)
        {
            if let Some(seat) = self.seats.get_mut(client) {
                seat.inbox.put_late(made, due);
            }
        }
    }
}
