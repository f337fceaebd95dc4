//! The demo's world, tick by tick, without a room around it.

mod common;
mod fights;
mod foresight;
mod people;
mod rounds;
