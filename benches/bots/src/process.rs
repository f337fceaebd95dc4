//! The operating system's word on a process (processor time and memory; on Linux, elsewhere nothing is
//! known), and the request for as many open files as there may be.

use std::collections::HashMap;
use std::fs;
use std::io;

/// Positions of user and system time in `/proc/PID/stat`, counted behind the name in parentheses. In
/// hundredths of a second, and, where the kernel samples, not much better than a guess; what a thread ran in
/// `/proc/PID/task/TID/schedstat` is exact, in nanoseconds.
const USER_TIME_AT: usize = 11;

/// Processor time of a process: what it spent itself and what the kernel spent for it, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CpuSeconds {
    /// Both together.
    pub total: f64,
    /// Clock ticks that found it in its own code.
    pub(crate) user_ticks: f64,
    /// Clock ticks that found it in the kernel.
    pub(crate) system_ticks: f64,
    /// Seconds in which it wanted a core and another program had it.
    pub waited: f64,
}

impl CpuSeconds {
    /// Usage of the process `pid` so far; `None` where it is not running or where there is no `/proc`. Time
    /// of threads that have ended is missing: ask about processes that keep theirs.
    #[must_use]
    pub fn of(pid: u32) -> Option<Self> {
        let (user_ticks, system_ticks) = parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?;
        let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
        let of_thread = |thread: io::Result<fs::DirEntry>| -> Option<(u64, u64)> {
            parse_schedstat(&fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?)
        };
        let sum = |(ran, waited), (more, longer)| (ran + more, waited + longer);
        let (ran, waited) = threads.filter_map(of_thread).fold((0, 0), sum);
        Some(Self { total: ran as f64 / 1e9, user_ticks, system_ticks, waited: waited as f64 / 1e9 })
    }

    /// Usage since `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            total: self.total - earlier.total,
            user_ticks: self.user_ticks - earlier.user_ticks,
            system_ticks: self.system_ticks - earlier.system_ticks,
            waited: self.waited - earlier.waited,
        }
    }

    /// The part of it in the process's own code.
    #[must_use]
    pub fn user(self) -> f64 {
        self.total * self.user_ticks / (self.user_ticks + self.system_ticks).max(1.0)
    }
}

/// A thread of a process, and how long it ran so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ThreadTime {
    pub(crate) name: String,
    pub(crate) ran_ns: u64,
}

impl ThreadTime {
    /// The threads of the process `pid`, by their ids; none where nothing is known of them.
    pub(crate) fn all(pid: u32) -> HashMap<u32, Self> {
        let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        let of_thread = |thread: fs::DirEntry| {
            let id = thread.file_name().to_str()?.parse().ok()?;
            let name = fs::read_to_string(thread.path().join("comm")).ok()?.trim().to_owned();
            let (ran_ns, _) = parse_schedstat(&fs::read_to_string(thread.path().join("schedstat")).ok()?)?;
            Some((id, Self { name, ran_ns }))
        };
        threads.filter_map(of_thread).collect()
    }
}

fn parse_stat(stat: &str) -> Option<(f64, f64)> {
    // The name may have spaces and parentheses of its own.
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut times = behind_name.split_ascii_whitespace().skip(USER_TIME_AT).map(str::parse::<f64>);
    Some((times.next()?.ok()?, times.next()?.ok()?))
}

/// Nanoseconds that a thread ran, and that it waited to run.
fn parse_schedstat(schedstat: &str) -> Option<(u64, u64)> {
    let mut words = schedstat.split_ascii_whitespace().map(str::parse);
    Some((words.next()?.ok()?, words.next()?.ok()?))
}

/// Memory that the process `pid` has resident and that is its own, in KiB: heap and stacks, without the pages
/// of its program file. What the kernel keeps for its sockets is not in it.
#[must_use]
pub fn anonymous_kib(pid: u32) -> Option<u64> {
    status_kib(pid, "RssAnon:")
}

/// The most memory that the process `pid` had resident, in KiB.
#[must_use]
pub fn peak_resident_kib(pid: u32) -> Option<u64> {
    status_kib(pid, "VmHWM:")
}

fn status_kib(pid: u32, key: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// Lets this process open as many files as the system allows it.
pub fn allow_many_files() {
    // Where it cannot be raised, the first connection beyond the limit says so.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "17 (a) b (c) S 1 17 17 0 -1 4194560 100 0 0 0 250 125 0 0 20 0 3 0 100 0 0";
        assert_eq!(parse_stat(stat), Some((250.0, 125.0)));
        assert_eq!(parse_stat("17 (cut"), None);
        assert_eq!(parse_schedstat("2625888724 37380565 618"), Some((2_625_888_724, 37_380_565)));
    }

    #[test]
    fn the_exact_total_is_split_by_the_sampled_ticks() {
        let cpu = |total, user_ticks, system_ticks| CpuSeconds { total, user_ticks, system_ticks, waited: 0.0 };
        assert_eq!(cpu(6.0, 50.0, 250.0).since(cpu(2.0, 10.0, 90.0)).user(), 0.8);
        assert_eq!(cpu(0.001, 0.0, 0.0).user(), 0.0);
    }
}
