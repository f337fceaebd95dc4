//! The log of a game of the demo on virtual time, as several runs of a server write it; and a writer that stands still.

#![cfg(feature = "demo")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use auspice::authority::{Decision, Outgoing, Registrar, Room};
use auspice::message::Credential;
use auspice::replica::Replica;
use auspice::{ClientId, Game, Micros, Rng, Terms};
use auspice_demo::{Demo, Input, Rules};

use super::super::room_spec::RoomSpec;
use super::{OfAllTapes, Tape, TapeConfig};
use crate::error::ServeError;
use crate::limits::LOG_WAIT_MAX;
use crate::operate::metrics::Metrics;
use crate::session::{Gate, SharedGate};
use crate::ticklog::{FoundLog, LogConfig, LogHandle, Saves, Segments};

/// Players of the game.
pub(super) const PLAYERS: [&str; 4] = ["ann", "bob", "caro", "dan"];

/// Work that each tick is said to be: a keyframe comes every 25 ticks.
const WORK: Duration = Duration::from_millis(20);

fn room_spec() -> RoomSpec<Demo> {
    let rules = Rules { npcs: 6, asteroids: 4, size: 1200, ..Rules::default() };
    RoomSpec { terms: Terms::of::<Demo>(rules), world: Box::new(Demo::new), seed: 5, clients_max: 8, grace_ticks: 900 }
}

/// An empty folder for one test.
fn folder(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("auspice-tape-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// A start on what a folder has: the record of the room, and the room that goes on.
pub(super) fn start(dir: &Path, metrics: &Arc<Metrics>) -> Result<(Tape<Demo>, Room<Demo>), ServeError> {
    let config = LogConfig {
        dir: dir.into(),
        sync: Duration::from_millis(5),
        keep_bytes: 1 << 30,
        keep: Duration::from_secs(3600),
    };
    let log = FoundLog::of_one(&config, Arc::clone(metrics)).unwrap();
    assert!(log.is_some(), "nobody else should have the folder");
    let config = TapeConfig { log, must_go_on: false, look_back: Duration::ZERO, of_all: OfAllTapes::default() };
    let (tape, room) = Tape::open(config, Saves::new(), &mut room_spec(), Arc::clone(metrics), 0.0)?;
    Ok((tape.expect("the demo can be saved"), room))
}

pub(super) fn metrics() -> Arc<Metrics> {
    Arc::new(Metrics::new("tests"))
}

/// A player, and the connection that it has.
struct Seated {
    replica: Replica<Demo>,
    client: ClientId,
}

/// A room as a server runs it, with a record of it and players without a delay.
pub(super) struct Run {
    pub(super) room: Room<Demo>,
    pub(super) tape: Tape<Demo>,
    players: Vec<Seated>,
    registrar: Registrar<SharedGate>,
    rng: Rng,
}

impl Run {
    /// Everybody comes with what it has.
    pub(super) fn start(dir: &Path, metrics: &Arc<Metrics>, with: impl IntoIterator<Item = Credential>) -> Self {
        let (tape, mut room) = start(dir, metrics).expect("the log is the demo's");
        let come = |(credential, name): (Credential, &str)| {
            let replica = Replica::enter(name, "test", credential).expect("the name fits");
            Seated { replica, client: room.connect().expect("there is room") }
        };
        let players = with.into_iter().zip(PLAYERS).map(come).collect();
        Self { room, tape, players, registrar: Registrar::new(SharedGate::new(Gate::Open)), rng: Rng::new(3) }
    }

    /// Makes a tick as a driver does: all that is said, the tick, what everybody is told.
    pub(super) fn tick(&mut self) {
        let now = Micros(1_000_000 + u64::from(self.room.tick_now().0) * 33_334);
        for Seated { replica, client } in &mut self.players {
            if self.rng.one_in(5) {
                let wants = [(); 3].map(|()| self.rng.one_in(2));
                let turn = self.rng.between(-1, 1) as i8;
                replica.set_input(Input { turn, thrust: wants[0], fire: wants[1], laser: wants[2], missile: false });
            }
            while let Some(message) = replica.poll_transmit(now) {
                self.room.handle_message(*client, message).expect("the replica is honest");
            }
        }
        while let Some(applicant) = self.room.poll_applicant() {
            let from = applicant.client;
            match self.registrar.decide(&mut self.room, applicant, None) {
                Decision::Joins => {}
                Decision::Resumes(owner) => {
                    self.players
                        .iter_mut()
                        .filter(|seated| seated.client == from)
                        .for_each(|seated| seated.client = owner);
                }
                _ => panic!("everybody is let in"),
            }
        }
        assert!(self.tape.hand_over(&mut self.room).is_ok());
        self.room.tick().expect("nothing is misused");
        for Seated { replica, client } in &mut self.players {
            while let Outgoing::Message(message) = self.room.poll_update(*client) {
                replica.handle_message(message, now).expect("the room is honest");
            }
        }
        while self.room.poll_notice().is_some() {}
        assert!(self.tape.hand_over_tick(&mut self.room, WORK).is_ok());
    }

    pub(super) fn log(&self) -> &LogHandle {
        self.tape.log.as_ref().expect("there is a log")
    }

    /// Waits until the writer has caught up. Nobody waits for one that is behind, so it is asked again and again.
    fn await_written(&self) {
        let began = Instant::now();
        while !self.log().wait(Duration::from_secs(20)) {
            assert!(began.elapsed() < Duration::from_secs(20), "the writer should catch up");
            std::thread::yield_now();
        }
    }

    /// Tokens by which the players come back, and their ships.
    pub(super) fn players(&self) -> Vec<(Credential, auspice::EntityId)> {
        let player = |Seated { replica, .. }: &Seated| {
            let token = replica.resume_token().expect("it has been welcomed");
            (Credential::Resume(token), replica.own().expect("it has a ship"))
        };
        self.players.iter().map(player).collect()
    }
}

/// The hash of what a tick published, and how many played.
pub(super) type Made = (u32, usize);

/// The log of a game, and what came of each of its ticks.
pub(super) struct LoggedGame {
    pub(super) dir: PathBuf,
    pub(super) made: BTreeMap<u32, Made>,
    /// Bytes of the last file that were on the disk, and the last tick that had been made by then.
    pub(super) synced: Vec<(u64, u32)>,
}

impl LoggedGame {
    /// Three runs, all but the last of which were killed in the end, of so many ticks each. Whoever played comes back.
    pub(super) fn play(name: &str, ticks: u32) -> Self {
        let mut game = Self { dir: folder(name), made: BTreeMap::new(), synced: Vec::new() };
        let mut players: Vec<_> = PLAYERS.iter().map(|_| (Credential::Open, None)).collect();
        for number in 0..3 {
            let credentials = players.iter().map(|(credential, _): &(Credential, _)| credential.clone());
            let mut run = Run::start(&game.dir, &metrics(), credentials);
            assert_eq!(run.room.suspended(), if number == 0 { 0 } else { PLAYERS.len() });
            let (rounds, mut on_disk) = (run.log().watch_syncs(), 0);
            for tick in 0..ticks {
                run.tick();
                game.made.insert(run.room.tick_now().0, (run.room.published_hash(), run.room.players()));
                if number == 2 && tick.is_multiple_of(10) {
                    run.await_written();
                    // The round that goes on now may have begun before.
                    let over = rounds.try_iter().collect::<Vec<_>>();
                    let next = [(); 2].map(|()| rounds.recv().expect("rounds go on"));
                    on_disk = over.into_iter().chain(next).flatten().next_back().unwrap_or(on_disk);
                    game.synced.push((on_disk, run.room.tick_now().0));
                }
            }
            let after: Vec<_> = run.players().into_iter().map(|(credential, own)| (credential, Some(own))).collect();
            let ships = players.iter().zip(&after).filter(|((_, before), (_, own))| before.is_none() || before == own);
            assert_eq!(ships.count(), PLAYERS.len(), "everybody is back in its ship");
            players = after;
        }
        game
    }

    /// The files, oldest first.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        Segments::list(&self.dir).unwrap().files.into_iter().map(|(_, path)| path).collect()
    }
}

#[test]
fn a_tick_waits_two_milliseconds_for_a_writer_that_stands_still_and_those_after_it_do_not_wait() {
    let (dir, metrics) = (folder("still"), metrics());
    let mut run = Run::start(&dir, &metrics, PLAYERS.map(|_| Credential::Open));
    (0..10).for_each(|_| run.tick());
    assert!(run.log().wait(Duration::from_secs(20)));
    let late = metrics.log.late.get();
    let standing = run.log().stand_still();
    run.tick();
    let began = Instant::now();
    run.tape.wait();
    let first = began.elapsed();
    assert!(first >= LOG_WAIT_MAX && first < Duration::from_secs(5), "{first:?}");
    assert_eq!(metrics.log.late.get() - late, 1, "it is told before it is written, which is counted");
    let mut waited = Duration::ZERO;
    for _ in 0..100 {
        run.tick();
        let began = Instant::now();
        run.tape.wait();
        waited += began.elapsed();
    }
    assert!(waited < 50 * LOG_WAIT_MAX, "a hundred ticks waited {waited:?}");
    assert_eq!(
        (metrics.log.late.get() - late, metrics.log.writing.get()),
        (101, 1),
        "each counts, and nothing is lost yet"
    );
    drop(standing);
    run.await_written();
    run.tick();
    run.await_written();
    let last = run.room.tick_now().0;
    drop(run);
    let segments = Segments::list(&dir).unwrap();
    let found = segments.find_last(false).unwrap().expect("there is a room");
    let end = found.calls.last().map_or(found.saved_at, |(tick, _)| *tick);
    assert_eq!((segments.files.len(), end), (1, last), "all of them are written, without a gap");
    std::fs::remove_dir_all(dir).unwrap();
}
