//! Trials of a real server: what a long, lossy link does to those who play over it ([`lab`]).

#[cfg(target_os = "linux")]
pub mod lab;
