//! Word to Agones, which runs game servers on Kubernetes: ready, allocated, alive, how full, and over.
//!
//! Agones puts a sidecar beside each server, and an SDK speaks to it. The published one for Rust wants `protoc` where
//! it is built, and a stack of HTTP/2 in the program; we speak the sidecar's other published protocol, requests with
//! JSON, which the same `sdk.proto` states (`google.api.http`). It has a thread of its own, so that ticks never wait.
//!
//! # Reading order
//!
//! `word` (what is said), `desk` (when), `sidecar` (to whom), and here the thread.

mod desk;
mod sidecar;
mod word;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use crate::operate::heartbeat::Heartbeat;
use crate::operate::shutdown::Stop;
use crate::rooms::Roster;
use desk::{Attendance, Desk};
use sidecar::{Sidecar, Unsaid};
use word::FleetWord;

/// Time from one look at the server to the next.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Greatest time that the last word may take: the process is to end.
const FAREWELL_MAX: Duration = Duration::from_secs(2);

/// A server, as far as Agones is told of it.
pub(crate) struct ToldServer {
    pub(crate) rooms: Arc<Roster>,
    /// Heartbeats of all threads that run rooms.
    pub(crate) heartbeats: Vec<Arc<Heartbeat>>,
    pub(crate) stop: Arc<Stop>,
    /// Most players and rooms at once.
    pub(crate) most: (u64, u64),
    /// Time without players after which it can be allocated again.
    pub(crate) idle: Duration,
}

impl ToldServer {
    fn attendance(&self) -> Attendance {
        let entries = self.rooms.entries();
        Attendance {
            players: entries.iter().map(|entry| entry.players() as u64).sum(),
            rooms: entries.len() as u64,
            most: self.most,
            is_alive: self.heartbeats.iter().all(|heartbeat| heartbeat.is_alive()),
            is_draining: self.stop.is_draining(),
        }
    }
}

/// Tells the sidecar at `address` of a server, until that has stopped.
pub(crate) fn start(address: SocketAddr, told: ToldServer) -> io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    Builder::new().name("auspice-agones".into()).spawn(move || runtime.block_on(tell(&Sidecar::at(address), &told)))
}

async fn tell(sidecar: &Sidecar, told: &ToldServer) {
    let (began, mut desk, mut is_heard) = (Instant::now(), Desk::new(told.idle), true);
    loop {
        for word in desk.words(began.elapsed(), &told.attendance()) {
            let said = sidecar.say(word).await;
            note(word, &said, &mut is_heard);
            match said {
                Ok(()) => desk.said(began.elapsed(), word),
                Err(Unsaid::Refused(_)) => desk.refused(began.elapsed(), word),
                Err(Unsaid::Unheard(_)) => {}
            }
        }
        tokio::select! {
            biased;
            () = told.stop.raised() => break,
            () = sleep(LOOK_EVERY) => {}
        }
    }
    // Whoever drained has been told, and has gone.
    let said = timeout(FAREWELL_MAX, sidecar.say(FleetWord::Shutdown)).await;
    note(
        FleetWord::Shutdown,
        &said.unwrap_or_else(|_| Err(Unsaid::Unheard(io::ErrorKind::TimedOut.into()))),
        &mut is_heard,
    );
}

/// Logs what was said, and what was not: once, as long as that goes on.
fn note(word: FleetWord, said: &Result<(), Unsaid>, is_heard: &mut bool) {
    match said {
        Ok(()) => {
            *is_heard = true;
            if !matches!(word, FleetWord::Health | FleetWord::Count(..)) {
                tracing::info!(%word, "Agones was told");
            }
        }
        Err(Unsaid::Refused(status)) => tracing::warn!(%word, status, "Agones refused what it was told"),
        Err(Unsaid::Unheard(error)) => {
            if std::mem::replace(is_heard, false) {
                tracing::warn!(%word, %error, "Agones does not hear: it is tried again");
            }
        }
    }
}
