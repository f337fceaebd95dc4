//! Bots, the reference workload and what is measured with them. Nothing imports this package.
//!
//! - the workloads: [`w1`] (a game) with [`motion`] (its bodies); [`w2`] (a game) with [`w2_world`] (its discs, as they truly are) and
//!   [`w2_steering`] (what is published of them); [`workload`] and [`second_run`] (the truth that bots compare with);
//! - the bots: [`swarm`] (a run of many), [`bot`] (one of them), [`driver`] (who plays), [`tally`] (what they count),
//!   [`report`] (figures and verdict), [`demo_driver`] and [`workload_driver`];
//! - the comparison with bare sockets: [`floor`] (the server without anything), [`ratio`] (pairs of runs), [`process`] (their CPU time);
//! - [`reference`](mod@reference): other ways to encode W1;
//! - [`hall`]: a room and its replicas in memory, for the criterion benches.

pub mod bot;
pub mod demo_driver;
pub mod driver;
pub mod floor;
pub mod hall;
pub mod motion;
pub mod process;
pub mod ratio;
pub mod reference;
pub mod report;
pub mod second_run;
pub mod swarm;
pub mod tally;
pub mod w1;
pub mod w2;
pub mod w2_steering;
pub mod w2_world;
pub mod workload;
pub mod workload_driver;
