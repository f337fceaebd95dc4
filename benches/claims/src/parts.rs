//! Worlds whose ticks are counted part by part: the game's step, publishing, interest, composing updates, and what a
//! client does in the frames of a tick.

use std::hint::black_box;

use auspice::{Game, Micros, Terms};
use auspice_workloads::hall::Hall;
use auspice_workloads::rest::{self, Rest};
use auspice_workloads::w1::{Rules, W1};
use auspice_workloads::watcher::Watcher;

/// Clients of each world, beside the one that holds it.
pub const CLIENTS: usize = 50;
/// Ticks that are counted.
pub const TICKS: u32 = 4;
/// Ticks before those: bodies fly from the first on.
const WARM_UP: u32 = 8;

/// A world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum World {
    /// W1 with 1000 bodies, all of which move.
    Small,
    /// 65,000 bodies at its density that lie still.
    Resting,
    /// W1 with 65,000 bodies, all of which move.
    Large,
}

impl World {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Small, Self::Resting, Self::Large];

    /// Its name in a table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Small => "1000 moving",
            Self::Resting => "65000 resting",
            Self::Large => "65000 moving",
        }
    }

    /// Its name on a command line.
    #[must_use]
    pub const fn argument(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Resting => "resting",
            Self::Large => "large",
        }
    }

    /// Plays for callgrind, which counts what is in `counted_tick` and the like, and below.
    pub fn play(self) {
        match self {
            Self::Small => play(Hall::<W1>::new(Terms::of::<W1>(Rules::of(1000)).strict(), CLIENTS)),
            Self::Resting => play(Hall::<Rest>::new(rest::terms(65_000, 0), CLIENTS)),
            Self::Large => play(Hall::<W1>::new(Terms::of::<W1>(Rules::of(65_000)).strict(), CLIENTS)),
        }
    }
}

/// Parts of a tick. The game's step and publishing are of the whole world, interest and composing of one client, and
/// following is of one client that holds a world: its update and two pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TickPart {
    /// The game's own step.
    Step,
    /// Publishing.
    Publish,
    /// Finding out who is near, who leaves and who enters.
    Interest,
    /// The rest of an update.
    Compose,
    /// A client that foresees.
    Foresee,
}

impl TickPart {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Step, Self::Publish, Self::Interest, Self::Compose, Self::Foresee];

    /// Its name in a table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Publish => "publish",
            Self::Interest => "interest",
            Self::Compose => "compose",
            Self::Foresee => "foresee",
        }
    }

    /// Instructions of it for what it is of, where `of` has those of all functions with such a name in all counted
    /// ticks.
    #[must_use]
    pub fn count(self, of: impl Fn(&str) -> f64) -> f64 {
        let interest = || of("View::look") + of("View>::turn_over");
        let (ticks, clients) = (f64::from(TICKS), CLIENTS as f64 * f64::from(TICKS));
        match self {
            Self::Step => of("World::step_first") / ticks,
            Self::Publish => of("Room<G>::publish") / ticks,
            Self::Interest => interest() / clients,
            Self::Compose => (of("counted_compose") - interest()) / clients,
            Self::Foresee => of("counted_foresight") / ticks,
        }
    }
}

fn play<G: Game>(hall: Hall<G>) {
    let mut world = WatchedPictures::new(hall);
    (0..WARM_UP).for_each(|_| world.tick());
    for _ in 0..TICKS {
        world.hear();
        counted_tick(&mut world.hall);
        counted_compose(&mut world.hall);
        world.hall.deliver();
        world.watcher.fetch(world.hall.room_mut());
        counted_foresight(&mut world);
    }
    black_box(world.hall.room().stats());
}

#[inline(never)]
fn counted_tick<G: Game>(hall: &mut Hall<G>) {
    hall.step();
}

#[inline(never)]
fn counted_compose<G: Game>(hall: &mut Hall<G>) {
    hall.compose();
}

#[inline(never)]
fn counted_foresight<G: Game>(world: &mut WatchedPictures<G>) {
    world.see();
}

/// A hall and a client that holds its world.
pub struct WatchedPictures<G: Game> {
    /// The hall.
    pub hall: Hall<G>,
    /// The client.
    pub watcher: Watcher<G>,
    period: Micros,
}

impl<G: Game> WatchedPictures<G> {
    /// A client joins a hall.
    #[must_use]
    pub fn new(mut hall: Hall<G>) -> Self {
        let period = Micros(1_000_000 / u64::from(hall.room().terms().tick_hz));
        let watcher = Watcher::join(hall.room_mut());
        Self { hall, watcher, period }
    }

    /// Takes in what all clients say before a tick.
    pub fn hear(&mut self) {
        self.hall.send();
        let now = self.hall.now();
        self.watcher.send(self.hall.room_mut(), now);
        self.hall.handle();
    }

    /// The client takes its update and makes its pictures. The entities that were worked out.
    pub fn see(&mut self) -> usize {
        self.watcher.see(self.hall.now(), self.period)
    }

    /// A whole tick, both sides. The time that the client took in its two frames.
    pub fn time(&mut self) -> std::time::Duration {
        self.hear();
        self.hall.step();
        self.hall.compose();
        self.hall.deliver();
        self.watcher.fetch(self.hall.room_mut());
        let began = std::time::Instant::now();
        black_box(self.see());
        began.elapsed()
    }

    /// A whole tick, both sides.
    pub fn tick(&mut self) {
        self.time();
    }
}
