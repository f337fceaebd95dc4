//! Times of ticks by the size of the world, at W1's density: each figure is a median of pairs that are run by turns.

use std::time::{Duration, Instant};

use auspice::{Game, Terms};
use auspice_workloads::hall::Hall;
use auspice_workloads::rest::{self, Rest};
use auspice_workloads::w1::motion::World;
use auspice_workloads::w1::{Rules, W1};

/// Bodies of the small world, and of the large one.
const SMALL: u32 = 1000;
const LARGE: u32 = 65_000;
/// Bodies of the largest, of which one in a hundred moves, and of the world that it is held against.
const HUGE: u32 = 1_000_000;
const HUGE_MOVING: u32 = 10_000;
const CLIENTS: usize = 500;
const HUGE_CLIENTS: usize = 200;
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
    lines
}

/// Step and publish, for a body.
fn bodies(pairs: usize) -> Vec<String> {
    let mut small = warm(Hall::<W1>::new(Terms::of::<W1>(Rules::of(SMALL)), 0));
    let mut large = warm(Hall::<W1>::new(Terms::of::<W1>(Rules::of(LARGE)), 0));
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
    let mut halls = [SMALL, LARGE].map(|bodies| warm(Hall::<W1>::new(Terms::of::<W1>(Rules::of(bodies)), CLIENTS)));
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
        "a tick of {HUGE} bodies of which {HUGE_MOVING} move, {HUGE_CLIENTS} clients: {:.2} ms, {:.2} of one of {HUGE_MOVING} that \
         all move",
        median(times),
        median(ratios)
    )
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
