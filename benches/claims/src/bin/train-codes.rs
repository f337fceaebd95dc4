//! `train-codes`: plays each game of this repository without clients, and prints the codes that fit its news, for
//! `#[replicate(codes = include_str!("codes.txt"))]`. Codes are part of a game's schema, so client and server must be
//! built alike. A game's own server does the same: `SERVER codes`.

use std::process::ExitCode;

use auspice::authority::Room;
use auspice::{Game, Terms};
use auspice_demo::Demo;
use auspice_output::{self as output, complain, say};
use auspice_workloads::w1::W1;
use auspice_workloads::w2::W2;

/// Long enough for rare things to happen some times: 5 minutes at 30 Hz.
const TICKS: u32 = 9000;

fn main() -> ExitCode {
    train::<W1>();
    train::<W2>();
    train::<Demo>();
    output::conclude(ExitCode::SUCCESS)
}

fn train<G: Game>() {
    let learnt = Room::<G>::new(Terms::of::<G>(G::Rules::default()), 1, 1)
        .map_err(|error| error.to_string())
        .and_then(|mut room| room.learn_codes_for(TICKS).map_err(|misuse| misuse.to_string()));
    match learnt {
        Ok(codes) => say!("# {} in {TICKS} ticks\n{codes}", G::NAME),
        Err(error) => complain!("{}: {error}", G::NAME),
    }
}
