//! The operator's side of the server: settings, the command line, orders, metrics, logs, and how a server is stopped.
//!
//! # Reading order
//!
//! `command` (from what was typed to a running server), `args`, `config`, `address` and `access` (settings),
//! `mint` (`ticket`), `schema`, `replay` (tasks in place of serving), `admin` (health, metrics, orders),
//! `metrics`, `journal` (who came and went), `outlet`, `logs`, `panics` (lines on standard error),
//! `heartbeat` (whether ticks go on), `shutdown`.

pub mod access;
pub mod address;
pub mod args;
pub mod command;
pub mod config;
pub mod logs;
pub mod schema;

pub(crate) mod admin;
pub(crate) mod heartbeat;
pub(crate) mod journal;
pub(crate) mod metrics;
pub(crate) mod panics;
pub(crate) mod shutdown;

mod mint;
mod outlet;
mod replay;
