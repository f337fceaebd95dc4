//! Starting and stopping: a [`Server`] is two threads (and its shards) behind a [`Handle`].

use std::any::Any;
use std::io;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::{Builder, JoinHandle};

use auspice::Game;
use auspice::limits::APPLICANTS_MAX;
use tokio::sync::mpsc;

use crate::error::ServeError;
use crate::net::{Door, Ledger, Page, PeerLimits, Reception, bind, choose_congestion_control, serve};
use crate::operate::admin::{self, AdminState, ORDERS_MAX, Token};
use crate::operate::config::{AdminConfig, AdminListen, Config};
use crate::operate::heartbeat::Heartbeat;
use crate::operate::metrics::Metrics;
use crate::operate::panics::panic_message;
use crate::operate::shutdown::{RaiseOnDrop, Stop, watch_signals};
use crate::tick::driver::{Driver, Ends, NewWorld, RoomSpec};
use crate::tls::Certificates;

/// Upgraded connections that may wait for the tick: those of one tick in a rush. Further ones wait before
/// their channel.
const ARRIVALS_MAX: usize = 256;

/// A server for one game.
pub struct Server<G>(PhantomData<G>);

/// A running server. Dropping it stops the server.
#[derive(Debug)]
pub struct Handle {
    address: SocketAddr,
    admin: Option<SocketAddr>,
    stop: Arc<Stop>,
    metrics: Arc<Metrics>,
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
    start_with_signals::<G>(config, world)?.join()
}

pub(crate) fn start_with_signals<G: Game>(config: Config<G::Rules>, world: NewWorld<G>) -> Result<Handle, ServeError> {
    let server = Server::<G>::start_with_world(config, world)?;
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
    pub fn start_with_world(mut config: Config<G::Rules>, world: NewWorld<G>) -> Result<Handle, ServeError> {
        let listen_error = |(address, error)| ServeError::Listen { setting: "listen", address, error };
        let listener = config.listen.first_of(bind).map_err(listen_error)?;
        if let Some(name) = &config.congestion {
            choose_congestion_control(&listener, name);
        }
        let address = listener.local_addr().map_err(ServeError::System)?;
        let admin = AdminSockets::open(&config.admin)?;
        let stop = Arc::new(Stop::default());
        let metrics = Arc::new(Metrics::new(G::NAME));
        let heartbeat = Arc::new(Heartbeat::new(config.terms.tick_hz));
        let (arrivals, waiting) = mpsc::channel(ARRIVALS_MAX);
        let (orders, asked) = sync_channel(ORDERS_MAX);
        let door = Door::new(config.max_clients as usize + APPLICANTS_MAX, config.access.max_per_address);
        let page = match (&config.page, config.built_page) {
            (Some(folder), _) => Some(Page::open(folder)?),
            (None, Some(files)) => Some(Page::built(files)),
            (None, None) => None,
        };
        let door = if page.is_some() { door.with_page() } else { door };
        let reception = Reception {
            door: door.clone(),
            access: config.access.clone(),
            certificates: config
                .tls
                .as_ref()
                .map(|tls| Certificates::new(tls, &config.listen))
                .transpose()
                .map_err(ServeError::Tls)?,
            page,
            limits: PeerLimits::of_players(),
            grace_seconds: config.grace_seconds,
            arrivals,
            stop: Arc::clone(&stop),
            heartbeat: Arc::clone(&heartbeat),
            ledger: Ledger::new(Arc::clone(&metrics)),
        };
        let mut handle = Handle {
            address,
            admin: admin.address(),
            stop: Arc::clone(&stop),
            metrics: Arc::clone(&metrics),
            threads: Vec::new(),
        };
        let ends = Ends {
            arrivals: waiting,
            door,
            stop: Arc::clone(&stop),
            metrics: Arc::clone(&metrics),
            heartbeat: Arc::clone(&heartbeat),
            orders: asked,
            tick_times: config.tick_times.take(),
        };
        handle.threads.push(start_ticking::<G>(config, world, ends)?);
        handle.threads.push(start_accepting(listener, reception)?);
        if let Some(listener) = admin.listener {
            let state = AdminState { metrics, heartbeat, stop, orders, token: admin.token };
            handle.threads.push(admin::start(listener, state).map_err(ServeError::System)?);
        }
        Ok(handle)
    }
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
                    tracing::warn!(%address, "in use: this server has no admin listener; choose an address with --admin-listen");
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

/// The room is made on the thread that owns it, so a game need not be `Send`.
fn start_ticking<G: Game>(config: Config<G::Rules>, world: NewWorld<G>, ends: Ends) -> Result<JoinHandle<()>, ServeError> {
    let (ready, started) = sync_channel(1);
    let thread = Builder::new()
        .name("auspice-tick".into())
        .spawn(move || {
            let _stops = RaiseOnDrop(Arc::clone(&ends.stop));
            let grace_ticks = config.grace_seconds.saturating_mul(config.terms.tick_hz);
            let room_spec = RoomSpec {
                terms: config.terms,
                world,
                seed: config.seed,
                clients_max: config.max_clients as usize,
                grace_ticks,
            };
            let driver =
                Driver::<G>::new(room_spec, config.gate, config.shards, config.drain_timeout, config.full_service, ends);
            match driver {
                Ok(driver) => {
                    let _ = ready.send(Ok(()));
                    driver.run();
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                }
            }
        })
        .map_err(ServeError::System)?;
    match started.recv() {
        Ok(Ok(())) => Ok(thread),
        Ok(Err(error)) => Err(error),
        // It panicked before it could say anything.
        Err(_) => {
            Err(thread.join().map_or_else(|panic| panicked(&*panic), |()| ServeError::Panicked("no room was made".into())))
        }
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

fn panicked(panic: &(dyn Any + Send)) -> ServeError {
    ServeError::Panicked(panic_message(panic).to_owned())
}
