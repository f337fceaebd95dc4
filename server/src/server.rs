//! Starting and stopping: a [`Server`] is two threads (and its shards) behind a [`Handle`].

use std::any::Any;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use auspice::Game;
use auspice::authority::Room;
use auspice::error::SetupError;
use tokio::sync::mpsc;

use crate::config::Config;
use crate::driver::{Driver, Ends};
use crate::metrics::Metrics;
use crate::net::{Arrival, Door, Manners, Reception, bind, serve};
use crate::shutdown::{RaiseOnDrop, Stop, watch_signals};
use crate::tls::{Certificates, TlsError};

/// Upgraded connections that may wait for the tick: those of one tick in a rush. Further ones wait before their channel.
const ARRIVALS_MAX: usize = 256;

/// A server for one game.
pub struct Server<G>(PhantomData<G>);

/// A running server. Dropping it stops the server.
#[derive(Debug)]
pub struct Handle {
    address: SocketAddr,
    stop: Arc<Stop>,
    metrics: Arc<Metrics>,
    threads: Vec<JoinHandle<()>>,
}

/// Why a server could not start, or did not end well.
#[derive(Debug)]
pub enum ServeError {
    /// The address cannot be listened on.
    Listen {
        /// As it was asked for.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// There is no TLS by the settings.
    Tls(TlsError),
    /// The game's field tables or the terms are wrong.
    Setup(SetupError),
    /// The operating system gave no thread, event queue or signal handler.
    System(io::Error),
    /// A thread panicked: a mistake of the game's or ours. What it said is on standard error.
    Panicked(String),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { address, error } if error.kind() == io::ErrorKind::AddrInUse => {
                write!(
                    f,
                    "{address} is in use, perhaps by another server; stop that one or choose another address with --listen"
                )
            }
            Self::Listen { address, error } => write!(f, "cannot listen on {address}: {error}"),
            Self::Tls(error) => write!(f, "{error}"),
            Self::Setup(error) => write!(f, "the game cannot be served: {error}"),
            Self::System(error) => write!(f, "the operating system refused what a server needs: {error}"),
            Self::Panicked(what) => write!(f, "the server stopped because of a mistake in it: {what}"),
        }
    }
}

impl std::error::Error for ServeError {}

/// Serves until an interrupt or a termination signal, and then until every client has been told. The process's second signal
/// ends it at once.
///
/// # Errors
///
/// When the server cannot start, or one of its threads panicked.
pub fn run<G: Game>(config: Config<G::Rules>) -> Result<(), ServeError> {
    start_with_signals::<G>(config)?.join()
}

pub(crate) fn start_with_signals<G: Game>(config: Config<G::Rules>) -> Result<Handle, ServeError> {
    let server = Server::<G>::start(config)?;
    watch_signals(Arc::clone(&server.stop)).map_err(ServeError::System)?;
    Ok(server)
}

impl<G: Game> Server<G> {
    /// Starts a server on threads of its own. It listens when this returns, and touches no signal.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on, the game cannot be served by these terms, or there are no threads to be had.
    pub fn start(config: Config<G::Rules>) -> Result<Handle, ServeError> {
        let listen_error = |error| ServeError::Listen { address: config.listen, error };
        let listener = bind(config.listen).map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let stop = Arc::new(Stop::default());
        let (arrivals, waiting) = mpsc::channel(ARRIVALS_MAX);
        let metrics = Arc::new(Metrics::new(G::NAME));
        let reception = Reception {
            door: Door::new(config.max_clients as usize, config.entry.max_per_address),
            entry: config.entry.clone(),
            certificates: config
                .tls
                .as_ref()
                .map(|tls| Certificates::new(tls, config.listen))
                .transpose()
                .map_err(ServeError::Tls)?,
            manners: Manners::of_players(config.terms.tick_hz),
            arrivals,
            stop: Arc::clone(&stop),
            metrics: Arc::clone(&metrics),
        };
        let mut handle = Handle { address, stop: Arc::clone(&stop), metrics: Arc::clone(&metrics), threads: Vec::new() };
        handle.threads.push(start_ticking::<G>(config, waiting, stop, metrics)?);
        handle.threads.push(start_accepting(listener, reception)?);
        Ok(handle)
    }
}

/// The room is made on the thread that owns it, so a game need not be `Send`.
fn start_ticking<G: Game>(
    config: Config<G::Rules>,
    arrivals: mpsc::Receiver<Arrival>,
    stop: Arc<Stop>,
    metrics: Arc<Metrics>,
) -> Result<JoinHandle<()>, ServeError> {
    let (ready, started) = std::sync::mpsc::sync_channel(1);
    let thread = Builder::new()
        .name("auspice-tick".into())
        .spawn(move || {
            let _stops = RaiseOnDrop(Arc::clone(&stop));
            let room = Room::<G>::new(config.terms, config.seed, config.max_clients as usize).map_err(ServeError::Setup);
            let ends = Ends { arrivals, stop, metrics, tick_times: config.tick_times };
            let driver = room.and_then(|room| Driver::new(room, config.shards, ends).map_err(ServeError::System));
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
    /// Where the server listens.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// What the server counts, in Prometheus' text format.
    #[must_use]
    pub fn metrics(&self) -> String {
        self.metrics.render()
    }

    /// Asks the server to stop: every client is told, with code 1001. Returns at once.
    pub fn shutdown(&self) {
        self.stop.raise();
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
    let what = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    ServeError::Panicked(what.unwrap_or("it did not say which").to_owned())
}
