//! The stop flag, and the signals that raise it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// Exit code after a second signal: what a shell reports for a process that an interrupt ended.
const FORCED_EXIT: i32 = 130;

/// Longest sleep between two looks at the flag: with one tick a second, stopping must not take a second.
const SLEEP_MAX: Duration = Duration::from_millis(50);

/// How long before a deadline the thread stops sleeping and watches the clock: about what a sleep overshoots on an idle kernel
/// (50 us of timer slack, and the way back onto a core).
const SPIN: Duration = Duration::from_micros(150);

/// Raised once, when the server is to stop; seen by the tick thread, its shards and the accept thread.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    raised: AtomicBool,
    accept: Notify,
}

impl Stop {
    /// Asks the server to stop. Doing it again does nothing.
    pub(crate) fn raise(&self) {
        self.raised.store(true, Ordering::Release);
        self.accept.notify_one();
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Acquire)
    }

    /// For the accept thread, which alone may wait here: a permit is kept for one.
    pub(crate) async fn raised(&self) {
        while !self.is_raised() {
            self.accept.notified().await;
        }
    }

    /// Sleeps until `deadline`, the last bit of it awake where `precise`. Comes back early once the flag is raised.
    pub(crate) fn sleep_until(&self, deadline: Instant, precise: bool) {
        let wake = if precise { deadline.checked_sub(SPIN).unwrap_or(deadline) } else { deadline };
        loop {
            let left = wake.saturating_duration_since(Instant::now());
            if self.is_raised() {
                return;
            }
            if left.is_zero() {
                break;
            }
            std::thread::sleep(left.min(SLEEP_MAX));
        }
        while precise && Instant::now() < deadline {
            std::hint::spin_loop();
        }
    }
}

/// Raises the flag when dropped: whatever ends the tick thread, a panic among it, ends the server.
pub(crate) struct RaiseOnDrop(pub(crate) Arc<Stop>);

impl Drop for RaiseOnDrop {
    fn drop(&mut self) {
        self.0.raise();
    }
}

/// Raises the flag at the first interrupt or termination signal, and ends the process at the second. Takes its place at once, works on
/// a thread of its own.
pub(crate) fn watch_signals(stop: Arc<Stop>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut signals = {
        let _inside = runtime.enter();
        Signals::new()?
    };
    std::thread::Builder::new().name("auspice-signals".into()).spawn(move || {
        runtime.block_on(async {
            signals.next().await;
            tracing::debug!("a signal came; a second one ends the process at once");
            stop.raise();
            signals.next().await;
            std::process::exit(FORCED_EXIT);
        });
    })?;
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            biased;
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
    close: tokio::signal::windows::CtrlClose,
}

#[cfg(windows)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_c, ctrl_close};
        Ok(Self { interrupt: ctrl_c()?, close: ctrl_close()? })
    }

    async fn next(&mut self) {
        tokio::select! {
            biased;
            _ = self.interrupt.recv() => {}
            _ = self.close.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raised_flag_ends_a_long_sleep() {
        let stop = Arc::new(Stop::default());
        let remote = Arc::clone(&stop);
        let started = Instant::now();
        let thread = std::thread::spawn(move || remote.sleep_until(Instant::now() + Duration::from_secs(60), true));
        stop.raise();
        thread.join().unwrap();
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}
