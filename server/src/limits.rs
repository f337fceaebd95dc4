//! Every bound of the server's doors and sockets, in one place, with its reason. Those of the protocol are
//! `auspice::limits`.
//!
//! What operators tune of them are settings: `max-clients`, `max-per-address`, `allow-origin`,
//! `require-origin`, `trusted-proxy`.

use std::time::Duration;

use auspice::limits::{
    LINE_BYTES_MAX, NAME_BYTES_MAX, ROOM_CODE_BYTES_MAX, SERVER_MESSAGE_BYTES_MAX, STALL_SECONDS_MAX,
};

// ---- Rooms ----

/// Upgraded connections that may wait for a room's tick: those of one tick in a rush. Further ones wait before their
/// channel.
pub(crate) const ROOM_ARRIVALS_MAX: usize = 256;

/// Connections beyond a room's places that may wait for it to come from another node: some of its players dial twice.
pub(crate) const ROOM_WAITING_MORE_MAX: usize = 64;

/// Bytes of inputs that one letter to another node has, and such parts that wait on either side: half a second of a
/// thousand players who play on where their room was.
pub(crate) const LATE_BYTES_MAX: usize = 200;
pub(crate) const LATE_PARTS_MAX: usize = 1024;

/// Options of a room, and bytes of the name and the value of each: an address and a line of a list hold them.
pub(crate) const ROOM_OPTIONS_MAX: usize = 8;
pub(crate) const ROOM_OPTION_BYTES_MAX: usize = 32;

/// Rooms that a list shows: 20 KiB, and more than anybody reads.
pub(crate) const ROOMS_LISTED_MAX: usize = 100;

/// Codes of rooms that an address may try in a minute that are none: a player mistypes one, and a code has 50 bits.
pub(crate) const WRONG_CODES_MAX: u32 = 10;
pub(crate) const WRONG_CODES_INTERVAL: Duration = Duration::from_secs(60);

/// Time in which the newcomer comes for whom another node had a room made: the 10 s for which its word is good, and a
/// handshake.
#[cfg_attr(not(feature = "nats"), expect(dead_code, reason = "a node of a fleet makes such rooms"))]
pub(crate) const NEWCOMER_COMES_WITHIN: Duration = Duration::from_secs(15);

/// Rooms that are made in a minute for one address, beside those that fill up: an evening of friends has few.
pub(crate) const ROOMS_MADE_MAX: u32 = 6;
pub(crate) const ROOMS_MADE_INTERVAL: Duration = Duration::from_secs(60);

// ---- What players say ----

/// Lines that a player may say at once, and a second for long: nobody types faster, and nobody reads more of one.
pub(crate) const LINES_BURST: u32 = 5;
pub(crate) const LINES_PER_SECOND: u32 = 1;

/// Text messages of a client, those among them that are not taken: as many at once as a pause of ours may have held
/// back, and more is a flood.
pub(crate) const TEXTS_BURST: u32 = 40;
pub(crate) const TEXTS_PER_SECOND: u32 = 4;

/// Lines to a room, of all its players, at once and a second: more nobody reads. Each is sent to each of them.
pub(crate) const ROOM_LINES_BURST: u32 = 20;
pub(crate) const ROOM_LINES_PER_SECOND: u32 = 10;

/// Lines of one speaker, by its ticket's id or else its address, over all its connections, at once and a second: a
/// classroom behind one address still talks, and no address has more than a fifth of what all may say.
pub(crate) const SPEAKER_LINES_BURST: u32 = 10;
pub(crate) const SPEAKER_LINES_PER_SECOND: u32 = 4;

/// Speakers whose lines are counted at once: those who have said one in the last seconds.
pub(crate) const SPEAKERS_MAX: usize = 4096;

/// Lines to everyone of all rooms here, likewise; those of all other nodes together have as much.
pub(crate) const ALL_LINES_BURST: u32 = 40;
pub(crate) const ALL_LINES_PER_SECOND: u32 = 20;

/// Lines to everyone that are kept until each room has taken them: those between two ticks of the slowest game.
pub(crate) const LINES_KEPT_MAX: usize = 2 * (ALL_LINES_BURST + ALL_LINES_PER_SECOND) as usize;

/// Lines that wait for one client. For one that does not take them the oldest are lost, and nobody waits for it.
pub(crate) const LINES_WAITING_MAX: usize = 16;

/// Bytes of a line as it is sent: its words, a code and a name beside it.
pub(crate) const LINE_MESSAGE_BYTES_MAX: usize = LINE_BYTES_MAX + NAME_BYTES_MAX + ROOM_CODE_BYTES_MAX + 32;

/// Players that a list names: 5 KiB, and more than anybody reads.
pub(crate) const PLAYERS_LISTED_MAX: usize = 100;

/// Players whom operators have silenced, until the server ends.
pub(crate) const SILENCED_MAX: usize = 1024;

/// Players and rooms that a node tells other nodes of by name, and bytes of that. Of 256 nodes each hears half a MiB
/// a second at most.
#[cfg(any(test, feature = "nats"))]
pub(crate) const PLAYERS_SPREAD_MAX: usize = 32;
#[cfg(any(test, feature = "nats"))]
pub(crate) const ROOMS_SPREAD_MAX: usize = 16;
#[cfg(any(test, feature = "nats"))]
pub(crate) const PRESENCE_BYTES_MAX: usize = 4 * 1024;

/// Players of a node, or of a room, that another node is believed at most.
#[cfg(any(test, feature = "nats"))]
pub(crate) const PLAYERS_TOLD_MAX: usize = 1 << 20;

/// Time from one word of who is here to the next, where it has changed and where not, and for which it is believed.
#[cfg(any(test, feature = "nats"))]
pub(crate) const PRESENCE_EVERY: Duration = Duration::from_secs(2);
#[cfg(any(test, feature = "nats"))]
pub(crate) const PRESENCE_AGAIN: Duration = Duration::from_secs(6);
#[cfg(any(test, feature = "nats"))]
pub(crate) const PRESENCE_FOR: Duration = Duration::from_secs(20);

/// Lines that wait to be sent to other nodes: more are lost while their bus is silent.
#[cfg(any(test, feature = "nats"))]
pub(crate) const LEAFLETS_WAITING_MAX: usize = 64;

/// Other nodes that are heard of, those among them that are gone since a moment.
#[cfg(any(test, feature = "nats"))]
pub(crate) const NODES_HEARD_MAX: usize = 512;

// ---- A connection before its upgrade ----

/// Greatest time from a connection's start to the last byte of its response, TLS included. Three round trips
/// of the slowest network and some.
pub(crate) const HANDSHAKE_MAX: Duration = Duration::from_secs(3);

/// Bytes of a request's head. Browsers send under 1 KiB, with cookies of the same host perhaps 4.
pub(crate) const HEAD_BYTES_MAX: usize = 8 * 1024;

/// Header lines of a request. Browsers send some 15.
pub(crate) const HEADERS_MAX: usize = 64;

/// Reads for one head. An honest one comes in one or two; each is parsed from its start, so crumbs must end somewhere.
pub(crate) const HEAD_READS_MAX: usize = 64;

/// Connections before their upgrade. When there are more, the oldest goes: an honest one is done within a few
/// round trips, so it is those who hold a connection open for nothing that lose it. With 10 KiB each some 10
/// MiB, and an honest handshake of 200 ms outlasts 5000 strangers a second.
pub(crate) const HANDSHAKES_MAX: usize = 1024;

/// Handshakes among those from one address, or as many as it has places, where that is more: all of them may
/// come at once. And one more for each seat that is kept for it, and [`CONNECTIONS_PER_BROWSER`] for each
/// place, where a page is shown.
pub(crate) const HANDSHAKES_PER_ADDRESS_MIN: usize = 8;

/// Connections that the kernel may hold for us: a whole swarm may come at once.
pub(crate) const BACKLOG: i32 = 1024;

/// Time to leave the listener alone when the process has no more files to give.
pub(crate) const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// Connections that are turned away by means of the file kept in reserve before each such pause: they learn
/// at once that nobody will answer.
pub(crate) const TURNED_AWAY_MAX: usize = 64;

/// Connections of one client at once: the one that plays, a spare one for its inputs, and a new one while the old is
/// not known to be lost.
pub(crate) const FILES_PER_CLIENT: u64 = 3;

/// Files of a connection that is shown the page: itself, twice, and what is read for it.
pub(crate) const FILES_PER_VISITOR: u64 = 3;

/// Files of a room with a log: its segment, and that or its folder while it is put on the disk.
pub(crate) const FILES_PER_LOG: u64 = 2;

/// Files that the process needs besides those, and those of connections before their upgrade.
pub(crate) const OTHER_FILES: u64 = 256;

/// Greatest time that a refused peer may take to hang up. Hanging up first, with bytes unread, would destroy
/// the refusal on its way.
pub(crate) const REFUSED_LINGER: Duration = Duration::from_millis(250);

/// Bytes of a refused peer that are read and thrown away meanwhile.
pub(crate) const REFUSED_BYTES_MAX: usize = 64 * 1024;

/// Bytes of TLS that are kept of a connection until a record or a message of its handshake is whole: one record, or
/// what a client of today says first, several times over.
pub(crate) const TLS_UNREAD_BYTES_MAX: usize = 20 * 1024;

/// Time from one look at the files of certificate and key to the next.
pub(crate) const TLS_LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// Bytes of either. A chain of certificates has under 16 KiB; something else was named by mistake.
pub(crate) const TLS_FILE_BYTES_MAX: u64 = 1 << 20;

// ---- The page for browsers ----

/// Connections for the page that a browser has at once to one address: what all of them do (HTTP/1.1).
pub(crate) const CONNECTIONS_PER_BROWSER: u32 = 6;

/// Connections that are shown the page at once: a class of thirty that opens it in the same moment, and some.
/// When there are more, the one goes that has got on least lately, of the address that has the most. Their
/// kernel buffers are 16 MiB in all.
pub(crate) const VISITORS_MAX: usize = 256;

/// Visitors among those from one address, or as many as the browsers have that there are places for, where that
/// is more: two browsers at least.
pub(crate) const VISITORS_PER_ADDRESS_MIN: usize = 2 * CONNECTIONS_PER_BROWSER as usize;

/// Greatest time that one may take in all: enough for the whole client over a line of one megabit, or over ten
/// that a class shares.
pub(crate) const VISIT_MAX: Duration = Duration::from_secs(300);

/// Greatest time that one may be silent between two requests. Where others wait for its place it goes before
/// any that is busy.
pub(crate) const VISITOR_SILENT_MAX: Duration = Duration::from_secs(15);

/// Bytes of a file whose content is looked at to tell a browser whether it has changed; of a larger one that
/// is size and time. A page has some kilobytes, and names by its content what is large. One that reads nothing
/// of its answer holds as much.
pub(crate) const TAGGED_BYTES_MAX: usize = 64 * 1024;

/// Bytes of a larger file that are read at a time: one piece is being read while another waits to be written, and
/// the file has a buffer of its own.
pub(crate) const FILE_PIECE_BYTES: usize = 16 * 1024;

/// Kernel buffer for what is written to one: files, of which nothing grows stale while it waits. Over a round
/// trip of 80 ms it lets 800 KB through a second.
pub(crate) const VISITOR_SEND_BUFFER_BYTES: usize = 64 * 1024;

// ---- Addresses ----

/// Clients from one address, unless set otherwise: a class of thirty behind its school's router.
pub(crate) const PER_ADDRESS: u32 = 32;

/// An address may connect a quarter more often than it has places within this time, and where a page is shown
/// [`CONNECTIONS_PER_BROWSER`] times more for each place; so much at once, and evenly after that.
pub(crate) const CONNECTS_INTERVAL: Duration = Duration::from_secs(10);

/// Connections more that an address may make within that time for each seat that is kept for it: one whose
/// network comes and goes dials again and again.
pub(crate) const CONNECTS_PER_SEAT: u32 = 4;

/// Connections on their way back to one seat at once, where nobody else is let in or there is no place left:
/// the one that will do, and one before it that its client gave up without our having heard of it.
pub(crate) const RETURNS_PER_SEAT: u32 = 2;

/// The same from addresses that no seat is kept for, in all, while anybody is away. A phone that changes its
/// network changes its address. Each is over with its hello, so that strangers cost a busy server this many
/// hellos in a round trip at the very most.
pub(crate) const RETURNS_FROM_ANYWHERE_MAX: u32 = 32;

/// Seconds after which a refused client is asked to come again at the latest: time for a place to come free.
pub(crate) const RETRY_SECONDS_MAX: u32 = 10;

/// Part of the time for which a seat is kept after which it is asked to come again at the latest: one that
/// lost its connection, and is refused for a stranger, has three tries.
pub(crate) const RETRIES_IN_GRACE: u32 = 4;

/// Addresses whose latest connections are remembered. Beyond it the ones heard of least lately are forgotten,
/// a half at a time.
pub(crate) const ADDRESSES_MAX: usize = 65_536;

/// Characters of a page's origin that the log shows: whoever asks may write there what it likes.
pub(crate) const ORIGIN_LOGGED_CHARS_MAX: usize = 100;

/// Leading bits of an IPv6 address that count as one: what a single household is given.
pub(crate) const ADDRESS_BITS_V6: u32 = 64;

/// Hops that are followed back through trusted proxies. A chain of three is long.
pub(crate) const FORWARDED_HOPS_MAX: usize = 16;

// ---- Tickets, and the admin listener ----

/// Bytes of a player's id in a ticket, and of the ticket's own.
pub(crate) const TICKET_ID_BYTES_MAX: usize = 64;

/// Tickets remembered until they have run out, so that none is good twice: 48 bytes each, some 1800 joins a
/// second for 35 seconds.
pub(crate) const TICKETS_REMEMBERED_MAX: usize = 1 << 16;

/// Bytes of the body of a request to the admin listener. Those that are read name a client or a room, or are options.
pub(crate) const ADMIN_BODY_BYTES_MAX: usize = 1024;

/// Connections to the admin listener at a time. A few scrapers, probes and operators; when another comes, the
/// oldest ends.
pub(crate) const ADMIN_CONNECTIONS_MAX: usize = 64;

/// Greatest time that one may be silent between two requests: two scrapes of the slowest usual scraper.
pub(crate) const ADMIN_SILENT_MAX: Duration = Duration::from_secs(120);

/// Wrong admin tokens from one address before it has to wait.
pub(crate) const WRONG_TOKENS_MAX: u32 = 10;

/// Addresses whose wrong admin tokens are remembered. Beyond it all are forgotten: whoever has so many addresses
/// is not held up by a limit for each.
pub(crate) const TOKEN_ADDRESSES_MAX: usize = 1024;

// ---- The inspector ----

/// Time from one copy of the room to the next while somebody looks, and while nobody does: the last minutes are to be
/// there for whoever comes to look at them. Copying a thousand players takes a tenth of a millisecond.
pub(crate) const GLANCE_WATCHED: Duration = Duration::from_millis(250);
pub(crate) const GLANCE_UNWATCHED: Duration = Duration::from_secs(1);

/// Time between two copies for each player, while somebody looks: a crowd is copied more seldom, and whoever looks at
/// it costs as little as whoever looks at few.
pub(crate) const GLANCE_PER_PLAYER: Duration = Duration::from_millis(1);

/// Rooms of a server of many that may be looked at at once, each with as many moments; with one more the one goes that
/// was asked for longest ago. Operators look at few.
pub(crate) const ROOMS_LOOKED_AT_MAX: usize = 8;

/// Time after the last question for which the moments of such a room are kept: whoever goes to another and back finds
/// them.
pub(crate) const LOOKED_AT_FOR: Duration = Duration::from_secs(60);

/// Time for which somebody counts as looking after the last question.
pub(crate) const WATCHED_FOR: Duration = Duration::from_secs(5);

/// Time after which a copy is made in a tick that has no time for it.
pub(crate) const GLANCE_LATE_MAX: Duration = Duration::from_secs(1);

/// Ticks whose times wait to be handed over: those of four seconds at the highest rate. Where nobody takes them there
/// is no admin thread.
pub(crate) const TICK_WORKS_MAX: usize = 1024;

/// Age of the oldest moment that is kept, and bytes of all of them: two minutes of a thousand players, five of a few
/// hundred.
pub(crate) const PAST_MAX: Duration = Duration::from_secs(300);
pub(crate) const PAST_BYTES_MAX: usize = 48 << 20;

/// Age up to which every moment is kept, and the time between two of them beyond.
pub(crate) const PAST_DENSE: Duration = Duration::from_secs(30);
pub(crate) const PAST_STEP: Duration = Duration::from_millis(990);

/// Seconds whose figures are kept: ten minutes, 72 bytes each.
pub(crate) const SECONDS_KEPT: usize = 600;

/// Lines to a log that is shown, or from it, that wait for its next tick.
pub(crate) const ORDER_LINES_MAX: usize = 64;

/// Events that are told of one tick of a log that is shown: who is shown eight times as fast is told of eight at once,
/// and a client takes [`EVENTS_PENDING_MAX`](auspice::limits::EVENTS_PENDING_MAX).
pub(crate) const EVENTS_SHOWN_MAX: usize = 64;

/// Recorded time by real time, at least: the server reads what clients say once a tick, and so hears of an order within
/// a fifth of a second at 30 Hz.
pub(crate) const SHOWN_SPEED_MIN: f64 = 0.2;

/// The same at most: 1000 ticks a second at 30 Hz, as many as a log of some hundred players is played at.
pub(crate) const SHOWN_SPEED_MAX: f64 = 32.0;

/// Players who look at a log that is shown: as many as need no more files than processes usually may open.
pub(crate) const ONLOOKERS_MAX: u32 = 200;

/// Wishes to see a tick of a log that may wait: several readers' at a time.
pub(crate) const SEEKS_MAX: usize = 32;

// ---- What the server says ----

/// Greatest time that a line may wait for a reader that has fallen behind. Of the log, it is lost then, and
/// none waits any more until one gets through: that is one or two ticks, once. A reader that is awake has
/// read by then.
pub(crate) const OUTPUT_PATIENCE: Duration = Duration::from_millis(50);

/// Greatest time for a panic to be told, with its backtrace on a busy machine: whatever holds it up, its
/// thread must come to its end.
pub(crate) const PANIC_PATIENCE: Duration = Duration::from_secs(2);

// ---- A WebSocket's kernel side ----

/// Kernel buffer for what is written: some hundred updates. With the default a client that stopped reading
/// would be sent minutes of stale updates before the first one is refused.
pub(crate) const SEND_BUFFER_BYTES: usize = 16 * 1024;

/// Kernel buffer for what is read. An honest client's whole traffic of a minute fits; the kernel's own choice
/// would let each hostile one hold megabytes.
pub(crate) const RECEIVE_BUFFER_BYTES: usize = 32 * 1024;

/// Bytes of what is written that may lie unsent.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const UNSENT_LOW_WATER_BYTES: u32 = 4 * 1024;

/// Greatest time that the kernel goes on sending what nobody takes after we let go of the socket: else a peer
/// that vanished would hold its send buffer for a quarter of an hour. A close frame with its reason has until
/// then to arrive.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const UNACKNOWLEDGED_MAX: Duration = Duration::from_secs(20);

// ---- A WebSocket ----
//
// How many messages a client may send is the room's to judge, in ticks: `auspice::limits::MESSAGES_PER_TICK`.
//
// There are no pings of ours: until the welcome the hello's deadline finds silent peers
// (`HELLO_SECONDS_MAX`), and from then on the room's (`STALL_SECONDS_MAX`), since a playing client sends an
// input each tick.

/// Greatest time that a socket which is being closed waits for the peer's close.
pub(crate) const LINGER: Duration = Duration::from_millis(250);

/// Read buffer of a WebSocket: a hello, or the inputs of thirty ticks. It is zeroed before each read, and
/// with 4 KiB was half of what a playing client costs. What is longer gets room when its head has come.
pub(crate) const READ_BUFFER_BYTES: usize = 256;

/// Bytes that tungstenite may hold to be written. Only pongs and closes go this way, and the wire takes each
/// at once.
pub(crate) const WRITE_BUFFER_BYTES_MAX: usize = 1024;

/// Bytes of one connection that may wait to be sent: the largest update, since no second is composed before
/// the first has left, the lines beside it, and some pongs and a close frame. More means that the peer makes us answer
/// without taking the answers.
pub(crate) const UNSENT_BYTES_MAX: usize = SERVER_MESSAGE_BYTES_MAX + LINES_WAITING_MAX * LINE_MESSAGE_BYTES_MAX + 4096;

/// Bytes read from one connection in one tick. A burst of two seconds of inputs is some 3 KiB; whoever sends
/// more waits in the kernel, so that nobody's flood makes a tick long.
pub(crate) const READ_BYTES_PER_TICK_MAX: usize = 16 * 1024;

/// Sockets on which something has come that one question to the kernel tells of: 12 bytes each, for each room
/// that has sockets. For more it is asked again.
#[cfg(unix)]
pub(crate) const READY_SOCKETS_AT_ONCE: usize = 128;

/// Raw bytes a second that a client may send for long: a playing one sends under 1 KiB.
pub(crate) const RAW_BYTES_PER_SECOND: u32 = 32 * 1024;

/// Raw bytes that it may send at once: those of the longest stall, or of a pause of ours ten times as long
/// for a client that plays.
pub(crate) const RAW_BYTES_BURST: u32 = RAW_BYTES_PER_SECOND * STALL_SECONDS_MAX;

/// Pings and pongs a second that a client may send for long: a browser sends none, a proxy one in tens of
/// seconds. Each ping costs us a write, whatever it says.
pub(crate) const CONTROL_FRAMES_PER_SECOND: u32 = 2;

/// Pings and pongs at once: those of the longest stall.
pub(crate) const CONTROL_FRAMES_BURST: u32 = CONTROL_FRAMES_PER_SECOND * STALL_SECONDS_MAX;

const _: () = {
    const VISITORS_BYTES_MAX: usize = 16 << 20;
    assert!(VISITORS_MAX * TAGGED_BYTES_MAX <= VISITORS_BYTES_MAX, "whoever reads nothing of a page must cost little");
    assert!(VISITORS_MAX * 3 * FILE_PIECE_BYTES <= VISITORS_BYTES_MAX, "nor of a large file");
    assert!(VISITORS_MAX * VISITOR_SEND_BUFFER_BYTES <= VISITORS_BYTES_MAX, "nor may it cost the kernel more");
};

// ---- The log ----

/// Entries that may wait to be written, two for each tick: those of 128 ticks on a disk that stands still, four seconds
/// at 30 Hz. With more the log has a gap, and goes on at the next keyframe.
pub(crate) const LOG_QUEUE_MAX: u64 = 256;

/// Bytes that may wait to be written, of all rooms: keyframes of a thousand rooms at once, on a disk that stands still.
pub(crate) const LOG_WAITING_BYTES_MAX: usize = 64 << 20;

/// Bytes of a segment in which its head is looked for: it has the options of a room, of which each bound is above.
pub(crate) const LOG_HEAD_BYTES_MAX: u64 = 16 << 10;

/// Bytes of the name of a room's folder: any system has such.
pub(crate) const LOG_NAME_BYTES_MAX: usize = 200;

/// Time for which another node's binding of a log is waited for: it takes a millisecond.
pub(crate) const LOG_BINDING_MAX: Duration = Duration::from_secs(1);

/// Files that are put on the disk at once, and the parts in which those of many rooms are: a disk that is asked for
/// hundreds at once has no time for anything else.
pub(crate) const LOG_SYNCED_AT_ONCE: usize = 4;
pub(crate) const LOG_SYNCS_APART: u32 = 8;

/// Bytes of a room's last minutes in memory: beyond that fewer of them are kept.
pub(crate) const LOOK_BACK_BYTES_MAX: usize = 32 << 20;

/// The same of all rooms of a server: of two hundred, those of a few players each have a minute. The newest keyframe of
/// each is kept whatever they come to.
pub(crate) const LOOK_BACK_OF_ALL_BYTES_MAX: usize = 128 << 20;

/// Bytes of a saved room from which on a twin is saved in its place: those of some 2000 entities, half of them players.
/// To save less takes the tick thread a fraction of a millisecond.
pub(crate) const TWIN_ROOM_BYTES_MIN: usize = 512 << 10;

/// Bytes that all rooms with twins are saved as. A room in memory is some times as large as what is saved of it.
pub(crate) const TWINS_BYTES_MAX: usize = 64 << 20;

/// Bytes of calls that a twin may have before it: seconds of a thousand players, which it plays in a fraction of that.
pub(crate) const TWIN_WAITING_BYTES_MAX: usize = 4 << 20;

/// Time after which a room has a twin again that fell behind, or that there was no memory for.
pub(crate) const TWIN_PAUSE: Duration = Duration::from_secs(300);

/// Bytes that are read at once of a log that another node writes: as many as a segment has.
pub(crate) const LOG_READ_ON_BYTES_MAX: u64 = LOG_SEGMENT_BYTES_MAX + (16 << 20);

/// Bytes of a segment after which the next keyframe begins another.
pub(crate) const LOG_SEGMENT_BYTES_MAX: u64 = 32 << 20;

/// Time for which a tick's messages wait for the log. A disk that takes longer costs nobody more than that: then a few
/// ticks are sent before they are written.
pub(crate) const LOG_WAIT_MAX: Duration = Duration::from_millis(2);

// ---- Agones ----

/// Bytes that are read of an answer of Agones' sidecar: its first line says all that we want.
pub(crate) const AGONES_ANSWER_BYTES_MAX: usize = 256;
