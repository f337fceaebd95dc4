//! Instructions that the server's part of a tick takes, by callgrind: a count, the same on a busy machine as
//! on a quiet one, and so good for noticing that something became dearer. W1 in memory, without sockets, on
//! virtual time.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::process::Command;

use auspice::Terms;
use auspice_workloads::hall::Hall;
use auspice_workloads::w1::{Rules, W1};
use serde::{Deserialize, Serialize};

/// Share by which the counts may differ from those that are kept. The count is the same at every run of the
/// same program; this is for what an unrelated change does to the compiler's mind.
pub const TOLERANCE: f64 = 0.02;

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

/// Plays for callgrind, which counts what is in [`server_tick`] and below.
pub fn play(clients: u32) {
    let mut hall = Hall::<W1>::new(Terms::of::<W1>(Rules::of(ENTITIES)), clients as usize);
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

/// Counts them. `None` where there is no valgrind.
///
/// # Errors
/// What valgrind said instead of a count.
pub fn count() -> Result<Option<Counts>, String> {
    let Some(without) = instructions(0)? else { return Ok(None) };
    let Some(with) = instructions(CLIENTS)? else { return Ok(None) };
    let ticks = f64::from(TICKS);
    let counts = BTreeMap::from([
        ("entity_tick".to_string(), (without as f64 / ticks / f64::from(ENTITIES)).round()),
        ("client_tick".to_string(), ((with - without) as f64 / ticks / f64::from(CLIENTS)).round()),
    ]);
    Ok(Some(Counts { compiler: compiler()?, architecture: std::env::consts::ARCH.to_string(), counts }))
}

/// Instructions of all counted ticks with so many clients.
fn instructions(clients: u32) -> Result<Option<u64>, String> {
    let program = std::env::current_exe().map_err(|error| format!("this program cannot find itself: {error}"))?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args([
        "--tool=callgrind",
        "--callgrind-out-file=/dev/null",
        "--collect-atstart=no",
        "--toggle-collect=*server_tick*",
    ]);
    let output = match valgrind.arg(program).args(["play", &clients.to_string()]).output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("valgrind cannot start: {error}")),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    collected(&said).map(Some).ok_or_else(|| format!("valgrind counted nothing:\n{said}"))
}

/// `==17== Collected : 123456`
fn collected(said: &str) -> Option<u64> {
    let count = said.lines().find_map(|line| line.split_once("Collected :"))?.1.trim().parse().ok()?;
    (count > 0).then_some(count)
}

fn compiler() -> Result<String, String> {
    let output = Command::new("rustc").arg("--version").output().map_err(|error| format!("rustc cannot be asked: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// Holds `now` against what is kept: lines for every figure, and whether all are within [`TOLERANCE`]. `None`
/// where they cannot be compared, for another compiler or processor.
#[must_use]
pub fn compare(now: &Counts, kept: &Counts) -> Option<(String, bool)> {
    if (&now.compiler, &now.architecture) != (&kept.compiler, &kept.architecture) {
        return None;
    }
    let (mut lines, mut all_hold) = (String::new(), true);
    for (name, count) in &now.counts {
        let before = kept.counts.get(name).copied().unwrap_or(0.0);
        let holds = (count - before).abs() <= before * TOLERANCE;
        all_hold &= holds;
        lines += &format!("  {name:<14}{count:>8}  kept {before:>8}  {:+.1} %\n", (count / before - 1.0) * 100.0);
    }
    Some((lines, all_hold))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(client_tick: f64) -> Counts {
        let counts = BTreeMap::from([("client_tick".to_string(), client_tick)]);
        Counts { compiler: "rustc 1".to_string(), architecture: "x".to_string(), counts }
    }

    #[test]
    fn two_in_a_hundred_more_or_fewer_are_noticed() {
        let holds = |now: f64| compare(&counts(now), &counts(1000.0)).expect("they are of one compiler").1;
        assert_eq!([979.0, 981.0, 1019.0, 1021.0].map(holds), [false, true, true, false]);
    }

    #[test]
    fn another_compilers_counts_are_not_compared() {
        let other = Counts { compiler: "rustc 2".to_string(), ..counts(1000.0) };
        assert_eq!(compare(&other, &counts(1000.0)), None);
    }

    #[test]
    fn the_count_is_found_in_what_valgrind_says() {
        assert_eq!(collected("==17== Events    : Ir\n==17== Collected : 123456\n"), Some(123_456));
        assert_eq!(collected("==17== Collected : 0\n"), None, "the function was not found by its name");
        assert_eq!(collected(""), None);
    }
}
