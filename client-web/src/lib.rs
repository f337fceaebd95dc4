//! A client of Auspice for browsers, without an engine: any game as a WebAssembly module, with a TypeScript package
//! around it (`ts/`). `README.md` shows it whole.
//!
//! [`export!`] makes a module of a game. A page never sees a Rust type: a frame is numbers in columns, which it reads
//! in place ([`Sheet`]); commands, events and rules are JSON, in the shape that `auspice-server schema --typescript`
//! writes down. Dialling, coming back and foresight are those of every client: a
//! [`Session`](auspice::session::Session) over the [`Sockets`](auspice_socket::Sockets) that the Bevy client has.
//!
//! # Reading order
//!
//! `steps` (a field's columns in units, and back), `sheet` (the numbers of a frame), `labels` (texts that entities
//! have), `told` (what a page is told, as JSON), `page_player` (the client), `export` (the macro).

mod export;
mod labels;
mod page_player;
mod sheet;
mod steps;
mod told;

pub use auspice_socket::Dials;
pub use page_player::{PageEntry, PagePlayer, credential};
pub use sheet::{FIGURES, Sheet};
