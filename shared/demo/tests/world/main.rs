//! The demo's world, tick by tick, without a room around it.

mod bumps;
mod common;
mod computers;
mod fights;
mod foresight;
mod people;
mod prizes;
mod rounds;
