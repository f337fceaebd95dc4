//! The tick thread and its shards: what is done once a tick, when, and what becomes of it when it takes too long.
//!
//! # Reading order
//!
//! `driver` (the tick), `batch`, `shard` and `readiness` (what crosses to the sockets and back), `schedule` (when ticks
//! are due), `sleep` (until then), `overload` (what is left out when they take too long), `talk_desk`
//! (a room among those where players talk), `report`, `room_gauges`, `tick_metrics` and `history` (what they took).

pub(crate) mod driver;
pub(crate) mod report;

mod batch;
mod history;
mod overload;
mod readiness;
mod room_gauges;
mod schedule;
mod shard;
mod sleep;
mod talk_desk;
mod tick_metrics;
