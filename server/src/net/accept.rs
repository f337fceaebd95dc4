//! The accept thread's work: listening, limits, and each connection's way to its upgrade. None of it is on
//! the tick's path.

use std::io;
use std::mem::MaybeUninit;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, SockRef, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_rustls::server::TlsStream;

use super::door::{Door, Errand, Pass};
use super::ledger::{Ledger, UnderWay};
use super::page::Page;
use super::peer_limits::PeerLimits;
use super::socket::Socket;
use super::source::Source;
use super::stream::Upgradable;
use super::upgrade::{Accepted, Judged, Judgement, Refusal, judge, switching};
use super::visit::{Rewound, visit};
use super::waiting::{Eviction, Waiting};
use crate::limits::{
    BACKLOG, EXHAUSTED_PAUSE, HANDSHAKE_MAX, HANDSHAKES_MAX, HANDSHAKES_PER_ADDRESS_MIN, HEAD_BYTES_MAX, HEAD_READS_MAX,
    RECEIVE_BUFFER_BYTES, REFUSED_BYTES_MAX, REFUSED_LINGER, SEND_BUFFER_BYTES, TLS_LOOK_INTERVAL, TURNED_AWAY_MAX,
};
#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::limits::{UNACKNOWLEDGED_MAX, UNSENT_LOW_WATER_BYTES};
use crate::operate::entry::AccessRules;
use crate::operate::pulse::Pulse;
use crate::operate::shutdown::Stop;
use crate::tls::Certificates;

/// Time from one look at bursts of log lines to the next.
const HELD_BACK_INTERVAL: Duration = Duration::from_secs(1);

/// A client on its way to the tick thread.
pub(crate) struct Arrival {
    pub(crate) socket: Socket,
    pub(crate) address: SocketAddr,
    pub(crate) errand: Errand,
    /// The place under way, until it is counted among the clients.
    pub(crate) under_way: UnderWay,
}

/// Values that each connection is received with.
pub(crate) struct Reception {
    pub(crate) door: Door,
    pub(crate) entry: AccessRules,
    /// None where connections are plain.
    pub(crate) certificates: Option<Certificates>,
    /// None where browsers are shown nothing.
    pub(crate) page: Option<Page>,
    pub(crate) limits: PeerLimits,
    /// Seconds for which seats are kept; 0 for not at all.
    pub(crate) grace_seconds: u32,
    pub(crate) arrivals: mpsc::Sender<Arrival>,
    pub(crate) stop: Arc<Stop>,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) ledger: Ledger,
}

impl Reception {
    /// The source that `peer` counts as. Behind a trusted proxy it is the forwarded address that counts, once
    /// it is known.
    pub(super) fn source(&self, peer: IpAddr) -> Option<Source> {
        Source::of(peer).filter(|_| !self.entry.trusts(peer))
    }

    /// Says no, and waits a little for the peer to have read it.
    async fn refuse(&self, stream: impl Upgradable, visit: Visit, refusal: Refusal) {
        let response = self.response(visit.peer, refusal);
        self.count(visit, refusal);
        let _ = timeout(REFUSED_LINGER, say_and_linger(stream, &response)).await;
    }

    fn response(&self, peer: SocketAddr, refusal: Refusal) -> String {
        refusal.response(peer, self.grace_seconds)
    }

    /// Waits for a connection's first word, and counts it for its address from then on. One that has hung up
    /// by then is [`Refusal::HungUp`], and counts for nothing: when the server stood still, its kernel did
    /// not, and took the tries of clients that have given them up since.
    async fn heed(&self, tcp: &TcpStream, peer: IpAddr) -> io::Result<Result<(), Refusal>> {
        if tcp.ready(Interest::READABLE).await?.is_read_closed() {
            return Ok(Err(Refusal::HungUp));
        }
        Ok(self.door.knock(self.source(peer), Instant::now()))
    }

    fn count(&self, visit: Visit, refusal: Refusal) {
        self.ledger.refused(visit.peer, visit.under_way, refusal);
    }
}

/// A connection before its upgrade, without its stream.
struct Visit {
    peer: SocketAddr,
    under_way: UnderWay,
    /// Tells it that its time is over.
    eviction: Eviction,
    /// Its first word has been heard.
    is_heeded: bool,
}

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
    let mut waiting = Waiting::new(HANDSHAKES_MAX, HANDSHAKES_PER_ADDRESS_MIN);
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
    waiting.make_room_within(source, reception.door.handshakes(source));
    let eviction = Eviction::default();
    let visit =
        Visit { peer: address, under_way: reception.ledger.opened(), eviction: Arc::clone(&eviction), is_heeded: false };
    let reception = Arc::clone(reception);
    let guest = async move {
        match &reception.certificates {
            None => greet(&reception, stream, visit, HANDSHAKE_MAX, None).await,
            Some(certificates) => secure(&reception, certificates, stream, visit).await,
        }
    };
    waiting.push(source, tokio::spawn(guest).abort_handle(), eviction);
}

/// The TLS handshake, then the same as without.
async fn secure(reception: &Arc<Reception>, certificates: &Certificates, stream: TcpStream, mut visit: Visit) {
    let began = Instant::now();
    let outcome = tokio::select! {
        biased;
        () = visit.eviction.notified() => return reception.count(visit, Refusal::Evicted),
        outcome = timeout(HANDSHAKE_MAX, agree(reception, certificates, stream, visit.peer.ip())) => outcome,
    };
    match outcome {
        Ok(Ok(stream)) => {
            let left = HANDSHAKE_MAX.saturating_sub(began.elapsed());
            visit.is_heeded = true;
            greet(reception, *stream, visit, left, None).await;
        }
        Ok(Err((refusal, Some(stream)))) => reception.refuse(stream, visit, refusal).await,
        Ok(Err((refusal, None))) => reception.count(visit, refusal),
        // There is no way yet to say so.
        Err(_) => reception.count(visit, Refusal::TooSlow),
    }
}

/// A TLS session. Without one, why, and the stream where its peer may be told so.
async fn agree(
    reception: &Reception,
    certificates: &Certificates,
    stream: TcpStream,
    peer: IpAddr,
) -> Result<Box<TlsStream<TcpStream>>, (Refusal, Option<TcpStream>)> {
    /// Byte that a record of a handshake begins with.
    const HANDSHAKE: u8 = 22;
    match reception.heed(&stream, peer).await {
        Ok(Ok(())) => {}
        // It would not answer ours.
        Ok(Err(Refusal::HungUp)) | Err(_) => return Err((Refusal::HungUp, None)),
        Ok(Err(refusal)) => return Err((refusal, Some(stream))),
    }
    let mut first = [0];
    match stream.peek(&mut first).await {
        Ok(1) if first[0] != HANDSHAKE => return Err((Refusal::NotTls, Some(stream))),
        Ok(1) => {}
        _ => return Err((Refusal::TlsFailed, None)),
    }
    let acceptor = tokio_rustls::TlsAcceptor::from(certificates.current());
    acceptor.accept(stream).await.map(Box::new).map_err(|_| (Refusal::TlsFailed, None))
}

/// Shows the page to a connection of which `head` was read already, by a task of its own; and receives it as
/// a player's, like one that begins with it, when its next request is one.
fn show(reception: &Arc<Reception>, page: &Page, stream: impl Upgradable, head: Vec<u8>, peer: SocketAddr) {
    let (files, reception) = (page.files().clone(), Arc::clone(reception));
    let source = reception.source(peer.ip());
    page.let_in(source, |eviction| {
        let visitor = async move {
            let shown = visit(&files, Rewound::new(head, stream), peer.ip(), &reception.entry, &eviction).await;
            let Some((stream, judged)) = shown else { return };
            // As a visitor's it was counted to its end, and its knock was heard.
            let visit = Visit { peer, under_way: reception.ledger.opened(), eviction, is_heeded: true };
            greet(&reception, stream, visit, HANDSHAKE_MAX, Some(judged)).await;
        };
        tokio::spawn(visitor).abort_handle()
    });
}

/// Takes a connection, from its request, which may have been `judged`, to the tick thread or to a refusal.
async fn greet(
    reception: &Arc<Reception>,
    mut stream: impl Upgradable,
    visit: Visit,
    patience: Duration,
    judged: Option<Judged>,
) {
    let outcome = tokio::select! {
        biased;
        () = visit.eviction.notified() => {
            let response = reception.response(visit.peer, Refusal::Evicted);
            reception.count(visit, Refusal::Evicted);
            // There is no time to see it off: others wait for its place.
            let _ = timeout(Duration::ZERO, stream.write_all(response.as_bytes())).await;
            return;
        }
        outcome = timeout(patience, upgrade(&mut stream, &visit, reception, judged)) => outcome,
    };
    match outcome {
        Ok(Ok(Ok(upgraded))) => hand_over(reception, stream, visit, upgraded).await,
        Ok(Ok(Err((refusal, head)))) => match &reception.page {
            Some(page) if refusal.is_of_visitors() => {
                let peer = visit.peer;
                reception.count(visit, Refusal::Visitor);
                show(reception, page, stream, head, peer);
            }
            _ => reception.refuse(stream, visit, refusal).await,
        },
        Ok(Err(_)) => reception.count(visit, Refusal::HungUp),
        Err(_) => reception.refuse(stream, visit, Refusal::TooSlow).await,
    }
}

/// A connection whose request was good.
struct Upgraded {
    pass: Pass,
    client: IpAddr,
    /// Bytes that came behind the request.
    early: Vec<u8>,
}

async fn hand_over(reception: &Reception, stream: impl Upgradable, visit: Visit, upgraded: Upgraded) {
    let (Upgraded { pass, client, early }, Visit { peer, under_way, .. }) = (upgraded, visit);
    let Pass { admission, errand } = pass;
    // A forwarded address has no port.
    let address = if client == peer.ip() { peer } else { SocketAddr::new(client, 0) };
    let Ok(stream) = stream.into_stream() else { return reception.ledger.refused(peer, under_way, Refusal::HungUp) };
    let socket = Socket::new(stream, early, admission, reception.limits, Instant::now());
    // It fails when the tick thread is gone, and then so is everything.
    let _ = reception.arrivals.send(Arrival { socket, address, errand, under_way }).await;
}

/// Reads the request, unless it is `judged`, and answers it, if the answer is yes. Else there is what was
/// read beside the reason.
async fn upgrade(
    stream: &mut impl Upgradable,
    visit: &Visit,
    reception: &Reception,
    judged: Option<Judged>,
) -> io::Result<Result<Upgraded, (Refusal, Vec<u8>)>> {
    let peer = visit.peer.ip();
    if !visit.is_heeded
        // Whoever ends its half of the connection may still read an answer.
        && let Err(refusal) = reception.heed(stream.tcp(), peer).await?
        && refusal != Refusal::HungUp
    {
        return Ok(Err((refusal, Vec::new())));
    }
    set_options(stream.tcp())?;
    let (judged, read) = match judged {
        Some(judged) => judged,
        None => read_request(stream, peer, &reception.entry).await?,
    };
    let admitted = judged.and_then(|Accepted { accept_key, client }| Ok((admit(reception, peer, client)?, accept_key, client)));
    let (pass, accept_key, client) = match admitted {
        Ok(admitted) => admitted,
        Err(refusal) => return Ok(Err((refusal, read))),
    };
    stream.write_all(switching(&accept_key).as_bytes()).await?;
    stream.flush().await?;
    Ok(Ok(Upgraded { pass, client, early: read }))
}

async fn read_request(stream: &mut impl Upgradable, peer: IpAddr, entry: &AccessRules) -> io::Result<Judged> {
    let mut head = Vec::with_capacity(1024);
    for _ in 0..HEAD_READS_MAX {
        if stream.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match judge(&head, peer, entry) {
            Judgement::Incomplete => {}
            Judgement::Refuse(refusal) => return Ok((Err(refusal), head)),
            Judgement::Upgrade { .. } if has_hung_up(stream.tcp()) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Judgement::Upgrade { accept_key, consumed, client } => {
                return Ok((Ok(Accepted { accept_key, client }), head.split_off(consumed)));
            }
        }
        debug_assert!(head.len() < HEAD_BYTES_MAX, "a head this long should have been judged");
    }
    Ok((Err(Refusal::InCrumbs), head))
}

/// Whether the peer has ended its half of the connection, or all of it, and nothing is left to be read.
fn has_hung_up(tcp: &TcpStream) -> bool {
    match SockRef::from(tcp).peek(&mut [MaybeUninit::uninit()]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
    }
}

/// A place for `client`, who came by way of `peer`; where there is none, a way back for one who may hold a seat.
fn admit(reception: &Reception, peer: IpAddr, client: IpAddr) -> Result<Pass, Refusal> {
    if reception.stop.is_raised() {
        return Err(Refusal::Stopping);
    }
    let source = Source::of(client);
    if client != peer {
        reception.door.knock(source, Instant::now())?;
    }
    let closed = if reception.stop.is_draining() {
        Some(Refusal::Stopping)
    } else {
        reception.pulse.refuses_joins().then_some(Refusal::Overloaded)
    };
    reception.door.admit(source, closed)
}

async fn say_and_linger(mut stream: impl Upgradable, response: &str) -> io::Result<()> {
    stream.write_all(response.as_bytes()).await?;
    stream.shutdown().await?;
    let mut scratch = [0; 1024];
    // Whoever goes on sending loses the sight of its refusal.
    for _ in 0..REFUSED_BYTES_MAX / scratch.len() {
        if stream.read(&mut scratch).await? == 0 {
            break;
        }
    }
    Ok(())
}

fn set_options(stream: &TcpStream) -> io::Result<()> {
    let socket = SockRef::from(stream);
    socket.set_tcp_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        socket.set_tcp_notsent_lowat(UNSENT_LOW_WATER_BYTES)?;
        socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED_MAX))?;
    }
    Ok(())
}
