//! Sessions: who may join, and who comes back. The tick thread asks here about each client that said hello.
//!
//! A [`Gate`] judges what a newcomer shows. The core's registrar knows the players that are inside, or away for a
//! moment, and asks the gate; tokens are drawn from the operating system's randomness, and the room keeps digests
//! of them.
//!
//! # Reading order
//!
//! `gate` (who may join), `shared_gate` (the same for many rooms), then `secret` and `ticket` (what is shown for it),
//! `paseto` (how tickets are signed).

mod gate;
mod paseto;
mod secret;
mod shared_gate;
mod ticket;

pub use gate::Gate;
pub use secret::Secret;
pub(crate) use shared_gate::SharedGate;
pub use ticket::{Claims, SecretKey, TICKET_SECONDS_MAX, TicketVerifier, unix_seconds};

/// Tokens judged in one tick, each a digest and a look at all seats: when a room comes from another node all of its
/// players are there at once. The rest wait for the next.
pub(crate) const JUDGED_PER_TICK: usize = 256;

/// Tokens that one hello counts for which shows anything else: a ticket takes up to 0.1 ms, so those of a rush must not
/// fill the tick.
pub(crate) const TICKET_BY_TOKEN: usize = 8;
