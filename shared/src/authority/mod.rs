//! The half that owns the truth: one [`Room`] runs one game and answers for what each client is told.
//!
//! A tick, in order: [`room`](Room::tick) lets players come and go, takes their inputs, steps the game and
//! publishes it; then for each client [`poll_update`](Room::poll_update) works out what it sees and gathers
//! the news of that.

mod allowance;
mod block;
mod carry_on;
mod cells;
mod deadlines;
mod difference;
mod due;
mod entering_budget;
mod entrance;
#[cfg(feature = "sim")]
mod expected;
mod former_rows;
mod glance;
mod grid;
mod hand_over;
mod inbox;
mod lapsed;
mod late_inputs;
mod membership;
mod nearby;
mod notice;
mod outgoing;
mod past;
mod published;
mod published_saved;
mod record;
mod recording;
mod registrar;
mod replay;
mod room;
mod rows;
mod saved;
mod scratch;
mod seat;
mod service_level;
mod session;
mod spare;
mod stats;
mod steering;
mod tenancy;
mod tenant;
mod tick_news;
mod told;
mod training;
mod turns;
mod update_cause;
mod view;
mod world_hash;

pub use difference::{Difference, HeldEntity};
pub use entrance::Applicant;
#[cfg(feature = "sim")]
pub use expected::ExpectedRow;
pub use glance::{Glance, KindGlance, PlayerGlance, slots_held};
pub use hand_over::{Forgotten, Neglect};
pub use notice::Notice;
pub use outgoing::Outgoing;
pub use record::Call;
pub use registrar::{Admitted, Decision, Gatekeeper, Registrar};
pub use replay::{Replay, ReplayError};
pub use room::Room;
pub use saved::{Saved, load_value, save_value};
pub use service_level::ServiceLevel;
pub use session::{SessionKey, TokenDigest};
pub use stats::{ClientStatus, RoomStats};
pub use training::NumberCount;
pub use update_cause::UpdateCause;
