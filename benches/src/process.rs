//! The operating system's word on a process (processor time and memory; on Linux, elsewhere nothing is
//! known), and requests to it (a core, open files).

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

/// Bytes that the kernel holds for whoever has `port` on this machine at the client's end of an IPv4
/// connection within the machine: not sent, not acknowledged, or not read. `None` where there is no `/proc`.
#[must_use]
pub fn queued_bytes(port: u16) -> Option<u64> {
    Some(sum_queues(&fs::read_to_string("/proc/net/tcp").ok()?, port))
}

/// Sums the queues of a table's lines. Each has its number, the local and the remote address, the state, and
/// `unsent:unread`, all in hexadecimal.
fn sum_queues(table: &str, port: u16) -> u64 {
    let port = format!(":{port:04X}");
    let queued = |line: &str| -> Option<u64> {
        let mut words = line.split_ascii_whitespace().skip(1);
        let (local, remote, _, queues) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let (unsent, unread) = queues.split_once(':')?;
        let bytes = if remote.ends_with(&port) {
            unsent
        } else if local.ends_with(&port) {
            unread
        } else {
            return None;
        };
        u64::from_str_radix(bytes, 16).ok()
    };
    table.lines().filter_map(queued).sum()
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

/// Has this thread give way to others that want to run. Where the system has no such thing, nothing happens.
pub fn stand_back() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(10);
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
    fn what_waits_for_a_client_is_unsent_at_one_end_and_unread_at_the_other() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n\
             0: 0100007F:1E82 0100007F:C001 01 00000010:00000001 00:00000000\n\
             1: 0100007F:C001 0100007F:1E82 01 00000002:000000FF 00:00000000\n\
             2: 0100007F:1E82 0100007F:C002 01 00001000:00001000 00:00000000\n";
        assert_eq!(sum_queues(table, 0xC001), 0x10 + 0xFF);
    }

    #[test]
    fn the_exact_total_is_split_by_the_sampled_ticks() {
        let cpu = |total, user_ticks, system_ticks| CpuSeconds { total, user_ticks, system_ticks, waited: 0.0 };
        assert_eq!(cpu(6.0, 50.0, 250.0).since(cpu(2.0, 10.0, 90.0)).user(), 0.8);
        assert_eq!(cpu(0.001, 0.0, 0.0).user(), 0.0);
    }
}
