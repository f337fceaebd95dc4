//! Hostile bytes at every way in: the kept corpus of the fuzz targets, and every truncation and flip of one bit of it.
//!
//! `cargo +nightly fuzz run TARGET` looks for more; what it finds is kept in `fuzz/corpus`, and is in these
//! tests from then on.

mod bodies;

use std::path::PathBuf;

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} should not be empty", folder.display());
    files.into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Bits to flip of one file: all of a small one, evenly spread of a large one.
const FLIPS_MAX: usize = 2000;

/// The kept corpus, and what honest peers send today.
fn survive(target: &str, body: fn(&[u8]), honest: Option<Vec<u8>>) {
    for whole in corpus(target).into_iter().chain(honest) {
        body(&whole);
        let bits = whole.len() * 8;
        for length in (0..whole.len()).step_by(whole.len().div_ceil(FLIPS_MAX).max(1)) {
            body(&whole[..length]);
        }
        for bit in (0..bits).step_by(bits.div_ceil(FLIPS_MAX).max(1)) {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            body(&flipped);
        }
    }
}

/// Ticks of an honest session.
const TICKS: u64 = 40;

#[test]
fn requests() {
    survive("handshake", bodies::handshake, None);
}

#[test]
fn hellos() {
    survive("hello", bodies::hello, bodies::honest_messages(1).0.into_iter().next());
}

#[test]
fn tickets() {
    survive("ticket", bodies::ticket, None);
}

#[test]
fn messages_to_a_room() {
    survive("room", bodies::room, Some(bodies::packed(&bodies::honest_messages(TICKS).0[1..])));
}

#[test]
fn messages_to_a_replica() {
    survive("replica", bodies::replica, Some(bodies::packed(&bodies::honest_messages(TICKS).1[2..])));
}
