//! The server over real loopback sockets, with a game of its own: joins, refusals, faults, slow peers, stopping.

mod agones;
mod dashboard;
mod data;
mod dots;
mod exposition;
mod faults;
mod handshake;
mod inspector;
mod log;
mod operating;
mod page;
mod plain;
mod play;
mod player;
mod resume;
mod room_logs;
mod rooms;
mod seats;
mod secure;
mod sidecar;
mod talk;
mod visit;
