//! Settings from defaults, file, environment and flags, in this order, and checked.
//!
//! # Reading order
//!
//! `settings` (a line for each), `table` (what is made of that line), `layers` (where values come from),
//! `value` (what is wrong with one, in words), `error`, `fleet`, `admin_listen`,
//! `chat_switch`, then `run` (what a server runs by).

mod admin_listen;
mod chat_switch;
mod error;
mod fleet;
mod layers;
mod run;
mod settings;
mod table;
mod value;

pub use admin_listen::{ADMIN_PORT, AdminListen};
pub use chat_switch::ChatSwitch;
pub use error::{ConfigError, within};
pub use layers::ENVIRONMENT_PREFIX;
pub(crate) use layers::{Layers, written};
pub use run::{AdminConfig, Config, RoomsConfig};
pub use settings::{PORT, Settings};
pub(crate) use table::{SettingRow, shown};
