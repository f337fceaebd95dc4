//! `schema`: a game's tables as JSON, for whoever writes a client in another language. `shared/PROTOCOL.md`
//! says what is done with each entry. The same as types of TypeScript, for pages (`typescript.rs`).

mod tables;
mod types;
mod typescript;

use auspice::Game;

use tables::Schema;

/// The schema of `G` as JSON, with a line for each entry.
///
/// # Errors
/// A sentence where a field table cannot be used.
pub fn json<G: Game>() -> Result<String, String> {
    let schema = Schema::of::<G>().map_err(|error| error.to_string())?;
    serde_json::to_string_pretty(&schema).map(|text| text + "\n").map_err(|error| error.to_string())
}

/// The schema of `G` as types of TypeScript, for the package of `client-web/`.
///
/// # Errors
/// A sentence where a field table cannot be used, or two names would be one.
pub fn typescript<G: Game>() -> Result<String, String> {
    typescript::written(&Schema::of::<G>().map_err(|error| error.to_string())?)
}
