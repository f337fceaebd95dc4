//! What the programs print, where nothing can be printed.

// A test binary has no outside that could reach anything.
#![allow(missing_docs)]
#![cfg(target_os = "linux")]

use std::fs::{File, OpenOptions};
use std::process::{Command, Output, Stdio};

fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").expect("it should be there")
}

/// Prints the times of its ticks when its input ends, which is at once.
fn sleeper(output: impl Into<Stdio>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_w1"));
    command.args(["sleeper", "--hz", "240", "--tick-log"]).stdin(Stdio::null()).stdout(output).stderr(Stdio::piped());
    command.spawn().and_then(std::process::Child::wait_with_output).expect("it should run")
}

#[test]
fn figures_that_cannot_be_printed_are_no_success_and_a_reader_that_has_gone_is_no_failure() {
    let told = sleeper(full());
    let error = String::from_utf8_lossy(&told.stderr).into_owned();
    assert_eq!(told.status.code(), Some(1), "{error}");
    assert!(error.starts_with("error: standard output cannot be written: ") && error.lines().count() == 1, "{error}");
    let (reader, writer) = std::io::pipe().expect("there should be pipes");
    drop(reader);
    let told = sleeper(writer);
    assert_eq!((told.status.code(), told.stderr.as_slice()), (Some(0), &b""[..]));
}
