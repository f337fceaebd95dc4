//! Panics: what they said, and the hook that has them told by the log.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::Cell;
use std::io::Write as _;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use super::outlet::standard_error;
use crate::limits::PANIC_PATIENCE;

/// The payload of a panic.
pub(crate) type Panic = Box<dyn Any + Send>;

/// The message of a panic.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let what = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    what.unwrap_or("it did not say which")
}

/// Has panics told by the log, as one line like any other: whoever reads JSON reads them too. Where they lead
/// is their catcher's affair.
///
/// A panic in here would abort the process, whether it is caught or not. On a thread of its own it ends that
/// thread alone.
pub(crate) fn tell_panics() {
    std::panic::set_hook(Box::new(|panic| {
        if IS_TELLING.get() {
            return;
        }
        let backtrace = Backtrace::capture();
        let told = PanicLine {
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

/// A panic, as it is to be told.
struct PanicLine {
    what: String,
    location: String,
    thread: String,
    backtrace: Option<Backtrace>,
}

impl PanicLine {
    fn tell(&self) {
        let Self { what, location, thread, backtrace } = self;
        let backtrace = backtrace.as_ref().map(ToString::to_string);
        tracing::error!(what, location, thread, backtrace, "a thread panicked");
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};
    use std::time::Instant;

    use super::*;
    use crate::operate::logs::{LogFormat, LogLevel, init};
    use crate::operate::outlet::LINES_LOST;

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
        let subscriber =
            tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone()).finish();
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
        assert!(line["location"].as_str().is_some_and(|location| location.contains("panics.rs")), "{line}");
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
        let caught = tracing::subscriber::with_default(subscriber, || {
            std::panic::catch_unwind(|| panic!("told by a panicking log"))
        });
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
        let name = "operate::panics::tests::a_panic_that_cannot_be_told_ends_its_thread_and_not_the_process";
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", name, "--nocapture"]).env(CHILD, "1").env_remove("RUST_BACKTRACE");
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = child.stderr(full).output().unwrap();
        assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stdout));
    }
}
