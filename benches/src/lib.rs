//! Bots, the reference workload and what is measured with them. Nothing imports this package.
//!
//! - the workloads: [`w1`] (a game) with [`motion`] (its bodies); [`w2`] (a game) with [`w2_world`] (its
//!   discs, as they truly are), [`w2_disc`] (as they are published) and [`w2_steering`] (what is published of
//!   which); [`workload`] and [`second_run`] (the truth that bots compare with);
//! - the bots: [`plan`] (what a run is told), [`swarm`] (a run of many), [`bot`] (one of them), [`follower`]
//!   (what its session follows), [`life`] and [`comeback`] (how it comes, is lost and comes back),
//!   [`lateness`] (how old its newest state is), [`driver`] (who plays), [`tally`] (what they count),
//!   [`report`] (figures and verdict), [`demo_driver`] and [`workload_driver`];
//! - the comparison: [`compare`] (its sections, figures and page), [`role`] (the processes that it starts),
//!   [`floor`] (the server without anything), [`stall`] (a client that stops), [`tick_log`] and [`process`]
//!   (times of ticks, processor time, memory);
//! - [`reference`](mod@reference): other ways to encode W1; [`w1_space`]: W1 with a third axis;
//! - [`attack`]: what attackers do to a real server, and what honest bots notice of it; [`soak`]: bots that
//!   come and go for half an hour; both have a [`server_process`] of their own and read what it counts
//!   ([`exposition`]);
//! - [`hall`]: a room and its clients in memory, for the criterion benches and for [`instructions`].

pub mod attack;
pub mod bot;
pub mod comeback;
pub mod compare;
pub mod demo_driver;
pub mod dial;
pub mod driver;
pub mod exposition;
pub mod feel;
pub mod floor;
pub mod follower;
pub mod hall;
pub mod instructions;
pub mod lateness;
pub mod life;
pub mod motion;
pub mod owners;
pub mod plan;
pub mod process;
pub mod reference;
pub mod report;
pub mod role;
pub mod second_run;
pub mod server_process;
pub mod soak;
pub mod stall;
pub mod swarm;
pub mod tally;
pub mod tick_log;
pub mod w1;
pub mod w1_space;
pub mod w2;
pub mod w2_disc;
pub mod w2_steering;
pub mod w2_world;
pub mod workload;
pub mod workload_driver;
