//! Cars, a ball and two goals, moved by a physics engine, with its page:
//! `cargo run --release -p auspice-server --example cars`, then http://127.0.0.1:7700. Computers drive the cars that
//! nobody has; with `--seats 8` there are more. With `--log-dir DIR` a match outlasts the process.

use std::process::ExitCode;

use auspice_cars::{Cars, Rules, SEATS_MAX};
use auspice_server::args::whole_number;
use auspice_server::command::{Own, main_with, no_data, no_options};
use auspice_server::config::ConfigError;
use auspice_server::{BuiltFile, Saves};
use serde::{Deserialize, Serialize};

/// The page for browsers, as `client-web/build.sh` has built it.
const PAGE: &[BuiltFile] = include!("../page/cars/files.rs");

#[derive(clap::Args, Serialize)]
struct Flags {
    /// Cars, 1 to 32: those that nobody has are driven by computers
    #[arg(long, value_name = "COUNT", value_parser = whole_number::<u8>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    seats: Option<u8>,
}

#[derive(Serialize, Deserialize)]
struct Settings {
    seats: u8,
}

fn main() -> ExitCode {
    let rules = Rules::default();
    main_with::<Cars, Flags, Settings>(Own {
        room_terms: no_options,
        settings: Settings { seats: rules.seats },
        rules: |settings| match settings.seats {
            seats @ 1..=SEATS_MAX => Ok(Rules { seats, ..Rules::default() }),
            seats => Err(ConfigError::new(format!("seats: {seats} are not 1 to {SEATS_MAX}"))),
        },
        world: no_data,
        saves: Some(Saves::new()),
        hints: |_| Vec::new(),
        page: Some(PAGE),
    })
}
