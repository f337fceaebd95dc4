//! Bots, the reference workload and what is measured with them. Nothing imports this package.
//!
//! - the workload: [`w1`] (the game), [`motion`] (its bodies), [`second_run`] (the truth that bots compare with);
//! - the bots: [`swarm`] (a run of many), [`bot`] (one of them), [`driver`] (who plays), [`tally`] (what they count),
//!   [`report`] (figures and verdict), [`demo_driver`] and [`w1_driver`];
//! - the comparison with bare sockets: [`floor`] (the server without anything), [`ratio`] (pairs of runs), [`process`] (their CPU time);
//! - [`hall`]: a room and its replicas in memory, for the criterion benches.

pub mod bot;
pub mod demo_driver;
pub mod driver;
pub mod floor;
pub mod hall;
pub mod motion;
pub mod process;
pub mod ratio;
pub mod report;
pub mod second_run;
pub mod swarm;
pub mod tally;
pub mod w1;
pub mod w1_driver;
