//! Auspice: one world, the same for many players.
//!
//! This crate is the protocol core that both ends use. An authority ([`authority::Room`]) runs a [`Game`] at a fixed
//! tick, works out what each client can see, and sends of that only what the client could not have foreseen; a
//! replica ([`replica::Replica`]) rebuilds exactly that, and predicts the rest.
//!
//! # The three words of our own
//!
//! - **published**: what of an entity is the same for everybody: a row of quantised integers for one tick.
//! - **foreseen**: what [`Game::advance`] makes of the row published one tick ago. Both ends can compute it.
//! - **news**: the difference between the two, where there is one. Only news travels.
//!
//! # What is not here
//!
//! No socket, clock, thread, file, log or engine: time, bytes and randomness come in as arguments (`handle_*`), bytes
//! and events go out by polling (`poll_*`). The same inputs give the same bytes on every platform.
//!
//! # Reading order
//!
//! [`id`], [`tick`], [`rng`], [`slots`] and [`limits`] (small things that all others use), [`bits`] (in and out,
//! bounded), [`state`] (rows and news), [`error`] (what can go wrong), [`game`] (the seam), [`message`] (the
//! wire), [`link`] (one connection), [`authority`] (the truth), [`replica`] (the follower), [`session`] (one
//! player's connections, one after the other), `sim` (all of it on virtual time, behind the feature `sim`).
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
// The derive macro writes `::auspice::...`; inside this crate that must resolve too.
extern crate self as auspice;

// A layer a paragraph, lowest first.
pub mod id;
pub mod limits;
pub mod rng;
pub mod slots;
pub mod tick;

pub mod bits;

pub mod state;

pub mod error;

pub mod game;

pub mod message;

pub mod link;

pub mod authority;
pub mod replica;

pub mod session;

#[cfg(feature = "sim")]
pub mod sim;

pub use auspice_derive::Replicate;
pub use game::{
    Audience, Context, Events, Fate, Game, Ground, Obstacles, Place, Publisher, Rewind, Seen, Sight, Step, Terms,
    Viewpoint,
};
/// The vectors that fields are made of, in the version that they must have.
pub use glam;
pub use id::{ClientId, EntityId};
pub use rng::Rng;
pub use slots::Slots;
pub use state::{Display, Replicate};
pub use tick::{Micros, Tick};

/// Runs the examples of the derive's attributes, which cannot name this crate where they stand.
#[cfg(doctest)]
#[doc = include_str!("../derive/ATTRIBUTES.md")]
struct Attributes;
