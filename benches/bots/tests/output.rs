//! What `bots` prints, where nothing can be printed.

// A test binary has no outside that could reach anything.
#![allow(missing_docs)]
#![cfg(target_os = "linux")]

use std::fs::{File, OpenOptions};
use std::process::Command;

fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").expect("it should be there")
}

#[test]
fn bots_without_a_server_fail_and_do_not_panic_where_nobody_hears_it() {
    for whole in [&["--seconds", "1"][..], &["--find-capacity", "--try-seconds", "1"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bots"));
        command.args(["--url", "ws://127.0.0.1:1", "--clients", "1", "--warmup", "0"]).args(whole);
        let status = command.stdout(full()).stderr(full()).status().expect("it should run");
        assert_eq!(status.code(), Some(1), "{whole:?}");
    }
}
