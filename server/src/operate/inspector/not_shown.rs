//! [`NotShown`]: why the inspector does not show something.

/// Why something cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotShown {
    /// There is nothing of that name.
    NoSuchPath,
    /// A number that is none, or no player named.
    BadQuestion,
    /// The room was not seen yet.
    NothingYet,
    /// There was no such player then.
    NoSuchPlayer,
    /// The log cannot be played as far as there.
    Unplayable(String),
}
