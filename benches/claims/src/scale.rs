//! Times of ticks by the size of the world, at W1's density: each figure is a median of pairs that are run by turns.

use std::process::Command;
use std::time::{Duration, Instant};

use auspice::sim::{Arena, Link};
use auspice::{Game, Micros, Terms};
use auspice_workloads::hall::Hall;
use auspice_workloads::rest::{self, Rest};
use auspice_workloads::w1::motion::World;
use auspice_workloads::w1::{Rules, W1};

use crate::parts::WatchedPictures;

/// Bodies of the small world, and of the large one.
const SMALL: u32 = 1000;
const LARGE: u32 = 65_000;
/// Bodies of the largest, of which one in a hundred moves, and of the world that it is held against.
const HUGE: u32 = 1_000_000;
const HUGE_MOVING: u32 = 10_000;
const CLIENTS: usize = 500;
const HUGE_CLIENTS: usize = 200;
/// Bodies in view of a client whose frames are timed.
const FEW: u32 = 50;
const MANY: u32 = 5000;
/// Bodies of a world that is joined, and how often.
const JOINED: u32 = 100_000;
const JOINS: usize = 100;
/// Clients whose memory is asked for.
const MEMORY_CLIENTS: u32 = 2000;
/// Ticks before anything is timed: bodies start at rest, and fly after a second or two.
const WARM_UP: usize = 90;
/// Ticks of a run.
const TICKS: u32 = 30;

/// All figures, each a line. Takes some minutes.
#[must_use]
pub fn measure(pairs: usize) -> Vec<String> {
    let mut lines = bodies(pairs);
    lines.push(updates(pairs));
    lines.push(huge(pairs));
    lines.push(frames(pairs));
    lines.extend([0, 50].map(|delay| crowd(Micros::from_millis(delay))));
    lines.push(joins());
    lines.extend(memory());
    lines
}

/// Step and publish, for a body.
fn bodies(pairs: usize) -> Vec<String> {
    let mut small = warm(Hall::<W1>::new(Terms::of::<W1>(Rules::of(SMALL)).strict(), 0));
    let mut large = warm(Hall::<W1>::new(Terms::of::<W1>(Rules::of(LARGE)).strict(), 0));
    let mut resting = warm(Hall::<Rest>::new(rest::terms(LARGE, 0), 0));
    let [mut small_alone, mut large_alone] = [SMALL, LARGE].map(|bodies| World::new(&Rules::of(bodies), W1::TICK_HZ));
    (0..WARM_UP).for_each(|_| [&mut small_alone, &mut large_alone].into_iter().for_each(World::step));
    let mut times: [Vec<f64>; 5] = Default::default();
    for _ in 0..pairs {
        let each = [
            time(SMALL, || small.step()),
            time(SMALL, || small_alone.step()),
            time(LARGE, || large.step()),
            time(LARGE, || large_alone.step()),
            time(LARGE, || resting.step()),
        ];
        times.iter_mut().zip(each).for_each(|(times, time)| times.push(time));
    }
    let [small, small_alone, large, large_alone, resting] = times.map(median);
    vec![
        format!("step and publish, a moving body of {SMALL}: {small:.0} ns, of which the game's step {small_alone:.0}"),
        format!("step and publish, a moving body of {LARGE}: {large:.0} ns, of which the game's step {large_alone:.0}"),
        format!("step and publish, a body at rest of {LARGE}: {resting:.3} ns"),
    ]
}

/// A client's update.
fn updates(pairs: usize) -> String {
    let mut halls =
        [SMALL, LARGE].map(|bodies| warm(Hall::<W1>::new(Terms::of::<W1>(Rules::of(bodies)).strict(), CLIENTS)));
    let mut times: [Vec<f64>; 2] = Default::default();
    for _ in 0..pairs {
        for (hall, times) in halls.iter_mut().zip(&mut times) {
            let took: Duration = (0..TICKS).map(|_| hall.time_compose()).sum();
            times.push(took.as_nanos() as f64 / f64::from(TICKS) / CLIENTS as f64);
        }
    }
    let ratios = times[0].iter().zip(&times[1]).map(|(small, large)| large / small).collect();
    let [small, large] = times.map(median);
    format!(
        "an update of {CLIENTS} clients: {small:.0} ns with {SMALL} bodies, {large:.0} ns with {LARGE}, ratio {:.2}",
        median(ratios)
    )
}

/// A tick of the largest world.
fn huge(pairs: usize) -> String {
    let mut huge = warm(Hall::<Rest>::new(rest::terms(HUGE, HUGE_MOVING), HUGE_CLIENTS));
    let mut dense = warm(Hall::<Rest>::new(rest::terms(HUGE_MOVING, HUGE_MOVING), HUGE_CLIENTS));
    let (mut ratios, mut times) = (Vec::new(), Vec::new());
    for _ in 0..pairs {
        let [huge, dense] = [&mut huge, &mut dense].map(|hall| {
            let took: Duration = (0..TICKS).map(|_| hall.time_server()).sum();
            took.as_secs_f64() * 1e3 / f64::from(TICKS)
        });
        ratios.push(huge / dense);
        times.push(huge);
    }
    format!(
        "a tick of {HUGE} bodies of which {HUGE_MOVING} move, {HUGE_CLIENTS} clients: {:.2} ms, {:.2} of one of \
         {HUGE_MOVING} that all move",
        median(times),
        median(ratios)
    )
}

/// The netcode of a client's frame, where everything in view rests but the own body.
fn frames(pairs: usize) -> String {
    let world = |bodies| {
        let mut world = WatchedPictures::new(Hall::<Rest>::new(within_sight(bodies, 1), 1));
        (0..10 * WARM_UP).for_each(|_| world.tick());
        assert_eq!(world.watcher.replica().visible(), bodies as usize, "everything should be in view");
        world
    };
    let mut worlds = [world(FEW), world(MANY)];
    let (mut ratios, mut times) = (Vec::new(), Vec::new());
    for _ in 0..10 * pairs {
        let [few, many] = worlds.each_mut().map(|world| {
            let took: Duration = (0..TICKS).map(|_| world.time()).sum();
            took.as_nanos() as f64 / f64::from(2 * TICKS)
        });
        ratios.push(many / few);
        times.push(many);
    }
    format!(
        "netcode of a frame with {MANY} that rest in view: {:.0} ns, {:.2} of one with {FEW}",
        median(times),
        median(ratios)
    )
}

/// Terms for so many bodies that all see each other.
fn within_sight(bodies: u32, moving: u32) -> Terms<rest::Rules> {
    // The corners of the square are less than the radius apart.
    let metres = f64::from(Rest::INTEREST_RADIUS) * 0.7;
    Terms::of::<Rest>(rest::Rules { all: Rules::within(bodies, metres), moving }).strict()
}

/// The time until a newcomer sees a crowd, on virtual time.
fn crowd(delay: Micros) -> String {
    let mut arena = Arena::<Rest>::new(within_sight(MANY, 0), 1).expect("the terms should be playable");
    arena.steps(3);
    let link = Link { delay, ..Link::default() };
    let index = arena.connect(link, link).expect("the name should fit");
    let mut ticks = 0;
    while arena.clients[index].replica().visible() < MANY as usize {
        arena.step();
        ticks += 1;
    }
    let millis = ticks * 1000 / Rest::TICK_HZ;
    format!("{MANY} that rest come into view over a round trip of {} ms: {ticks} ticks, {millis} ms", delay.0 / 500)
}

/// The ticks from an open connection to a complete view of a large world, over perfect lines.
fn joins() -> String {
    let mut arena = Arena::<Rest>::new(rest::terms(JOINED, JOINED / 100), 1).expect("the terms should be playable");
    arena.steps(3);
    let mut waits: Vec<f64> = (0..JOINS).map(|body| join(&mut arena, body)).collect();
    waits.sort_unstable_by(f64::total_cmp);
    let p99 = waits[waits.len() * 99 / 100];
    format!(
        "a complete view of a world of {JOINED}, of {JOINS} joins: p50 {:.2} ticks, p99 {p99:.2}",
        waits[waits.len() / 2]
    )
}

/// Ticks that one such took. The client looks eight times in a tick.
fn join(arena: &mut Arena<Rest>, body: usize) -> f64 {
    let index = arena.connect(Link::default(), Link::default()).expect("the name should fit");
    let (mut opened, mut complete) = (None, None);
    while complete.is_none() {
        let all = arena.room.game().in_sight(body);
        arena.step_with(|at, client, now| {
            if at == index && client.session.is_connected() {
                opened.get_or_insert(now);
                if client.session.follower().is_some_and(|replica| replica.visible() >= all) {
                    complete.get_or_insert(now);
                }
            }
        });
    }
    complete
        .zip(opened)
        .map_or(0.0, |(complete, opened)| complete.since(opened).as_seconds() * f64::from(Rest::TICK_HZ))
}

/// Memory of a client in the largest world by one in W1.
fn memory() -> Option<String> {
    let [huge, dense] =
        [HeldBytes::Huge, HeldBytes::Dense].map(|held| Some(held.resident(MEMORY_CLIENTS)? - held.resident(0)?));
    let (huge, dense) = (huge?, dense?);
    let each = |bytes: f64| bytes / f64::from(MEMORY_CLIENTS);
    Some(format!(
        "memory of a client and its part of the room: {:.0} B in a room of {HUGE}, {:.0} B in W1, ratio {:.2}",
        each(huge),
        each(dense),
        huge / dense
    ))
}

/// A room whose memory is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum HeldBytes {
    /// The largest, of which most rests.
    Huge,
    /// W1.
    Dense,
}

impl HeldBytes {
    /// Plays for a while with so many clients and tells the bytes that this process has resident; for a process of its
    /// own. `None` where the kernel does not tell.
    #[must_use]
    pub fn play(self, clients: u32) -> Option<u64> {
        match self {
            Self::Huge => resident_after(Hall::<Rest>::new(rest::terms(HUGE, HUGE_MOVING), clients as usize)),
            Self::Dense => {
                resident_after(Hall::<W1>::new(Terms::of::<W1>(Rules::of(MEMORY_CLIENTS)).strict(), clients as usize))
            }
        }
    }

    /// The same, of another process.
    fn resident(self, clients: u32) -> Option<f64> {
        let name = if self == Self::Huge { "huge" } else { "dense" };
        let mut program = Command::new(std::env::current_exe().ok()?);
        let output = program.args(["hold", name, &clients.to_string()]).output().ok()?;
        String::from_utf8_lossy(&output.stdout).trim().parse().ok()
    }
}

fn resident_after<G: Game>(hall: Hall<G>) -> Option<u64> {
    let hall = warm(hall);
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?.trim().strip_suffix(" kB")?;
    std::hint::black_box(hall.room().stats());
    kilobytes.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

fn warm<G: Game>(mut hall: Hall<G>) -> Hall<G> {
    (0..WARM_UP).for_each(|_| hall.tick());
    hall
}

/// Nanoseconds of `step`, for each of so many bodies.
fn time(bodies: u32, mut step: impl FnMut()) -> f64 {
    let began = Instant::now();
    (0..TICKS).for_each(|_| step());
    began.elapsed().as_nanos() as f64 / f64::from(TICKS) / f64::from(bodies)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
