//! [`Session`]: a player's session of the core, with a socket for each of its connections, as a part of Bevy's world.

use std::sync::Arc;
use std::time::Duration;

use auspice::error::Misuse;
use auspice::message::{Channel, Credential, ResumeToken, Talk};
use auspice::replica::{Replica, ReplicaEvent};
use auspice::session::{Closed, Connection, Return};
use auspice::{Game, Tick, session};
use bevy::platform::time::Instant;
use bevy::prelude::*;
use tokio::sync::watch;

use crate::bridge::{Playable, micros};
use crate::meter::Meter;
use crate::mirrored::{MirrorRoster, Present};
use crate::notice::Notice;
use crate::socket::{Dials, Socket, Sockets, chance};
use crate::switches::Switches;

/// Time from one question for the server's report to the next.
const REPORT_EVERY: Duration = Duration::from_secs(1);

/// Name and version of this program, as servers are told.
const BUILD: &str = concat!("auspice-bevy ", env!("CARGO_PKG_VERSION"));

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

/// The player of a session plays again after it was without a connection, long enough to be seen, or at a cost.
#[derive(Message)]
pub struct CameBack {
    /// The session.
    pub session: Entity,
    /// The time that it was away, and what that has cost; its `Display` is a plain line for the player.
    pub back: Return,
}

/// A player's connection to a server, and the replica that follows it. Spawn it to play; several may be in
/// one app.
///
/// What it shows are its children ([`Mirrored`](crate::Mirrored)), placed beside its own `Transform`.
#[derive(Component)]
#[require(Controls<G>, MirrorRoster<G>, Present, Meter, Switches, Transform, Visibility)]
pub struct Session<G: Playable> {
    address: String,
    name: String,
    /// The credential shown to a server that does not know the player yet: asked for at each connection,
    /// since a ticket is good once.
    credential: CredentialSource,
    dialer: Dialer,
    dials: watch::Sender<Dials>,
    /// The time at which a cut ends.
    mended_at: Option<Duration>,
    player: session::Session<Replica<G>>,
    sockets: Sockets,
    /// State of the connection as of the last frame.
    connection: Connection,
    /// The time at which the server was asked for its report last; at first, when it was dialled.
    asked_at: Duration,
    welcomes: u32,
    notice: Notice,
}

/// Makes a socket for an address. [`Socket::open_over`] is one.
type Dialer = Arc<dyn Fn(&str, watch::Receiver<Dials>) -> Socket + Send + Sync>;

/// A source of the credential that servers ask for.
type CredentialSource = Arc<dyn Fn() -> Credential + Send + Sync>;

fn player<G: Game>(name: &str, credential: &CredentialSource) -> session::Session<Replica<G>> {
    let credential = Arc::clone(credential);
    session::Session::new(name, BUILD, chance(), move || credential()).with_spare()
}

impl<G: Playable> Session<G> {
    /// Connects to the server at `address` (`ws://HOST:PORT`) as soon as it is spawned, for a player called `name`.
    #[must_use]
    pub fn new(address: &str, name: &str) -> Self {
        let credential: CredentialSource = Arc::new(|| Credential::Open);
        let mut player = player(name, &credential);
        if address.is_empty() {
            player.leave();
        }
        Self {
            address: address.into(),
            name: name.into(),
            credential,
            dialer: Arc::new(Socket::open_over),
            dials: watch::Sender::new(Dials::default()),
            mended_at: None,
            player,
            sockets: Sockets::new(),
            connection: Connection::Offline,
            asked_at: Duration::ZERO,
            welcomes: 0,
            notice: Notice::default(),
        }
    }

    /// Connects by `dialer` in place of a WebSocket: for tests, and for other transports.
    #[must_use]
    pub fn dial_by(mut self, dialer: impl Fn(&str, watch::Receiver<Dials>) -> Socket + Send + Sync + 'static) -> Self {
        self.dialer = Arc::new(dialer);
        self
    }

    /// Says lines to others and hears them ([`say`](Self::say)), where the server lets players talk.
    #[must_use]
    pub fn talking(mut self) -> Self {
        self.dialer = Arc::new(Socket::open_talking);
        self
    }

    /// Shows servers `credential`, a secret or a ticket, to be let in.
    #[must_use]
    pub fn with_credential(self, credential: Credential) -> Self {
        self.with_credential_from(move || credential.clone())
    }

    /// The same by what `source` gives at each connection: tickets are good once, and not for long.
    #[must_use]
    pub fn with_credential_from(mut self, source: impl Fn() -> Credential + Send + Sync + 'static) -> Self {
        self.credential = Arc::new(source);
        self.player = player(&self.name, &self.credential);
        if self.address.is_empty() {
            self.player.leave();
        }
        self
    }

    /// Comes back, at its first connection, as the player whom a server gave `token`, if that still waits;
    /// otherwise as anybody.
    #[must_use]
    pub fn resume_by(mut self, token: ResumeToken) -> Self {
        self.player = self.player.resume_by(token);
        self
    }

    /// The token by which another program, or a page that is loaded anew, comes back as the same player;
    /// `None` while there is nobody to come back to.
    #[must_use]
    pub const fn resume_token(&self) -> Option<ResumeToken> {
        self.player.resume_token()
    }

    /// Leaves, if it is connected, and connects to `address` as `name` at once.
    pub fn connect(&mut self, address: &str, name: &str) {
        (self.address, self.name) = (address.into(), name.into());
        // A socket that is dropped says goodbye.
        self.sockets.clear();
        self.player = player(name, &self.credential);
        // What the old server announced is not the new one's word.
        (self.connection, self.notice) = (Connection::Offline, Notice::default());
    }

    /// Tries again at once.
    pub fn reconnect(&mut self) {
        self.player.reconnect();
    }

    /// Leaves, and stays away.
    pub fn leave(&mut self) {
        self.player.leave();
        self.sockets.clear();
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
        if self.player.is_connected() {
            self.player.break_off("the connection was broken on purpose", micros(now));
            self.sockets.hang_up(&mut self.player, micros(now));
            self.look(now);
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
        self.player.ending()
    }

    /// The server's last announcement.
    #[must_use]
    pub fn notice(&self) -> Notice {
        if self.player.is_connected() { self.notice } else { Notice::default() }
    }

    /// The replica, once a server let the player in.
    #[must_use]
    pub fn replica(&self) -> Option<&Replica<G>> {
        let is_connected = self.player.is_connected();
        self.player.follower().filter(|replica| is_connected && replica.is_playing())
    }

    pub(crate) fn replica_mut(&mut self) -> Option<&mut Replica<G>> {
        let is_connected = self.player.is_connected();
        self.player.follower_mut().filter(|replica| is_connected && replica.is_playing())
    }

    /// Asks the game for something, reliably and in order.
    ///
    /// # Errors
    /// [`Misuse`] where the command is too large, too many wait, or nobody plays.
    pub fn command(&mut self, command: &G::Command) -> Result<(), Misuse> {
        self.replica_mut().map_or(Err(Misuse::CommandNotTaken), |replica| replica.command(command))
    }

    /// Says a line to others, beside the game. It is lost where the connection is by then.
    ///
    /// # Errors
    /// [`Misuse::LineNotTaken`] where it is not fit, nobody [talks](Self::talking) here, or too many wait.
    pub fn say(&mut self, channel: Channel, text: &str) -> Result<(), Misuse> {
        self.player.say(channel, text)
    }

    /// The next thing that was said, oldest first.
    pub fn poll_talk(&mut self) -> Option<Talk> {
        self.player.poll_talk()
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

/// Dials and hangs up when it is time to.
pub(crate) fn tend<G: Playable>(time: Res<Time<Real>>, mut sessions: Query<&mut Session<G>>) {
    for mut session in &mut sessions {
        session.tend(time.elapsed());
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
    mut came_back: MessageWriter<CameBack>,
) {
    for (entity, mut session, mut meter) in &mut sessions {
        if let Some(back) = session.player.poll_return() {
            info!("{}: {back}", session.name);
            came_back.write(CameBack { session: entity, back });
        }
        session.announce(entity, time.elapsed(), &mut meter, &mut told);
    }
}

impl<G: Playable> Session<G> {
    fn tend(&mut self, now: Duration) {
        if self.mended_at.is_some_and(|end| now >= end) {
            self.mended_at = None;
            self.turn(Dials { is_cut: false, ..self.dials() });
        }
        let open = |address: &str| (self.dialer)(address, self.dials.subscribe());
        if self.sockets.tend(&mut self.player, micros(now), &self.address, open) && !self.connection.is_playing() {
            (self.asked_at, self.notice) = (now, Notice::default());
        }
        self.look(now);
    }

    /// Looks how it stands, and says so when that changes.
    fn look(&mut self, now: Duration) {
        let before = std::mem::replace(&mut self.connection, self.player.connection(micros(now)));
        if std::mem::discriminant(&before) != std::mem::discriminant(&self.connection) {
            info!("{}: {}", self.name, self.connection);
        }
    }

    fn receive(&mut self, now: Duration) {
        self.sockets.receive(&mut self.player, micros(now));
        self.look(now);
    }

    fn transmit(&mut self, now: Duration) {
        if now >= self.asked_at + REPORT_EVERY
            && let Some(replica) = self.replica_mut()
        {
            replica.ask_report();
            self.asked_at = now;
        }
        self.sockets.transmit(&mut self.player, micros(now));
    }

    fn announce(&mut self, session: Entity, now: Duration, meter: &mut Meter, told: &mut MessageWriter<Told<G>>) {
        let is_connected = self.player.is_connected();
        let Some(replica) = self.player.follower_mut().filter(|_| is_connected) else { return };
        while let Some(event) = replica.poll_event() {
            match event {
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
                    self.notice = Notice::new(said, now);
                    for line in self.notice.lines(now) {
                        info!("{}: {line}", self.name);
                    }
                }
                ReplicaEvent::Stays { why } => warn!("still in the same room: {why}"),
                ReplicaEvent::Entered(_) | ReplicaEvent::Left(_) => {}
            }
        }
        meter.measure(replica, now);
    }
}
