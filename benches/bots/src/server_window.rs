//! [`ServerWindow`]: the server's own word on a window of time: what it counts, and what its threads took.

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::exposition::Exposition;
use crate::process::ThreadTime;

/// Histograms of the server: how late ticks begin, and how long they take, in seconds.
const LATENESS: &str = "auspice_tick_lateness_seconds";
const DURATION: &str = "auspice_tick_duration_seconds";

/// See the module. What is not known is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ServerWindow {
    /// Time from when a tick was due until it was done, all but one in a hundred: how late ticks began and how long
    /// they took, each at its 99th percentile, together.
    pub tick_p99_ms: Option<f64>,
    /// Times that it went up the ladder of what it leaves out, and 1 if it was on it in the end.
    pub rungs: Option<u64>,
    /// Clients that played in the end.
    pub active: Option<u64>,
    /// Rooms that ticked in the end.
    pub rooms_running: Option<u32>,
    /// Share of a core that its busiest thread took.
    pub busiest_thread_cpu: Option<f64>,
    /// Name of that thread.
    pub busiest_thread: Option<String>,
}

/// The server at a moment.
pub(crate) struct ServerMoment {
    counts: Option<Exposition>,
    threads: HashMap<u32, ThreadTime>,
}

impl ServerMoment {
    /// Asks its admin listener and the operating system, as far as they are known.
    pub(crate) fn now(admin: Option<SocketAddr>, pid: Option<u32>) -> Self {
        let counts = admin.and_then(|admin| Exposition::scrape(admin).ok());
        Self { counts, threads: pid.map(ThreadTime::all).unwrap_or_default() }
    }

    /// Clients that play, and the rung of the ladder, if it is known.
    pub(crate) fn load(&self) -> Option<(u64, u64)> {
        let counts = self.counts.as_ref()?;
        Some((counts.get("auspice_clients{state=\"active\"}") as u64, counts.get("auspice_overload_level") as u64))
    }

    /// The window of so many seconds from `earlier` to this.
    pub(crate) fn since(&self, earlier: &Self, seconds: f64) -> ServerWindow {
        let spent = |(id, time): (&u32, &ThreadTime)| {
            let before = earlier.threads.get(id).map_or(0, |before| before.ran_ns);
            (time.name.clone(), time.ran_ns.saturating_sub(before) as f64 / 1e9 / seconds.max(1e-3))
        };
        let busiest = self.threads.iter().map(spent).max_by(|one, other| one.1.total_cmp(&other.1));
        let (busiest_thread, busiest_thread_cpu) = busiest.unzip();
        let mut window = ServerWindow { busiest_thread, busiest_thread_cpu, ..ServerWindow::default() };
        let (Some(now), Some(before)) = (&self.counts, &earlier.counts) else { return window };
        let p99 = |histogram| now.interpolated_since(before, histogram, 0.99) * 1e3;
        let climbed = now.sum("auspice_overload_rungs_total") - before.sum("auspice_overload_rungs_total");
        window.tick_p99_ms = Some(p99(LATENESS) + p99(DURATION)).filter(|ms| ms.is_finite());
        window.rungs = Some(climbed as u64 + u64::from(now.get("auspice_overload_level") > 0.0));
        window.active = Some(now.get("auspice_clients{state=\"active\"}") as u64);
        window.rooms_running = Some(now.get("auspice_rooms{state=\"running\"}") as u32);
        window
    }
}

/// The process of this machine that listens on a port, as far as `/proc` says.
#[must_use]
pub fn listening_on(port: u16) -> Option<u32> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].into_iter().filter_map(|path| fs::read_to_string(path).ok());
    let inodes: Vec<String> = tables.flat_map(|table| inodes_of_listeners(&table, port)).collect();
    let is_open_in = |pid: &u32| {
        let files = fs::read_dir(format!("/proc/{pid}/fd")).ok();
        files
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|file| fs::read_link(file.path()).ok())
            .any(|link| inodes.iter().any(|inode| link.to_str() == Some(&format!("socket:[{inode}]"))))
    };
    let processes = fs::read_dir("/proc").ok()?.flatten();
    processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).find(is_open_in)
}

/// Inodes of the sockets that listen on a port, from a table such as `/proc/net/tcp`.
fn inodes_of_listeners(table: &str, port: u16) -> Vec<String> {
    let inode = |line: &str| {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let is_here = words.get(1)?.ends_with(&format!(":{port:04X}")) && *words.get(3)? == "0A";
        words.get(9).filter(|_| is_here).map(|inode| (*inode).to_owned())
    };
    table.lines().filter_map(inode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(late: [u32; 3], rungs: u32, threads: &[(u32, u64)]) -> ServerMoment {
        let [low, high, all] = late;
        let histogram = |name: &str| {
            format!(
                "{name}_bucket{{le=\"0.01\"}} {low}\n{name}_bucket{{le=\"0.02\"}} {high}\n\
                 {name}_bucket{{le=\"+Inf\"}} {all}\n"
            )
        };
        let rest = format!(
            "auspice_overload_rungs_total{{rung=\"1\"}} {rungs}\nauspice_overload_level 0\n\
             auspice_clients{{state=\"active\"}} 20\nauspice_rooms{{state=\"running\"}} 3\n"
        );
        let text = histogram(LATENESS) + &histogram(DURATION) + &rest;
        let thread = |&(id, ran_ns)| (id, ThreadTime { name: format!("thread-{id}"), ran_ns });
        ServerMoment { counts: Some(Exposition::parse(&text)), threads: threads.iter().map(thread).collect() }
    }

    #[test]
    fn a_window_has_what_came_in_it_alone() {
        let before = moment([0, 1000, 1000], 4, &[(1, 9_000_000_000), (2, 0)]);
        let after = moment([100, 1100, 1100], 5, &[(1, 9_500_000_000), (2, 1_000_000_000), (3, 100)]);
        let window = after.since(&before, 2.0);
        let p99 = window.tick_p99_ms.expect("there are counts");
        assert!((p99 - 19.8).abs() < 1e-9, "99 of 100 in each: {p99}");
        assert_eq!((window.rungs, window.active, window.rooms_running), (Some(1), Some(20), Some(3)));
        assert_eq!((window.busiest_thread.as_deref(), window.busiest_thread_cpu), (Some("thread-2"), Some(0.5)));
        let unknown = ServerMoment::now(None, None).since(&ServerMoment::now(None, None), 2.0);
        assert_eq!(unknown, ServerWindow::default());
    }

    #[test]
    fn a_listener_is_found_by_its_port() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout \
                     inode\n   \
                     0: 0100007F:1E14 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 \
                     0\n   \
                     1: 0100007F:1E14 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 \
                     0\n";
        assert_eq!(inodes_of_listeners(table, 7700), ["4711"]);
        assert!(inodes_of_listeners(table, 7701).is_empty());
        #[cfg(target_os = "linux")]
        {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a port");
            let port = listener.local_addr().expect("it is bound").port();
            assert_eq!(listening_on(port), Some(std::process::id()));
        }
    }
}
