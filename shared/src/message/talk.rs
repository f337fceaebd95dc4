//! Talk: lines that players say to each other, beside the game. Each is a text message of the WebSocket, of words with
//! a tab between two, so that no message of the game is coded against it.

use alloc::format;
use alloc::string::{String, ToString};

use super::text::{is_fit_name, is_plain, is_seen};
use crate::error::Misuse;
use crate::limits::{LINE_BYTES_MAX, ROOM_CODE_BYTES_MAX, UNSAID_BYTES_MAX};

/// The WebSocket subprotocol of a client that talks, beside [`SUBPROTOCOL`](super::SUBPROTOCOL): a server that lets
/// players talk chooses it.
pub const TALK_SUBPROTOCOL: &str = "auspice.v1.talk";

/// Room of a line whose sayer is in a private one.
const PRIVATE: &str = "-";

/// Listeners of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Players of the sayer's room.
    Room,
    /// Players of all rooms of the server, or of its fleet.
    All,
}

impl Channel {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::All => "all",
        }
    }

    /// The channel of a word; `None` where it is none.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Room, Self::All].into_iter().find(|channel| channel.word() == word)
    }
}

/// Whether `text` may be said: 1 to [`LINE_BYTES_MAX`] bytes that [can be seen](is_plain), not only blanks.
#[must_use]
pub fn is_fit_line(text: &str) -> bool {
    text.len() <= LINE_BYTES_MAX && is_seen(text) && is_plain(text)
}

/// A line that a client says, as its server reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaidLine<'a> {
    /// Listeners that it is for.
    pub channel: Channel,
    /// The line itself.
    pub text: &'a str,
}

impl<'a> SaidLine<'a> {
    /// The line as its message has it.
    ///
    /// # Errors
    /// [`Misuse::LineNotTaken`] where it is not [fit](is_fit_line).
    pub fn write(&self) -> Result<String, Misuse> {
        let Self { channel, text } = self;
        if is_fit_line(text) { Ok(format!("{}\t{text}", channel.word())) } else { Err(Misuse::LineNotTaken) }
    }

    /// The line of a client's message.
    ///
    /// # Errors
    /// A sentence for its player.
    pub fn read(message: &'a str) -> Result<Self, &'static str> {
        let (word, text) = message.split_once('\t').ok_or("A line begins with where it is said, and a tab.")?;
        let channel = Channel::of_word(word).ok_or("A line is said to the room, or to all.")?;
        if is_fit_line(text) {
            Ok(Self { channel, text })
        } else {
            Err("A line has 1 to 256 bytes, which can be seen.")
        }
    }
}

/// Word of a server to a client that talks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Talk {
    /// The player is in the room of this code from now on, and may say lines.
    Room {
        /// The code by which others find the room.
        code: String,
    },
    /// Somebody said a line.
    Line {
        /// Listeners.
        channel: Channel,
        /// The code of the sayer's room; `None` of a private one.
        room: Option<String>,
        /// The sayer's name.
        name: String,
        /// The line itself.
        text: String,
    },
    /// A line was not taken.
    Unsaid {
        /// A sentence for the player.
        why: String,
    },
}

impl Talk {
    /// The message of it.
    #[must_use]
    pub fn write(&self) -> String {
        match self {
            Self::Room { code } => format!("room\t{code}"),
            Self::Line { channel, room, name, text } => {
                format!("line\t{}\t{}\t{name}\t{text}", channel.word(), room.as_deref().unwrap_or(PRIVATE))
            }
            Self::Unsaid { why } => format!("unsaid\t{why}"),
        }
    }

    /// The word of a server's message; `None` of one that means nothing here, which is passed over.
    #[must_use]
    pub fn read(message: &str) -> Option<Self> {
        let (word, rest) = message.split_once('\t')?;
        let is_code =
            |code: &str| code.len() <= ROOM_CODE_BYTES_MAX && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match word {
            "room" => is_code(rest).then(|| Self::Room { code: rest.to_string() }),
            "line" => {
                let mut parts = rest.splitn(4, '\t');
                let (channel, room) = (Channel::of_word(parts.next()?)?, parts.next()?);
                let (name, text) = (parts.next()?, parts.next()?);
                let is_fit = (room == PRIVATE || is_code(room)) && is_fit_name(name) && is_fit_line(text);
                let room = (room != PRIVATE).then(|| room.to_string());
                is_fit.then(|| Self::Line { channel, room, name: name.to_string(), text: text.to_string() })
            }
            "unsaid" => {
                (rest.len() <= UNSAID_BYTES_MAX && is_plain(rest)).then(|| Self::Unsaid { why: rest.to_string() })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(channel: Channel, room: Option<&str>, name: &str, text: &str) -> Talk {
        Talk::Line { channel, room: room.map(Into::into), name: name.into(), text: text.into() }
    }

    #[test]
    fn lines_are_these_bytes() {
        let said = SaidLine { channel: Channel::All, text: "good game" };
        assert_eq!(said.write().unwrap(), "all\tgood game");
        assert_eq!(SaidLine::read("all\tgood game"), Ok(said));
        for (talk, text) in [
            (Talk::Room { code: "0123456789".into() }, "room\t0123456789"),
            (line(Channel::All, Some("abc"), "Ann", "good game"), "line\tall\tabc\tAnn\tgood game"),
            (line(Channel::Room, None, "Zoë of Leiden", "hi"), "line\troom\t-\tZoë of Leiden\thi"),
            (Talk::Unsaid { why: "Too fast.".into() }, "unsaid\tToo fast."),
        ] {
            assert_eq!(talk.write(), text);
            assert_eq!(Talk::read(text), Some(talk));
        }
    }

    #[test]
    fn a_line_that_is_none_is_refused_with_a_sentence() {
        let long = format!("all\t{}", "x".repeat(LINE_BYTES_MAX + 1));
        let wrong = [
            "",
            "all",
            "all\t",
            "all\t  ",
            "hello all",
            "party\thi",
            "ALL\thi",
            "all\ta\tb",
            "all\ta\nb",
            "all\t\u{202e}evil",
            "all\ta\u{200b}b",
            "all\t\u{1b}[2J",
            &long,
        ];
        for text in wrong {
            assert!(SaidLine::read(text).is_err(), "{text:?}");
        }
        assert_eq!(SaidLine { channel: Channel::All, text: "a\tb" }.write(), Err(Misuse::LineNotTaken));
        let longest = "x".repeat(LINE_BYTES_MAX);
        assert!(SaidLine::read(&format!("room\t{longest}")).is_ok());
        assert!(SaidLine::read("room\tسلام 👋").is_ok(), "any script");
    }

    #[test]
    fn what_a_server_says_and_nobody_understands_is_passed_over() {
        for text in [
            "",
            "room",
            "room\t../x",
            "line\tall\tabc\tAnn",
            "line\tparty\tabc\tAnn\thi",
            "line\tall\tabc\t\thi",
            "line\tall\tabc\tA\u{202e}nn\thi",
            "line\tall\tabc\tAnn\ta\tb",
            "line\tall\ta b\tAnn\thi",
            "people\t7",
            "unsaid\t\u{7}",
        ] {
            assert_eq!(Talk::read(text), None, "{text:?}");
        }
    }
}
