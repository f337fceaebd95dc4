//! The project's own claims, measured: nobody who makes a game needs this package.
//!
//! # Reading order
//!
//! `compare` (the comparison: its sections, figures and page), `role` (the processes that it starts), `floor` (the
//! server without anything), `stall` (a client that stops), `workload_driver` and `second_run` (bots that play a
//! workload, and the truth that they compare with), `tick_log` (times of ticks), `reference` (other ways to
//! encode W1), `feel` (what a player notices), `instructions` (a tick, counted), `profile` (what
//! callgrind writes), `parts` (the worlds that are counted part by part),
//! `scale` (ticks by the size of the world), `empty_rooms` (what rooms without players cost), `yard` (rooms whose
//! players are bad neighbours).

pub mod compare;
pub mod empty_rooms;
pub mod feel;
pub mod floor;
pub mod instructions;
pub mod parts;
pub mod profile;
pub mod reference;
pub mod role;
pub mod scale;
pub mod second_run;
pub mod stall;
pub mod tick_log;
pub mod workload_driver;
pub mod yard;
