//! What the operating system says of a process (processor time and memory; on Linux, elsewhere nothing is known), and what is asked
//! of it (a core, open files).

use std::fs;

/// Ticks a second in which Linux tells processor time to programs: the same on all machines since 2.6.
const CLOCK_TICKS_PER_SECOND: f64 = 100.0;
/// Where user and system time stand in `/proc/PID/stat`, counted behind the name in parentheses.
const USER_TIME_AT: usize = 11;

/// Processor time of a process: what it spent itself, and what the kernel spent for it, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CpuSeconds {
    /// In its own code.
    pub user: f64,
    /// In the kernel.
    pub system: f64,
}

impl CpuSeconds {
    /// Of the process `pid` so far; `None` where it is not running or where there is no `/proc`.
    #[must_use]
    pub fn of(pid: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    fn parse(stat: &str) -> Option<Self> {
        // The name may have spaces and parentheses of its own.
        let (_, behind_name) = stat.rsplit_once(')')?;
        let mut times = behind_name.split_ascii_whitespace().skip(USER_TIME_AT).map(str::parse::<f64>);
        let (user, system) = (times.next()?.ok()?, times.next()?.ok()?);
        Some(Self { user: user / CLOCK_TICKS_PER_SECOND, system: system / CLOCK_TICKS_PER_SECOND })
    }

    /// What was spent since `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self { user: self.user - earlier.user, system: self.system - earlier.system }
    }

    /// Both together.
    #[must_use]
    pub fn total(self) -> f64 {
        self.user + self.system
    }
}

/// The most memory that the process `pid` had resident, in KiB.
#[must_use]
pub fn peak_resident_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// Keeps this thread, and all that it starts, on one core; does nothing for `None`.
///
/// # Errors
/// Where there is no such core, or the system does not let anyone choose: a plain sentence.
pub fn stay_on_core(core: Option<usize>) -> Result<(), String> {
    match core {
        Some(id) if !core_affinity::set_for_current(core_affinity::CoreId { id }) => {
            Err(format!("this system does not let a program stay on core {id}"))
        }
        _ => Ok(()),
    }
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
        assert_eq!(CpuSeconds::parse(stat), Some(CpuSeconds { user: 2.5, system: 1.25 }));
        assert_eq!(CpuSeconds::parse("17 (cut"), None);
    }
}
