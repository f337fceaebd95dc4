//! Sessions: who may join, and who comes back. The tick thread asks here about each client that said hello.
//!
//! A [`Gate`] judges what a newcomer shows. The core's registrar knows the players that are inside, or away for a
//! moment, and asks the gate; tokens are drawn from the operating system's randomness, and the room keeps digests
//! of them.
//!
//! # Reading order
//!
//! `gate` (who may join), then `secret` and `ticket` (what is shown for it), `paseto` (how tickets are signed).

mod gate;
mod paseto;
mod secret;
mod ticket;

pub use gate::Gate;
pub use secret::Secret;
pub use ticket::{Claims, SecretKey, TICKET_SECONDS_MAX, TicketVerifier, unix_seconds};

/// Hellos judged in one tick: a ticket takes up to 0.1 ms, so those of a rush must not fill it. The rest wait
/// for the next.
pub(crate) const JUDGED_PER_TICK: usize = 32;
