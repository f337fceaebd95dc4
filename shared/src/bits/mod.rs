//! Bits and prefix codes. Knows nothing of what they mean.
//!
//! The rule of both halves: **what we write we assert, what we read we check.** A [`BitWriter`] is given our
//! own values and never fails; a [`BitReader`] is given a peer's bytes and never panics.
//!
//! Bits fill each byte from its lowest upwards; a number is written lowest bit first. The last byte is padded
//! with zeros, which the reader demands, so that every message has one form only.

mod codes;
mod reader;
mod writer;

pub(crate) use codes::{exp_bits, rice_parameter};
pub use codes::{unzigzag, width, zigzag};
pub use reader::{BitReader, Malformed};
pub use writer::BitWriter;
