//! Every bound of the protocol, in one place, with its reason.

/// Slots of a room's published world. An entity that rests costs memory alone.
pub const SLOTS_MAX: u32 = 1 << 20;

/// Columns (integers) of one entity's row. A row of 32 is a body with position, rotation and velocities in three
/// dimensions and room to spare; it lets a row be copied on the stack.
pub const COLUMNS_MAX: usize = 32;

/// Entities in one client's view: a board with ten thousand strokes, and room to spare. Further ones wait until some
/// of these leave it.
pub const VISIBLE_MAX: u32 = 1 << 14;

/// Bits of an entity that comes into view, at most: no column has more than the longest exponential code, and the rest
/// is who it is, its kind and its pace.
pub const NEWCOMER_BITS_MAX: usize = COLUMNS_MAX * 68 + LABEL_BYTES_MAX * 8 + 160;

/// Bytes of an update beyond which entities that come into view wait for the next one, the nearest and the
/// longest waiting first. One segment of TCP on an ordinary network.
pub const UPDATE_BUDGET_BYTES: usize = 1400;

/// Bytes to which that grows while entities wait and the client keeps up: five thousand entities that appear at once
/// are there within a second. Nearly as many segments as TCP sends of itself without hearing anything.
pub const UPDATE_BUDGET_BYTES_MAX: usize = 8 * UPDATE_BUDGET_BYTES;

/// Kinds of entity of a game.
pub const KINDS_MAX: usize = 64;

/// Bytes of an entity's label (a name, an inventory): every name that a player may have is one.
pub const LABEL_BYTES_MAX: usize = NAME_BYTES_MAX;

/// Characters of a player's name in the hello.
pub const NAME_CHARS_MAX: usize = 32;

/// Bytes of a player's name in the hello: of every living script a character takes three at most, of pictures
/// four.
pub const NAME_BYTES_MAX: usize = 3 * NAME_CHARS_MAX;

/// Bytes of a build's name in the hello.
pub const BUILD_BYTES_MAX: usize = 32;

/// Bytes of a secret or a ticket in the hello. A PASETO ticket with a key's name and a player's id of 64
/// bytes takes some 600.
pub const CREDENTIAL_BYTES_MAX: usize = 900;

/// Bytes of a resume token. A server that says with some of them which room gave it out leaves 192 bits that
/// nobody guesses.
pub const RESUME_TOKEN_BYTES: usize = 32;

/// Bytes of the word by which one machine of a server sends a client to another: nobody guesses it within its ten
/// seconds.
pub const SENT_WORD_BYTES: usize = 16;

/// Bytes of the address that a client is sent to: a close frame has room for 123, and the word takes 33.
pub const WAY_BYTES_MAX: usize = 90;

/// Addresses by which a client may come back to its room: each is tried before the first is tried again.
pub const WAYS_MAX: usize = 8;

/// Times in a row that a client lets itself be sent on without a picture of a world between: machines that disagree on
/// where a room is agree within some seconds, and until then it waits as after a loss.
pub const SENT_ON_MAX: u32 = 4;

/// Times that a client tries all ways back to its room before it dials its own address, where its seat may be unknown:
/// a room whose machine died is elsewhere after 4 s.
pub const WAYS_ROUNDS: u32 = 8;

/// Connections that may be there beyond a room's seats, on their way to one: those whose hello has not been
/// judged, and those that come to take over a seat whose old connection has not been found to be lost. The
/// rest of a rush is told to try again.
pub const APPLICANTS_MAX: usize = 256;

/// Tokens of sessions that are over of which a room remembers why: 40 bytes each. An hour of more than one
/// departure a second, and whoever comes later is told that nobody knows.
pub const LAPSED_TOKENS_MAX: usize = 4096;

/// Seconds for which a room keeps the seat of a player whose connection was lost, unless told otherwise: time
/// to leave a tunnel or to change networks, and short enough that an abandoned entity does not stand about.
pub const GRACE_SECONDS: u32 = 30;

/// Bytes of any message from a client. The largest is an input message, which may bring
/// 3 KiB of commands; a hello takes some 1 KiB at most.
pub const CLIENT_MESSAGE_BYTES_MAX: usize = 4096;

/// Bytes of any message from the server: a quarter is for all events that may wait, the rest for a full view of
/// entities that all have much news at once. Entities that enter are held to [`UPDATE_BUDGET_BYTES_MAX`].
pub const SERVER_MESSAGE_BYTES_MAX: usize = 1 << 20;

/// Bytes of one command or event on the wire.
pub const CONTROL_BYTES_MAX: usize = 1024;

/// Bytes of a saved room: some hundred times those of a thousand players.
pub const SAVE_BYTES_MAX: usize = 1 << 28;

/// Commands of a client in one message, and those that one tick carries out. The rest waits for the next.
pub const COMMANDS_PER_TICK_MAX: usize = 16;

/// Commands of a client that wait for their tick: six for each second of the longest stall, which brings all
/// of them at once. More is a flood.
pub const COMMANDS_PENDING_MAX: usize = 6 * STALL_SECONDS_MAX as usize;

/// Bytes of commands in one message.
pub const COMMAND_BYTES_PER_MESSAGE_MAX: usize = 3 * CONTROL_BYTES_MAX;

/// Commands of a client that it keeps after it sent them, in case that its connection is lost before they arrive:
/// those that may wait at the server.
pub const COMMANDS_KEPT_MAX: usize = COMMANDS_PENDING_MAX;

/// Events that wait for a client's next update. Events are reliable, so a client that cannot be told for so long that
/// this fills is closed. As many are kept for one that is away, the newest, and of those that it was sent and is not
/// known to have.
pub const EVENTS_PENDING_MAX: usize = 256;

/// Blocks of an update that are neither state nor events: the reports that a client asked for, an announcement to
/// everyone, why a client stays in its room, how it comes back to it, and where that goes on soon.
pub const BLOCKS_MAX: u32 = 5;

/// Bytes by which a client says which room it wants: eight options of 64 bytes are more than any game has.
pub const ROOM_WISH_BYTES_MAX: usize = 256;

/// Bytes of a line that a player says to others: a sentence or two in any script.
pub const LINE_BYTES_MAX: usize = 256;

/// Lines that wait to be sent: more than anybody types in the time of a picture.
pub const LINES_PENDING_MAX: usize = 8;

/// Lines that were heard and nobody has read: of a program that never asks the oldest are forgotten.
pub const LINES_HEARD_MAX: usize = 64;

/// Bytes of a room's code, as a client takes it of a server that says which room it is in.
pub const ROOM_CODE_BYTES_MAX: usize = 32;

/// Bytes of a sentence for a player whose line was not taken.
pub const UNSAID_BYTES_MAX: usize = 255;

/// Messages beside inputs that wait to be sent: nobody wants four rooms at once.
pub const WORDS_PENDING_MAX: usize = 8;

/// Milliseconds by which an input's stamp may be ahead of the server's tick: more than any playable lead.
/// Further ahead is counted as early and dropped.
pub const INPUT_LEAD_MILLIS_MAX: u64 = 2000;

/// Inputs in one message: a client at 4 frames a second and 60 Hz sends 15 at once.
pub const INPUTS_PER_MESSAGE_MAX: u32 = 16;

/// Messages that a client may send for each tick, for long: one with the input, and one that says what is
/// held where that comes at another moment.
pub const MESSAGES_PER_TICK: u32 = 2;

/// Seconds of such messages that may come at once: those of the longest stall that a connection survives. As
/// many again are read and not obeyed, and what is beyond that is a flood.
pub const MESSAGES_BURST_SECONDS: u32 = STALL_SECONDS_MAX;

/// Milliseconds for which news at the edge of interest may wait for an update, unless the game
/// ([`Game::PATIENCE_MILLIS`](crate::Game::PATIENCE_MILLIS)) or the operator says otherwise: 5 ticks at 30 Hz. A body
/// at 30 m/s that turns away is shown 5 m off by then, at the far side of a circle of 100 m. A lone lost segment is
/// late by the time to the next one, so that longer would be felt on every bad line.
pub const PATIENCE_MILLIS: u32 = 167;

/// The longest of such times: beyond it TCP takes a lone lost segment for the end of what is sent, and recovers by a
/// timer.
pub const PATIENCE_MILLIS_MAX: u32 = 250;

/// Share of the interest radius within which news waits for nothing.
pub const AT_ONCE_SHARE: f32 = 0.25;

/// Share of the interest radius from which patience grows to the edge, with the root of the way: a course that nobody
/// foresaw is off by the square of the time that it was not told for, and so by as much more as it is further away.
/// Between [`AT_ONCE_SHARE`] and this news waits for a tick alone, so that little of what comes nearer meanwhile is
/// not told yet: in W1 nothing within the first share is shown further off for it.
pub const PATIENT_SHARE: f32 = 0.3;

/// Ticks after which a client says what it wants even if that is what it wanted before, where updates are far apart at
/// a high rate: three quarters of the inputs that a message may bring, for a client with few pictures says several
/// late.
pub const INPUT_SILENCE_TICKS_MAX: u32 = INPUTS_PER_MESSAGE_MAX * 3 / 4;

/// Times the longest silence of the server, where updates wait for news, after which a client says what it wants even
/// if that is what it wanted before. A message that says nothing new costs a packet each way, since TCP's
/// acknowledgement of it mostly travels alone. After twice of it a lone input that was lost is found by TCP's own probe
/// as soon as by the message after it; with more the server would know too little of what a client holds.
pub const INPUT_SILENCE_TIMES: u32 = 2;

/// Bytes of an update that a client answers at once: while entities wait to be told of, an update may be twice as large
/// as those that the client said to hold.
pub const ANSWERED_BYTES: usize = UPDATE_BUDGET_BYTES / 2;

/// Milliseconds by which an update comes later than the soonest of late that tell of a segment that was lost before it:
/// less than a lost segment takes over any but the shortest way, more than jitter.
pub const LATE_MILLIS: u64 = STUCK_MILLIS;

/// Seconds within which another such update says that the path is a lossy one, and for which that holds.
pub const HURRY_SECONDS: u64 = 20;

/// Ticks for which a client may leave unsaid that it wants what it wanted before. What it holds stays unsaid
/// with it, so the window is wider by as much.
pub const INPUT_EVERY_MAX: u32 = 4;

/// Milliseconds of updates that may be under way beyond what the client says it has applied, on top of what its
/// round trip explains: stalls and jitter of a short way. When the window is full the server holds back.
pub const WINDOW_SLACK_MILLIS: u64 = 266;

/// Round trips of slack where that is more. A segment that is lost makes what is behind it a round trip late,
/// and it happens to what goes up while it happens to what comes down.
pub const WINDOW_SLACK_ROUND_TRIPS: u32 = 2;

/// Ceiling of the window in milliseconds. No measured round trip widens it further. The news of as many ticks
/// are kept for those who were held back; past that a fresh state is both smaller and simpler.
pub const WINDOW_MILLIS_MAX: u64 = 2000;

/// Seconds from a connection's start within which its hello must have arrived.
pub const HELLO_SECONDS_MAX: u32 = 3;

/// Seconds without any progress (no update applied) after which a client is closed.
pub const STALL_SECONDS_MAX: u32 = 10;

/// Ticks between two statements of a view's hash to one client, rounded up to an update. 4 bytes in 64 ticks cost 0.06
/// B a tick.
pub const HASH_EVERY_TICKS: u32 = 64;

/// Milliseconds that a replica predicts ahead of the newest state at most. Beyond it (a stall) the picture stands
/// still.
pub const PREDICT_MILLIS_MAX: u64 = 2000;

/// Ticks of that at the highest rates: a second at 240 Hz. All of them are worked out anew where something was wrong.
pub const PREDICT_TICKS_MAX: u32 = 240;

/// Ticks of that at the lowest: even there a round trip takes some.
pub const PREDICT_TICKS_MIN: u32 = 16;

/// Milliseconds of stated rows of an entity that wait at a client for its picture. With more the entity is shown anew.
pub const STATED_MILLIS_MAX: u64 = 2000;

/// Such rows at the highest rates: 30 KiB for each entity, if it has news in each tick.
pub const STATED_ROWS_MAX: usize = 240;

/// Inputs whose way to the server and back a client times at once.
pub const TIMED_INPUTS_MAX: usize = 256;

/// Milliseconds without being asked for anything after which a client knows that it stood still. Four
/// pictures a second are few; a hidden tab is asked once a second.
pub const PAUSE_MILLIS: u64 = 500;

/// Milliseconds without a word of the server, beyond the silence that the terms allow, after which a client's inputs
/// wait: they would come late, and in a heap. Where updates are further apart, four of their intervals.
pub const SILENCE_MILLIS: u64 = 500;

/// Milliseconds by which the server's time may be off from what a client's clock foresees after a silence,
/// and be taken to have gone on meanwhile. Jitter is less, a pause of the server more.
pub const SILENCE_OFF_MILLIS: u64 = 150;

/// Milliseconds by which a client's clock may go backwards, rounding aside, before it is taken to have been set.
pub const CLOCK_BACKWARDS_MILLIS: u64 = 50;

/// Milliseconds of silence, beyond what the terms allow, after which a player is told that the connection has stalled:
/// as many as its inputs wait after.
pub const STALLED_MILLIS: u64 = SILENCE_MILLIS;

/// Seconds of silence after which a client gives a connection up and dials anew. Less than
/// [`STALL_SECONDS_MAX`], so that it is the client who knows first, and much less than [`GRACE_SECONDS`].
pub const GIVE_UP_SECONDS: u64 = 8;

/// Milliseconds that a client which stood still, and so has not listened, is given to read what waits for it
/// before that silence counts.
pub const PARDON_MILLIS: u64 = 1000;

/// Milliseconds of silence, beyond what the terms allow, after which a client may dial anew beside the connection:
/// longer than nearly all stalls that end by themselves, for TCP's third retry comes within some two seconds.
pub const REDIAL_MILLIS: u64 = 2500;

/// Connections of one player's client at once: the one that plays, and one that is dialled beside it.
pub const CONNECTIONS_MAX: usize = 2;

/// Milliseconds for which a dial may go unanswered, where the network is not known to be slower: three round
/// trips of TLS over a bad network. One of a network that is dead ends so soon to be tried anew, since a packet
/// that is sent anew finds a network that is back sooner than the kernel's, which waits twice as long each time.
pub const DIAL_MILLIS: u64 = 2000;

/// Milliseconds after which a dial whose first packet nothing answers sends another beside it, again and again: a
/// network that is back is found within them. The kernel alone sends anew after 1, 3 and 7 seconds. A packet each
/// 200 ms is nothing to a network that is dead, and where the way is longer than that the first one is waited for.
pub const DIAL_AGAIN_MILLIS: u64 = 200;

/// Seconds after the end of a connection that had said hello and was not answered, within which the server may
/// still take it for the player's new one: its hello is late, and the server waits [`HELLO_SECONDS_MAX`] for it,
/// after a dial of [`GIVE_UP_SECONDS`] at most.
pub const RIVAL_SECONDS: u64 = GIVE_UP_SECONDS + HELLO_SECONDS_MAX as u64;

/// Milliseconds, beyond the time from one input to the next, for which none gets through where one is lost: less
/// than a lost segment takes over any but the shortest way, more than jitter.
pub const STUCK_MILLIS: u64 = 60;

/// Seconds for which a client keeps a spare connection after inputs were seen to be stuck...
pub const SPARE_KEPT_SECONDS: u64 = 60;

/// ... and where they had been stuck within as many seconds before. While it is there most stalls are not seen, so
/// each time that it is let go costs one.
pub const SPARE_KEPT_LONG_SECONDS: u64 = 120;

/// Seconds after which a client dials for a spare connection anew where the server closed or refused it.
pub const SPARE_AGAIN_SECONDS: u64 = 20;

/// Seconds for which a client takes its spare connection for a living one, whatever gets stuck. The server says nothing
/// on it, so one that died without a word is known by inputs that get stuck all the same; a few do beside a living one.
pub const SPARE_TRUSTED_SECONDS: u64 = 60;

/// Seconds for which a server may ask a client to stay away. A longer time is taken for this.
pub const RETRY_AFTER_SECONDS_MAX: u64 = 120;

/// Milliseconds by which a client may show others in the past: more is no game.
pub const VIEW_BEHIND_MILLIS_MAX: u64 = 4000;

/// Ticks by which it may say that it does: those at the highest rate.
pub const VIEW_BEHIND_TICKS_MAX: u32 = 960;

/// Seconds from one way of showing others that a client is believed to have to the next. An honest one
/// changes its mind when its network does, or a switch is thrown; one that changes it with each shot chooses
/// where its target was.
pub const VIEW_DELAY_SECONDS_MIN: u32 = 1;

/// Ticks an update may span: those of [`WINDOW_MILLIS_MAX`] at the highest rate. Longer absences are answered
/// with a fresh state.
pub const UPDATE_TICKS_MAX: u32 = 512;

const _: () = {
    assert!(
        NAME_BYTES_MAX + CREDENTIAL_BYTES_MAX + 8 <= CONTROL_BYTES_MAX,
        "the largest name and ticket must fit into a hello"
    );
    assert!(CONTROL_BYTES_MAX < CLIENT_MESSAGE_BYTES_MAX, "a command must fit into a message");
    assert!(
        EVENTS_PENDING_MAX * CONTROL_BYTES_MAX <= SERVER_MESSAGE_BYTES_MAX,
        "all waiting events must fit into an update"
    );
    assert!(
        WINDOW_MILLIS_MAX * 240 <= UPDATE_TICKS_MAX as u64 * 1000,
        "a client inside its window must be able to catch up"
    );
    assert!(
        VIEW_BEHIND_MILLIS_MAX * 240 <= VIEW_BEHIND_TICKS_MAX as u64 * 1000,
        "whoever shows others late must be able to say so"
    );
    assert!(COMMANDS_PER_TICK_MAX <= COMMANDS_PENDING_MAX, "what one message may bring must find room");
    assert!(GIVE_UP_SECONDS < STALL_SECONDS_MAX as u64, "a client must know of a silence before the server closes it");
    assert!(
        REDIAL_MILLIS > STALLED_MILLIS && REDIAL_MILLIS < GIVE_UP_SECONDS * 1000,
        "dialling beside comes before giving up"
    );
    assert!(DIAL_AGAIN_MILLIS < DIAL_MILLIS, "a dial is more than its first packet");
    assert!(
        DIAL_MILLIS + REDIAL_MILLIS < GIVE_UP_SECONDS * 1000,
        "a dial beside is given up before the silent connection"
    );
    assert!(SLOTS_MAX.is_power_of_two(), "slots are coded in whole bits");
};
