#!/usr/bin/env bash
# bincode 2.0.1: with_limit lets a message out, and refuses the same bytes on their way in.
#
# Expected: `config::standard().with_limit::<1024>()` "sets the byte limit": a message of up to 1024 bytes is written
# and read, a longer one is neither. Whoever bounds what a peer may send gives the longest message.
#
# What happens: encoding does not look at the limit at all. Decoding counts, not the bytes that it reads, but the
# width in memory of what they become: 8 for each u64, even where `standard()` wrote it in one byte. So a list of 128
# small numbers, 129 bytes on the wire, is refused under a limit of 1024, by the very configuration that wrote it;
# bytes and text are counted as they are. The factor depends on the values, so that tests with large numbers pass.
#
# Why it matters: an honest client's message of an eighth of the limit is an error at the server, and only once its
# lists grow long enough; and a sender that trusts the limit sends what will be refused. Bound the length of the
# message at the socket, give bincode a limit for memory (eight times as much, or more), and check the length again
# after encoding.
#
# Versions: bincode 2.0.1; seen with rustc 1.95.0. Needs cargo and the network; some seconds.
#
# Seen:
#     127 numbers up to 99, u64: 128 bytes written, and read
#     128 numbers up to 99, u64: 129 bytes written, but LimitExceeded when read
#     128 numbers up to 99, u16: 129 bytes written, and read
#     112 numbers as large as can be, u64: 1009 bytes written, and read
#     text of 1000 letters: 1003 bytes written, and read
#     text of 5000 letters: 5003 bytes written, but LimitExceeded when read
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unset CARGO_TARGET_DIR RUSTFLAGS
mkdir src
cat > Cargo.toml <<'END'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"
[dependencies]
bincode = "=2.0.1"
[workspace]
END
cat > src/main.rs <<'END'
use bincode::{config, decode_from_slice, encode_to_vec, error::DecodeError, Decode, Encode};

/// Whether a message that is written with a limit of 1024 bytes is read with the same limit, and its length.
fn pass<T: Encode + Decode<()> + PartialEq>(name: &str, message: T) -> (usize, bool) {
    let limit = config::standard().with_limit::<1024>();
    let bytes = encode_to_vec(&message, limit).expect("every message here can be encoded");
    let read = match decode_from_slice::<T, _>(&bytes, limit) {
        Ok((read, length)) => read == message && length == bytes.len(),
        Err(DecodeError::LimitExceeded) => false,
        Err(other) => panic!("{other:?}"),
    };
    let outcome = if read { "and read" } else { "but LimitExceeded when read" };
    println!("{name}: {} bytes written, {outcome}", bytes.len());
    (bytes.len(), read)
}

fn main() {
    assert_eq!(pass("127 numbers up to 99, u64", vec![99_u64; 127]), (128, true));
    assert_eq!(pass("128 numbers up to 99, u64", vec![99_u64; 128]), (129, false));
    assert_eq!(pass("128 numbers up to 99, u16", vec![99_u16; 128]), (129, true));
    assert_eq!(pass("112 numbers as large as can be, u64", vec![u64::MAX; 112]), (1009, true));
    assert_eq!(pass("text of 1000 letters", "x".repeat(1000)), (1003, true));
    assert_eq!(pass("text of 5000 letters", "x".repeat(5000)), (5003, false));
}
END
cargo run --quiet
