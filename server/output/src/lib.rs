//! Output of a program for people: what was asked for on standard output, what went wrong on standard error.
//!
//! The standard library's `println!` and `eprintln!` panic where a disk is full or a reader has gone. Nothing
//! here does.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::OnceLock;

/// Why standard output could not be written the first time that it could not.
static FAILURE: OnceLock<io::Error> = OnceLock::new();

/// Writes to standard output, at once. A reader that went away has seen enough: that is no failure.
///
/// # Errors
///
/// When it cannot be written for another reason, such as a full disk.
pub fn print(text: &str) -> io::Result<()> {
    to_reader(&mut io::stdout().lock(), text)
}

fn to_reader(output: &mut impl Write, text: &str) -> io::Result<()> {
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// The same for those who have no other way than on: where it cannot be written, [`conclude`] tells.
pub fn show(text: &str) {
    if let Err(error) = print(text) {
        let _ = FAILURE.set(error);
    }
}

/// A line for [`show`].
pub fn say(line: fmt::Arguments<'_>) {
    show(&format!("{line}\n"));
}

/// A line on standard error. Where it cannot be written, there is nobody to tell.
pub fn complain(line: fmt::Arguments<'_>) {
    let _ = io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}

/// The exit code of a program that would end by `code`: a bad one, with a complaint, where something that it
/// had to [`show`] was not written.
#[must_use]
pub fn conclude(code: ExitCode) -> ExitCode {
    let Some(error) = FAILURE.get() else { return code };
    complain(format_args!("error: standard output cannot be written: {error}"));
    ExitCode::FAILURE
}

/// A line for [`say`](say()), written as for `println!`.
#[macro_export]
macro_rules! say {
    () => { $crate::say(::core::format_args!("")) };
    ($($line:tt)+) => { $crate::say(::core::format_args!($($line)+)) };
}

/// A line for [`complain`](complain()), written as for `eprintln!`.
#[macro_export]
macro_rules! complain {
    ($($line:tt)+) => { $crate::complain(::core::format_args!($($line)+)) };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An output that fails.
    struct Failing(io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_told_and_a_reader_that_has_gone_is_not() {
        let told = |kind| to_reader(&mut Failing(kind), "a line\n").map_err(|error| error.kind());
        assert_eq!(told(io::ErrorKind::StorageFull), Err(io::ErrorKind::StorageFull));
        assert_eq!(told(io::ErrorKind::BrokenPipe), Ok(()));
    }
}
