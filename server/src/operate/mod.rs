//! The operator's side of the server: settings, the command line, orders, metrics, logs, and how a server is stopped.
//!
//! # Reading order
//!
//! `command` (from what was typed to a running server), `args`, `config`, `address` and `access` (settings), `new`,
//! `mint` (`ticket`), `schema`, `replay`, `inspect_log`, `screen` with `serve_log` (a log that clients look at) and
//! `forget` (tasks in place of serving), `admin` (health, metrics, orders), `inspector` (what its page shows),
//! `metrics`, `worst_pace`, `journal` (who came and went), `outlet`, `logs`, `panics` (lines on standard error),
//! `heartbeat` (whether ticks go on), `shutdown`, `agones` (word of all that to a cluster).

pub mod access;
pub mod address;
pub mod args;
pub mod command;
pub mod config;
pub mod logs;
pub mod schema;

pub(crate) mod admin;
pub(crate) mod agones;
pub(crate) mod heartbeat;
pub(crate) mod inspector;
pub(crate) mod journal;
pub(crate) mod metrics;
pub(crate) mod panics;
pub(crate) mod shutdown;
pub(crate) mod worst_pace;

mod forget;
mod inspect_log;
mod mint;
mod new;
mod outlet;
mod replay;
mod screen;
mod serve_log;
