//! A board that many draw on, with its page: `cargo run --release -p auspice-server --example board`, then
//! http://127.0.0.1:7700. It is the server of another game than the demo. With `--log-dir DIR` what is drawn outlasts
//! the process; `--strokes 5000` begins with a board that is drawn on already.

use std::process::ExitCode;

use auspice_board::Board;
use auspice_board::limits::PIECES_MAX;
use auspice_server::args::whole_number;
use auspice_server::command::{Own, main_with, no_options};
use auspice_server::config::ConfigError;
use auspice_server::{BuiltFile, Saves};
use serde::{Deserialize, Serialize};

/// The page for browsers, as `client-web/build.sh` has built it.
const PAGE: &[BuiltFile] = include!("../page/board/files.rs");

#[derive(clap::Args, Serialize)]
struct Flags {
    /// Strokes that are there from the beginning, of nobody, 0 to 12000
    #[arg(long, value_name = "COUNT", value_parser = whole_number::<usize>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    strokes: Option<usize>,
}

#[derive(Serialize, Deserialize)]
struct Settings {
    strokes: usize,
}

fn main() -> ExitCode {
    main_with::<Board, Flags, Settings>(Own {
        room_terms: no_options,
        settings: Settings { strokes: 0 },
        rules: |settings| match settings.strokes {
            0..=PIECES_MAX => Ok(()),
            strokes => {
                Err(ConfigError::new(format!("strokes: {strokes} are more than the {PIECES_MAX} that fit on it")))
            }
        },
        world: |&Settings { strokes }| Ok(Box::new(move |_, seed| Board::scribbled(strokes, seed))),
        saves: Some(Saves::new()),
        hints: |_| Vec::new(),
        page: Some(PAGE),
    })
}
