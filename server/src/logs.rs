//! Logs: where they go, how they look, and how many of one kind a second.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::Cell;
use std::io::{self, IsTerminal, Write as _};
use std::sync::OnceLock;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::limits::PANIC_PATIENCE;
use crate::outlet::{LINES_LOST, Outlet, StandardError, standard_error};
use crate::server::panic_message;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What ends the server.
    Error,
    /// What an operator should look into: overruns, a game's mistakes, exhausted limits.
    Warn,
    /// Who came and went, and why.
    Info,
    /// Refused connections too.
    Debug,
    /// Everything, libraries' lines among it but for those that would say what clients send.
    Trace,
}

/// How it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
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

/// Sends the process's logs to standard error; lines that cannot be written are lost, and counted. Does nothing where somebody has set up
/// logs already.
pub fn init(level: LogLevel, format: LogFormat) {
    let filter = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let discreet =
        Targets::new().with_default(filter).with_targets(INDISCREET.map(|library| (library, filter.min(LevelFilter::INFO))));
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

/// Has panics told by the log, as one line like any other: whoever reads JSON reads them too. Where they lead is their catcher's affair.
///
/// A panic in here would abort the process, whether it is caught or not. On a thread of its own it ends that thread alone.
pub(crate) fn tell_panics() {
    std::panic::set_hook(Box::new(|panic| {
        if IS_TELLING.get() {
            return;
        }
        let backtrace = Backtrace::capture();
        let told = Panic {
            what: panic_message(panic.payload()).to_owned(),
            location: panic.location().map(ToString::to_string).unwrap_or_default(),
            thread: std::thread::current().name().unwrap_or("unnamed").to_owned(),
            backtrace: (backtrace.status() == BacktraceStatus::Captured).then_some(backtrace),
        };
        let in_short = format!("error: the thread {} panicked at {}: {}\n", told.thread, told.location, told.what);
        let log = tracing::dispatcher::get_default(Clone::clone);
        let (done, is_done) = sync_channel(1);
        let teller = std::thread::Builder::new().name("auspice-panic".into()).spawn(move || {
            IS_TELLING.set(true);
            tracing::dispatcher::with_default(&log, || told.tell());
            let _ = done.send(());
        });
        // It is not waited for: it may wait for what this thread holds.
        if teller.is_err() || is_done.recv_timeout(PANIC_PATIENCE).is_err() {
            let _ = standard_error(Duration::ZERO).write_all(in_short.as_bytes());
        }
    }));
}

thread_local! {
    /// Whether this thread is one that tells of another's panic: nobody tells of its own.
    static IS_TELLING: Cell<bool> = const { Cell::new(false) };
}

/// What there is to tell of a panic.
struct Panic {
    what: String,
    location: String,
    thread: String,
    backtrace: Option<Backtrace>,
}

impl Panic {
    fn tell(&self) {
        let Self { what, location, thread, backtrace } = self;
        let backtrace = backtrace.as_ref().map(ToString::to_string);
        tracing::error!(what, location, thread, backtrace, "a thread panicked");
    }
}

/// Lines of one kind that may be logged a second: whoever can cause a line must not fill a disk with them.
#[derive(Debug)]
pub(crate) struct Quota {
    per_second: u32,
    since: Option<Instant>,
    taken: u32,
    held_back: u64,
}

impl Quota {
    pub(crate) const fn per_second(per_second: u32) -> Self {
        Self { per_second, since: None, taken: 0, held_back: 0 }
    }

    /// Whether a line may be logged: if so, how many were not since the last one.
    pub(crate) fn take(&mut self, now: Instant) -> Option<u64> {
        if self.since.is_none_or(|since| now.saturating_duration_since(since) >= Duration::from_secs(1)) {
            self.since = Some(now);
            self.taken = 0;
        }
        if self.taken == self.per_second {
            self.held_back += 1;
            return None;
        }
        self.taken += 1;
        Some(std::mem::take(&mut self.held_back))
    }

    /// How many lines were held back in a burst that no further line has told of; once the burst's second is over.
    pub(crate) fn take_held_back(&mut self, now: Instant) -> Option<u64> {
        let is_over = self.since.is_some_and(|since| now.saturating_duration_since(since) >= Duration::from_secs(1));
        (is_over && self.held_back > 0).then(|| std::mem::take(&mut self.held_back))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Where a test's log goes.
    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_is_one_line_of_json() {
        let page = Page::default();
        let writer = page.clone();
        let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone()).finish();
        let before = std::panic::take_hook();
        tell_panics();
        let caught = tracing::subscriber::with_default(subscriber, || {
            std::panic::catch_unwind(|| panic!("a \"mistake\"\nof two lines"))
        });
        std::panic::set_hook(before);
        assert!(caught.is_err());
        let written = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        assert_eq!(written.lines().count(), 1, "{written}");
        let line: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!((&line["level"], &line["what"]), (&"ERROR".into(), &"a \"mistake\"\nof two lines".into()), "{line}");
        assert!(line["location"].as_str().is_some_and(|location| location.contains("logs.rs")), "{line}");
    }

    #[cfg(target_os = "linux")]
    /// A subscriber's output that is worse than a full disk.
    struct Panicking;

    #[cfg(target_os = "linux")]
    impl io::Write for Panicking {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            panic!("nothing can be written")
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[cfg(target_os = "linux")]
    /// What a test is told that has started itself as the process to look at.
    const CHILD: &str = "AUSPICE_TEST_PANICS";

    /// Panics in every way, on an error output that takes nothing.
    #[cfg(target_os = "linux")]
    fn panic_in_every_way() {
        init(LogLevel::Trace, LogFormat::Text);
        tell_panics();
        let crowd: Vec<_> = (0..8).map(|number| std::thread::spawn(move || panic!("number {number}"))).collect();
        assert!(crowd.into_iter().all(|thread| thread.join().is_err()));
        let started = Instant::now();
        // On a busy machine a panic is told after its thread has ended.
        while LINES_LOST.get() < 8 {
            assert!(started.elapsed() < Duration::from_secs(20), "{} lines are lost", LINES_LOST.get());
            std::thread::yield_now();
        }
        assert!(std::panic::catch_unwind(|| std::panic::panic_any(7)).is_err(), "a panic without a message");
        let subscriber = tracing_subscriber::fmt().with_writer(|| Panicking).finish();
        let caught =
            tracing::subscriber::with_default(subscriber, || std::panic::catch_unwind(|| panic!("told by a panicking log")));
        assert!(caught.is_err());
        let held = io::stderr().lock();
        assert!(std::panic::catch_unwind(|| panic!("by who holds the error output")).is_err());
        drop(held);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_panic_that_cannot_be_told_ends_its_thread_and_not_the_process() {
        if std::env::var_os(CHILD).is_some() {
            return panic_in_every_way();
        }
        let name = "logs::tests::a_panic_that_cannot_be_told_ends_its_thread_and_not_the_process";
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", name, "--nocapture"]).env(CHILD, "1").env_remove("RUST_BACKTRACE");
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = child.stderr(full).output().unwrap();
        assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stdout));
    }

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
