//! The accept thread's work: listening, limits, and each connection's way to its upgrade. None of it is on the tick's path.

use std::collections::VecDeque;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, SockRef, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::Socket;
use super::upgrade::{HEAD_BYTES_MAX, Judgement, Refusal, judge, switching};
use crate::logs::Quota;
use crate::shutdown::Stop;

/// From the first byte expected to the last byte of the response.
const HANDSHAKE_MAX: Duration = Duration::from_secs(3);

/// Reads for one head. An honest one comes in one or two; each is parsed from its start, so crumbs must end somewhere.
const HEAD_READS_MAX: usize = 64;

/// Connections before their upgrade. When there are more, the oldest goes: an honest one is done within a few round trips, so it is
/// those who hold a connection open for nothing that lose it.
const HANDSHAKES_MAX: usize = 256;

/// Connections that the kernel may hold for us: a whole swarm may come at once.
const BACKLOG: i32 = 1024;

/// How long to leave the listener alone when the process has no more files to give.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// How long a refused peer may take to hang up. Hanging up first, with bytes unread, would destroy the refusal on its way.
const REFUSED_LINGER: Duration = Duration::from_millis(250);

/// Kernel buffer for what is written: some hundred updates. With the default a client that stopped reading would be sent minutes of
/// stale updates before the first one is refused.
const SEND_BUFFER_BYTES: usize = 16 * 1024;

/// Of that, what may lie unsent.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNSENT_LOW_WATER_BYTES: u32 = 4 * 1024;

/// A client on its way to the tick thread.
pub(crate) struct Arrival {
    pub(crate) socket: Socket,
    pub(crate) address: SocketAddr,
}

/// Counts who is inside.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    inside: Arc<AtomicUsize>,
    clients_max: usize,
}

/// A place inside, given back when dropped.
#[derive(Debug)]
pub(crate) struct Admission(Option<Arc<AtomicUsize>>);

impl Door {
    pub(crate) fn new(clients_max: usize) -> Self {
        Self { inside: Arc::default(), clients_max }
    }

    /// A place, if there is one.
    pub(crate) fn admit(&self) -> Option<Admission> {
        self.inside
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |inside| (inside < self.clients_max).then_some(inside + 1))
            .ok()
            .map(|_| Admission(Some(Arc::clone(&self.inside))))
    }
}

#[cfg(test)]
impl Admission {
    /// A place in a house without walls.
    pub(crate) const fn unlimited() -> Self {
        Self(None)
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        if let Some(inside) = &self.0 {
            inside.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

/// A listening socket for [`serve`].
pub(crate) fn bind(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // On Windows the option means that two servers may share the port, which is the opposite of what is wanted.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Takes connections until `stop`, and sends those that became WebSockets to `arrivals`.
pub(crate) async fn serve(listener: std::net::TcpListener, door: Door, arrivals: mpsc::Sender<Arrival>, stop: Arc<Stop>) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "the listening socket cannot be watched");
            stop.raise();
            return;
        }
    };
    let mut handshakes: VecDeque<AbortHandle> = VecDeque::new();
    let mut complaints = Quota::per_second(1);
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.raised() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                make_room(&mut handshakes);
                let guest = receive(stream, address, door.clone(), arrivals.clone(), Arc::clone(&stop));
                handshakes.push_back(tokio::spawn(guest).abort_handle());
            }
            // The peer was gone before we looked; there may be more behind it.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                if let Some(more) = complaints.take(Instant::now()) {
                    tracing::warn!(%error, more, "no connection can be taken just now");
                }
                sleep(EXHAUSTED_PAUSE).await;
            }
        }
    }
}

/// Forgets handshakes that are done; if there are too many all the same, the oldest is given up.
fn make_room(handshakes: &mut VecDeque<AbortHandle>) {
    if handshakes.len() < HANDSHAKES_MAX {
        return;
    }
    handshakes.retain(|handshake| !handshake.is_finished());
    while handshakes.len() >= HANDSHAKES_MAX {
        if let Some(oldest) = handshakes.pop_front() {
            oldest.abort();
        }
    }
}

/// One connection, from accept to the tick thread or to a refusal.
async fn receive(mut stream: TcpStream, address: SocketAddr, door: Door, arrivals: mpsc::Sender<Arrival>, stop: Arc<Stop>) {
    let refusal = match timeout(HANDSHAKE_MAX, upgrade(&mut stream, &door, &stop)).await {
        Ok(Ok(Ok((admission, early)))) => {
            let arrival = stream
                .into_std()
                .map(|stream| Arrival { socket: Socket::new(stream, early, admission, Instant::now()), address });
            if let Ok(arrival) = arrival {
                // It fails when the tick thread is gone, and then so is everything.
                let _ = arrivals.send(arrival).await;
            }
            return;
        }
        Ok(Ok(Err(refusal))) => refusal,
        // Gone before it had said anything.
        Ok(Err(_)) => return,
        Err(_) => Refusal::TooSlow,
    };
    tracing::debug!(%address, why = refusal.sentence(), "refused");
    let _ = timeout(REFUSED_LINGER, refuse(stream, refusal)).await;
}

/// Reads the request and answers it, if the answer is yes. Gives what came behind it.
async fn upgrade(stream: &mut TcpStream, door: &Door, stop: &Stop) -> io::Result<Result<(Admission, Vec<u8>), Refusal>> {
    set_options(stream)?;
    let mut head = Vec::with_capacity(1024);
    for _ in 0..HEAD_READS_MAX {
        if stream.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match judge(&head) {
            Judgement::Incomplete => {}
            Judgement::Refuse(refusal) => return Ok(Err(refusal)),
            Judgement::Upgrade { .. } if stop.is_raised() => return Ok(Err(Refusal::Stopping)),
            Judgement::Upgrade { accept_key, consumed } => {
                let Some(admission) = door.admit() else { return Ok(Err(Refusal::Full)) };
                stream.write_all(switching(&accept_key).as_bytes()).await?;
                return Ok(Ok((admission, head.split_off(consumed))));
            }
        }
        debug_assert!(head.len() < HEAD_BYTES_MAX, "a head this long should have been judged");
    }
    Ok(Err(Refusal::TooLarge))
}

async fn refuse(mut stream: TcpStream, refusal: Refusal) -> io::Result<()> {
    stream.write_all(refusal.response().as_bytes()).await?;
    stream.shutdown().await?;
    let mut scratch = [0; 1024];
    while stream.read(&mut scratch).await? > 0 {}
    SockRef::from(&stream).shutdown(Shutdown::Both)
}

fn set_options(stream: &TcpStream) -> io::Result<()> {
    let socket = SockRef::from(stream);
    socket.set_tcp_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_notsent_lowat(UNSENT_LOW_WATER_BYTES)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_inside_are_given_back() {
        let door = Door::new(2);
        let (first, second) = (door.admit(), door.admit());
        assert!(first.is_some() && second.is_some());
        assert!(door.admit().is_none());
        drop(first);
        assert!(door.admit().is_some());
    }
}
