//! The threads that run rooms: one for one room, with its shards, or workers for many.

use std::any::Any;
use std::sync::mpsc::{channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle, available_parallelism};
use std::time::{Duration, Instant};

use auspice::Game;
use auspice::message::game_hash;

use crate::error::ServeError;
use crate::fleet::{self, NodeSpec};
use crate::net::Door;
use crate::operate::config::Config;
use crate::operate::heartbeat::Heartbeat;
use crate::operate::inspector::RoomWatch;
use crate::operate::metrics::Metrics;
use crate::operate::panics::panic_message;
use crate::operate::shutdown::{RaiseOnDrop, Stop};
use crate::rooms::{RoomCode, RoomMaker, RoomWorker, Roster, RosterSpec, WorkerPost};
use crate::session::SharedGate;
use crate::talk::SharedHall;
use crate::tick::driver::{Driver, DriverMaker, NewWorld, OfAllTapes, RoomSpec, Service, SharedEnds, TapeConfig};
use crate::ticklog::{FoundLog, LogConfig, RoomLogs, Saves, Segments, rooms_in};

/// Values that rooms share with the rest of the server.
type OfServer = (Door, Arc<Stop>, Arc<Metrics>, Option<Arc<RoomWatch>>, Arc<SharedHall>);

/// Threads that run rooms, all rooms, and how it is seen that each thread goes on.
type Started = (Vec<JoinHandle<()>>, Arc<Roster>, Vec<Arc<Heartbeat>>);

/// Workers' threads, and how it is seen that each goes on.
type Workers = (Vec<JoinHandle<()>>, Vec<Arc<Heartbeat>>);

/// Starts one room, on a thread of its own, where it is made.
pub(crate) fn start_one<G: Game>(
    config: &mut Config<G::Rules>,
    world: NewWorld<G>,
    saves: Option<Saves<G>>,
    of_server: OfServer,
) -> Result<Started, ServeError> {
    let (roster, ends) = Roster::of_one(config.max_clients as usize)?;
    let roster = Arc::new(roster);
    let shared = share(config, &roster, of_server);
    let heartbeat = Arc::new(Heartbeat::new(config.terms.tick_hz));
    let heartbeats = vec![Arc::clone(&heartbeat)];
    let room_spec = RoomSpec {
        terms: config.terms.clone(),
        world,
        seed: config.seed,
        clients_max: config.max_clients as usize,
        grace_ticks: config.grace_seconds.saturating_mul(config.terms.tick_hz),
    };
    let log = config.log.take().map(|log| find_log(log, &shared.metrics)).transpose()?;
    let is_kept = log.is_some() || !config.look_back.is_zero();
    let tape = TapeConfig { log, must_go_on: false, look_back: config.look_back, of_all: OfAllTapes::default() };
    let tape = saves.filter(|_| is_kept).map(|saves| (tape, saves));
    let service = service(config);
    let (ready, started) = sync_channel(1);
    let thread = Builder::new()
        .name("auspice-tick".into())
        .spawn(move || {
            let _stops = RaiseOnDrop(Arc::clone(&shared.stop));
            match Driver::<G>::new(room_spec, &service, tape, shared, ends) {
                Ok(driver) => {
                    let _ = ready.send(Ok(()));
                    driver.run(&heartbeat);
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                }
            }
        })
        .map_err(ServeError::System)?;
    match started.recv() {
        Ok(Ok(())) => Ok((vec![thread], roster, heartbeats)),
        Ok(Err(error)) => Err(error),
        // It panicked before it could say anything.
        Err(_) => Err(thread
            .join()
            .map_or_else(|panic| panicked(&*panic), |()| ServeError::Panicked("no room was made".into()))),
    }
}

/// The log of the one room.
fn find_log(config: LogConfig, metrics: &Arc<Metrics>) -> Result<FoundLog, ServeError> {
    match FoundLog::of_one(&config, Arc::clone(metrics)) {
        Ok(Some(found)) => {
            if rooms_in(&config.dir).is_ok_and(|rooms| !rooms.is_empty()) {
                tracing::warn!(
                    dir = %config.dir.display(),
                    "logs of many rooms are here, and left alone: this server has one"
                );
            }
            Ok(found)
        }
        Ok(None) => Err(ServeError::LogInUse { dir: config.dir }),
        Err(error) => Err(ServeError::Log { dir: config.dir, error }),
    }
}

/// Workers, and the rooms that the logs tell of, or else the first.
pub(crate) fn start_many<G: Game>(
    config: &mut Config<G::Rules>,
    world: NewWorld<G>,
    saves: Option<Saves<G>>,
    of_server: OfServer,
) -> Result<Started, ServeError> {
    if config.shards > 1 {
        return Err(ServeError::ShardsOfMany);
    }
    let roster = Arc::new(Roster::new(roster_spec(config)));
    let (stop, metrics, hall) = (Arc::clone(&of_server.1), Arc::clone(&of_server.2), Arc::clone(&of_server.4));
    let fleet = config.fleet.take();
    let logs = config.log.take().map(|log| open_logs(log, &metrics, fleet.is_some())).transpose()?;
    let is_kept = logs.is_some() || !config.look_back.is_zero();
    let shared = share(config, &roster, of_server);
    let maker: Arc<dyn RoomMaker> = Arc::new(DriverMaker::<G> {
        terms: Mutex::new(config.terms.clone()),
        by_options: config.room_terms,
        world: Arc::new(Mutex::new(world)),
        seed: config.seed,
        grace_ticks: config.grace_seconds.saturating_mul(config.terms.tick_hz),
        service: service(config),
        shared: Mutex::new(shared),
        saves: saves.filter(|_| is_kept),
        logs: logs.clone(),
        look_back: config.look_back,
        of_all: OfAllTapes::default(),
    });
    let (mut threads, heartbeats) = start_workers(config, &roster, &maker, (&stop, &metrics))?;
    let begun = match fleet {
        Some(fleet) => {
            let spec =
                NodeSpec { config: fleet, schema: game_hash::<G>(), rooms_max: config.rooms.most - 1, logs, hall };
            roster.make_first(true).and_then(|()| fleet::start(spec, &roster, &stop)).map(|thread| threads.push(thread))
        }
        None => logs.map_or(Ok(()), |logs| take_up_rooms::<G>(&logs, &roster)).and_then(|()| roster.make_first(false)),
    };
    if let Err(error) = begun {
        stop.raise();
        return Err(error);
    }
    Ok((threads, roster, heartbeats))
}

/// Terms of the roster, before there is any room.
fn roster_spec<R: Clone + Send + 'static>(config: &Config<R>) -> RosterSpec {
    let (by_options, terms) = (config.room_terms, Mutex::new(config.terms.clone()));
    RosterSpec {
        rooms_max: config.rooms.most as usize,
        size: config.rooms.size as usize,
        period: Duration::from_secs(1) / config.terms.tick_hz,
        judge: Box::new(move |options| {
            // What judges options is right after any panic, or will panic again.
            let mut terms = terms.lock().unwrap_or_else(PoisonError::into_inner).clone();
            by_options(options, &mut terms) && terms.are_playable()
        }),
    }
}

/// The workers, each on a thread of its own, and how it is seen that each goes on.
fn start_workers<R>(
    config: &Config<R>,
    roster: &Arc<Roster>,
    maker: &Arc<dyn RoomMaker>,
    (stop, metrics): (&Arc<Stop>, &Arc<Metrics>),
) -> Result<Workers, ServeError> {
    let count = match config.rooms.workers {
        0 => available_parallelism().map_or(1, usize::from),
        count => count as usize,
    };
    let (posts, mail): (Vec<_>, Vec<_>) = (0..count)
        .map(|_| {
            let (mail, waiting) = channel();
            let heartbeat = Arc::new(Heartbeat::new(config.terms.tick_hz));
            (WorkerPost { mail, load: Arc::default(), heartbeat }, waiting)
        })
        .unzip();
    let heartbeats = posts.iter().map(|post| Arc::clone(&post.heartbeat)).collect();
    roster.employ(posts);
    // The server ends with the last of them.
    let stops = Arc::new(RaiseOnDrop(Arc::clone(stop)));
    let mut threads = Vec::new();
    for (index, mail) in mail.into_iter().enumerate() {
        let (whole, parts) = ((Arc::clone(roster), Arc::clone(maker)), (Arc::clone(stop), Arc::clone(metrics)));
        let (stops, stop) = (Arc::clone(&stops), Arc::clone(stop));
        // Where there is no thread, those that there are end by the flag.
        let thread = Builder::new().name(format!("auspice-rooms-{index}")).spawn(move || {
            let _stops = stops;
            let _fails = RaiseOnPanic(stop);
            RoomWorker::new(index, mail, whole, parts, Box::new(Instant::now)).run();
        });
        threads.push(thread.map_err(ServeError::System)?);
    }
    Ok((threads, heartbeats))
}

/// The logs of many rooms.
fn open_logs(config: LogConfig, metrics: &Arc<Metrics>, is_shared: bool) -> Result<Arc<RoomLogs>, ServeError> {
    let dir = config.dir.clone();
    match RoomLogs::open(config, Arc::clone(metrics), is_shared) {
        Ok(Some(logs)) => {
            if Segments::list(&dir).is_ok_and(|segments| !segments.files.is_empty()) {
                tracing::warn!(
                    dir = %dir.display(),
                    "the log of one room is here, and left alone: this server has many"
                );
            }
            Ok(Arc::new(logs))
        }
        Ok(None) => Err(ServeError::LogInUse { dir }),
        Err(error) => Err(ServeError::Log { dir, error }),
    }
}

/// Takes up every room that has a log, and waits until all of them are there. One that cannot be is told.
fn take_up_rooms<G: Game>(logs: &RoomLogs, roster: &Roster) -> Result<(), ServeError> {
    let broken = |error| ServeError::Log { dir: logs.dir().to_path_buf(), error };
    let mut found = Vec::new();
    for name in logs.names().map_err(broken)? {
        let Some(code) = RoomCode::parse(&name).filter(|code| code.to_string() == name) else { continue };
        match logs.about(&name).map_err(broken)? {
            Some(head) if head.game != G::NAME => {
                return Err(ServeError::LogOfAnotherGame { dir: logs.dir().join(name), game: head.game });
            }
            Some(head) => found.push((code, head.room.unwrap_or_default())),
            None => tracing::warn!(room = %code, "the log of this room has no whole head, and is left alone"),
        }
    }
    // The first room is taken up where there are fewer places than rooms.
    found.sort_by_key(|(_, about)| about.number);
    let mut waiting = Vec::new();
    for (code, about) in found {
        let (done, is_done) = sync_channel(1);
        match roster.take_up(code, about, None, Some(done)) {
            Ok(_) => waiting.push((code, is_done)),
            Err(_) => {
                tracing::warn!(room = %code, "there are as many rooms as there may be: this one's log is left alone");
            }
        }
    }
    for (code, is_done) in waiting {
        if let Ok(Err(error)) = is_done.recv() {
            tracing::error!(room = %code, %error, "the room of a log cannot go on");
        }
    }
    Ok(())
}

/// A worker that panics ends the server: whatever it ran is lost.
struct RaiseOnPanic(Arc<Stop>);

impl Drop for RaiseOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.raise();
        }
    }
}

fn share<R>(config: &mut Config<R>, roster: &Arc<Roster>, (door, stop, metrics, watch, hall): OfServer) -> SharedEnds {
    let gate = SharedGate::new(std::mem::take(&mut config.gate));
    SharedEnds {
        roster: Arc::clone(roster),
        hall,
        gate,
        door,
        stop,
        metrics,
        tick_times: config.tick_times.take(),
        watch,
    }
}

const fn service<R>(config: &Config<R>) -> Service {
    Service {
        shards: config.shards,
        drain_timeout: config.drain_timeout,
        full_service: config.full_service,
        idle_max: config.rooms.idle,
    }
}

pub(crate) fn panicked(panic: &(dyn Any + Send)) -> ServeError {
    ServeError::Panicked(panic_message(panic).to_owned())
}
