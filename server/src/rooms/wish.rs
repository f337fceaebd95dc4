//! [`RoomWish`]: which room a player wants, as the path of an address says it, or a ticket, or the player on its way
//! from one room to another.

use std::collections::BTreeMap;

use super::code::RoomCode;
use crate::limits::{ROOM_OPTION_BYTES_MAX, ROOM_OPTIONS_MAX};

/// The path of the game. The room that is wanted may follow it.
const GAME: &str = "/play";

/// The word for any room with a place in it, before options.
const ANY: &str = "any";

/// The word for a new private room.
const NEW: &str = "new";

/// Options of a room, by name: a map, a mode, a size. A list shows them, and they choose among rooms.
pub type RoomOptions = BTreeMap<String, String>;

/// A room that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RoomWish {
    /// The fullest public one that has a place and these options; without options one that has none.
    Any(RoomOptions),
    /// The one that is called so.
    Code(RoomCode),
    /// A new one, with these options, that nobody finds without its code.
    New(RoomOptions),
}

impl RoomWish {
    /// The wish of a path: `/`, `/play`, `/play/CODE`, `/play/any/mode=duel`, `/play/new/mode=duel`.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        match path.strip_prefix(GAME) {
            None if path == "/" => Some(Self::Any(RoomOptions::new())),
            None => None,
            Some("") => Some(Self::Any(RoomOptions::new())),
            Some(rest) => Self::parse(rest.strip_prefix('/')?),
        }
    }

    /// The wish of what would follow the game's path: `any`, `CODE`, `new/map=ice`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (word, rest) = text.split_once('/').unwrap_or((text, ""));
        match word {
            ANY => Some(Self::Any(parse_options(rest)?)),
            NEW => Some(Self::New(parse_options(rest)?)),
            _ if rest.is_empty() => RoomCode::parse(word).map(Self::Code),
            _ => None,
        }
    }
}

/// Options as `name=value`, with slashes between them.
pub(crate) fn parse_options(text: &str) -> Option<RoomOptions> {
    let mut options = RoomOptions::new();
    for option in text.split('/').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=')?;
        if !is_fit_option(name) || !is_fit_option(value) || options.insert(name.into(), value.into()).is_some() {
            return None;
        }
    }
    (options.len() <= ROOM_OPTIONS_MAX).then_some(options)
}

/// Whether the name or the value of an option needs no escape in an address, in JSON and in a log.
pub(crate) fn is_fit_option(word: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=ROOM_OPTION_BYTES_MAX).contains(&word.len()) && word.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(pairs: &[(&str, &str)]) -> RoomOptions {
        pairs.iter().map(|&(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn a_path_says_which_room_is_wanted() {
        let code = RoomCode::draw().unwrap();
        let wishes = [
            ("/".into(), RoomWish::Any(options(&[]))),
            ("/play".into(), RoomWish::Any(options(&[]))),
            ("/play/any".into(), RoomWish::Any(options(&[]))),
            ("/play/any/mode=duel/map=ice".into(), RoomWish::Any(options(&[("map", "ice"), ("mode", "duel")]))),
            ("/play/new".into(), RoomWish::New(options(&[]))),
            ("/play/new/places=2".into(), RoomWish::New(options(&[("places", "2")]))),
            (format!("/play/{code}"), RoomWish::Code(code)),
        ];
        for (path, wish) in wishes {
            assert_eq!(RoomWish::of_path(&path), Some(wish), "{path}");
        }
    }

    #[test]
    fn what_is_no_room_is_none() {
        let many = (0..=ROOM_OPTIONS_MAX).map(|number| format!("/o{number}=1")).collect::<String>();
        let long = "x".repeat(ROOM_OPTION_BYTES_MAX + 1);
        let wrong = [
            "/player".into(),
            "/other".into(),
            "/play/".into(),
            "/play?room=1".into(),
            "/play/0000000000/more".into(),
            "/play/any/mode".into(),
            "/play/any/mode=".into(),
            "/play/any/mode=a/mode=b".into(),
            "/play/any/mode=%20".into(),
            format!("/play/any{many}"),
            format!("/play/new/map={long}"),
        ];
        for path in wrong {
            assert_eq!(RoomWish::of_path(&path), None, "{path}");
        }
    }
}
