//! [`Outlet`]: where log lines leave the process. A line that cannot be written is lost and counted, and the
//! game goes on: a full disk, a reader that has gone, and one that has stopped reading, whose pipe would hold
//! whoever writes to it.

use std::io::{self, Write};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use clap::ValueEnum;
use prometheus::IntCounter;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::limits::OUTPUT_PATIENCE;

/// Format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object on each line.
    Json,
}

/// Lines that this process could not write. Its servers share one log, so each of them tells this count.
pub(crate) static LINES_LOST: LazyLock<IntCounter> = LazyLock::new(|| {
    let counter = IntCounter::new(
        "log_lines_lost_total",
        "Log lines that could not be written: disk full, reader gone or asleep",
    );
    counter.expect("a constant name should be a metric's")
});

/// Takes whole lines, and has no errors. `open` gives what is written to, with the time for which a write may
/// wait; whoever holds that is alone with it.
pub(crate) struct Outlet<O> {
    open: O,
    format: LogFormat,
    lost: IntCounter,
    /// Lost lines that no line has told of.
    untold: AtomicU64,
    /// Whether the last that was written is half a line.
    is_torn: AtomicBool,
}

impl<W: Write, O: Fn(Duration) -> W> Outlet<O> {
    pub(crate) const fn new(open: O, format: LogFormat, lost: IntCounter) -> Self {
        Self { open, format, lost, untold: AtomicU64::new(0), is_torn: AtomicBool::new(false) }
    }

    /// Writes a line, and before it how many were lost since the last.
    pub(crate) fn put(&self, line: &[u8]) {
        let mut to = self.opened();
        if self.tell_untold(&mut to).and_then(|()| self.write_line(&mut to, line)).is_err() {
            self.untold.fetch_add(1, Ordering::Relaxed);
            self.lost.inc();
        }
    }

    /// Tells how many lines were lost, if it can: there may be room again, and no line to write.
    pub(crate) fn tell_lost(&self) {
        if self.untold.load(Ordering::Relaxed) > 0 {
            // Where it cannot, it is told later.
            let _ = self.tell_untold(&mut self.opened());
        }
    }

    /// Once a line was lost nobody waits any more, until one gets through: whoever waits may be the tick.
    fn opened(&self) -> W {
        let is_behind = self.untold.load(Ordering::Relaxed) > 0;
        (self.open)(if is_behind { Duration::ZERO } else { OUTPUT_PATIENCE })
    }

    fn tell_untold(&self, to: &mut W) -> io::Result<()> {
        let lines = self.untold.load(Ordering::Relaxed);
        if lines > 0 {
            self.write_line(to, notice(self.format, lines).as_bytes())?;
            self.untold.fetch_sub(lines, Ordering::Relaxed);
        }
        Ok(())
    }

    /// A line begins where a line begins, also behind one of which only a part was written.
    fn write_line(&self, to: &mut W, line: &[u8]) -> io::Result<()> {
        if self.is_torn.load(Ordering::Relaxed) {
            write_counted(to, b"\n").1?;
            self.is_torn.store(false, Ordering::Relaxed);
        }
        let (written, result) = write_counted(to, line);
        self.is_torn.store(0 < written && written < line.len(), Ordering::Relaxed);
        result
    }
}

/// Writes all of `bytes`, or says how many were written before it could not.
fn write_counted(to: &mut impl Write, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    while written < bytes.len() {
        match to.write(&bytes[written..]) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(more) => written += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}

/// The line that tells of lost ones, as the log's other lines look. Made here, since the log is in the middle
/// of a line.
fn notice(format: LogFormat, lines: u64) -> String {
    let now = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
    match format {
        LogFormat::Text => format!("{now}  WARN log lines could not be written lines={lines}\n"),
        LogFormat::Json => {
            format!(
                "{{\"timestamp\":\"{now}\",\"level\":\"WARN\",\"message\":\"log lines could not be \
                 written\",\"lines\":{lines}}}\n"
            )
        }
    }
}

/// The writer of log lines.
pub(crate) type StandardError = Patient<io::StderrLock<'static>>;

/// An [`Outlet`]'s way to it.
pub(crate) fn standard_error(patience: Duration) -> StandardError {
    Patient::new(io::stderr().lock(), patience)
}

/// Writes to standard output what nobody need read: where it cannot be written soon, it is not.
pub(crate) fn mention(text: &str) {
    let _ = Patient::new(io::stdout().lock(), OUTPUT_PATIENCE).write_all(text.as_bytes());
}

/// An output of the process that nobody waits for longer than so: a pipe whose reader sleeps, and a terminal
/// that is held, take nothing, and would hold their writer for ever.
pub(crate) struct Patient<W> {
    to: W,
    #[cfg(unix)]
    patience: Duration,
}

impl<W> Patient<W> {
    #[cfg(unix)]
    pub(crate) const fn new(to: W, patience: Duration) -> Self {
        Self { to, patience }
    }

    #[cfg(not(unix))]
    pub(crate) const fn new(to: W, _: Duration) -> Self {
        Self { to }
    }
}

#[cfg(unix)]
impl<W: Write + std::os::fd::AsFd> Write for Patient<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        use rustix::io::retry_on_intr;
        let patience = Timespec::try_from(self.patience).unwrap_or_default();
        let mut outputs = [PollFd::new(&self.to, PollFlags::OUT)];
        // What cannot be asked is tried.
        if retry_on_intr(|| poll(&mut outputs, Some(&patience))) == Ok(0) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        // A pipe that has any room has room for so much.
        self.to.write(&bytes[..bytes.len().min(rustix::pipe::PIPE_BUF)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(not(unix))]
impl<W: Write> Write for Patient<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    /// A disk with room for so many bytes.
    #[derive(Default)]
    struct Disk {
        room: Cell<usize>,
        file: RefCell<Vec<u8>>,
        patience: Cell<Duration>,
    }

    impl Write for &Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let fits = bytes.len().min(self.room.get());
            if fits == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.room.set(self.room.get() - fits);
            self.file.borrow_mut().extend_from_slice(&bytes[..fits]);
            Ok(fits)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Disk {
        fn open<'a>(&'a self) -> impl Fn(Duration) -> &'a Self {
            move |patience| {
                self.patience.set(patience);
                self
            }
        }

        /// What is in the file, which is emptied.
        fn lines(&self) -> Vec<String> {
            String::from_utf8(self.file.take()).unwrap().lines().map(str::to_owned).collect()
        }
    }

    fn counter() -> IntCounter {
        IntCounter::new("lost", "lost").unwrap()
    }

    #[test]
    fn lines_that_find_no_room_are_counted_and_told_before_the_next_that_does() {
        let (disk, lost) = (Disk::default(), counter());
        let outlet = Outlet::new(disk.open(), LogFormat::Text, lost.clone());
        disk.room.set(1000);
        outlet.put(b"one\n");
        assert_eq!((disk.lines(), lost.get(), disk.patience.get()), (vec!["one".to_owned()], 0, OUTPUT_PATIENCE));
        disk.room.set(0);
        (0..3).for_each(|_| outlet.put(b"lost\n"));
        assert_eq!((disk.lines().len(), lost.get(), disk.patience.get()), (0, 3, Duration::ZERO), "nobody waits twice");
        disk.room.set(1000);
        outlet.put(b"two\n");
        outlet.put(b"three\n");
        let lines = disk.lines();
        assert!(lines[0].ends_with(" WARN log lines could not be written lines=3"), "{lines:?}");
        assert_eq!(
            (&lines[1..], lost.get(), disk.patience.get()),
            (&["two".to_owned(), "three".to_owned()][..], 3, OUTPUT_PATIENCE)
        );
    }

    #[test]
    fn lost_lines_are_told_although_no_line_follows() {
        let (disk, lost) = (Disk::default(), counter());
        let outlet = Outlet::new(disk.open(), LogFormat::Json, lost.clone());
        outlet.put(b"lost\n");
        outlet.tell_lost();
        assert_eq!((disk.lines().len(), lost.get()), (0, 1), "that it is not told is no further loss");
        disk.room.set(1000);
        outlet.tell_lost();
        outlet.tell_lost();
        let lines = disk.lines();
        let line: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!((&line["level"], &line["lines"], lines.len()), (&"WARN".into(), &1.into(), 1), "{line}");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_waits_for_a_reader_that_sleeps() {
        let (reader, writer) = io::pipe().unwrap();
        let mut patient = Patient::new(writer, Duration::ZERO);
        let refused = loop {
            if let Err(error) = patient.write(&[0; 10_000]) {
                break error;
            }
        };
        assert_eq!(refused.kind(), io::ErrorKind::WouldBlock);
        drop(reader);
        assert_eq!(patient.write(b"to nobody").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn a_line_behind_half_a_line_begins_anew() {
        let (disk, lost) = (Disk::default(), counter());
        let outlet = Outlet::new(disk.open(), LogFormat::Text, lost.clone());
        disk.room.set(4);
        outlet.put(b"half a line\n");
        disk.room.set(1000);
        outlet.put(b"a whole line\n");
        let lines = disk.lines();
        assert_eq!(
            (lines[0].as_str(), lines[2].as_str(), lines.len(), lost.get()),
            ("half", "a whole line", 3, 1),
            "{lines:?}"
        );
    }
}
