//! [`Yard`]: a game whose players may take all of the time that there is, or make it panic; its server of many rooms,
//! and its players. For how much the neighbours of such a room feel of it.

use std::time::{Duration, Instant};

use auspice::game::Viewpoint;
use auspice::replica::Replica;
use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Micros, Obstacles, Publisher, Replicate, Step};
use auspice_bots::driver::Driver;
use auspice_bots::plan::{Plan, SwarmArgs};
use auspice_bots::report::Report;
use auspice_bots::swarm;
use auspice_server::{Config, Handle, RoomOptions, RoomsConfig, Server};
use clap::ValueEnum;
use glam::IVec2;
use serde::{Deserialize, Serialize};

/// Time that a step takes in which somebody hogs: ten periods at 30 Hz, more than slower time makes up for.
const HOGGED: Duration = Duration::from_millis(333);

/// Time without players after which a room ends: none does while it is measured.
const IDLE: Duration = Duration::from_secs(3600);

/// Players in a room whose worker has the bad one too, and in one of the other worker. So they are told apart.
pub const BESIDE: u32 = 3;
/// See [`BESIDE`].
pub const APART: u32 = 4;

/// A player's mood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Mood {
    /// Walks about.
    #[default]
    Good,
    /// Takes all the time that there is, in each step.
    Hogs,
    /// Makes the game panic, in each step.
    Panics,
}

/// Somebody in the yard.
#[derive(Replicate, Clone, Copy, Debug, PartialEq)]
pub struct Stroller {
    #[field(vec2(min = -100_000, max = 100_000, step = 1), moved_by = pace, position)]
    place: IVec2,
    #[field(vec2(min = -300, max = 300, step = 1), control)]
    pace: IVec2,
}

/// An input: where to go, and for a bad mood a pace that nobody else has.
#[derive(Replicate, Clone, Copy, Debug, Default, PartialEq)]
pub struct Whim {
    #[field(vec2(min = -300, max = 300, step = 1))]
    pace: IVec2,
}

const HOGGING: IVec2 = IVec2::new(-299, 299);
const PANICKING: IVec2 = IVec2::new(299, -299);

/// See the module.
pub struct Yard {
    strollers: Vec<(ClientId, EntityId, Stroller)>,
    slot: u32,
}

/// Rules of a yard: none.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct YardRules;

impl Game for Yard {
    const NAME: &'static str = "yard";
    const TICK_HZ: u32 = 30;
    const INTEREST_RADIUS: f32 = 50_000.0;

    type Rules = YardRules;
    type Level = ();
    type Input = Whim;
    type Entity = Stroller;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self { strollers: Vec::new(), slot: 0 }
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        let stroller = Stroller { place: IVec2::ZERO, pace: IVec2::ZERO };
        self.strollers.push((client, EntityId::new(self.slot, 0), stroller));
        self.slot += 1;
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.strollers.retain(|(stroller, ..)| *stroller != client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        for (client, _, stroller) in &mut self.strollers {
            if let Some((_, whim)) = step.inputs.iter().find(|(from, _)| from == client) {
                stroller.pace = whim.pace;
            }
            match stroller.pace {
                HOGGING => hog(),
                PANICKING => panic!("somebody wants that"),
                _ => {}
            }
            stroller.drift(step.ground.terms.tick_hz);
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (client, id, stroller) in &self.strollers {
            out.put(*id, stroller);
            out.viewpoint(*client, Viewpoint::of(*id));
        }
    }

    fn predict_own(ground: &Ground<Self>, own: &mut Stroller, whim: &Whim, _: &Obstacles<'_, Self>) -> Fate {
        own.pace = whim.pace;
        Self::advance(ground, own)
    }
}

/// Takes the processor's time, as a game that hangs does.
fn hog() {
    let until = Instant::now() + HOGGED;
    while Instant::now() < until {
        std::hint::spin_loop();
    }
}

/// A server with two workers, and `rooms` for each of them, that players find by how many places they have.
///
/// # Errors
/// A sentence where it cannot start.
pub fn serve(mut config: Config<YardRules>, rooms: u32) -> Result<Handle, String> {
    config.max_clients = 10_000;
    config.rooms = RoomsConfig { most: 4 * rooms + 100, size: APART, workers: 2, idle: IDLE };
    let server = Server::<Yard>::start(config).map_err(|error| error.to_string())?;
    // A room goes to the worker that has the fewest, the first of those that have as few. That has the first room by
    // now: one more for the other, and so by turns, and the next room will be the first one's.
    let places = std::iter::once(1).chain((0..rooms).flat_map(|_| [BESIDE, APART]));
    for places in places {
        let options = RoomOptions::from([("places".to_owned(), places.to_string())]);
        server.make_room(options, false).map_err(str::to_owned)?;
    }
    Ok(server)
}

/// So many players in that mood at `url`, for so long.
///
/// # Errors
/// A sentence where nobody is let in.
pub fn loiter(url: &str, clients: u32, seconds: u32, mood: Mood) -> Result<Report, String> {
    let args = SwarmArgs { url: url.to_owned(), clients, seconds, verify_share: 1.0, ..SwarmArgs::default() };
    let plan = Plan { args, warmup_seconds: 0, floor_hz: None };
    swarm::run::<Yard, _>(&plan, |index| Loiterer { mood, count: index as u32 }).map_err(|error| error.to_string())
}

/// Walks to and fro, but in a bad mood.
struct Loiterer {
    mood: Mood,
    count: u32,
}

impl Driver<Yard> for Loiterer {
    fn steer(&mut self, _replica: &mut Replica<Yard>, _now: Micros) -> Whim {
        self.steer_blind()
    }

    fn steer_blind(&mut self) -> Whim {
        self.count += 1;
        let pace = match self.mood {
            Mood::Good if self.count % 60 < 30 => IVec2::new(100, 0),
            Mood::Good => IVec2::new(-100, 0),
            Mood::Hogs => HOGGING,
            Mood::Panics => PANICKING,
        };
        Whim { pace }
    }
}
