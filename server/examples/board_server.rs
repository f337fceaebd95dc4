//! A server for another game than the demo, the board:
//! `cargo run --release -p auspice-server --example board_server`
//!
//! It listens on 127.0.0.1:7700, where `client-bevy/examples/board_window.rs` looks for it.

#[path = "../../shared/examples/board/game.rs"]
mod game;

fn main() -> std::process::ExitCode {
    auspice_server::command::main_saved::<game::Board>()
}
