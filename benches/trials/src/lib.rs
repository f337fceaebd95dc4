//! Trials of a real server: what is done to it that no honest player does, what honest players notice of it, and
//! what a long, lossy link does to them.

pub mod attack;
pub mod chosen;
pub mod figure;
pub mod judged;
pub mod kills;
#[cfg(target_os = "linux")]
pub mod lab;
pub mod onlookers;
pub mod server_process;
pub mod soak;
