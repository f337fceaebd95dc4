//! Bots for a game on Auspice: real WebSocket clients that play it, measure what they get, and say whether the
//! server served them well. `examples/board_bots.rs` is all that a game of one's own needs: a
//! [`Driver`](driver::Driver), which says what a bot does, and [`swarm::run`].
//!
//! # Reading order
//!
//! `plan` (what a run is told), `swarm` (a run of many), `bot` (one of them), `connections` (its sockets),
//! `follower` (what its session follows), `life`, `absence` and `comeback` (how it comes, is lost and comes back),
//! `lateness` (how old its newest state is), `driver` (who plays), `tally` (what they count), `process` (what
//! a process took), `exposition` and `server_window` (what the server says), `figures`, `verdict` (whether they
//! pass), `report` (both), `table` (how it is shown), `capacity` (how many a server serves), `demo_driver` (who
//! plays the demo).

mod absence;
pub mod bot;
pub mod capacity;
pub mod comeback;
mod connections;
#[cfg(feature = "demo")]
pub mod demo_driver;
pub mod driver;
pub mod exposition;
pub mod figures;
pub mod follower;
pub mod lateness;
pub mod life;
pub mod plan;
pub mod process;
pub mod report;
pub mod server_window;
pub mod swarm;
pub mod tally;
pub mod verdict;

mod table;
