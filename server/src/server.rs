//! Starting and stopping: a [`Server`] is some threads behind a [`Handle`].

use std::io;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use auspice::Game;
use auspice::authority::Saved;
use auspice::limits::APPLICANTS_MAX;

use crate::error::ServeError;
use crate::net::{CongestionControl, Door, Ledger, Page, PeerLimits, Reception, Refusal, bind, serve};
use crate::operate::admin::{self, AdminState, Inspected, RoomsLookedAt, TablesOf, Token};
use crate::operate::agones;
use crate::operate::config::{AdminConfig, AdminListen, Config};
use crate::operate::heartbeat::Heartbeat;
use crate::operate::inspector::{Inspector, LiveRecord, RoomWatch, Tables};
use crate::operate::metrics::Metrics;
use crate::operate::shutdown::{RaiseOnDrop, Stop, watch_signals};
use crate::room_threads::{panicked, start_many, start_one};
use crate::rooms::{PLACES, RoomOptions, Roster};
use crate::talk::{OrderLines, SharedHall};
use crate::tick::driver::NewWorld;
use crate::ticklog::{Head, Saves};
use crate::tls::Certificates;

/// A server for one game.
pub struct Server<G>(PhantomData<G>);

/// A running server. Dropping it stops the server.
#[derive(Debug)]
pub struct Handle {
    address: SocketAddr,
    admin: Option<SocketAddr>,
    stop: Arc<Stop>,
    metrics: Arc<Metrics>,
    rooms: Arc<Roster>,
    threads: Vec<JoinHandle<()>>,
}

/// Serves until an interrupt, which stops it at once, or a termination signal or a hangup, which drain it
/// first; and then until every client has been told. The process's second signal ends it at once, unless that
/// is a hangup.
///
/// # Errors
///
/// When the server cannot start, or one of its threads panicked.
pub fn run<G: Game>(config: Config<G::Rules>) -> Result<(), ServeError> {
    run_with_world::<G>(config, Box::new(G::new))
}

/// Does what [`run`] does, with a world that `world` makes of data.
///
/// # Errors
///
/// As [`run`].
pub fn run_with_world<G: Game>(config: Config<G::Rules>, world: NewWorld<G>) -> Result<(), ServeError> {
    start_with_signals::<G>(config, world, None)?.join()
}

/// Does what [`run`] does, with a game that can be saved: it has a log, if the configuration says so.
///
/// # Errors
///
/// As [`run`]; and where the log's folder cannot be used.
pub fn run_saved<G: Saved>(config: Config<G::Rules>) -> Result<(), ServeError> {
    start_with_signals::<G>(config, Box::new(G::new), Some(Saves::new()))?.join()
}

pub(crate) fn start_with_signals<G: Game>(
    config: Config<G::Rules>,
    world: NewWorld<G>,
    saves: Option<Saves<G>>,
) -> Result<Handle, ServeError> {
    let server = Server::<G>::start_all(config, world, saves, None)?;
    watch_signals(Arc::clone(&server.stop)).map_err(ServeError::System)?;
    Ok(server)
}

/// The same of a world that obeys lines which its players say.
pub(crate) fn start_obeying<G: Game>(
    config: Config<G::Rules>,
    world: NewWorld<G>,
    orders: Arc<OrderLines>,
) -> Result<Handle, ServeError> {
    let server = Server::<G>::start_all(config, world, None, Some(orders))?;
    watch_signals(Arc::clone(&server.stop)).map_err(ServeError::System)?;
    Ok(server)
}

impl<G: Game> Server<G> {
    /// Starts a server on threads of its own. It listens when this returns, and touches no signal.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on, the game cannot be served by these terms, or there are no
    /// threads to be had.
    pub fn start(config: Config<G::Rules>) -> Result<Handle, ServeError> {
        Self::start_with_world(config, Box::new(G::new))
    }

    /// The same with a world that `world` makes of data that it brings: a map, a trace, rows of a database. What
    /// both ends foresee by, the level, comes from the terms all the same.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_with_world(config: Config<G::Rules>, world: NewWorld<G>) -> Result<Handle, ServeError> {
        Self::start_all(config, world, None, None)
    }

    /// The same with a game that can be saved: it has a log, if the configuration says so, and goes on from it.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start); and where the log's folder cannot be used.
    pub fn start_saved(config: Config<G::Rules>, world: NewWorld<G>) -> Result<Handle, ServeError>
    where
        G: Saved,
    {
        Self::start_all(config, world, Some(Saves::new()), None)
    }

    fn start_all(
        mut config: Config<G::Rules>,
        world: NewWorld<G>,
        saves: Option<Saves<G>>,
        orders: Option<Arc<OrderLines>>,
    ) -> Result<Handle, ServeError> {
        check(&config, saves.is_some())?;
        let certificates = config.tls.as_ref().map(|tls| Certificates::new(tls, &config.listen)).transpose();
        let certificates = certificates.map_err(ServeError::Tls)?;
        let listen_error = |(address, error)| ServeError::Listen { setting: "listen", address, error };
        let listener = config.listen.first_of(bind).map_err(listen_error)?;
        let admin = AdminSockets::open(&config.admin)?;
        let page = open_page(&config)?;
        let (stop, metrics) = (Arc::new(Stop::default()), Arc::new(Metrics::new(G::NAME)));
        let door = Door::new(config.max_clients as usize + APPLICANTS_MAX, config.access.max_per_address);
        let door = if page.is_some() { door.with_page() } else { door };
        let hall = Arc::new(SharedHall::new(config.is_talked).with_orders(orders));
        let head = Head::maker::<G>(config.terms.tick_hz);
        let inspectable = Inspectable::of::<G>(&config, &admin);
        let of_server =
            (door.clone(), Arc::clone(&stop), Arc::clone(&metrics), inspectable.watch.clone(), Arc::clone(&hall));
        let start = if config.rooms.most > 1 { start_many::<G> } else { start_one::<G> };
        let (threads, rooms, heartbeats) = start(&mut config, world, saves, of_server)?;
        let address = listener.local_addr().map_err(ServeError::System)?;
        // From here on whatever fails stops the rooms, since this is dropped.
        let mut server = Handle { address, admin: admin.address(), stop, metrics, rooms, threads };
        let congestion = config.congestion.as_ref().map(|name| CongestionControl::choose(&listener, name));
        let congestion = congestion.unwrap_or_default();
        let reception = server.reception(&config, (door, page, hall), certificates, congestion);
        server.threads.push(start_accepting(listener, reception)?);
        if let Some(sidecar) = config.agones.take() {
            let told = server.told(&config, heartbeats.clone());
            server.threads.push(agones::start(sidecar, told).map_err(ServeError::System)?);
        }
        if let Some(listener) = admin.listener {
            let (rooms, metrics) = (Arc::clone(&server.rooms), Arc::clone(&server.metrics));
            let (stop, has_log) = (Arc::clone(&server.stop), inspectable.has_log);
            let shown = inspectable.show(&rooms, &metrics, heartbeats.first());
            let state = AdminState { metrics, heartbeats, stop, rooms, token: admin.token, head, has_log, shown };
            server.threads.push(admin::start(listener, state).map_err(ServeError::System)?);
        }
        Ok(server)
    }
}

/// Judges what one setting alone does not tell.
fn check<R>(config: &Config<R>, can_be_saved: bool) -> Result<(), ServeError> {
    if config.log.is_some() && !can_be_saved {
        return Err(ServeError::NotSaved);
    }
    if config.fleet.is_some() && config.rooms.most <= 1 {
        return Err(ServeError::Fleet("a node of a fleet has many rooms".into()));
    }
    Ok(())
}

/// The page of a folder, or the one that the program has within it.
fn open_page<R>(config: &Config<R>) -> Result<Option<Page>, ServeError> {
    match &config.page {
        Some(folder) => Ok(Some(Page::open(folder)?)),
        None => Ok(config.built_page.map(Page::built)),
    }
}

/// What may be looked at by the admin listener.
struct Inspectable {
    /// Somebody with the token may look at rooms.
    is_shown: bool,
    /// The place for copies of the one room; of many those are copied that somebody looks at.
    watch: Option<Arc<RoomWatch>>,
    has_log: bool,
    tables: TablesOf,
}

impl Inspectable {
    fn of<G: Game>(config: &Config<G::Rules>, admin: &AdminSockets) -> Self {
        let is_shown = admin.token.is_some() && admin.listener.is_some();
        Self {
            is_shown,
            watch: (is_shown && config.rooms.most <= 1).then(|| Arc::new(RoomWatch::new())),
            has_log: config.log.is_some(),
            tables: tables_by_options::<G>(config),
        }
    }

    /// The inspector of the one room, which has this heartbeat, or of many.
    fn show(self, rooms: &Arc<Roster>, metrics: &Arc<Metrics>, heartbeat: Option<&Arc<Heartbeat>>) -> Inspected {
        let Self { is_shown, watch, has_log, tables } = self;
        let metrics = Arc::clone(metrics);
        match (watch, heartbeat) {
            (Some(watch), Some(heartbeat)) => {
                let record = LiveRecord::new(watch, metrics, Arc::clone(heartbeat), has_log);
                Inspected::Room(Arc::new(Inspector::live(tables(&RoomOptions::new()), record)))
            }
            _ if is_shown => {
                Inspected::Rooms(Arc::new(RoomsLookedAt::new(Arc::clone(rooms), metrics, has_log, tables)))
            }
            _ => Inspected::Nothing,
        }
    }
}

/// The field tables of a room by its options.
fn tables_by_options<G: Game>(config: &Config<G::Rules>) -> TablesOf {
    let (by_options, terms) = (config.room_terms, Mutex::new(config.terms.clone()));
    Box::new(move |options| {
        // What changes terms is right after any panic, or will panic again.
        let mut terms = terms.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut options = options.clone();
        options.remove(PLACES);
        // They were judged when the room was made; one room has none.
        if !options.is_empty() {
            by_options(&options, &mut terms);
        }
        Tables::of::<G>(&terms)
    })
}

/// Sockets and token of the admin listener, opened before anything starts.
struct AdminSockets {
    listener: Option<std::net::TcpListener>,
    token: Option<Token>,
}

impl AdminSockets {
    fn open(config: &AdminConfig) -> Result<Self, ServeError> {
        let token = config.token_file.as_deref().map(Token::read).transpose().map_err(ServeError::Token)?;
        let listener = match &config.listen {
            AdminListen::Off => None,
            AdminListen::At(addresses) => match addresses.first_of(bind) {
                Ok(listener) => Some(listener),
                // A second server on a developer's machine is no reason to fail; who names an address means it.
                Err((address, error))
                    if error.kind() == io::ErrorKind::AddrInUse && config.listen == AdminListen::default() =>
                {
                    tracing::warn!(
                        %address,
                        "in use: this server has no admin listener; choose an address with --admin-listen"
                    );
                    None
                }
                Err((address, error)) => return Err(ServeError::Listen { setting: "admin-listen", address, error }),
            },
        };
        Ok(Self { listener, token })
    }

    fn address(&self) -> Option<SocketAddr> {
        self.listener.as_ref().and_then(|listener| listener.local_addr().ok())
    }
}

fn start_accepting(listener: std::net::TcpListener, reception: Reception) -> Result<JoinHandle<()>, ServeError> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build().map_err(ServeError::System)?;
    Builder::new()
        .name("auspice-accept".into())
        .spawn(move || {
            let _stops = RaiseOnDrop(Arc::clone(&reception.stop));
            runtime.block_on(serve(listener, reception));
        })
        .map_err(ServeError::System)
}

impl Handle {
    /// All that a connection meets before it is in a room.
    fn reception<R>(
        &self,
        config: &Config<R>,
        (door, page, hall): (Door, Option<Page>, Arc<SharedHall>),
        certificates: Option<Certificates>,
        congestion: CongestionControl,
    ) -> Reception {
        Reception {
            door,
            access: config.access.clone(),
            certificates,
            page,
            limits: PeerLimits::of_players(),
            congestion,
            grace_seconds: config.grace_seconds,
            rooms: Arc::clone(&self.rooms),
            hall,
            stop: Arc::clone(&self.stop),
            ledger: Ledger::new(Arc::clone(&self.metrics)),
        }
    }

    /// What Agones is told of the server.
    fn told<R>(&self, config: &Config<R>, heartbeats: Vec<Arc<Heartbeat>>) -> agones::ToldServer {
        let rooms = &config.rooms;
        let of_rooms = if rooms.most > 1 { u64::from(rooms.most) * u64::from(rooms.size) } else { u64::MAX };
        agones::ToldServer {
            rooms: Arc::clone(&self.rooms),
            heartbeats,
            stop: Arc::clone(&self.stop),
            most: (u64::from(config.max_clients).min(of_rooms), rooms.most.into()),
            idle: rooms.idle,
        }
    }

    /// The address that the server listens on.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The address that its admin listener listens on, if it has one.
    #[must_use]
    pub const fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin
    }

    /// Codes of all rooms, each with how many players are in it, those who are away among them.
    #[must_use]
    pub fn rooms(&self) -> Vec<(String, usize)> {
        let entries = self.rooms.entries();
        entries.iter().map(|entry| entry.listed()).map(|room| (room.code, room.players)).collect()
    }

    /// Makes a room, and says its code. It ends like any other when nobody comes.
    ///
    /// # Errors
    ///
    /// A sentence, where there are as many rooms as there may be, or the game has not these options.
    pub fn make_room(&self, options: RoomOptions, is_private: bool) -> Result<String, &'static str> {
        if !self.rooms.is_of_many() {
            return Err("this server has one room");
        }
        self.rooms.make_room(options, is_private).map(|entry| entry.code.to_string()).map_err(Refusal::sentence)
    }

    /// Counts of the server, in Prometheus' text format.
    #[must_use]
    pub fn metrics(&self) -> String {
        self.metrics.render()
    }

    /// Asks the server to stop: every client is told, with code 1001. Returns at once.
    pub fn shutdown(&self) {
        self.stop.raise();
    }

    /// Asks the server to drain: nobody is let in, players are told and have the drain timeout, then they are
    /// closed with code 1012. Returns at once.
    pub fn drain(&self) {
        self.stop.drain();
    }

    /// Waits until the server has stopped, for whatever reason.
    ///
    /// # Errors
    ///
    /// When one of its threads panicked.
    pub fn join(mut self) -> Result<(), ServeError> {
        self.join_threads()
    }

    fn join_threads(&mut self) -> Result<(), ServeError> {
        let mut result = Ok(());
        for thread in self.threads.drain(..) {
            if let Err(panic) = thread.join() {
                result = Err(panicked(&*panic));
            }
        }
        result
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.stop.raise();
        // Its panic, if it had one, has been reported where it happened.
        let _ = self.join_threads();
    }
}
