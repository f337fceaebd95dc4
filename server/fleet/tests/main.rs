//! The directory, on virtual time: whole fleets under every fault, from printed seeds; and what each rule is for.

// A test binary has no outside that could reach anything.
#![allow(unreachable_pub, missing_docs)]

mod sim;

mod behaviour;
mod mutations;
mod swarm;
