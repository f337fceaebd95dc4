//! A room's part in a fleet: whether it may go on, what it leaves to another node, and players who go to rooms of
//! others.

use std::time::{Duration, Instant};

use auspice::authority::{Admitted, Applicant, Gatekeeper};
use auspice::error::{CloseReason, SessionEnd};
use auspice::message::{Credential, ResumeToken};
use auspice::session::BackOff;
use auspice::{ClientId, Game};
use tokio::sync::oneshot::error::TryRecvError;

use super::Driver;
use super::fleeting::Travel;
use super::lanes::SeatIndex;
use super::tape::Tape;
use crate::fleet::{FoundRoom, Wanted, way_to};
use crate::limits::{LATE_BYTES_MAX, LATE_PARTS_MAX};
use crate::net::{Arrival, Errand, Introduction, Refusal};
use crate::rooms::{RoomCode, RoomWish, Turn};

/// Time from one look to the next at a room that waits for a word of the fleet.
pub(super) const LOOK: Duration = Duration::from_millis(5);

/// Time in which players dial the node that is to go on with a room: six round trips of 160 ms, which is one to this
/// node and four for a connection by TLS. Whoever takes longer comes back by its token.
const SENT_AHEAD_MAX: Duration = Duration::from_secs(1);

/// Time for which the porch of a node that drains stays after the last whom it sent on, and after the node's last room:
/// the longest wait between two dials of a client, so that whoever dialled while its room was on its way comes again.
const SENDS_ON_MIN: Duration = Duration::from_micros(BackOff::LONGEST.0);

/// Time for which players of a room that was given away are not told where it is, since most hang up when they play
/// there: a word of it would end what they see before.
const SEEN_OFF_MAX: Duration = Duration::from_millis(500);

impl<G: Game> Driver<G> {
    /// The time at which to look again, where the room is not to go on at `now`: it may not be written, or was given
    /// away.
    pub(super) fn hold(&mut self, now: Instant) -> Option<Turn> {
        if let Some(cut_at) = self.fleeting.cut_at.filter(|_| self.parts_until.is_none() && !self.stop.is_raised()) {
            return self.see_off(cut_at, now);
        }
        // The porch is no room of the fleet's, and whoever says goodbye has nothing more to write.
        let is_free = self.entry.lasts || self.parts_until.is_some() || self.stop.is_raised() || self.entry.is_ending();
        let fleet = self.roster.fleet().filter(|_| !is_free)?.clone();
        if !fleet.may_write() {
            self.fleeting.is_held = true;
            return Some(Turn::Ticks(now + LOOK));
        }
        if std::mem::take(&mut self.fleeting.is_held) {
            self.skip_time(now);
        }
        if self.stands_since.is_some() && self.go_elsewhere(now) {
            return Some(Turn::Ticks(now + LOOK));
        }
        if let Some((number, addresses)) = fleet.addresses(self.fleeting.addressed) {
            self.fleeting.addressed = number;
            let ways: Vec<String> = addresses.iter().map(|node| way_to(node, self.entry.code)).collect();
            self.room.set_ways(&ways);
        }
        None
    }

    /// Sends players ahead to the node that is to go on with the room, and gives it away when they are there, or
    /// after a moment: true from then on.
    pub(super) fn go_elsewhere(&mut self, now: Instant) -> bool {
        let Some(fleet) = self.roster.fleet().filter(|fleet| fleet.may_write()).cloned() else { return false };
        let Some(address) = self.entry.hand_over.address() else {
            if self.fleeting.ahead_since.take().is_some() {
                self.room.set_ahead(None);
            }
            return false;
        };
        let since = *self.fleeting.ahead_since.get_or_insert(now);
        self.room.set_ahead(Some(address));
        let players = self.room.players().saturating_sub(self.room.suspended());
        let are_there = self.entry.hand_over.waiting() >= players;
        if !are_there && now.saturating_duration_since(since) < SENT_AHEAD_MAX {
            return false;
        }
        self.with_tape(Tape::put_down);
        let tick = self.room.tick_now().0;
        if !fleet.cut(self.entry.code, tick) {
            // The other node does not take it any more.
            self.with_tape(Tape::wake);
            return false;
        }
        tracing::info!(tick, players, waiting = self.entry.hand_over.waiting(), "the room goes to another node");
        // The other node has those that came before.
        self.room.drain_inputs(LATE_BYTES_MAX, |_| {});
        self.fleeting.cut_at = Some(now);
        true
    }

    /// The room is another node's. Players hang up here when they play there; whoever has not in a moment is told where
    /// it is: then there is nothing to wait for.
    fn see_off(&mut self, cut_at: Instant, now: Instant) -> Option<Turn> {
        let is_long_ago = self.lanes.clients() == 0 || now.saturating_duration_since(cut_at) >= SEEN_OFF_MAX;
        if self.entry.goes_elsewhere() && is_long_ago {
            return None;
        }
        self.take_in();
        self.handle();
        self.forward_inputs();
        self.send(now + LOOK);
        Some(Turn::Ticks(now + LOOK))
    }

    /// Sends inputs that come too late to the node that has the room, once that is known.
    fn forward_inputs(&mut self) {
        let Some(fleet) = self.roster.fleet() else { return };
        let (late, code) = (&mut self.fleeting.late, self.entry.code);
        self.room.drain_inputs(LATE_BYTES_MAX, |part| {
            if late.len() < LATE_PARTS_MAX {
                late.push(part.to_vec());
            }
        });
        late.retain(|part| !fleet.forward(code, part));
    }

    /// Whether it is the porch of a node that drains, and is needed at `now`: it sends players on, though none plays
    /// here, while the node has other rooms, and a little longer where there are other nodes.
    pub(super) fn sends_on(&mut self, now: Instant) -> bool {
        let Some(fleet) = self.roster.fleet().filter(|_| self.entry.lasts) else { return false };
        if !self.lanes.is_empty() || self.entry.is_awaited() || self.roster.has_others(self.entry.code) {
            self.fleeting.needed_at = Some(now);
            return true;
        }
        let needed_at = *self.fleeting.needed_at.get_or_insert(now);
        fleet.has_others() && now.saturating_duration_since(needed_at) < SENDS_ON_MIN
    }

    /// Whether another node has the room, or may have it: nothing of it is played or written here.
    pub(super) fn is_anothers(&self) -> bool {
        self.fleeting.cut_at.is_some() || self.fleeting.is_held || self.entry.goes_elsewhere()
    }

    /// The room of another node to which who applies is to go: by the token of a seat, by where it was sent, or by a
    /// ticket's word.
    pub(super) fn wanted_elsewhere(&self, applicant: &Applicant, errand: &Errand) -> Option<Wanted> {
        self.roster.fleet()?;
        match &applicant.credential {
            Credential::Resume(token) => return self.wanted_by_token(token, errand),
            // Its player's connection has found the room.
            Credential::Spare(token) => {
                return self.wanted_by_token(token, errand).filter(|wanted| matches!(wanted, Wanted::Code(_)));
            }
            _ => {}
        }
        let known = self.gate.names(&applicant.credential);
        if let Some(wanted) = errand.on_to() {
            // Whoever has a seat here comes back to it, whatever it asked for.
            let is_here =
                |player| self.room.find_player(player).is_some() || self.roster.find_by_player(player).is_some();
            if known.as_ref().is_some_and(|(player, _)| is_here(player)) {
                return None;
            }
            // A ticket's word stands in place of the address.
            match known.as_ref().and_then(|(_, room)| RoomWish::parse(room.as_deref()?)) {
                None => return Some(wanted.clone()),
                Some(RoomWish::Code(_)) => {}
                Some(wish) => return Some(Wanted::of(&wish)),
            }
        }
        let (player, room) = known?;
        let wish =
            RoomWish::parse(&room?).filter(|wish| !self.is_wanted(wish) && self.room.find_player(&player).is_none())?;
        let is_elsewhere = self.roster.choose(&wish, || true).err() == Some(Refusal::Elsewhere);
        is_elsewhere.then(|| Wanted::of(&wish))
    }

    /// The room of another node to which the token of a seat leads: the one whose code was dialled, else the one that
    /// knows such tokens. None where a room here does.
    fn wanted_by_token(&self, token: &ResumeToken, errand: &Errand) -> Option<Wanted> {
        let (start, _) = token.0.split_first_chunk()?;
        if self.roster.find_by_token(*start).is_some() {
            return None;
        }
        match errand.on_to() {
            Some(wanted @ Wanted::Code(_)) => Some(wanted.clone()),
            _ => Some(Wanted::Seat(*start)),
        }
    }

    /// Judges who applies, and asks the fleet where it is to go. Whoever has a token is judged there. `lacking` is why
    /// there is no place here for a player without a seat, if there is none.
    pub(super) fn send_elsewhere(
        &mut self,
        at: SeatIndex,
        applicant: &Applicant,
        wanted: Wanted,
        lacking: Option<CloseReason>,
    ) {
        let Applicant { client, name, credential } = applicant;
        let who = match (credential, &wanted) {
            // Others of its address may have tried too many that were none: it comes again.
            (Credential::Resume(_), Wanted::Seat(_))
                if self.door.may_guess(self.lanes.source(at), Instant::now()).is_err() =>
            {
                Err(CloseReason::ServerRestarting)
            }
            (Credential::Resume(_) | Credential::Spare(_), _) => Ok(None),
            (Credential::Sent(word), Wanted::Code(code)) => {
                let fleet = self.roster.fleet();
                fleet.and_then(|fleet| fleet.admit(word, *code)).map(Some).ok_or(CloseReason::ServerRestarting)
            }
            // The room may be made here.
            (_, Wanted::Any(_) | Wanted::New { .. }) => {
                lacking.map_or_else(|| self.gate.admit(credential, name).map(Some), Err)
            }
            _ => self.gate.admit(credential, name).map(Some),
        };
        match who {
            Ok(who) => {
                let shown = who.is_some().then(|| credential.clone());
                self.travel(*client, wanted, who, shown, false);
            }
            Err(reason) => self.turn_away(at, *client, &reason),
        }
    }

    /// Looks for the room that a player wants who plays here.
    pub(super) fn look_for(&mut self, client: ClientId, wish: &RoomWish) -> Result<(), &'static str> {
        let name = self.room.client(client).and_then(|status| status.name).ok_or("You do not play yet.")?.to_owned();
        let player = self.room.player_of(client).map(str::to_owned);
        self.travel(client, Wanted::of(wish), Some(Admitted { player, name }), None, true);
        Ok(())
    }

    fn travel(
        &mut self,
        client: ClientId,
        wanted: Wanted,
        who: Option<Admitted>,
        shown: Option<Credential>,
        plays: bool,
    ) {
        let Some(fleet) = self.roster.fleet() else { return };
        let answer = fleet.seek(wanted.clone(), who.as_ref());
        self.fleeting.travels.push(Travel { client, wanted, who, shown, plays, answer });
    }

    /// Tells those who want to be elsewhere what the fleet has answered.
    pub(super) fn tend_travels(&mut self) {
        let mut waiting = Vec::new();
        for mut travel in std::mem::take(&mut self.fleeting.travels) {
            match travel.answer.try_recv() {
                Err(TryRecvError::Empty) => waiting.push(travel),
                Ok(found) => self.arrive(travel, found),
                Err(TryRecvError::Closed) => self.arrive(travel, FoundRoom::Later),
            }
        }
        self.fleeting.travels = waiting;
    }

    /// The time of the next look, at `due` or before: whoever is to be sent on by a porch need not wait for its next
    /// tick, since nobody plays there.
    pub(super) fn next_look(&self, due: Instant, now: Instant) -> Instant {
        let is_waited_for = self.entry.lasts && !self.fleeting.travels.is_empty() && self.parts_until.is_none();
        if is_waited_for { due.min(now + LOOK) } else { due }
    }

    /// Tells those who wait at a porch what the fleet has answered, between two of its ticks. The time of the next
    /// look.
    pub(super) fn send_on_between(&mut self, due: Instant, now: Instant) -> Instant {
        if self.next_look(due, now) < due {
            self.take_in();
            self.handle();
            self.tend_travels();
            self.send(due);
            // What is written here is none of the last tick's work.
            self.begun = None;
        }
        self.next_look(due, now)
    }

    fn arrive(&mut self, travel: Travel, found: FoundRoom) {
        let Travel { client, wanted, who, shown, plays, .. } = travel;
        let Some(at) = self.lanes.find(client) else { return };
        match (found, who) {
            (FoundRoom::There { moved, .. }, _) => {
                if plays && self.room.depart(client).is_none() {
                    return self.room.stay(client, "You are not here yet.");
                }
                self.departed.extend(plays.then_some(client));
                self.turn_away(at, client, &CloseReason::Moved(moved));
            }
            (FoundRoom::Here(code), _) if plays => {
                if let Err(why) = self.let_go(client, &code.to_string()) {
                    self.room.stay(client, why);
                }
            }
            (_, _) if plays => self.room.stay(client, Refusal::Elsewhere.sentence()),
            (FoundRoom::Here(code), Some(who)) if self.roster.find(code).is_some() => {
                if !self.bring_to(at, client, code, who) {
                    self.turn_back(at, client, shown.as_ref(), &CloseReason::Overloaded);
                }
            }
            (FoundRoom::Nowhere, _) => {
                let why = if let Wanted::Seat(_) = wanted {
                    self.door.note_wrong_guess(self.lanes.source(at), Instant::now());
                    SessionEnd::RoomBefore
                } else {
                    SessionEnd::RoomClosed
                };
                self.turn_back(at, client, shown.as_ref(), &why.into());
            }
            // It comes again.
            (_, _) if matches!(wanted, Wanted::New { .. }) => {
                self.turn_back(at, client, shown.as_ref(), &CloseReason::Full);
            }
            (_, _) => self.turn_back(at, client, shown.as_ref(), &CloseReason::ServerRestarting),
        }
    }

    /// Closes the connection of who was let in by what it has `shown`, and has come to no room: that is as good as it
    /// was.
    fn turn_back(&mut self, at: SeatIndex, client: ClientId, shown: Option<&Credential>, reason: &CloseReason) {
        if let Some(credential) = shown {
            self.gate.give_back(credential);
        }
        self.turn_away(at, client, reason);
    }

    /// Brings who was judged here to a room that was made here for it. False where that takes nobody just now.
    fn bring_to(&mut self, at: SeatIndex, client: ClientId, code: RoomCode, who: Admitted) -> bool {
        let Some(entry) = self.roster.find(code) else { return false };
        let Ok(permit) = entry.arrivals.try_reserve() else { return false };
        let Some((socket, address)) = self.lanes.take_out(at) else { return false };
        self.room.remove(client);
        let errand = Errand::default().bound_for(entry.reserve(), None);
        let introduction = Some(Introduction::Judged(who));
        permit.send(Box::new(Arrival { socket, address, errand, under_way: None, introduction }));
        self.roster.wake(&entry);
        true
    }

    /// Closes a connection that is not judged, or not any more.
    fn turn_away(&mut self, at: SeatIndex, client: ClientId, reason: &CloseReason) {
        self.room.remove(client);
        if let Some((_, seat)) = self.lanes.leave(at) {
            self.journal.ended(seat.address, seat.name.as_deref(), &reason.clone().into());
        }
        self.lanes.close(at, reason);
    }
}
