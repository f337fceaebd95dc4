//! The accept thread's work: listening, and a task for each connection that is taken. None of it is on the tick's path.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use super::greet::{Visit, greet, secure};
use super::reception::Reception;
use super::waiting::{Eviction, Waiting};
use crate::limits::{
    BACKLOG, EXHAUSTED_PAUSE, HANDSHAKE_MAX, HANDSHAKES_MAX, RECEIVE_BUFFER_BYTES, TLS_LOOK_INTERVAL, TURNED_AWAY_MAX,
};

/// Time from one look at bursts of log lines to the next.
const HELD_BACK_INTERVAL: Duration = Duration::from_secs(1);

/// A listening socket for [`serve`].
pub(crate) fn bind(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // On Windows the option means that two servers may share the port, which is the opposite of what is wanted.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    // Accepted connections inherit it, and only if it is set before they are.
    socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Takes connections until the stop flag is raised, and sends those that became WebSockets on.
pub(crate) async fn serve(listener: std::net::TcpListener, reception: Reception) {
    let reception = Arc::new(reception);
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "the listening socket cannot be watched");
            reception.stop.raise();
            return;
        }
    };
    tokio::spawn(renew(Arc::clone(&reception)));
    tokio::spawn(tell_held_back(Arc::clone(&reception)));
    let mut waiting = Waiting::new(HANDSHAKES_MAX);
    let mut reserve = Reserve::default();
    loop {
        let accepted = tokio::select! {
            biased;
            () = reception.stop.raised() => return reception.ledger.tell_held_back(Instant::now() + HELD_BACK_INTERVAL),
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                reserve.fill();
                receive(&reception, &mut waiting, stream, address);
            }
            // The peer was gone before we looked; there may be more behind it.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                let turned_away = reserve.turn_away(&listener).await;
                reception.ledger.exhausted(&error, turned_away);
                sleep(EXHAUSTED_PAUSE).await;
            }
        }
    }
}

/// Bursts of log lines end by time, not by the next line.
async fn tell_held_back(reception: Arc<Reception>) {
    loop {
        sleep(HELD_BACK_INTERVAL).await;
        reception.ledger.tell_held_back(Instant::now());
        crate::operate::logs::tell_lost();
    }
}

/// Looks now and then whether the certificate has changed.
async fn renew(reception: Arc<Reception>) {
    let Some(certificates) = &reception.certificates else { return };
    let mut complaint = String::new();
    loop {
        sleep(TLS_LOOK_INTERVAL).await;
        match certificates.look() {
            Ok(false) => {}
            Ok(true) => tracing::info!("new connections get the new certificate"),
            // Once for as long as it is the same.
            Err(error) if error.to_string() != complaint => {
                complaint = error.to_string();
                tracing::warn!(%error, "the certificate stays as it was");
            }
            Err(_) => {}
        }
    }
}

/// A file that is kept to be given up when the process has no more: then connections can be taken all the
/// same, and be closed, so that their peers need not wait for somebody who will not come.
#[derive(Default)]
struct Reserve(Option<socket2::Socket>);

impl Reserve {
    fn fill(&mut self) {
        if self.0.is_none() {
            self.0 = socket2::Socket::new(Domain::IPV4, Type::STREAM, None).ok();
        }
    }

    /// Closes those who wait, or some of them. How many.
    async fn turn_away(&mut self, listener: &TcpListener) -> usize {
        let Some(kept) = self.0.take() else { return 0 };
        drop(kept);
        let mut turned_away = 0;
        while turned_away < TURNED_AWAY_MAX
            && let Ok(Ok((stream, _))) = timeout(Duration::ZERO, listener.accept()).await
        {
            drop(stream);
            turned_away += 1;
        }
        self.fill();
        turned_away
    }
}

/// Has a connection greeted by a task of its own, for as long as there is patience with it.
fn receive(reception: &Arc<Reception>, waiting: &mut Waiting, stream: TcpStream, address: SocketAddr) {
    let source = reception.source(address.ip());
    let now = Instant::now();
    waiting.make_room(source, reception.door.handshakes(source), now);
    let eviction = Eviction::new(now);
    let visit = Visit {
        peer: address,
        under_way: reception.ledger.opened(),
        eviction: Arc::clone(&eviction),
        is_heeded: false,
    };
    let reception = Arc::clone(reception);
    let greeting = async move {
        match &reception.certificates {
            None => greet(&reception, stream, visit, HANDSHAKE_MAX, None).await,
            Some(certificates) => secure(&reception, certificates, stream, visit).await,
        }
    };
    waiting.push(source, tokio::spawn(greeting).abort_handle(), eviction);
}
