//! [`LoadError`]: why what was saved of a room cannot be loaded.

use alloc::string::String;
use core::fmt;

/// Why a room cannot be made of what was saved of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// Bytes that are no saved room.
    NotARoom,
    /// Another version of this library saved it, in another form.
    VersionDiffers {
        /// The version of that form.
        saved: u16,
        /// The version of this program's.
        here: u16,
    },
    /// Its checksum is wrong, or its end is missing.
    Damaged,
    /// A room of another game.
    GameDiffers {
        /// The game's name.
        saved: String,
    },
    /// The same game with other field tables.
    SchemaDiffers {
        /// The hash of the game that saved it.
        saved: u64,
        /// The hash of this one.
        here: u64,
    },
    /// Played by other terms or rules than are wanted now.
    TermsDiffer,
    /// The game makes nothing of what it saved of its world.
    World,
    /// Whole, and yet no room: the game's types are others than when it was saved.
    Unfit,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotARoom => write!(f, "this is no saved room"),
            Self::VersionDiffers { saved, here } => {
                write!(f, "it was saved in form {saved}, and this program reads form {here}")
            }
            Self::Damaged => write!(f, "it is damaged: a byte is wrong, or its end is missing"),
            Self::GameDiffers { saved } => write!(f, "it is a room of the game \"{saved}\""),
            Self::SchemaDiffers { saved, here } => {
                write!(f, "the game had other field tables then: {saved:016x}, and now {here:016x}")
            }
            Self::TermsDiffer => write!(f, "it was played by other terms or rules"),
            Self::World => write!(f, "the game cannot load the world that it saved"),
            Self::Unfit => write!(f, "the game's types are others than when it was saved"),
        }
    }
}

impl core::error::Error for LoadError {}
