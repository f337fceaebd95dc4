use super::*;
use std::sync::mpsc::channel;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::entry::RoomEntry;
use super::super::mail::WorkerPost;
use super::super::roster::RosterSpec;
use super::super::wish::{RoomOptions, RoomWish};
use crate::operate::heartbeat::Heartbeat;

const PERIOD: Duration = Duration::from_millis(32);

/// What a test's rooms share: the time, what a tick of each takes, and when each was made.
#[derive(Default)]
struct Stage {
    /// The time of each worker: they run at once, as cores do.
    now: Vec<Duration>,
    /// The worker that runs just now.
    active: usize,
    takes: HashMap<RoomCode, Duration>,
    panics: Option<RoomCode>,
    /// When a tick began, and how late.
    ticks: HashMap<RoomCode, Vec<(Duration, Duration)>>,
}

#[derive(Clone)]
struct Clock(Instant, Arc<Mutex<Stage>>);

impl Clock {
    /// The time of the worker that runs.
    fn now(&self) -> Instant {
        let stage = self.stage();
        self.0 + stage.now[stage.active]
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.1.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A room that takes so long, and ticks until it is told to end.
struct Puppet {
    entry: Arc<RoomEntry>,
    clock: Clock,
    due: Instant,
}

impl Runner for Puppet {
    fn code(&self) -> RoomCode {
        self.entry.code
    }

    fn period(&self) -> Duration {
        PERIOD
    }

    fn take_turn(&mut self, now: Instant) -> Turn {
        if self.entry.is_ending() {
            return Turn::Over;
        }
        let mut stage = self.clock.stage();
        let late = now.saturating_duration_since(self.due);
        let (active, began) = (stage.active, stage.now[stage.active]);
        stage.ticks.entry(self.entry.code).or_default().push((began, late));
        assert_ne!(stage.panics, Some(self.entry.code), "it panics each time");
        let takes = stage.takes.get(&self.entry.code).copied().unwrap_or(Duration::from_micros(100));
        stage.now[active] += takes;
        drop(stage);
        // As a schedule does, it leaves out what it is too late for.
        self.due += PERIOD;
        while self.due <= self.clock.now() {
            self.due += PERIOD;
        }
        Turn::Ticks(self.due)
    }
}

struct PuppetMaker(Clock);

impl RoomMaker for PuppetMaker {
    fn make(&self, ends: RoomEnds) -> Result<Box<dyn Runner>, ServeError> {
        Ok(Box::new(Puppet { due: ends.started, entry: ends.entry, clock: self.0.clone() }))
    }

    fn follow(self: Arc<Self>, ends: RoomEnds) -> Box<dyn Runner> {
        Box::new(Puppet { due: ends.started, entry: ends.entry, clock: self.0.clone() })
    }
}

/// Workers on virtual time, and their rooms. Each worker has a time of its own, as cores have.
struct Troupe {
    roster: Arc<Roster>,
    workers: Vec<RoomWorker>,
    clock: Clock,
    stop: Arc<Stop>,
}

impl Troupe {
    fn new(workers: usize, rooms: usize) -> Self {
        let judge = Box::new(|_: &RoomOptions| true);
        let roster = Arc::new(Roster::new(RosterSpec { rooms_max: 1000, size: 4, period: PERIOD, judge }));
        let (stop, metrics, start) = (Arc::new(Stop::default()), Arc::new(Metrics::new("tests")), Instant::now());
        let (posts, mail): (Vec<_>, Vec<_>) = (0..workers)
            .map(|_| {
                let (mail, waiting) = channel();
                (WorkerPost { mail, load: Arc::default(), heartbeat: Arc::new(Heartbeat::new(30)) }, waiting)
            })
            .unzip();
        roster.employ(posts);
        let clock =
            Clock(start, Arc::new(Mutex::new(Stage { now: vec![Duration::ZERO; workers], ..Stage::default() })));
        let maker: Arc<dyn RoomMaker> = Arc::new(PuppetMaker(clock.clone()));
        let hire = |(index, mail)| {
            let own = clock.clone();
            let (whole, parts) = ((Arc::clone(&roster), Arc::clone(&maker)), (Arc::clone(&stop), Arc::clone(&metrics)));
            RoomWorker::new(index, mail, whole, parts, Box::new(move || own.now()))
        };
        let workers = mail.into_iter().enumerate().map(hire).collect();
        for _ in 0..rooms {
            roster.choose(&RoomWish::New(RoomOptions::new()), || true).unwrap();
        }
        Self { roster, workers, clock, stop }
    }

    /// Every worker runs for so long, always the one whose time is least.
    fn run(&mut self, time: Duration) {
        let until = self.clock.stage().now.iter().max().copied().unwrap_or_default() + time;
        loop {
            let (active, now) = {
                let mut stage = self.clock.stage();
                let (active, now) = stage.now.iter().copied().enumerate().min_by_key(|(_, now)| *now).unwrap();
                stage.active = active;
                (active, now)
            };
            if now >= until {
                return;
            }
            let Some(next) = self.workers[active].pass() else { return };
            let mut stage = self.clock.stage();
            let now = stage.now[active];
            let next = next.saturating_duration_since(self.clock.0).min(now + SLEEP_MAX);
            stage.now[active] = next.max(now + Duration::from_nanos(1));
        }
    }

    /// Rooms of a worker.
    fn rooms(&self, worker: usize) -> Vec<RoomCode> {
        self.workers[worker].rooms.keys().copied().collect()
    }

    /// How late the ticks of a room were.
    fn lateness(&self, room: RoomCode) -> Vec<Duration> {
        self.clock.stage().ticks.get(&room).into_iter().flatten().map(|(_, late)| *late).collect()
    }

    fn forget_ticks(&self) {
        self.clock.stage().ticks.clear();
    }

    fn takes(&self, room: RoomCode, time: Duration) {
        self.clock.stage().takes.insert(room, time);
    }
}

#[test]
fn each_room_ticks_at_its_own_time_as_often_as_it_should() {
    let mut troupe = Troupe::new(1, 50);
    troupe.run(Duration::from_secs(2));
    for room in troupe.rooms(0) {
        let late = troupe.lateness(room);
        assert!((61..=63).contains(&late.len()), "{} ticks", late.len());
        assert!(late.iter().all(|late| *late < Duration::from_millis(2)), "{late:?}");
    }
}

#[test]
fn a_room_that_panics_ends_alone() {
    let mut troupe = Troupe::new(1, 5);
    troupe.run(Duration::from_millis(100));
    let rooms = troupe.rooms(0);
    troupe.clock.stage().panics = Some(rooms[2]);
    troupe.run(Duration::from_secs(1));
    assert_eq!(troupe.rooms(0).len(), 4);
    assert!(troupe.roster.find(rooms[2]).is_none(), "nobody is sent there");
    assert!(troupe.lateness(rooms[0]).len() > 30);
}

#[test]
fn the_neighbours_of_a_room_that_takes_all_the_time_go_to_another_worker() {
    let mut troupe = Troupe::new(2, 10);
    troupe.run(Duration::from_secs(1));
    let (hog, others) = (troupe.rooms(0)[0], troupe.rooms(1));
    assert_eq!((troupe.rooms(0).len(), others.len()), (5, 5), "they share the rooms");
    troupe.takes(hog, Duration::from_millis(200));
    troupe.forget_ticks();
    troupe.run(Duration::from_secs(5));
    assert_eq!(troupe.rooms(0), [hog], "it is left alone");
    assert_eq!(troupe.rooms(1).len(), 9);
    for room in others {
        let late = troupe.lateness(room);
        assert!(late.len() > 150 && late.iter().all(|late| *late < Duration::from_millis(3)), "{late:?}");
    }
    troupe.forget_ticks();
    troupe.run(Duration::from_secs(1));
    for room in troupe.rooms(1) {
        let late = troupe.lateness(room);
        assert!(late.len() > 29 && late.iter().all(|late| *late < Duration::from_millis(3)), "{late:?}");
    }
}

#[test]
fn nobody_is_moved_where_all_workers_have_too_much_to_do() {
    let mut troupe = Troupe::new(2, 10);
    troupe.run(Duration::from_millis(100));
    for room in [troupe.rooms(0), troupe.rooms(1)].concat() {
        troupe.takes(room, Duration::from_millis(10));
    }
    troupe.run(Duration::from_secs(10));
    assert_eq!((troupe.rooms(0).len(), troupe.rooms(1).len()), (5, 5));
}

#[test]
fn workers_end_when_the_server_drains_and_no_room_is_left() {
    let mut troupe = Troupe::new(2, 4);
    troupe.run(Duration::from_millis(100));
    troupe.stop.drain();
    troupe.run(Duration::from_millis(100));
    assert_eq!(troupe.rooms(0).len(), 2, "rooms drain by themselves");
    troupe.roster.entries().iter().for_each(|entry| entry.end());
    troupe.run(Duration::from_millis(100));
    assert!(troupe.workers.iter_mut().all(|worker| worker.pass().is_none()));
}
