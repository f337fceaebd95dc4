//! Instructions that the server's part of a tick takes, by callgrind: a count, the same on a busy machine as
//! on a quiet one, and so good for noticing that something became dearer. W1 in memory, without sockets, on
//! virtual time.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::process::Command;
use std::thread;

use auspice::Terms;
use auspice_workloads::hall::Hall;
use auspice_workloads::w1::{Rules, W1};
use serde::{Deserialize, Serialize};

use crate::parts::{TickPart, World};
use crate::profile::Profile;

/// Share by which a count may be more than the one that is kept. The count is the same at every run of the same
/// program; this is for what the compiler inlines otherwise after an unrelated change, or in another folder: the
/// same sources in two folders differed by 2.2 %.
pub const TOLERANCE: f64 = 0.03;

/// Bodies of the world.
const ENTITIES: u32 = 1000;
/// Clients of the run with clients.
const CLIENTS: u32 = 200;
/// Ticks before the ones that are counted: bodies fly, buffers have grown.
const WARM_UP: u32 = 120;
/// Ticks that are counted.
const TICKS: u32 = 60;

/// Instructions, for one of what they are named after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// The compiler that made the program: another one's counts are others.
    pub compiler: String,
    /// The processor's instruction set.
    pub architecture: String,
    /// A count for each figure.
    pub counts: BTreeMap<String, f64>,
}

/// Plays for callgrind, which counts what is in [`server_tick`] and below. News waits if it `waits`.
pub fn play(clients: u32, waits: bool) {
    let terms = Terms::of::<W1>(Rules::of(ENTITIES));
    let mut hall = Hall::<W1>::new(if waits { terms } else { terms.strict() }, clients as usize);
    (0..WARM_UP).for_each(|_| hall.tick());
    for _ in 0..TICKS {
        hall.send();
        server_tick(&mut hall);
        hall.deliver();
    }
    black_box(hall.room().stats());
}

/// The server's part. Callgrind finds it by its name.
#[inline(never)]
fn server_tick(hall: &mut Hall<W1>) {
    hall.handle();
    hall.step();
    hall.compose();
}

/// Counts them. `None` where there is no valgrind. Half of the runs go beside the other half.
///
/// # Errors
/// What valgrind said instead of a count.
pub fn count() -> Result<Option<Counts>, String> {
    let (large, others) = thread::scope(|scope| {
        let large = scope.spawn(|| count_parts(World::Large));
        let others = count_others();
        (large.join(), others)
    });
    let (Some(large), Some(mut counts)) = (large.map_err(|_| "a run ended in a panic".to_string())??, others?) else {
        return Ok(None);
    };
    counts.extend(large);
    Ok(Some(Counts { compiler: compiler()?, architecture: std::env::consts::ARCH.to_string(), counts }))
}

/// All but the world that takes longest.
fn count_others() -> Result<Option<BTreeMap<String, f64>>, String> {
    let Some(without) = instructions(0, false)? else { return Ok(None) };
    let Some(with) = instructions(CLIENTS, false)? else { return Ok(None) };
    let Some(quiet) = instructions(CLIENTS, true)? else { return Ok(None) };
    let ticks = f64::from(TICKS);
    let mut counts = BTreeMap::from([
        ("entity_tick".to_string(), (without / ticks / f64::from(ENTITIES)).round()),
        ("client_tick".to_string(), ((with - without) / ticks / f64::from(CLIENTS)).round()),
        ("client_tick, quiet".to_string(), ((quiet - without) / ticks / f64::from(CLIENTS)).round()),
    ]);
    for world in [World::Small, World::Resting] {
        counts.extend(count_parts(world)?.unwrap_or_default());
    }
    Ok(Some(counts))
}

/// Instructions of each part of a world's tick.
fn count_parts(world: World) -> Result<Option<BTreeMap<String, f64>>, String> {
    let Some(profile) = Profile::take("counted_", &["play-part", world.argument()])? else { return Ok(None) };
    let count =
        |part: &TickPart| (format!("{}: {}", world.name(), part.name()), part.count(|name| profile.of(name)).round());
    Ok(Some(TickPart::ALL.iter().map(count).collect()))
}

/// Instructions of all counted ticks with so many clients, and with patience if it `waits`.
fn instructions(clients: u32, waits: bool) -> Result<Option<f64>, String> {
    let clients = clients.to_string();
    let args = ["play", &clients, "--waits"];
    Ok(Profile::take("server_tick", if waits { &args } else { &args[..2] })?.map(|profile| profile.of("server_tick")))
}

fn compiler() -> Result<String, String> {
    let output =
        Command::new("rustc").arg("--version").output().map_err(|error| format!("rustc cannot be asked: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// Outcome of holding counts against those that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Another compiler's or processor's counts: they cannot be compared.
    Apart,
    /// No figure is more than was kept by above [`TOLERANCE`].
    Holds {
        /// Whether one is less by as much, and is to be kept.
        fewer: bool,
    },
    /// More, in at least one figure, by above [`TOLERANCE`].
    More,
}

/// Holds `now` against what is kept: a line for every figure, none where they cannot be compared, and the verdict.
/// A figure that is not kept yet is more than nothing.
#[must_use]
pub fn compare(now: &Counts, kept: &Counts) -> (String, Verdict) {
    if (&now.compiler, &now.architecture) != (&kept.compiler, &kept.architecture) {
        return (String::new(), Verdict::Apart);
    }
    let (mut lines, mut more, mut fewer) = (String::new(), false, false);
    for (name, count) in &now.counts {
        let before = kept.counts.get(name).copied().unwrap_or(0.0);
        more |= count - before > before * TOLERANCE;
        fewer |= before - count > before * TOLERANCE;
        let change = (count - before) / before.max(1.0);
        lines += &format!("  {name:<24}{count:>10}  kept {before:>10}  {:+.1} %\n", change * 100.0);
    }
    (lines, if more { Verdict::More } else { Verdict::Holds { fewer } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(client_tick: f64) -> Counts {
        let counts = BTreeMap::from([("client_tick".to_string(), client_tick)]);
        Counts { compiler: "rustc 1".to_string(), architecture: "x".to_string(), counts }
    }

    #[test]
    fn more_instructions_than_the_tolerance_are_refused_and_fewer_are_told() {
        let verdict = |now: f64| compare(&counts(now), &counts(1000.0)).1;
        assert_eq!(verdict(1031.0), Verdict::More);
        assert_eq!([1029.0, 971.0].map(verdict), [Verdict::Holds { fewer: false }; 2]);
        assert_eq!(verdict(969.0), Verdict::Holds { fewer: true });
    }

    #[test]
    fn a_figure_that_is_not_kept_is_refused() {
        let kept = Counts { counts: BTreeMap::new(), ..counts(0.0) };
        assert_eq!(compare(&counts(1.0), &kept).1, Verdict::More);
    }

    #[test]
    fn another_compilers_counts_are_not_compared() {
        let other = Counts { compiler: "rustc 2".to_string(), ..counts(1000.0) };
        assert_eq!(compare(&other, &counts(1000.0)).1, Verdict::Apart);
    }
}
