//! The server of newgame: `cargo serve`, and `cargo serve --help` for its settings.

fn main() -> std::process::ExitCode {
    auspice_server::command::main_saved::<newgame_rules::World>()
}
