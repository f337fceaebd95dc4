//! The server's stop: at once, or after a drain; and the signals that ask for it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Whether the server is to stop, and how: seen by the tick thread, its shards, the accept thread and the admin thread.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    draining: AtomicBool,
    raised: AtomicBool,
    waiters: Notify,
}

impl Stop {
    /// Asks the server to let nobody in any more, to give players their time, and to stop then. Doing it
    /// again does nothing.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Asks the server to stop at once. Doing it again does nothing.
    pub(crate) fn raise(&self) {
        self.raised.store(true, Ordering::Release);
        self.waiters.notify_waiters();
    }

    /// Whether the server is on its way to stopping, one way or the other.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire) || self.is_raised()
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Acquire)
    }

    /// Waits until the server is to stop at once.
    pub(crate) async fn raised(&self) {
        let mut waiting = std::pin::pin!(self.waiters.notified());
        loop {
            // In the queue first, so that a flag raised after the look below is heard of.
            waiting.as_mut().enable();
            if self.is_raised() {
                return;
            }
            waiting.as_mut().await;
            waiting.set(self.waiters.notified());
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

/// A signal's wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    /// A developer's Ctrl-C: stop at once.
    Interrupt,
    /// An operator's, a supervisor's: drain.
    Terminate,
    /// A terminal's that is closed: drain.
    #[cfg_attr(not(unix), expect(dead_code, reason = "there are none"))]
    Hangup,
}

impl Signal {
    /// The exit code that a shell reports for a process that this signal ended.
    const fn exit_code(self) -> i32 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
            Self::Hangup => 129,
        }
    }
}

/// Stops the server at an interrupt, drains it at a termination signal or a hangup, and ends the process at
/// the second of them; but for a second hangup, since whoever closes a terminal may send one, and its shell
/// another. Takes its place at once, works on a thread of its own.
pub(crate) fn watch_signals(stop: Arc<Stop>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut signals = {
        let _inside = runtime.enter();
        Signals::new()?
    };
    std::thread::Builder::new().name("auspice-signals".into()).spawn(move || {
        runtime.block_on(async {
            match signals.next().await {
                Signal::Interrupt => stop.raise(),
                Signal::Terminate | Signal::Hangup => stop.drain(),
            }
            tracing::debug!("a signal came; a second one ends the process at once");
            let second = loop {
                match signals.next().await {
                    Signal::Hangup => {}
                    second => break second,
                }
            };
            std::process::exit(second.exit_code());
        });
    })?;
    Ok(())
}

/// Has a write to a file that may not grow any more fail like one to a full disk, where it would end the process.
pub(crate) fn outlive_full_files() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
        let _inside = runtime.enter();
        // Who asks to hear of a signal takes its default away, for good.
        let _ = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// None where whoever started the process wants it to outlive its terminal, as `nohup` does.
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hangup = (!ignores_hangups()).then(|| signal(SignalKind::hangup())).transpose()?;
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())?, hangup })
    }

    async fn next(&mut self) -> Signal {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = hangup => Signal::Hangup,
        }
    }
}

/// Whether the process was started with hangups ignored; where there is no `/proc` to say so, it was not.
#[cfg(unix)]
fn ignores_hangups() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| ignored_signals(&status) & 1 != 0)
}

/// A bit for each signal, from 1 on.
#[cfg(unix)]
fn ignored_signals(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
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

    async fn next(&mut self) -> Signal {
        tokio::select! {
            biased;
            _ = self.interrupt.recv() => Signal::Interrupt,
            // Windows gives a closed console seconds, not the time that a drain may take.
            _ = self.close.recv() => Signal::Interrupt,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn ignored_signals_are_read_from_the_kernels_word() {
        assert_eq!(ignored_signals("SigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\nSigCgt:\t0\n"), 0x1001);
        assert_eq!(ignored_signals("Name:\tx\n"), 0);
    }

    #[test]
    fn everyone_who_waits_for_the_flag_hears_of_it() {
        let stop = Stop::default();
        stop.drain();
        assert!(stop.is_draining() && !stop.is_raised(), "a drain is no stop yet");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { tokio::join!(stop.raised(), stop.raised(), async { stop.raise() }, stop.raised()) });
    }
}
