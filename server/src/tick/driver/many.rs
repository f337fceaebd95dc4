//! A driver as one of many: it takes turns on a worker's thread, stands still while nobody is there, and ends when that
//! lasts. [`DriverMaker`] makes them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use auspice::authority::Room;
use auspice::{Game, Terms};

use super::nodes::LOOK;
use super::{Driver, NewWorld, OfAllTapes, RoomSpec, Service, SharedEnds, Tape, TapeConfig};
use crate::error::ServeError;
use crate::operate::metrics::RoomState;
use crate::rooms::{EARLY_MAX, RoomCode, RoomEnds, RoomEntry, RoomOptions, RoomOrigin, Runner, Turn};
use crate::tick::talk_desk::TalkDesk;
use crate::ticklog::{ClaimError, FoundLog, LogClaim, RoomLogs, Saves};

/// Time after which a room that lasts is looked at again while nobody is there.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Changes the terms of a room by its options. False for options that the game has not.
pub type RoomTerms<R> = fn(&RoomOptions, &mut Terms<R>) -> bool;

/// Makes rooms that are served alike.
pub(crate) struct DriverMaker<G: Game> {
    pub(crate) terms: Mutex<Terms<G::Rules>>,
    /// Changes them by a room's options.
    pub(crate) by_options: RoomTerms<G::Rules>,
    pub(crate) world: Arc<Mutex<NewWorld<G>>>,
    pub(crate) seed: u64,
    pub(crate) grace_ticks: u32,
    pub(crate) service: Service,
    pub(crate) shared: Mutex<SharedEnds>,
    /// Functions that save a room, where that is wanted: for a log, or to look back.
    pub(crate) saves: Option<Saves<G>>,
    /// Logs of rooms, if there are to be any.
    pub(crate) logs: Option<Arc<RoomLogs>>,
    pub(crate) look_back: Duration,
    pub(crate) of_all: OfAllTapes,
}

impl<G: Game> DriverMaker<G> {
    /// A room, new or from its log.
    pub(super) fn make_driver(&self, ends: RoomEnds) -> Result<Driver<G>, ServeError> {
        let room_spec = self.room_spec(&ends.entry);
        let tape = self.tape(&ends)?;
        let mut driver = Driver::<G>::new(room_spec, &self.service, tape, self.shared(), ends)?;
        driver.tell_of_who_is_away();
        Ok(driver)
    }

    /// The room that was followed in another node's log, which is this one's by a claim.
    pub(super) fn inherit(
        &self,
        mut room: Room<G>,
        log: FoundLog,
        claim: LogClaim,
        saves: Saves<G>,
        ends: RoomEnds,
    ) -> Result<Driver<G>, ServeError> {
        let (shared, look_back) = (self.shared(), (self.look_back, self.of_all.clone()));
        let tape = Tape::inherit(log, claim, saves, look_back, &mut room, Arc::clone(&shared.metrics));
        let mut driver = Driver::of_room(room, tape, self.room_spec(&ends.entry), &self.service, shared, ends)?;
        driver.tell_of_who_is_away();
        Ok(driver)
    }

    /// All that it takes to make the room.
    pub(super) fn room_spec(&self, entry: &RoomEntry) -> RoomSpec<G> {
        let mut terms = self.terms.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut options = entry.options.clone();
        options.remove(crate::rooms::PLACES);
        // The options were judged before.
        (self.by_options)(&options, &mut terms);
        let world = Arc::clone(&self.world);
        RoomSpec {
            terms,
            // What makes worlds is right after any panic, or will panic again.
            world: Box::new(move |ground, seed| (*world.lock().unwrap_or_else(PoisonError::into_inner))(ground, seed)),
            seed: seed_of(self.seed, entry.number),
            clients_max: entry.size,
            grace_ticks: self.grace_ticks,
        }
    }

    pub(super) fn shared(&self) -> SharedEnds {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The record of a room, of one that begins, or goes on.
    fn tape(&self, ends: &RoomEnds) -> Result<Option<(TapeConfig, Saves<G>)>, ServeError> {
        let Some(saves) = self.saves else { return Ok(None) };
        // The porch of a node has none.
        let logs = self.logs.as_deref().filter(|logs| !logs.is_shared() || ends.origin != RoomOrigin::New(None));
        let log = logs.map(|logs| open_log(logs, ends)).transpose()?;
        let must_go_on = matches!(ends.origin, RoomOrigin::Logged(Some(_)));
        let of_all = self.of_all.clone();
        Ok(Some((TapeConfig { log, must_go_on, look_back: self.look_back, of_all }, saves)))
    }
}

/// The log of a room that begins, or goes on.
fn open_log(logs: &RoomLogs, ends: &RoomEnds) -> Result<FoundLog, ServeError> {
    let name = ends.entry.code.to_string();
    let found = match &ends.origin {
        RoomOrigin::New(claim) => logs.begin(&name, ends.entry.about(), claim.as_ref()),
        RoomOrigin::Logged(claim) => logs.take_up(&name, claim.as_ref()),
    };
    found.map_err(|error| match (error, logs.dir().join(name)) {
        (ClaimError::Owned(owner), dir) => ServeError::LogOfAnotherNode { dir, node: owner.map(|owner| owner.node) },
        (ClaimError::Folder(error), dir) => ServeError::Log { dir, error },
    })
}

/// The seed of a room: the first has the server's own, and no two are near each other, since a world that is made anew
/// takes the next.
const fn seed_of(seed: u64, number: u64) -> u64 {
    seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

impl<G: Game> Runner for Driver<G> {
    fn code(&self) -> RoomCode {
        self.entry.code
    }

    fn period(&self) -> Duration {
        Duration::from_secs(1) / self.room.terms().tick_hz
    }

    fn take_turn(&mut self, now: Instant) -> Turn {
        if let Some(turn) = self.hold(now) {
            return turn;
        }
        if let Some(since) = self.stands_since {
            if !self.is_called() {
                self.take_orders();
                return self.stand_on(since, now);
            }
            self.stand_up(now);
        }
        let due = self.due();
        if now + EARLY_MAX < due && !self.stop.is_raised() && !self.entry.is_ending() {
            return Turn::Ticks(self.send_on_between(due, now));
        }
        match self.go_on() {
            None => Turn::Over,
            // Right behind a tick that players were told of.
            Some(_) if self.go_elsewhere(Instant::now()) => Turn::Ticks(now + LOOK),
            Some(due) if self.is_deserted() => {
                self.stand(now);
                // Whoever came before that was set has woken nobody.
                if self.is_called() { Turn::Ticks(due) } else { self.stand_on(now, now) }
            }
            Some(due) => Turn::Ticks(self.next_look(due, now)),
        }
    }
}

impl<G: Game> Driver<G> {
    /// The time at which the next turn is due.
    fn due(&self) -> Instant {
        if self.parts_until.is_some() { Instant::now() } else { self.started + self.plan.due }
    }

    /// Whether there is no reason to go on.
    fn is_deserted(&self) -> bool {
        !G::GOES_ON_ALONE
            && self.parts_until.is_none()
            && self.room.players() == 0
            && self.lanes.is_empty()
            // The game has been told of everyone who left.
            && self.kept.is_empty()
            && !self.entry.is_awaited()
    }

    /// Whether there is one by now.
    fn is_called(&self) -> bool {
        !self.arrivals.is_empty() || self.stop.is_draining() || !self.entry.is_open()
    }

    /// Time stands still from `now` on.
    fn stand(&mut self, now: Instant) {
        self.entry.stand(true);
        self.with_tape(Tape::rest);
        self.stands_since = Some(now);
        self.log.rest();
        self.gauges.set_state(RoomState::Standing);
    }

    /// The room has stood still since then: until when it goes on with that, or that it has for too long.
    fn stand_on(&mut self, since: Instant, now: Instant) -> Turn {
        if self.entry.lasts {
            return Turn::Stands(now + LOOK_AGAIN);
        }
        // Nobody knows of a room whose one newcomer went elsewhere, or was not let in.
        let until = since + self.entry.for_one().map_or(self.idle_max, |within| within.min(self.idle_max));
        if now < until {
            return Turn::Stands(until);
        }
        if !self.roster.retire(&self.entry) {
            return Turn::Stands(now + EARLY_MAX);
        }
        self.tape.iter_mut().for_each(Tape::close);
        Turn::Over
    }

    /// Tells other threads whom the room of a log waits for.
    fn tell_of_who_is_away(&mut self) {
        self.note_joined();
        let clients = self.room.each_player().map(|(client, _)| client);
        let known: Vec<_> = clients.filter(|&client| self.room.player_of(client).is_some()).collect();
        known.into_iter().for_each(|client| self.keep(client, None));
    }

    /// Time goes on: the next tick is due at once, and those after it when they would have been.
    fn stand_up(&mut self, now: Instant) {
        self.entry.stand(false);
        self.with_tape(Tape::wake);
        self.stands_since = None;
        self.talk.iter_mut().for_each(TalkDesk::wake);
        self.gauges.set_state(RoomState::Running);
        self.skip_time(now);
    }

    /// Ticks that were not made by `now` are left out.
    pub(super) fn skip_time(&mut self, now: Instant) {
        let stood = now.saturating_duration_since(self.started + self.plan.due);
        let periods = self.schedule.ticks_in(stood);
        self.started += self.period().mul_f64(periods as f64);
        // Nobody was there to see how long the last tick took.
        self.begun = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_room_has_the_servers_seed_and_no_other_is_near() {
        assert_eq!(seed_of(7, 0), 7);
        let seeds: std::collections::BTreeSet<u64> = (0..10_000).map(|number| seed_of(1, number)).collect();
        let seeds: Vec<u64> = seeds.into_iter().collect();
        assert!(seeds.windows(2).all(|pair| pair[1] - pair[0] > 1000));
    }
}
