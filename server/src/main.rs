//! `auspice-server`: serves the demo game. The only file here that names it.

use std::net::SocketAddr;
use std::process::ExitCode;

use auspice::Terms;
use auspice_demo::{Demo, Rules};
use auspice_server::args::whole_number;
use auspice_server::command::{Own, main_with, no_data};
use auspice_server::config::{ConfigError, PORT};
use auspice_server::{BuiltFile, RoomOptions, Saves};
use serde::{Deserialize, Serialize};

/// The page for browsers, as `client-web/build.sh` has built it. No crate of its own in what the first command builds.
const PAGE: &[BuiltFile] = include!("../page/files.rs");

#[derive(clap::Args, Serialize)]
struct Flags {
    /// Computer-driven ships, 0 to 2000
    #[arg(long, value_name = "COUNT", value_parser = whole_number::<u32>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    npcs: Option<u32>,
    /// Edge of the world, 500 to 16383 units; a window shows some 1000
    #[arg(long, value_name = "UNITS", value_parser = whole_number::<u32>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u32>,
    /// Asteroids in it
    #[arg(long, value_name = "COUNT", value_parser = whole_number::<u32>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    asteroids: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct Settings {
    npcs: u32,
    size: u32,
    asteroids: u32,
}

fn main() -> ExitCode {
    let Rules { npcs, size, asteroids, .. } = Rules::default();
    main_with::<Demo, Flags, Settings>(Own {
        settings: Settings { npcs, size, asteroids },
        rules: |&Settings { npcs, size, asteroids }| {
            let rules = Rules { npcs, size, asteroids, ..Rules::default() };
            rules.check().map(|()| rules).map_err(|error| ConfigError::new(error.to_string()))
        },
        world: no_data,
        saves: Some(Saves::new()),
        room_terms: by_options,
        hints: |address| {
            vec![format!("Load it:                  cargo bots -- {}--clients 200 --seconds 20", url_flag(address))]
        },
        page: Some(PAGE),
    })
}

/// A room may have fewer computer-driven ships and asteroids than the operator says, and no more: strangers choose
/// them.
fn by_options(options: &RoomOptions, terms: &mut Terms<Rules>) -> bool {
    options.iter().all(|(name, value)| {
        let most = match name.as_str() {
            "npcs" => &mut terms.rules.npcs,
            "asteroids" => &mut terms.rules.asteroids,
            _ => return false,
        };
        let Some(wanted) = value.parse::<u32>().ok().filter(|wanted| *wanted <= *most) else { return false };
        *most = wanted;
        true
    })
}

/// The bots find the default address by themselves.
fn url_flag(address: SocketAddr) -> String {
    let is_default = address.port() == PORT && (address.ip().is_loopback() || address.ip().is_unspecified());
    if is_default { String::new() } else { format!("--url ws://{address}/play ") }
}
