//! [`Wanted`]: a room that is wanted of the fleet, for somebody who comes or for an operator.

use crate::rooms::{RoomCode, RoomOptions, RoomWish};

/// A room that is wanted of the fleet.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "nats"), expect(dead_code, reason = "nobody reads it in a server that is alone"))]
pub(crate) enum Wanted {
    /// The one that is called so.
    Code(RoomCode),
    /// The fullest public one with a place and these options; a new one where there is none.
    Any(RoomOptions),
    /// A new one, at the node with the most place.
    New {
        /// Its options.
        options: RoomOptions,
        /// Is found by its code alone.
        is_private: bool,
        /// Is for one newcomer, who alone is told its code: nobody else comes if that one does not.
        is_for_one: bool,
    },
    /// The one that has a seat whose token begins so.
    Seat([u8; 8]),
}

impl Wanted {
    /// The room that is wanted of the fleet where this node has none for a wish.
    pub(crate) fn of(wish: &RoomWish) -> Self {
        match wish {
            RoomWish::Code(code) => Self::Code(*code),
            RoomWish::Any(options) => Self::Any(options.clone()),
            RoomWish::New(options) => Self::New { options: options.clone(), is_private: true, is_for_one: true },
        }
    }
}
