//! What a room does for players who talk beside the game: it takes lines from their connections and brings them lines,
//! once a tick. The game and the log know nothing of it.

use std::sync::Arc;
use std::time::Instant;

use auspice::message::{Channel, SaidLine, Talk};
use auspice::{ClientId, Game};

use super::Driver;
use super::lanes::SeatIndex;
use crate::limits::{ROOM_LINES_BURST, ROOM_LINES_PER_SECOND};
use crate::net::{Rate, Source};
use crate::talk::{SentLine, Speaker, TalkHall};

/// Name by which a log that is shown answers.
const ANSWERS_AS: &str = "replay";

/// Rate of the lines to a room.
const TO_ROOM: Rate = Rate { burst: ROOM_LINES_BURST, per_second: ROOM_LINES_PER_SECOND };

fn numbered_behind(hall: &TalkHall, heard: u64) -> Vec<(u64, SentLine)> {
    hall.lines_behind(heard).map(|(number, line)| (number, Arc::clone(line))).collect()
}

impl<G: Game> Driver<G> {
    /// A player plays here from now on, or again: others are told of it, and it of where it is.
    pub(super) fn note_present(&mut self, client: ClientId) {
        let Some(desk) = &self.talk else { return };
        let Some(name) = self.room.client(client).and_then(|status| status.name) else { return };
        desk.enter(client, name);
        let here = Talk::Room { code: desk.room.to_string() };
        if let Some(at) = self.lanes.find(client) {
            self.tell(at, &here);
        }
    }

    /// A player plays here no more, or is away.
    pub(super) fn note_absent(&self, client: ClientId) {
        self.talk.iter().for_each(|desk| desk.leave(client));
    }

    /// The player at `at` says a line.
    pub(super) fn say(&mut self, at: SeatIndex, text: &str) {
        if let Err(why) = self.take_line(at, text) {
            self.unsay(at, why);
        }
    }

    /// A line of the player at `at` is not taken.
    pub(super) fn unsay(&mut self, at: SeatIndex, why: &str) {
        self.metrics.lines_refused.inc();
        self.tell(at, &Talk::Unsaid { why: why.into() });
    }

    fn take_line(&mut self, at: SeatIndex, text: &str) -> Result<(), &'static str> {
        let Some(client) = self.lanes.client(at) else { return Ok(()) };
        let names = self.names_of(at, client);
        let status = self.room.client(client).ok_or("You do not play yet.")?;
        if !status.has_arrived {
            return Err("You were on your way to another room: say it again.");
        }
        let name = status.name.ok_or("You do not play yet.")?;
        let SaidLine { channel, text } = SaidLine::read(text)?;
        let (Some(desk), now) = (&mut self.talk, Instant::now()) else { return Err("Nobody talks here.") };
        let room = desk.told_room();
        if desk.hall.with(|hall| hall.is_silenced(&names)) {
            return Err("An operator has silenced you.");
        }
        if let Some(speaker) = names.into_iter().next() {
            desk.hall.with(|hall| hall.count_line(speaker, now))?;
        }
        if desk.hall.orders().is_some_and(|orders| orders.take(client, text)) {
            return Ok(());
        }
        match channel {
            Channel::All => desk.hall.with(|hall| hall.say(room, name, text, now))?,
            Channel::Room if !desk.rate.take(1, TO_ROOM, now) => {
                return Err("Too many lines are said in this room just now: wait a moment.");
            }
            Channel::Room => {
                let room = room.map(|code| code.to_string());
                let line = Talk::Line { channel, room, name: name.into(), text: text.into() };
                self.lanes.hear(&line.write().into());
                desk.has_waiting = true;
            }
        }
        self.metrics.lines.add(channel.word());
        Ok(())
    }

    /// The names by which the player at `at` may have been silenced, the one that lasts longest first.
    fn names_of(&mut self, at: SeatIndex, client: ClientId) -> Vec<Speaker> {
        let player = self.room.player_of(client).map(|player| Speaker::Player(player.to_owned()));
        let source = self.lanes.seat(at).and_then(|seat| Source::of(seat.address.ip())).map(Speaker::Source);
        player.into_iter().chain(source).chain([Speaker::Seat(self.entry.code, client)]).collect()
    }

    /// Lets a client, called as `/clients` does, say nothing any more, or again. False if there is none of that name,
    /// or nobody talks.
    pub(super) fn silence(&mut self, client: &str, is_silenced: bool) -> bool {
        let Some((client, at)) = self.lanes.find_called(client) else { return false };
        let name = self.names_of(at, client).into_iter().next();
        let Some((desk, name)) = self.talk.as_ref().zip(name) else { return false };
        desk.hall.with(|hall| hall.silence(name, is_silenced));
        true
    }

    fn tell(&mut self, at: SeatIndex, talk: &Talk) {
        if let Some(desk) = &mut self.talk {
            self.lanes.hear_alone(at, talk.write().into());
            desk.has_waiting = true;
        }
    }

    /// Takes what a log that is shown answers.
    pub(super) fn hear_answers(&mut self) {
        let Some(desk) = &mut self.talk else { return };
        let Some(orders) = desk.hall.orders().cloned() else { return };
        while let Some((client, text)) = orders.next_answer() {
            let room = desk.told_room().map(|code| code.to_string());
            let line: SentLine =
                Talk::Line { channel: Channel::Room, room, name: ANSWERS_AS.into(), text }.write().into();
            desk.has_waiting = true;
            match client.map(|client| self.lanes.find(client)) {
                None => self.lanes.hear(&line),
                Some(at) => at.into_iter().for_each(|at| self.lanes.hear_alone(at, Arc::clone(&line))),
            }
        }
    }

    /// Takes the lines to everyone that were said since the last tick.
    pub(super) fn hear_all(&mut self) {
        let Some(desk) = self.talk.as_mut().filter(|desk| desk.hall.newest() != desk.heard) else { return };
        let (lines, newest) = desk.hall.with(|hall| (numbered_behind(hall, desk.heard), hall.newest()));
        desk.heard = newest;
        desk.has_waiting = true;
        lines.iter().for_each(|(number, line)| self.lanes.hear_numbered(*number, line));
    }

    /// The player at `at` has come from another room, which may have been behind this one in what is said to all: it
    /// hears what it has missed.
    pub(super) fn catch_up(&mut self, at: SeatIndex) {
        let (Some(desk), Some(heard)) = (&mut self.talk, self.lanes.heard(at)) else { return };
        let missed = desk.hall.with(|hall| numbered_behind(hall, heard));
        let missed = missed.into_iter().filter(|(number, _)| *number <= desk.heard);
        missed.for_each(|(number, line)| self.lanes.hear_numbered_alone(at, number, line));
        desk.has_waiting = true;
    }

    /// The player at `at` goes to another room, and has heard what was said to all until now.
    pub(super) fn stop_hearing(&mut self, at: SeatIndex) {
        if let Some(desk) = &self.talk {
            self.lanes.leave_hall(at, desk.heard);
        }
    }

    /// Has the lines written that wait for the client at `at`.
    pub(super) fn send_lines(&mut self, at: SeatIndex) {
        if self.talk.as_ref().is_some_and(|desk| desk.has_waiting) {
            self.lanes.push_lines(at);
        }
    }

    /// Everybody who takes anything in this tick has been sent its lines.
    pub(super) fn end_lines(&mut self) {
        if let Some(desk) = self.talk.as_mut().filter(|desk| desk.has_waiting) {
            desk.has_waiting = self.lanes.have_lines();
        }
    }
}
