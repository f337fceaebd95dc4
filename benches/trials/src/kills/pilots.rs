//! [`Watch`]: what watched bots of the demo hold of their own ships, now and first after the server was started anew.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use auspice::message::Credential;
use auspice::replica::Replica;
use auspice::{EntityId, Micros};
use auspice_bots::bot::Bot;
use auspice_bots::demo_driver::DemoDriver;
use auspice_bots::driver::{Driver, Finding};
use auspice_bots::follower::Depth;
use auspice_bots::tally::Tally;
use auspice_demo::{Demo, Entity, Input};
use auspice_socket::Dial;
use tokio::task::LocalSet;

/// A bot's ship as it held it at a tick.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OwnSight {
    pub(super) tick: u32,
    /// None where it had none to fly.
    pub(super) ship: Option<(EntityId, Entity)>,
}

/// Memory of what a bot held.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LastSeen {
    /// Sight by its newest update.
    pub(super) last: OwnSight,
    /// Sight by the first update with a ship of the server that runs now.
    pub(super) first: Option<OwnSight>,
    /// The ship that it had last.
    pub(super) own: Option<EntityId>,
    pub(super) updates: u64,
}

/// Sights of all bots, shared with their thread.
#[derive(Clone)]
pub(super) struct Watch(Arc<Mutex<Vec<LastSeen>>>);

impl Watch {
    pub(super) fn new(bots: usize) -> Self {
        Self(Arc::new(Mutex::new(vec![LastSeen::default(); bots])))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<LastSeen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A copy, in the order of the bots' numbers.
    pub(super) fn look(&self) -> Vec<LastSeen> {
        self.lock().clone()
    }

    /// Forgets what bots held first, since the server is to be another one from now on. Returns a copy from before.
    pub(super) fn turn(&self) -> Vec<LastSeen> {
        let mut seen = self.lock();
        let before = seen.clone();
        seen.iter_mut().for_each(|seen| seen.first = None);
        before
    }
}

/// The name of bot number `index`.
pub(super) fn name_of(index: usize) -> String {
    format!("bot{index}")
}

/// Flies like any other, and says what it holds.
struct WatchedPilot {
    pilot: DemoDriver,
    index: usize,
    watch: Watch,
}

impl Driver<Demo> for WatchedPilot {
    fn steer(&mut self, replica: &mut Replica<Demo>, now: Micros) -> Input {
        self.pilot.steer(replica, now)
    }

    fn steer_blind(&mut self) -> Input {
        self.pilot.steer_blind()
    }

    fn check(&mut self, replica: &Replica<Demo>) -> Finding {
        let mut watch = self.watch.lock();
        let seen = &mut watch[self.index];
        let ship = replica.own().and_then(|own| Some((own, replica.entity(own)?.entity)));
        let last = OwnSight { tick: replica.tick().0, ship };
        *seen = LastSeen {
            last,
            first: seen.first.or_else(|| ship.map(|_| last)),
            own: ship.map_or(seen.own, |(own, _)| Some(own)),
            updates: seen.updates + 1,
        };
        Finding::default()
    }
}

/// Bots on a thread of their own, until the flag is raised.
pub(super) fn play(url: String, bots: usize, watch: &Watch, ends: &Arc<AtomicBool>) -> Result<JoinHandle<()>, String> {
    let (watch, ends) = (watch.clone(), Arc::clone(ends));
    let program = move || {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime should start");
        let (crowd, start) = (LocalSet::new(), tokio::time::Instant::now());
        let (tally, server) = (
            Rc::new(RefCell::new(Tally::default())),
            Rc::new(Dial::new(&url, None).expect("an address should be one")),
        );
        for index in 0..bots {
            let driver = WatchedPilot { pilot: DemoDriver::new(index), index, watch: watch.clone() };
            let (tally, server) = (Rc::clone(&tally), Rc::clone(&server));
            let bot = Bot::<Demo, _>::new(name_of(index), Depth::Whole, Credential::Open, driver, tally, server);
            let (mut bot, ends) = (bot.expect("the name should fit"), Arc::clone(&ends));
            crowd.spawn_local(async move { bot.play(start, |_| ends.load(Ordering::Relaxed)).await });
        }
        runtime.block_on(crowd);
    };
    thread::Builder::new().spawn(program).map_err(|error| error.to_string())
}
