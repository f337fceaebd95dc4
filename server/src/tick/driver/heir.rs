//! [`HeirRoom`]: a room that another node plays, and that this one is to go on with. It follows that node's log, lets
//! players wait who come, and plays once it is told that the room is this node's.

use std::collections::VecDeque;
use std::io;
use std::mem::replace;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use auspice::Game;

use super::Driver;
use super::many::DriverMaker;
use crate::error::ServeError;
use crate::limits::ROOM_WAITING_MORE_MAX;
use crate::net::Arrival;
use crate::operate::admin::{Order, TakeOver};
use crate::operate::shutdown::Stop;
use crate::rooms::{RoomCode, RoomEnds, RoomOrigin, Runner, Turn};
use crate::ticklog::{FollowedPart, Head, LogClaim, LogFollower, PlayedRoom};

/// Time from one look at what was read of the log to the next.
const LOOK: Duration = Duration::from_millis(10);

/// Time for which the other node's last words are waited for: over a network, files are not seen at once.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// A room that this node follows, and then plays.
pub(super) struct HeirRoom<G: Game> {
    code: RoomCode,
    period: Duration,
    stage: HeirStage<G>,
}

enum HeirStage<G: Game> {
    Follows(Box<Heir<G>>),
    Plays(Box<Driver<G>>),
    Over,
}

/// A room that is followed.
struct Heir<G: Game> {
    maker: Arc<DriverMaker<G>>,
    stop: Arc<Stop>,
    ends: RoomEnds,
    /// The room as far as it was read. None where it cannot be followed: then its keyframe is loaded.
    followed: Option<FollowedRoom<G>>,
    /// Players who wait.
    waiting: Vec<WaitingPlayer>,
    told: Option<(TakeOver, Instant)>,
    /// Time in which one turn plays what was read.
    share: Duration,
}

/// A connection that waits, and whether its hello is here, unread.
struct WaitingPlayer {
    arrival: Box<Arrival>,
    has_spoken: bool,
}

impl WaitingPlayer {
    /// Whether its player would be welcomed in the next tick.
    fn is_ready(&mut self) -> bool {
        self.has_spoken = self.has_spoken || matches!(self.arrival.socket.tcp().peek(&mut [0]), Ok(1));
        self.has_spoken
    }
}

/// A room as its log tells of it so far.
struct FollowedRoom<G: Game> {
    log: LogFollower,
    parts: VecDeque<FollowedPart>,
    played: PlayedRoom<G>,
    is_ended: bool,
}

impl<G: Game> HeirRoom<G> {
    pub(super) fn new(maker: Arc<DriverMaker<G>>, ends: RoomEnds) -> Self {
        let period = Duration::from_secs(1) / maker.room_spec(&ends.entry).terms.tick_hz;
        let followed = FollowedRoom::begin(&maker, &ends).unwrap_or_else(|error| {
            tracing::warn!(room = %ends.entry.code, %error, "the room cannot be followed: it is loaded when it comes");
            None
        });
        let code = ends.entry.code;
        let stop = maker.shared().stop;
        let heir = Heir { maker, stop, ends, followed, waiting: Vec::new(), told: None, share: period / 2 };
        Self { code, period, stage: HeirStage::Follows(Box::new(heir)) }
    }
}

impl<G: Game> Runner for HeirRoom<G> {
    fn code(&self) -> RoomCode {
        self.code
    }

    fn period(&self) -> Duration {
        self.period
    }

    fn take_turn(&mut self, now: Instant) -> Turn {
        let (stage, turn) = match replace(&mut self.stage, HeirStage::Over) {
            HeirStage::Follows(heir) => heir.go_on(now),
            HeirStage::Plays(mut driver) => {
                let turn = driver.take_turn(now);
                (HeirStage::Plays(driver), turn)
            }
            HeirStage::Over => (HeirStage::Over, Turn::Over),
        };
        self.stage = stage;
        turn
    }
}

impl<G: Game> Heir<G> {
    fn go_on(mut self: Box<Self>, now: Instant) -> (HeirStage<G>, Turn) {
        let entry = Arc::clone(&self.ends.entry);
        if entry.is_ending() || self.stop.is_raised() {
            return (HeirStage::Over, Turn::Over);
        }
        self.let_players_wait();
        while let Ok(order) = self.ends.orders.try_recv() {
            // Whoever wants something else is told nothing, as where no room is.
            if let Order::TakeOver(told) = order {
                self.told = Some((told, now));
            }
        }
        self.follow(now);
        let Some((told, since)) = &self.told else { return (HeirStage::Follows(self), Turn::Stands(now + LOOK)) };
        let has_all = self.followed.as_ref().is_none_or(|followed| followed.has_all(told.after));
        if !has_all && now.saturating_duration_since(*since) < LAST_WORDS {
            return (HeirStage::Follows(self), Turn::Stands(now + LOOK / 5));
        }
        self.play(now)
    }

    /// Connections that have come for the room wait for it, with their hellos unread.
    fn let_players_wait(&mut self) {
        let most = self.ends.entry.size + ROOM_WAITING_MORE_MAX;
        while self.waiting.len() < most
            && let Ok(arrival) = self.ends.arrivals.try_recv()
        {
            self.waiting.push(WaitingPlayer { arrival, has_spoken: false });
        }
        let ready = self.waiting.iter_mut().map(|waiting| usize::from(waiting.is_ready())).sum();
        self.ends.entry.hand_over.set_waiting(ready);
    }

    /// Plays what the other node has written, for no longer than its share of a tick.
    fn follow(&mut self, now: Instant) {
        let until = now + self.share;
        let Some(followed) = &mut self.followed else { return self.ends.entry.hand_over.catch_up() };
        match catch_unwind(AssertUnwindSafe(|| followed.read_on(until))) {
            Ok(Ok(true)) => self.ends.entry.hand_over.catch_up(),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => {
                tracing::warn!(room = %self.ends.entry.code, %error, "the room is not followed any more");
                self.followed = None;
            }
            Err(_) => {
                tracing::warn!(
                    room = %self.ends.entry.code,
                    "the game panics at what the log tells: it is not followed"
                );
                self.followed = None;
            }
        }
    }

    /// The room is this node's.
    fn play(mut self: Box<Self>, now: Instant) -> (HeirStage<G>, Turn) {
        let Some((told, _)) = self.told.take() else { return (HeirStage::Follows(self), Turn::Stands(now + LOOK)) };
        let TakeOver { claim, after, done } = told;
        let Self { maker, mut ends, followed, waiting, .. } = *self;
        let entry = Arc::clone(&ends.entry);
        ends.started = now;
        let followed = followed.filter(|followed| followed.has_all(after));
        let driver = match followed {
            Some(followed) => inherit(&maker, followed, claim, ends),
            None => {
                ends.origin = RoomOrigin::Logged(Some(claim));
                maker.make_driver(ends)
            }
        };
        let (stage, turn) = begin(driver, waiting, &done, now);
        entry.hand_over.set_heir(false);
        entry.stand(false);
        (stage, turn)
    }
}

/// Goes on with a room that was followed to its end.
fn inherit<G: Game>(
    maker: &DriverMaker<G>,
    followed: FollowedRoom<G>,
    claim: LogClaim,
    ends: RoomEnds,
) -> Result<Driver<G>, ServeError> {
    let PlayedRoom { saves, mut room, .. } = followed.played;
    let name = ends.entry.code.to_string();
    let logs = maker.logs.as_ref().ok_or_else(|| no_log(&name))?;
    let broken = |error| ServeError::Log { dir: logs.dir().join(&name), error };
    let log = logs.inherit(&name, ends.entry.about()).map_err(broken)?;
    room.change_hands();
    // Whoever watched the room there was told.
    while room.poll_notice().is_some() {}
    room.set_grace(maker.grace_ticks);
    room.set_clients_max(ends.entry.size);
    tracing::info!(tick = room.tick_now().0, away = room.suspended(), "the room that was followed goes on here");
    maker.inherit(room, log, claim, saves, ends)
}

fn no_log(name: &str) -> ServeError {
    ServeError::Log { dir: name.into(), error: io::ErrorKind::NotFound.into() }
}

/// The room plays from now on, with those who waited.
fn begin<G: Game>(
    driver: Result<Driver<G>, ServeError>,
    waiting: Vec<WaitingPlayer>,
    done: &SyncSender<Result<(), ServeError>>,
    now: Instant,
) -> (HeirStage<G>, Turn) {
    match driver {
        Ok(mut driver) => {
            let _ = done.send(Ok(()));
            driver.fleeting.waiting = waiting.into_iter().map(|waiting| *waiting.arrival).collect();
            let turn = driver.take_turn(now);
            (HeirStage::Plays(Box::new(driver)), turn)
        }
        Err(error) => {
            tracing::error!(%error, "a room that was followed cannot go on");
            let _ = done.send(Err(error));
            (HeirStage::Over, Turn::Over)
        }
    }
}

impl<G: Game> FollowedRoom<G> {
    /// The room as its log has it now. None where that is not this program's: another build may play it otherwise.
    fn begin(maker: &DriverMaker<G>, ends: &RoomEnds) -> io::Result<Option<Self>> {
        let (Some(saves), Some(logs)) = (maker.saves, &maker.logs) else { return Ok(None) };
        let Some((log, found)) = logs.follow(&ends.entry.code.to_string())? else { return Ok(None) };
        let terms = maker.room_spec(&ends.entry).terms;
        let here = Head::here::<G>(terms.tick_hz);
        if (&found.head.game, &found.head.schema, &found.head.build) != (&here.game, &here.schema, &here.build) {
            return Ok(None);
        }
        let loaded = catch_unwind(AssertUnwindSafe(|| (saves.load)(terms, &found.saved)));
        let Ok(Ok(room)) = loaded else { return Err(io::Error::other("its last room cannot be loaded")) };
        let is_ended = found.is_ended;
        let parts = found.calls.into_iter().map(|(tick, calls)| FollowedPart::Calls(tick, calls)).collect();
        Ok(Some(Self { log, parts, played: PlayedRoom::of(saves, room), is_ended }))
    }

    /// Plays what was written since, until then at most. Whether that was all when it was looked for last.
    fn read_on(&mut self, until: Instant) -> io::Result<bool> {
        loop {
            while let Some(part) = self.parts.pop_front() {
                self.play(part)?;
                if Instant::now() >= until {
                    return Ok(false);
                }
            }
            match self.log.next()? {
                Some(look) if look.is_empty() => return Ok(true),
                Some(look) => self.parts.extend(look),
                None => return Ok(false),
            }
        }
    }

    fn play(&mut self, part: FollowedPart) -> io::Result<()> {
        self.is_ended = matches!(part, FollowedPart::End(_));
        match part {
            FollowedPart::Calls(_, calls) => {
                self.played.play(&calls).map_err(|error| io::Error::other(error.to_string()))?;
            }
            FollowedPart::Keyframe(_) => self.played.begin_anew(),
            FollowedPart::End(_) => {}
        }
        Ok(())
    }

    /// Whether it was played to its last tick there, which was `after` where that is known.
    fn has_all(&self, after: Option<u32>) -> bool {
        let is_there = after.is_none_or(|after| self.played.room.tick_now().0 == after);
        self.is_ended && is_there && self.parts.is_empty()
    }
}
