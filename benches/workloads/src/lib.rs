//! The reference workloads: games whose world needs no player, so that whoever knows its rules can run it a second
//! time and compare.
//!
//! # Reading order
//!
//! `workload` (what both are), `owners` (which client looks from where), `w1` (free flight), `w2` (contacts and
//! hidden forces), `rest` (a large world of which most lies still), `hall` (a room and its clients in memory), `watcher` (one of them that
//! holds a world and makes pictures).

pub mod hall;
pub mod owners;
pub mod rest;
pub mod w1;
pub mod w2;
pub mod watcher;
pub mod workload;
