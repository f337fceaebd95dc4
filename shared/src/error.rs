//! Errors, sorted by whose fault they are.

mod close_code;
mod load;
mod moved;

pub use close_code::CloseCode;
pub use load::LoadError;
pub(crate) use moved::is_way;
pub use moved::{Moved, SentWord};

use alloc::string::{String, ToString};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::bits::Malformed;
use crate::id::EntityId;
use crate::limits::STALL_SECONDS_MAX;
use crate::state::SchemaError;

/// The other side broke the protocol. It can only get itself closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerFault {
    /// Bytes that are no message.
    Malformed(Malformed),
    /// A control message (hello, welcome, command, event) that does not decode.
    BadControl(&'static str),
    /// More bytes than a message may have.
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The size allowed.
        limit: usize,
    },
    /// A tick that cannot follow what was said before.
    TickOutOfOrder,
    /// A message that is not due: anything but a hello at first, or anything before the welcome.
    OutOfTurn,
    /// News or leaving of more entities than are held, or entering of one that is.
    Membership,
}

impl From<Malformed> for PeerFault {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl fmt::Display for PeerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(malformed) => write!(f, "{malformed}"),
            Self::BadControl(what) => write!(f, "{what} does not decode"),
            Self::TooLarge { bytes, limit } => write!(f, "a message of {bytes} bytes, of {limit} at most"),
            Self::TickOutOfOrder => write!(f, "a tick that cannot follow the last one"),
            Self::OutOfTurn => write!(f, "a message that was not due"),
            Self::Membership => write!(f, "an entity that is not held, or held already"),
        }
    }
}

impl core::error::Error for PeerFault {}

/// Why a connection ends: a WebSocket close code, and a sentence that a player can act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// Either side was done.
    Finished,
    /// The server stops.
    ServerStopping,
    /// The server makes way for another: it, or one like it, will be there again.
    ServerRestarting,
    /// The game made a mistake that ended its room; a new one is there already.
    RoomFailed,
    /// The server has more to do than it can, and takes nobody in until it has less.
    Overloaded,
    /// An operator closed the connection.
    Kicked,
    /// A text message; everything here is binary.
    NotBinary,
    /// The client broke the protocol.
    Faulty(PeerFault),
    /// Client and server speak different versions of the protocol.
    VersionDiffers {
        /// The client's.
        client: u16,
        /// The server's.
        server: u16,
    },
    /// Same protocol, but another game or another version of its field tables.
    SchemaDiffers {
        /// The client's own version, by its name.
        client_build: String,
        /// The hash of the client's game.
        client: u64,
        /// The hash of the server's.
        server: u64,
        /// The name of the server's game.
        game: &'static str,
    },
    /// Every seat is taken.
    Full,
    /// A name that is empty, too long, or has control characters.
    NameUnfit,
    /// No hello in time.
    HelloLate,
    /// More than a player can mean, of this.
    Flooding(Flood),
    /// The client applied nothing for too long.
    Stalled,
    /// Too many reliable events waited for it.
    EventsOverflow,
    /// The client showed no credential by which it may be let in.
    CredentialRefused(CredentialFault),
    /// Every place that connections from its address have is taken.
    AddressFull,
    /// A resume token of no session that still is: it may come again, as at the first time.
    SessionOver(SessionEnd),
    /// The same player connected anew, and this connection is the old one.
    TakenOver,
    /// The player's room is at another machine.
    Moved(Moved),
}

/// Why a session is no more whose token a client showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionEnd {
    /// Its player was away for longer than a seat is kept.
    AwayTooLong,
    /// Its player was away, and the seat went to a newcomer of a full room.
    SeatGivenUp,
    /// Its player said goodbye.
    Finished,
    /// An operator ended it.
    Kicked,
    /// Its client broke the protocol, or sent more than a player can mean.
    Broken,
    /// Belonged to a room before this one: the server was started anew, or its game failed.
    RoomBefore,
    /// Not remembered: never given out here, replaced by a newer token, or over for long.
    Unknown,
    /// Its room was closed, and others of the server go on.
    RoomClosed,
}

impl fmt::Display for SessionEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AwayTooLong => "you were away for longer than a seat is kept; join anew",
            Self::SeatGivenUp => "the server was full, and while you were away a newcomer got your seat; join anew",
            Self::Finished => "you said goodbye; join anew",
            Self::Kicked => "an operator ended your session",
            Self::Broken => "your client broke the protocol, which ended your session; join anew",
            Self::RoomBefore => "the server or its game was started anew since you played; join anew",
            Self::Unknown => "this server does not know your session, or you came back to it since; join anew",
            Self::RoomClosed => "your room was closed; join another",
        })
    }
}

impl From<SessionEnd> for CloseReason {
    fn from(end: SessionEnd) -> Self {
        Self::SessionOver(end)
    }
}

/// The fault of the credential that a client showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialFault {
    /// The server wants a secret, and there was none.
    SecretMissing,
    /// The secret is another one.
    SecretWrong,
    /// The server wants a ticket, and there was none.
    TicketMissing,
    /// A ticket that is none, or that was signed by somebody else.
    TicketInvalid,
    /// A good ticket for another server, or for another version of the protocol.
    TicketForeign,
    /// A ticket whose time is over, has not come, or is longer than tickets live.
    TicketExpired,
    /// A ticket that was shown before.
    TicketUsed,
}

impl fmt::Display for CredentialFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SecretMissing => "this server asks for a secret; get it from whoever runs it",
            Self::SecretWrong => "the secret is not this server's",
            Self::TicketMissing => "this server asks for a ticket; join through the game's own site",
            Self::TicketInvalid => "the ticket is not valid; get a new one",
            Self::TicketForeign => "the ticket is for another server or another version; get a new one",
            Self::TicketExpired => "the ticket has run out, or a clock is wrong; get a new one",
            Self::TicketUsed => "the ticket was used before; get a new one",
        })
    }
}

/// The kind of thing that a client sends too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flood {
    /// Messages, beyond twice [`MESSAGES_BURST_SECONDS`](crate::limits::MESSAGES_BURST_SECONDS) of them.
    Messages,
    /// Commands, beyond [`COMMANDS_PENDING_MAX`](crate::limits::COMMANDS_PENDING_MAX) that wait.
    Commands,
    /// Pings and pongs.
    ControlFrames,
    /// Bytes, whatever they mean.
    Bytes,
    /// Lines that players say to each other.
    Lines,
}

impl fmt::Display for Flood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Messages => "the client sends more messages than the game has ticks",
            Self::Commands => "the client asks for more than the game can carry out",
            Self::ControlFrames => "the client sends too many pings or pongs",
            Self::Bytes => "the client sends more bytes than a player can mean",
            Self::Lines => "the client says more lines than anybody can read",
        })
    }
}

impl From<CredentialFault> for CloseReason {
    fn from(fault: CredentialFault) -> Self {
        Self::CredentialRefused(fault)
    }
}

/// Writes the labels of close reasons, a line each, as the list of all and as the way to each.
macro_rules! labels {
    ($($reason:pat => $label:literal,)*) => {
        /// Every label that [`label`](Self::label) may give.
        pub const LABELS: [&str; [$($label),*].len()] = [$($label),*];

        /// Label for logs and counters, one word.
        #[must_use]
        pub const fn label(&self) -> &'static str {
            match self {
                $($reason => $label,)*
            }
        }
    };
}

impl CloseReason {
    /// The WebSocket close code, and by that what it comes to for both sides.
    #[must_use]
    pub const fn close_code(&self) -> CloseCode {
        match self {
            Self::Finished => CloseCode::FINISHED,
            Self::ServerStopping => CloseCode::GOING_AWAY,
            Self::NotBinary => CloseCode::UNSUPPORTED,
            Self::RoomFailed => CloseCode::ROOM_FAILED,
            Self::ServerRestarting => CloseCode::RESTARTING,
            Self::Full | Self::AddressFull | Self::Overloaded => CloseCode::TRY_AGAIN,
            Self::Faulty(_) => CloseCode::FAULTY,
            Self::VersionDiffers { .. } => CloseCode::VERSION_DIFFERS,
            Self::SchemaDiffers { .. } => CloseCode::SCHEMA_DIFFERS,
            Self::NameUnfit => CloseCode::NAME_UNFIT,
            Self::HelloLate => CloseCode::HELLO_LATE,
            Self::Flooding(_) => CloseCode::FLOODING,
            Self::Stalled => CloseCode::STALLED,
            Self::EventsOverflow => CloseCode::EVENTS_OVERFLOW,
            Self::Kicked => CloseCode::KICKED,
            Self::CredentialRefused(_) => CloseCode::CREDENTIAL_REFUSED,
            Self::SessionOver(_) => CloseCode::SESSION_OVER,
            Self::TakenOver => CloseCode::TAKEN_OVER,
            Self::Moved(_) => CloseCode::MOVED,
        }
    }

    /// The text of its close frame: a sentence for a player, but where to go for one that is sent elsewhere.
    #[must_use]
    pub fn text(&self) -> String {
        if let Self::Moved(moved) = self { moved.text() } else { self.to_string() }
    }

    /// The number of [`close_code`](Self::close_code), as it stands in a close frame.
    #[must_use]
    pub const fn code(&self) -> u16 {
        self.close_code().0
    }

    labels! {
        Self::Finished => "finished",
        Self::ServerStopping => "server_stopping",
        Self::ServerRestarting => "server_restarting",
        Self::RoomFailed => "room_failed",
        Self::Overloaded => "overloaded",
        Self::Kicked => "kicked",
        Self::NotBinary => "not_binary",
        Self::Full => "full",
        Self::Faulty(_) => "faulty",
        Self::VersionDiffers { .. } => "version_differs",
        Self::SchemaDiffers { .. } => "schema_differs",
        Self::NameUnfit => "name_unfit",
        Self::HelloLate => "hello_late",
        Self::Flooding(_) => "flooding",
        Self::Stalled => "stalled",
        Self::EventsOverflow => "events_overflow",
        Self::CredentialRefused(_) => "credential_refused",
        Self::SessionOver(_) => "session_over",
        Self::TakenOver => "taken_over",
        Self::AddressFull => "address_full",
        Self::Moved(_) => "moved",
    }
}

impl From<PeerFault> for CloseReason {
    fn from(fault: PeerFault) -> Self {
        Self::Faulty(fault)
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished => write!(f, "goodbye"),
            Self::ServerStopping => write!(f, "the server is stopping; try again later"),
            Self::ServerRestarting => write!(f, "the server restarts; come back in a few seconds"),
            Self::RoomFailed => write!(f, "the game made a mistake and begins anew; come back in a few seconds"),
            Self::Overloaded => write!(f, "the server is too busy to let anyone in; try again in a few seconds"),
            Self::Kicked => write!(f, "an operator closed your connection"),
            Self::NotBinary => write!(f, "only binary messages are spoken here"),
            Self::Faulty(fault) => write!(f, "the client broke the protocol: {fault}"),
            Self::VersionDiffers { client, server } => {
                let age = if client < server { "older" } else { "newer" };
                write!(f, "the client is {age} than the server: protocol {client} against {server}")
            }
            // The game's name comes last, since a close frame has room for 123 bytes.
            Self::SchemaDiffers { client_build, client, server, game } => {
                write!(
                    f,
                    "another game or version: client {client_build} has {client:016x}, the server {server:016x} \
                     ({game})"
                )
            }
            Self::Full => write!(f, "the server is full; try again later"),
            Self::AddressFull => write!(f, "all places for your address are taken; an operator may allow more"),
            Self::NameUnfit => {
                write!(f, "the name is empty, too long, or has characters that cannot be seen or turn others")
            }
            Self::HelloLate => write!(f, "no hello came in time"),
            Self::Flooding(flood) => write!(f, "{flood}"),
            Self::Stalled => write!(f, "the client applied no update for {STALL_SECONDS_MAX} s"),
            Self::EventsOverflow => write!(f, "the connection is too slow for what happens"),
            Self::CredentialRefused(fault) => write!(f, "{fault}"),
            Self::SessionOver(end) => write!(f, "{end}"),
            Self::TakenOver => write!(f, "you are playing from somewhere else now"),
            Self::Moved(moved) => write!(f, "your room is at {}", moved.address),
        }
    }
}

impl core::error::Error for CloseReason {}

/// Our caller's mistake: never caused by a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misuse {
    /// Published with a slot beyond [`SLOTS_MAX`](crate::limits::SLOTS_MAX).
    SlotTooLarge(EntityId),
    /// Published twice in one tick, or two entities in one slot.
    PublishedTwice(EntityId),
    /// Published and removed in one tick.
    RemovedToo(EntityId),
    /// A label beyond [`LABEL_BYTES_MAX`](crate::limits::LABEL_BYTES_MAX), or on a kind that has none.
    LabelUnfit(EntityId),
    /// An event or command that takes more than [`CONTROL_BYTES_MAX`](crate::limits::CONTROL_BYTES_MAX), or
    /// that serde cannot write.
    ControlTooLarge,
    /// A command before the welcome, or while too many wait.
    CommandNotTaken,
    /// A line that is too long or cannot be seen, where nobody talks, or while too many wait.
    LineNotTaken,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SlotTooLarge(id) => write!(f, "entity {id} was not published: its slot is beyond limits::SLOTS_MAX"),
            Self::PublishedTwice(id) => write!(f, "entity {id} was not published: its slot is taken in this tick"),
            Self::RemovedToo(id) => write!(f, "entity {id} was not removed: it was published in this tick"),
            Self::LabelUnfit(id) => write!(f, "entity {id}'s label was not published: too long, or its kind has none"),
            Self::ControlTooLarge => write!(f, "a command or event was not sent: beyond limits::CONTROL_BYTES_MAX"),
            Self::CommandNotTaken => write!(f, "a command was not taken: not playing yet, or too many wait"),
            Self::LineNotTaken => write!(f, "a line was not said: not fit, nobody talks here, or too many wait"),
        }
    }
}

impl core::error::Error for Misuse {}

/// Why a room or a replica cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupError {
    /// A field table is wrong.
    Schema(SchemaError),
    /// A number of the terms is out of its range.
    Terms,
    /// The game's rules take more than [`CONTROL_BYTES_MAX`](crate::limits::CONTROL_BYTES_MAX), so no welcome
    /// could carry them.
    RulesTooLarge,
    /// The player's name is empty, too long, or has control characters.
    NameUnfit,
    /// The build's name is too long.
    BuildUnfit,
    /// The secret or the ticket is empty or too long.
    CredentialUnfit,
}

impl From<SchemaError> for SetupError {
    fn from(error: SchemaError) -> Self {
        Self::Schema(error)
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schema(error) => write!(f, "{error}"),
            Self::Terms => write!(
                f,
                "tick_hz is 1 to 240, send_every 1 to 16, input_every 1 to 4, patience_millis 0 to 250, \
                 interest_radius positive"
            ),
            Self::RulesTooLarge => {
                write!(f, "the game's rules are too large to send: beyond limits::CONTROL_BYTES_MAX")
            }
            Self::NameUnfit => write!(f, "a name has 1 to 32 characters, all of which can be seen"),
            Self::BuildUnfit => write!(f, "a build's name has at most 32 bytes"),
            Self::CredentialUnfit => {
                write!(f, "a secret or a ticket has 1 to {} bytes", crate::limits::CREDENTIAL_BYTES_MAX)
            }
        }
    }
}

impl core::error::Error for SetupError {}
