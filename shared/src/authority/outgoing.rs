//! [`Room::poll_update`]: the messages that go out to a client.

use alloc::vec::Vec;
use core::mem;

use super::room::Room;
use super::seat::{Seat, SeatStanding};
use super::view::{Extras, Scene};
use crate::error::CloseReason;
use crate::game::Game;
use crate::id::ClientId;
use crate::limits::{BLOCKS_MAX, HELLO_SECONDS_MAX, STALL_SECONDS_MAX};
use crate::link::{ServerSide, Window};
use crate::message::{Announcement, Reports, UpdateBlock, Welcome, control};

/// Result of [`Room::poll_update`] for a client.
#[derive(Debug)]
pub enum Outgoing<'a> {
    /// No message this time.
    Nothing,
    /// A message for its socket.
    Message(&'a [u8]),
    /// Its socket is to be closed with this reason; the room has already forgotten the client.
    Close(CloseReason),
}

pub(super) enum Next {
    Nothing,
    Welcome,
    Update,
    Close(CloseReason),
}

impl<G: Game> Room<G> {
    /// The next message for `client`: the welcome (for one that comes from another room, an empty message before) and
    /// at once the first update, then an update each time one is due and its window is open. Call it after each tick
    /// until there is nothing, if the client's socket took all that the tick before had for it.
    pub fn poll_update(&mut self, client: ClientId) -> Outgoing<'_> {
        let next = self.next_for(client);
        if let (Some(recorder), false) = (&mut self.recorder, matches!(next, Next::Nothing)) {
            recorder.updated(client);
        }
        match next {
            Next::Nothing => Outgoing::Nothing,
            Next::Close(reason) => {
                // A player whose connection is too slow may come back by a better one.
                self.lose(client);
                Outgoing::Close(reason)
            }
            Next::Welcome => self.welcome(client),
            Next::Update => self.update(client),
        }
    }

    fn next_for(&mut self, client: ClientId) -> Next {
        let Some(seat) = self.seats.get(client) else { return Next::Nothing };
        if let SeatStanding::Spare(player) = seat.standing {
            return self.next_for_spare(seat, client, player);
        }
        let seconds = |seconds: u32| seconds * self.ground.terms.tick_hz;
        match seat.link {
            _ if matches!(seat.standing, SeatStanding::Suspended { .. }) => Next::Nothing,
            ServerSide::Greeting if self.tick.since(seat.since) > seconds(HELLO_SECONDS_MAX) => {
                Next::Close(CloseReason::HelloLate)
            }
            ServerSide::Greeting => Next::Nothing,
            _ if seat.link.is_welcomed_next() => {
                if matches!(seat.standing, SeatStanding::Playing) {
                    Next::Welcome
                } else {
                    Next::Nothing
                }
            }
            _ => {
                let window = &seat.view.window;
                if seat.overflows() {
                    Next::Close(CloseReason::EventsOverflow)
                } else if window.stalled(self.tick) > seconds(STALL_SECONDS_MAX) + self.deadlines.most() {
                    Next::Close(CloseReason::Stalled)
                } else if seat.view.has_begun() && !self.is_due(seat) {
                    Next::Nothing
                } else if !window.is_open(&self.window_bounds) {
                    self.stats.held_back += 1;
                    Next::Nothing
                } else {
                    Next::Update
                }
            }
        }
    }

    /// Whether the client is to be told something: once it may, and it has waited for long enough.
    fn is_due(&self, seat: &Seat<G>) -> bool {
        let since = self.tick.since(seat.view.window.sent);
        if since < self.service_level.send_every(&self.ground.terms) || self.tick < seat.not_before {
            return false;
        }
        let has_word = seat.wants_report || seat.wants_announcement || seat.wants_ways || seat.stays.is_some();
        has_word || seat.view.is_due(self.tick, self.deadlines.most())
    }

    fn welcome(&mut self, client: ClientId) -> Outgoing<'_> {
        let Some(seat) = self.seats.get_mut(client) else { return Outgoing::Nothing };
        if let SeatStanding::Spare(player) = seat.standing {
            return self.welcome_spare(client, player);
        }
        if seat.link.take_mark() {
            return Outgoing::Message(&[]);
        }
        let resume = seat.session.as_mut().and_then(|session| session.token.take());
        let (commands, event) = (seat.commands_taken, seat.told.first());
        let welcome = Welcome { client, tick: self.tick, resume, commands, event, terms: self.ground.terms.clone() };
        // That it can be encoded was seen when the room was made.
        let Ok(bytes) = control::encode(&welcome) else { return Outgoing::Nothing };
        seat.link.welcomed(self.tick);
        seat.is_welcome = true;
        seat.view.window = Window::new(self.tick);
        seat.wants_announcement = self.announcement != Announcement::default();
        seat.wants_ways = !self.ways.is_empty() || self.ahead.is_some();
        let out = &mut self.scratch.out;
        out.clear();
        out.write_bytes(&bytes);
        Outgoing::Message(out.finish())
    }

    fn update(&mut self, client: ClientId) -> Outgoing<'_> {
        let Some(seat) = self.seats.get_mut(client) else { return Outgoing::Nothing };
        // Nothing is allocated while nobody has anything to say.
        let mut words = Vec::new();
        if mem::take(&mut seat.wants_report) {
            let bits = self.scratch.tally.0.clone();
            let reports = Reports { ticks: self.report, inputs: seat.inbox.counts, bits };
            words.extend(control::encode(&UpdateBlock::Reports(reports)));
        }
        if mem::take(&mut seat.wants_announcement) {
            words.extend(control::encode(&UpdateBlock::Announcement(self.announcement)));
        }
        if mem::take(&mut seat.wants_ways) {
            words.extend(control::encode(&UpdateBlock::Ways(self.ways.clone())));
            words.extend(self.ahead.clone().and_then(|address| control::encode(&UpdateBlock::Ahead(address)).ok()));
        }
        if let Some(why) = seat.stays.take() {
            words.extend(control::encode(&UpdateBlock::Stays { why }));
        }
        debug_assert!(words.len() <= BLOCKS_MAX as usize, "a client should take all that it is told");
        let scene = Scene {
            tick: self.tick,
            terms: &self.ground.terms,
            cadence: self.cadence,
            game: &self.game,
            published: &self.published,
        };
        let extras = Extras {
            client,
            viewpoint: self.viewpoints.get(client).copied().unwrap_or_default(),
            input: seat.inbox.newest_at(self.tick),
            words: &words,
            window_bounds: &self.window_bounds,
            entering_radius: self.service_level.entering_radius(&self.ground.terms),
        };
        self.scratch.causes.add(seat.view.cause(self.tick, self.deadlines.most(), !words.is_empty()));
        seat.told.note_sent(self.tick, &seat.view.events);
        seat.view.update(&scene, &extras, &mut self.scratch, &mut self.stats);
        let message = self.scratch.out.finish();
        self.stats.payload_bytes += message.len() as u64;
        Outgoing::Message(message)
    }
}
