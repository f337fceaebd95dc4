//! [`Room`] as the program around it steers it: what the server says of itself, where the room is found, and how much
//! its clients are served.

use alloc::string::String;

use super::record::Call;
use super::room::Room;
use super::service_level::ServiceLevel;
use crate::game::Game;
use crate::limits::WAYS_MAX;
use crate::message::{Announcement, TickReport};

impl<G: Game> Room<G> {
    /// Sets the server's measurements of its ticks, for clients that ask.
    pub fn set_report(&mut self, report: TickReport) {
        self.report = report;
    }

    /// Tells every client what the server says of itself, where that is something else than before. Who comes
    /// later is told as well.
    pub fn announce(&mut self, announcement: Announcement) {
        if announcement != self.announcement {
            self.note(&Call::Announced(announcement));
            self.announcement = announcement;
            self.seats.values_mut().for_each(|seat| seat.wants_announcement = true);
        }
    }

    /// Tells every client the addresses by which it comes back to this room after a loss, the best first, where those
    /// are others than before: [`WAYS_MAX`] at most, each of [`WAY_BYTES_MAX`](crate::limits::WAY_BYTES_MAX) bytes.
    /// Who comes later is told as well. They are not saved.
    pub fn set_ways(&mut self, ways: &[String]) {
        let ways = &ways[..ways.len().min(WAYS_MAX)];
        if ways != self.ways {
            self.ways = ways.to_vec();
            self.tell_ways();
        }
    }

    /// Tells every client to dial this address beside its connection, with its token, since the room goes on there
    /// soon: it plays here until it is told something there. Of [`WAY_BYTES_MAX`](crate::limits::WAY_BYTES_MAX) bytes
    /// at most. Who comes later is told as well; `None` tells nobody any more. It is not saved.
    pub fn set_ahead(&mut self, address: Option<String>) {
        let is_new = address.is_some() && address != self.ahead;
        self.ahead = address;
        if is_new {
            self.tell_ways();
        }
    }

    /// Tells every client where this room is found.
    pub(super) fn tell_ways(&mut self) {
        self.seats.values_mut().for_each(|seat| seat.wants_ways = true);
        self.note(&Call::WaysTold);
    }

    /// Serves every client less from now on, or as before. What a client holds stays exact.
    pub fn set_service_level(&mut self, service_level: ServiceLevel) {
        if service_level != self.service_level {
            self.note(&Call::Served(service_level));
        }
        if service_level.send_every_times != self.service_level.send_every_times {
            // Clients that were all served in the same tick take turns from now on.
            let every = service_level.send_every(&self.ground.terms);
            for (index, seat) in self.seats.values_mut().enumerate() {
                seat.not_before = self.tick.plus(every + index as u32 % every);
            }
        }
        self.service_level = service_level;
    }

    /// The caller comes `ticks` late to bring what clients sent: it comes in a heap, and that is no fault of theirs.
    pub fn excuse(&mut self, ticks: u32) {
        if ticks > 0 {
            self.note(&Call::Excused(ticks));
            self.seats.values_mut().for_each(|seat| seat.excuse(ticks));
        }
    }
}
