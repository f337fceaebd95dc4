//! Trials of a real server: what is done to it that no honest player does, and what honest players notice of it.

pub mod attack;
pub mod exposition;
pub mod server_process;
pub mod soak;
