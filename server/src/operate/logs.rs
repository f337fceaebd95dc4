//! Logs: where they go, how they look, and how many of one kind a second.

use std::io::{self, IsTerminal};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

pub use super::outlet::LogFormat;
use super::outlet::{LINES_LOST, Outlet, StandardError, standard_error};

/// Detail of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogLevel {
    /// No lines at all.
    Off,
    /// Faults that end the server.
    Error,
    /// Warnings that an operator should look into: overruns, a game's mistakes, exhausted limits.
    Warn,
    /// Comings and goings, and why.
    Info,
    /// Refused connections too.
    Debug,
    /// All lines, libraries' among them but for those that would say what clients send.
    Trace,
}

/// Libraries that see what clients send, and say it when asked for enough: never more than at [`LogLevel::Info`].
const INDISCREET: [&str; 4] = ["hyper", "rustls", "tokio_tungstenite", "tungstenite"];

type StandardOutlet = Outlet<fn(Duration) -> StandardError>;

/// The process's log, once it has one.
static OUTLET: OnceLock<StandardOutlet> = OnceLock::new();

/// Whole lines, for the subscriber.
struct Lines(&'static StandardOutlet);

impl io::Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.put(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Sends the process's logs to standard error; lines that cannot be written are lost, and counted. Does
/// nothing where somebody has set up logs already.
pub fn init(level: LogLevel, format: LogFormat) {
    let filter = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let discreet = Targets::new()
        .with_default(filter)
        .with_targets(INDISCREET.map(|library| (library, filter.min(LevelFilter::INFO))));
    let outlet = OUTLET.get_or_init(|| Outlet::new(standard_error, format, LINES_LOST.clone()));
    // What it would say of its own errors it says by a macro that panics.
    let builder = tracing_subscriber::fmt().with_max_level(filter).with_target(false).log_internal_errors(false);
    let builder = builder.with_writer(move || Lines(outlet));
    let _ = match format {
        LogFormat::Text => builder.with_ansi(io::stderr().is_terminal()).finish().with(discreet).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).finish().with(discreet).try_init(),
    };
}

/// Tells how many lines could not be written, if now they can.
pub(crate) fn tell_lost() {
    if let Some(outlet) = OUTLET.get() {
        outlet.tell_lost();
    }
}

/// Lines of one kind that may be logged in a time: whoever can cause a line must not fill a disk with them.
#[derive(Debug)]
pub(crate) struct Quota {
    lines: u32,
    interval: Duration,
    since: Option<Instant>,
    taken: u32,
    held_back: u64,
}

impl Quota {
    pub(crate) const fn per_second(lines: u32) -> Self {
        Self { lines, interval: Duration::from_secs(1), since: None, taken: 0, held_back: 0 }
    }

    pub(crate) const fn one_in(interval: Duration) -> Self {
        Self { lines: 1, interval, since: None, taken: 0, held_back: 0 }
    }

    /// Whether a line may be logged: if so, how many were not since the last one.
    pub(crate) fn take(&mut self, now: Instant) -> Option<u64> {
        if self.since.is_none_or(|since| now.saturating_duration_since(since) >= self.interval) {
            self.since = Some(now);
            self.taken = 0;
        }
        if self.taken == self.lines {
            self.held_back += 1;
            return None;
        }
        self.taken += 1;
        Some(std::mem::take(&mut self.held_back))
    }

    /// Number of lines held back in a burst that no further line has told of; once the burst's time is over.
    pub(crate) fn take_held_back(&mut self, now: Instant) -> Option<u64> {
        let is_over = self.since.is_some_and(|since| now.saturating_duration_since(since) >= self.interval);
        (is_over && self.held_back > 0).then(|| std::mem::take(&mut self.held_back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_the_quota_are_counted_and_told_later() {
        let start = Instant::now();
        let mut quota = Quota::per_second(3);
        let told: Vec<_> = (0..5).map(|_| quota.take(start)).collect();
        assert_eq!(told, [Some(0), Some(0), Some(0), None, None]);
        assert_eq!(quota.take(start + Duration::from_secs(1)), Some(2));
    }

    #[test]
    fn the_count_of_a_burst_is_told_although_no_line_follows() {
        let start = Instant::now();
        let mut quota = Quota::per_second(1);
        for _ in 0..8 {
            quota.take(start);
        }
        assert_eq!(quota.take_held_back(start), None, "more may come");
        let later = start + Duration::from_secs(1);
        assert_eq!((quota.take_held_back(later), quota.take_held_back(later)), (Some(7), None));
        assert_eq!(quota.take(later), Some(0), "told once");
    }
}
