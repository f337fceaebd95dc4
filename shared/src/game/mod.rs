//! The seam: [`Game`] is all that a game writes, and all that the engine knows of it.
//!
//! | file | idea |
//! | --- | --- |
//! | `game.rs` | the trait |
//! | `terms.rs`, `place.rs` | what a session is played by, and on; a point for interest |
//! | `step.rs` | what a game is given in a tick, and the events that it sends |
//! | `publisher.rs` | where a game hands over its world, and what each client sees of it |
//! | `others.rs`, `rewind.rs` | what a prediction may run into; what a client saw when it acted |
//! | `foresee.rs` | a tick of a published row, by the game |

mod foresee;
#[expect(clippy::module_inception, reason = "the trait that the folder is about")]
mod game;
mod others;
mod place;
mod publisher;
mod rewind;
mod step;
mod terms;

pub(crate) use foresee::foresee;
pub use game::{Fate, Game};
pub(crate) use others::Foreseen;
pub use others::Others;
pub use place::Place;
pub(crate) use publisher::Sink;
pub use publisher::{Publisher, Sight, Viewpoint};
pub(crate) use rewind::Hindsight;
pub use rewind::{Rewind, Seen};
pub use step::{Audience, Context, Events, Step};
pub use terms::{Ground, Terms};
