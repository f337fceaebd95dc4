//! The server over real loopback sockets, with a game of its own: joins, refusals, faults, slow peers, stopping.

mod data;
mod dots;
mod exposition;
mod faults;
mod handshake;
mod log;
mod operating;
mod page;
mod plain;
mod play;
mod player;
mod resume;
mod seats;
mod secure;
mod visit;
