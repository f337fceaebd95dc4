//! Connections that go from one room to another: a room reads a hello that is for another one, and sends it on.

use auspice::authority::{Admitted, Applicant, Decision};
use auspice::message::Credential;
use auspice::{ClientId, Game};

use super::Driver;
use super::lanes::SeatIndex;
use crate::net::{Arrival, Errand, Introduction, Refusal, Source};
use crate::rooms::{Choice, RoomWish};

impl<G: Game> Driver<G> {
    /// A connection came here from another room, by that one's word.
    pub(super) fn introduce(&mut self, at: SeatIndex, client: ClientId, introduction: Introduction) {
        match introduction {
            Introduction::Hello { name, credential } => self.room.introduce(client, &name, credential),
            Introduction::Judged(admitted) => {
                self.room.introduce(client, &admitted.name, Credential::Open);
                self.fleeting.judged.push((client, admitted));
            }
            Introduction::Player(admitted) => self.receive_player(at, client, admitted),
        }
    }

    /// A player of another room is here.
    fn receive_player(&mut self, at: SeatIndex, client: ClientId, admitted: Admitted) {
        let Some(seat) = self.lanes.seat(at) else { return };
        let (address, name, errand) = (seat.address, admitted.name.clone(), std::mem::take(&mut seat.errand));
        seat.name = Some(name.clone());
        self.catch_up(at);
        self.room.receive(client, &name);
        let source = Source::of(address.ip());
        match self.registrar.bring_in(&mut self.room, client, admitted) {
            Decision::Joins => {
                self.keep(client, source);
                self.metrics.room_moves.inc();
            }
            Decision::Resumes(owner) => {
                self.keep(owner, source);
                self.metrics.room_moves.inc();
                self.take_seat(at, owner);
            }
            // Nobody is both.
            Decision::HelpsOut => {}
            Decision::Refused(reason) => {
                self.lanes.leave(at);
                self.journal.ended(address, Some(&name), &reason.clone().into());
                self.lanes.close(at, &reason);
            }
        }
        self.note_joined();
        drop(errand);
    }

    /// Players go where they wanted to go, or the game sent them; whoever cannot is told why.
    pub(super) fn grant_wishes(&mut self) {
        self.tend_travels();
        for (client, room) in std::mem::take(&mut self.wishes) {
            if let Err(why) = self.let_go(client, &room) {
                self.room.stay(client, why);
            }
        }
    }

    /// Lets a player go to another room with its connection, of which all was written.
    pub(super) fn let_go(&mut self, client: ClientId, room: &str) -> Result<(), &'static str> {
        let wish = RoomWish::parse(room).ok_or(Refusal::NoSuchRoom.sentence())?;
        if !self.roster.is_of_many() {
            return Err("This server has one room.");
        }
        if self.is_wanted(&wish) {
            return Err("You are there already.");
        }
        let at = self
            .lanes
            .find(client)
            .filter(|&at| !self.lanes.is_busy(at))
            .ok_or("Your connection is too slow just now.")?;
        let address = self.lanes.seat(at).map(|seat| seat.address).ok_or("You have no connection.")?;
        let choice = match self.choose(&wish, Source::of(address.ip())) {
            Err(Refusal::Elsewhere) => return self.look_for(client, &wish),
            chosen => chosen.map_err(Refusal::sentence)?,
        };
        let Choice { entry, reserved, .. } = choice;
        let permit = entry.arrivals.try_reserve().map_err(|_| Refusal::Overloaded.sentence())?;
        let (name, player) = self.room.depart(client).ok_or("You do not play yet.")?;
        self.stop_hearing(at);
        let Some((socket, address)) = self.lanes.take_out(at) else { return Ok(()) };
        self.departed.push(client);
        let introduction = Some(Introduction::Player(Admitted { player, name }));
        let errand = Errand::default().bound_for(reserved, None);
        permit.send(Box::new(Arrival { socket, address, errand, under_way: None, introduction }));
        self.roster.wake(&entry);
        Ok(())
    }

    /// The room that a player wants, if it has a place for it.
    fn choose(&self, wish: &RoomWish, source: Option<Source>) -> Result<Choice, Refusal> {
        let choice = self.roster.choose_for(wish, &self.door, source, !self.stop.is_draining())?;
        match choice.closed {
            Some(refusal) => Err(refusal),
            // Its own place is counted by now.
            None if choice.entry.is_overfull() => Err(Refusal::Full),
            None => Ok(choice),
        }
    }

    /// The room to which who applies belongs, if that is another one: by the token of a seat there, or by a ticket's
    /// word.
    pub(super) fn find_room_of(&self, applicant: &Applicant) -> Option<Choice> {
        if !self.roster.is_of_many() {
            return None;
        }
        match &applicant.credential {
            Credential::Resume(token) | Credential::Spare(token) => {
                let (start, _) = token.0.split_first_chunk().filter(|(start, _)| !self.entry.knows_tokens(**start))?;
                let entry = self.roster.find_by_token(*start)?;
                let reserved = entry.reserve();
                Some(Choice { entry, reserved, closed: None, on_to: None })
            }
            credential => {
                let (player, room) = self.gate.names(credential)?;
                if self.room.find_player(&player).is_some() {
                    return None;
                }
                let Some(room) = room else {
                    // Its seat is taken over wherever that is.
                    let entry = self.roster.find_by_player(&player).filter(|entry| entry.code != self.entry.code)?;
                    let reserved = entry.reserve();
                    return Some(Choice { entry, reserved, closed: None, on_to: None });
                };
                let wish = RoomWish::parse(&room).filter(|wish| !self.is_wanted(wish))?;
                // Whoever has a ticket for a room may have it made.
                let choice = self.roster.choose(&wish, || true).ok()?;
                // Where none can be made for it, it is judged here.
                let is_new = !matches!(wish, RoomWish::New(_)) || choice.closed.is_none();
                (choice.entry.code != self.entry.code && is_new).then_some(choice)
            }
        }
    }

    /// Whether who applies has a ticket for this very room.
    pub(super) fn is_for_here(&self, applicant: &Applicant) -> bool {
        let room = self.gate.names(&applicant.credential).and_then(|(_, room)| room);
        room.and_then(|room| RoomWish::parse(&room)).is_some_and(|wish| self.is_wanted(&wish))
    }

    /// Whether this room is what is wanted.
    pub(super) fn is_wanted(&self, wish: &RoomWish) -> bool {
        match wish {
            RoomWish::Code(code) => *code == self.entry.code,
            RoomWish::Any(options) => self.entry.suits(options),
            // The one that was made for it: whoever sees it empty need not have another made.
            RoomWish::New(options) => self.entry.is_private && self.entry.has(options) && self.room.players() == 0,
        }
    }

    /// Sends the connection at `at` on to another room, which judges its hello.
    ///
    /// # Errors
    /// Its errand, where that room takes nobody just now.
    pub(super) fn send_on(
        &mut self,
        at: SeatIndex,
        applicant: &Applicant,
        errand: Errand,
        choice: Choice,
    ) -> Result<(), Errand> {
        let Choice { entry, reserved, closed, .. } = choice;
        let Ok(permit) = entry.arrivals.try_reserve() else { return Err(errand) };
        let Some((socket, address)) = self.lanes.take_out(at) else { return Err(errand) };
        self.room.remove(applicant.client);
        let (name, credential) = (applicant.name.clone(), applicant.credential.clone());
        let introduction = Some(Introduction::Hello { name, credential });
        permit.send(Box::new(Arrival {
            socket,
            address,
            // Whatever closed the room that was asked for, this one is another.
            errand: errand.bound_for(reserved, closed),
            under_way: None,
            introduction,
        }));
        self.roster.wake(&entry);
        Ok(())
    }
}
