//! `replay` of a log that a server left, whole and torn.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::{listening, sentence, server, text};

fn replay(log: &Path) -> Output {
    server().arg("replay").arg(log).output().unwrap()
}

#[test]
fn a_log_is_played_again_and_one_with_nothing_in_it_is_no_success() {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("replayed");
    let _ = fs::remove_dir_all(&dir);
    let (mut child, _) = listening(&["--log-dir", dir.to_str().unwrap()]);
    child.kill().unwrap();
    child.wait().unwrap();
    let whole = replay(&dir);
    assert!(whole.status.success() && text(&whole.stdout).contains("publish what they did; 1 keyframes"), "{whole:?}");
    let file = dir.join("0000000001.ticks");
    let bytes = fs::read(&file).unwrap();
    // Its head, a part of its keyframe; a part of its head; nothing.
    for length in [300, 20, 0] {
        fs::write(&file, &bytes[..length]).unwrap();
        for log in [&dir, &file] {
            let told = sentence(&replay(log), 1);
            assert!(told.contains("no whole keyframe"), "{length} bytes: {told}");
        }
    }
}
