//! A server, again and again: dial, greet, play, and after a cut wait and dial again.

use std::sync::Arc;
use std::time::Duration;

use auspice::error::{CloseCode, Misuse, SetupError};
use auspice::link::BackOff;
use auspice::message::{Entry, ResumeToken};
use auspice::replica::{Replica, ReplicaEvent};
use auspice::{Game, Micros, Place, Rng, Tick};
use bevy::platform::time::Instant;
use bevy::prelude::*;
use tokio::sync::watch;

use crate::connection::Connection;
use crate::meter::Meter;
use crate::mirror::{Present, Roster};
use crate::notice::Notice;
use crate::plugin::Playable;
use crate::socket::{Closed, Dialer, Dials, Signal, Socket, chance};
use crate::switches::Switches;

/// Silence after which a connection counts as stalled.
const STALL_AFTER: Duration = Duration::from_millis(500);

/// Silence after which a connection is given up, and dialled again. From a dial to the first update it may be
/// as long, too.
const GIVE_UP_AFTER: Duration = Duration::from_secs(8);

/// Time from one question for the server's report to the next.
const REPORT_EVERY: Duration = Duration::from_secs(1);

/// Controls of the player of a [`Session`]. The game's systems write it in
/// [`Stage::Control`](crate::Stage::Control).
#[derive(Component)]
pub struct Controls<G: Game<Input: Sync>>(pub G::Input);

impl<G: Game<Input: Sync>> Default for Controls<G> {
    fn default() -> Self {
        Self(G::Input::default())
    }
}

/// The game tells something.
#[derive(Message)]
pub struct Told<G: Playable> {
    /// The session that was told.
    pub session: Entity,
    /// The tick of the update that brought it.
    pub tick: Tick,
    /// The event.
    pub event: G::Event,
}

/// A player's connection to a server, and the replica that follows it. Spawn it to play; several may be in
/// one app.
///
/// What it shows are its children ([`Mirrored`](crate::Mirrored)), placed beside its own `Transform`.
#[derive(Component)]
#[require(Controls<G>, Roster<G>, Present, Meter, Switches, Transform, Visibility)]
pub struct Session<G: Playable> {
    address: String,
    name: String,
    /// The credential shown to a server that does not know the player yet: asked for at each connection,
    /// since a ticket is good once.
    entry: Arc<dyn Fn() -> Entry + Send + Sync>,
    /// The token by which the player comes back after the connection is lost.
    resume: Option<ResumeToken>,
    build: String,
    dialer: Dialer,
    dials: watch::Sender<Dials>,
    /// The time at which a cut ends.
    mended_at: Option<Duration>,
    connection: Connection,
    link: Option<Link<G>>,
    /// The time at which to dial, if not connected.
    dial_at: Option<Duration>,
    back_off: BackOff,
    welcomes: u32,
    /// The end of the last connection, until the next brings an update.
    ending: Option<Closed>,
}

/// A connection, from its dial to its end.
struct Link<G: Playable> {
    socket: Socket,
    replica: Replica<G>,
    is_open: bool,
    has_update: bool,
    /// The time at which something came last; at first, when it was dialled.
    heard_at: Duration,
    asked_at: Duration,
    notice: Notice,
}

impl<G: Playable> Session<G> {
    /// Connects to the server at `address` (`ws://HOST:PORT`) as soon as it is spawned, for a player called `name`.
    #[must_use]
    pub fn new(address: &str, name: &str) -> Self {
        Self {
            address: address.into(),
            name: name.into(),
            entry: Arc::new(|| Entry::Open),
            resume: None,
            build: concat!("auspice-bevy ", env!("CARGO_PKG_VERSION")).into(),
            dialer: Arc::new(Socket::open),
            dials: watch::Sender::new(Dials::default()),
            mended_at: None,
            connection: Connection::Offline,
            link: None,
            dial_at: (!address.is_empty()).then_some(Duration::ZERO),
            back_off: BackOff::new(Rng::new(chance())),
            welcomes: 0,
            ending: None,
        }
    }

    /// Connects by `dialer` in place of a WebSocket: for tests, and for other transports.
    #[must_use]
    pub fn dial_by(mut self, dialer: impl Fn(&str, watch::Receiver<Dials>) -> Socket + Send + Sync + 'static) -> Self {
        self.dialer = Arc::new(dialer);
        self
    }

    /// Shows servers `entry`, a secret or a ticket, to be let in.
    #[must_use]
    pub fn with_entry(self, entry: Entry) -> Self {
        self.with_entry_from(move || entry.clone())
    }

    /// The same by what `source` gives at each connection: tickets are good once, and not for long.
    #[must_use]
    pub fn with_entry_from(mut self, source: impl Fn() -> Entry + Send + Sync + 'static) -> Self {
        self.entry = Arc::new(source);
        self
    }

    /// Comes back, at its first connection, as the player whom a server gave `token`, if that still waits;
    /// otherwise as anybody.
    #[must_use]
    pub const fn resume_by(mut self, token: ResumeToken) -> Self {
        self.resume = Some(token);
        self
    }

    /// The token by which another program, or a page that is loaded anew, comes back as the same player;
    /// `None` while there is nobody to come back to.
    #[must_use]
    pub const fn resume_token(&self) -> Option<ResumeToken> {
        self.resume
    }

    /// Leaves, if it is connected, and connects to `address` as `name` at once.
    pub fn connect(&mut self, address: &str, name: &str) {
        (self.address, self.name) = (address.into(), name.into());
        self.link = None;
        self.resume = None;
        self.ending = None;
        self.back_off.forget();
        self.dial_at = Some(Duration::ZERO);
    }

    /// Tries again at once.
    pub fn reconnect(&mut self) {
        let (address, name, resume) = (self.address.clone(), self.name.clone(), self.resume);
        self.connect(&address, &name);
        self.resume = resume;
    }

    /// Leaves, and stays away.
    pub fn leave(&mut self) {
        self.link = None;
        self.resume = None;
        self.dial_at = None;
        self.connection = Connection::Offline;
    }

    /// The bad network that is simulated.
    #[must_use]
    pub fn dials(&self) -> Dials {
        *self.dials.borrow()
    }

    /// Simulates another network from now on.
    pub fn turn(&self, dials: Dials) {
        self.dials.send_replace(dials.clamped());
    }

    /// Pulls the cable until `now` (of `Time<Real>`) is `end`.
    pub fn cut_until(&mut self, end: Duration) {
        self.mended_at = Some(end);
        self.turn(Dials { is_cut: true, ..self.dials() });
    }

    /// Ends a cut, and simulates nothing from now on.
    pub fn mend(&mut self) {
        self.mended_at = None;
        self.turn(Dials::default());
    }

    /// Breaks the connection at `now` (of `Time<Real>`) without a word, as a router that forgets it does;
    /// then it is dialled anew.
    pub fn drop_link(&mut self, now: Duration) {
        if self.link.is_some() {
            self.lose(now, Closed::without_word("the connection was broken on purpose"));
        }
    }

    /// The server's address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The player's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// State of the connection.
    #[must_use]
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Number of times that a server let the player in so far.
    #[must_use]
    pub const fn welcomes(&self) -> u32 {
        self.welcomes
    }

    /// The end of the last connection, or of the last try to make one, until updates come again.
    #[must_use]
    pub const fn ending(&self) -> Option<&Closed> {
        self.ending.as_ref()
    }

    /// The server's last announcement.
    #[must_use]
    pub fn notice(&self) -> Notice {
        self.link.as_ref().map(|link| link.notice).unwrap_or_default()
    }

    /// The replica, once a server let the player in.
    #[must_use]
    pub fn replica(&self) -> Option<&Replica<G>> {
        self.link.as_ref().filter(|link| link.replica.is_playing()).map(|link| &link.replica)
    }

    pub(crate) fn replica_mut(&mut self) -> Option<&mut Replica<G>> {
        self.link.as_mut().filter(|link| link.replica.is_playing()).map(|link| &mut link.replica)
    }

    /// Asks the game for something, reliably and in order.
    ///
    /// # Errors
    /// [`Misuse`] where the command is too large, too many wait, or nobody plays.
    pub fn command(&mut self, command: &G::Command) -> Result<(), Misuse> {
        self.replica_mut().map_or(Err(Misuse::CommandNotTaken), |replica| replica.command(command))
    }

    fn dial(&mut self, now: Duration) -> Result<(), SetupError> {
        self.dial_at = None;
        let entry = self.resume.map_or_else(|| (self.entry)(), Entry::Resume);
        let replica = Replica::enter(&self.name, &self.build, entry)?;
        let socket = (self.dialer)(&self.address, self.dials.subscribe());
        let (is_open, has_update, notice) = (false, false, Notice::default());
        self.link = Some(Link { socket, replica, is_open, has_update, heard_at: now, asked_at: now, notice });
        self.connection = Connection::Connecting;
        Ok(())
    }

    /// Drops the connection without a goodbye, so that the server keeps the player's place.
    fn lose(&mut self, now: Duration, closed: Closed) {
        if let Some(link) = self.link.take() {
            link.socket.abandon();
        }
        let code = closed.code.map(CloseCode);
        if code.is_some_and(CloseCode::ends_session) {
            self.resume = None;
        }
        let why = if closed.sentence.is_empty() { "the connection was closed".into() } else { closed.sentence };
        self.ending = Some(Closed { sentence: why.clone(), ..closed });
        if code.is_some_and(CloseCode::is_final) {
            self.connection = Connection::Refused { code: closed.code, why };
            info!("{}: {}", self.name, self.connection);
            return;
        }
        // Whoever is asked to stay away for a while does, and does not come back with everybody else.
        let wait = Duration::from_micros(self.back_off.next_wait().0) + closed.retry_after.unwrap_or_default();
        self.dial_at = Some(now + wait);
        self.connection = Connection::Reconnecting { wait, why };
        info!("{}: {}", self.name, self.connection);
    }
}

/// The input that counts from now on, and how the world is shown.
pub(crate) fn hand_over<G: Playable>(mut sessions: Query<(&Controls<G>, &Switches, &mut Session<G>)>) {
    for (controls, switches, mut session) in &mut sessions {
        if let Some(replica) = session.replica_mut() {
            replica.set_input(controls.0);
            replica.set_settings(switches.settings());
        }
    }
}

/// Dials when it is time to, counts the wait down, and gives up on silence.
pub(crate) fn tend<G: Playable>(time: Res<Time<Real>>, mut sessions: Query<&mut Session<G>>) {
    for mut session in &mut sessions {
        let before = std::mem::discriminant(&session.connection);
        session.tend(time.elapsed());
        if std::mem::discriminant(&session.connection) != before {
            info!("{}: {}", session.name, session.connection);
        }
    }
}

/// Hands what came to the replica, and notes how far that moves things.
pub(crate) fn receive<G: Playable>(time: Res<Time<Real>>, mut sessions: Query<(&mut Session<G>, &mut Meter)>) {
    for (mut session, mut meter) in &mut sessions {
        let started = Instant::now();
        session.receive(time.elapsed());
        meter.took(started.elapsed());
    }
}

/// Inputs that are due.
pub(crate) fn transmit<G: Playable>(time: Res<Time<Real>>, mut sessions: Query<(&mut Session<G>, &mut Meter)>) {
    for (mut session, mut meter) in &mut sessions {
        let started = Instant::now();
        session.transmit(time.elapsed());
        meter.took(started.elapsed());
    }
}

/// Tells the game's systems by messages what happened.
pub(crate) fn announce<G: Playable>(
    time: Res<Time<Real>>,
    mut sessions: Query<(Entity, &mut Session<G>, &mut Meter)>,
    mut told: MessageWriter<Told<G>>,
) {
    for (entity, mut session, mut meter) in &mut sessions {
        session.announce(entity, time.elapsed(), &mut meter, &mut told);
    }
}

impl<G: Playable> Session<G> {
    fn tend(&mut self, now: Duration) {
        if self.mended_at.is_some_and(|end| now >= end) {
            self.mended_at = None;
            self.turn(Dials { is_cut: false, ..self.dials() });
        }
        if let Some(dial_at) = self.dial_at {
            if now < dial_at {
                if let Connection::Reconnecting { wait, .. } = &mut self.connection {
                    *wait = dial_at - now;
                }
            } else if let Err(error) = self.dial(now) {
                self.connection = Connection::Refused { code: None, why: error.to_string() };
            }
            return;
        }
        let Some(link) = &self.link else { return };
        let silent_for = now.saturating_sub(link.heard_at);
        if silent_for > GIVE_UP_AFTER {
            let sentence = if link.is_open { "the server fell silent" } else { "no answer in time" };
            self.lose(now, Closed::without_word(sentence));
        } else if link.has_update {
            let is_stalled = silent_for > STALL_AFTER;
            self.connection = if is_stalled { Connection::Stalled { silent_for } } else { Connection::Playing };
        }
    }

    fn receive(&mut self, now: Duration) {
        let Some(link) = &mut self.link else { return };
        let ending = loop {
            match link.socket.poll() {
                None => break None,
                Some(Signal::Opened) => (link.is_open, link.heard_at) = (true, now),
                Some(Signal::Closed(closed)) => break Some(closed),
                Some(Signal::Message(bytes)) => {
                    link.heard_at = now;
                    if let Err(fault) = link.replica.handle_message(&bytes, micros(now)) {
                        break Some(Closed::without_word(format!("the server broke the protocol: {fault}")));
                    }
                    self.resume = link.replica.resume_token().or(self.resume);
                    if link.replica.report().updates > 0 && !link.has_update {
                        link.has_update = true;
                        self.ending = None;
                        self.back_off.forget();
                    }
                }
            }
        };
        if let Some(closed) = ending {
            self.lose(now, closed);
        }
    }

    fn transmit(&mut self, now: Duration) {
        let Some(link) = self.link.as_mut().filter(|link| link.is_open) else { return };
        if link.replica.is_playing() && now >= link.asked_at + REPORT_EVERY {
            link.asked_at = now;
            link.replica.ask_report();
        }
        // Each message builds on the last: one that finds no room must not be made.
        while link.socket.is_ready() {
            let Some(message) = link.replica.poll_transmit(micros(now)) else { break };
            link.socket.send(message);
        }
    }

    fn announce(&mut self, session: Entity, now: Duration, meter: &mut Meter, told: &mut MessageWriter<Told<G>>) {
        let Some(link) = &mut self.link else { return };
        while let Some(happening) = link.replica.poll_event() {
            match happening {
                ReplicaEvent::Welcomed { .. } => {
                    self.welcomes += 1;
                    meter.begin(now);
                }
                ReplicaEvent::Event { tick, event } => {
                    told.write(Told { session, tick, event });
                }
                ReplicaEvent::Report { ticks, inputs, bits } => meter.take_reports(now, ticks, inputs, bits),
                ReplicaEvent::Diverged { tick, held, stated } => {
                    warn!("at tick {tick} the view sums up to {held:08x}, and the server says {stated:08x}");
                }
                ReplicaEvent::Differs { tick, lines } => warn!("at tick {tick} these rows had differed: {lines:#?}"),
                ReplicaEvent::Announced(said) => {
                    link.notice = Notice::new(said, now);
                    for line in link.notice.lines(now) {
                        info!("{}: {line}", self.name);
                    }
                }
                ReplicaEvent::Entered(_) | ReplicaEvent::Left(_) => {}
            }
        }
        meter.measure(&link.replica, now);
    }
}

pub(crate) fn micros(time: Duration) -> Micros {
    Micros(time.as_micros() as u64)
}

/// The place of an entity, as a point.
pub(crate) fn point<G: Game>(entity: &G::Entity) -> Option<Vec3> {
    G::place(entity).map(|Place(point)| point)
}
