//! A connection's way to its upgrade: the TLS handshake, its request, the answer, and the tick thread or a refusal.

use std::io;
use std::mem::MaybeUninit;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::arrival::Arrival;
use super::door::Pass;
use super::first_word::is_spoken;
use super::ledger::UnderWay;
use super::page::Page;
use super::reception::Reception;
use super::refusal::{Denial, Refusal};
use super::socket::Socket;
use super::source::Source;
use super::stream::Upgradable;
use super::tls_stream::TlsStream;
use super::tuning::{tune_handshake, tune_player};
use super::upgrade::{Accepted, Judged, Judgement, check_head, switching};
use super::visit::{Rewound, visit};
use super::waiting::Eviction;
use crate::fleet::{FoundRoom, Wanted};
use crate::limits::{HANDSHAKE_MAX, HEAD_BYTES_MAX, HEAD_READS_MAX, REFUSED_BYTES_MAX, REFUSED_LINGER};
use crate::operate::access::AccessRules;
use crate::rooms::{Choice, RoomEntry, RoomOptions, RoomWish};
use crate::tls::Certificates;

/// A connection before its upgrade, without its stream.
pub(super) struct Visit {
    pub(super) peer: SocketAddr,
    pub(super) under_way: UnderWay,
    /// Tells it that its time is over.
    pub(super) eviction: Arc<Eviction>,
    /// Its first word has been heard.
    pub(super) is_heeded: bool,
}

impl Reception {
    /// Says no, and waits a little for the peer to have read it.
    async fn refuse(&self, stream: impl Upgradable, visit: Visit, refused: impl Into<Denial>) {
        let refused = refused.into();
        let response = match (refused.refusal, &refused.made, &refused.wish) {
            (Refusal::NewRoom, Some(room), _) => refused.json_response(room),
            (Refusal::RoomList, _, Some(RoomWish::Any(options))) => refused.json_response(&self.list_rooms(options)),
            (Refusal::PlayerList, ..) => refused.json_response(&self.list_players()),
            _ => refused.response(visit.peer, self.grace_seconds),
        };
        self.count(visit, refused);
        let _ = timeout(REFUSED_LINGER, say_and_linger(stream, &response)).await;
    }

    /// Waits for a connection's first word, and counts it for its address from then on. One that has hung up
    /// by then is [`Refusal::HungUp`], and counts for nothing: when the server stood still, its kernel did
    /// not, and took the tries of clients that have given them up since.
    async fn heed(&self, tcp: &TcpStream, peer: IpAddr) -> io::Result<Result<(), Refusal>> {
        if !is_spoken(tcp).await? {
            return Ok(Err(Refusal::HungUp));
        }
        Ok(self.knock(peer))
    }

    /// Public rooms with these options, as JSON; those of other nodes that told of theirs among them.
    fn list_rooms(&self, options: &RoomOptions) -> String {
        let listed = self.rooms.list(options, self.hall.rooms_abroad(options));
        // Plain texts and numbers can be written.
        serde_json::to_string(&listed).unwrap_or_default()
    }

    /// Players of public rooms, as JSON.
    fn list_players(&self) -> String {
        let listed = self.hall.with(|hall| hall.list_players());
        // Plain texts and numbers can be written.
        serde_json::to_string(&listed).unwrap_or_default()
    }

    fn knock(&self, peer: IpAddr) -> Result<(), Refusal> {
        self.door.knock(self.source(peer), Instant::now())
    }

    fn count(&self, visit: Visit, refused: impl Into<Denial>) {
        self.ledger.refused(visit.peer, visit.under_way, &refused.into());
    }
}

/// The TLS handshake, then the same as without.
pub(super) async fn secure(
    reception: &Arc<Reception>,
    certificates: &Certificates,
    stream: TcpStream,
    mut visit: Visit,
) {
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
            greet(reception, stream, visit, left, None).await;
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
) -> Result<TlsStream<TcpStream>, (Refusal, Option<TcpStream>)> {
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
    TlsStream::accept(certificates.current(), stream).await.map_err(|_| (Refusal::TlsFailed, None))
}

/// Shows the page to a connection of which `head` was read already, by a task of its own; and receives it as
/// a player's, like one that begins with it, when its next request is one.
fn show(reception: &Arc<Reception>, page: &Page, stream: impl Upgradable, head: Vec<u8>, peer: SocketAddr) {
    let files = page.files().clone();
    let source = reception.source(peer.ip());
    page.let_in(source, reception.door.visitors(), |eviction| {
        let (reception, stream) = (Arc::clone(reception), Rewound::new(head, stream, Arc::clone(&eviction)));
        let visitor = async move {
            let shown = visit(&files, stream, peer.ip(), &reception.access, &eviction).await;
            let Some((stream, judged)) = shown else { return };
            // As a visitor's it was counted to its end, and its knock was heard.
            let visit = Visit { peer, under_way: reception.ledger.opened(), eviction, is_heeded: true };
            greet(&reception, stream, visit, HANDSHAKE_MAX, Some(judged)).await;
        };
        tokio::spawn(visitor).abort_handle()
    });
}

/// Takes a connection, from its request, which may have been `judged`, to the tick thread or to a refusal.
pub(super) async fn greet(
    reception: &Arc<Reception>,
    mut stream: impl Upgradable,
    visit: Visit,
    patience: Duration,
    judged: Option<Judged>,
) {
    let outcome = tokio::select! {
        biased;
        () = visit.eviction.notified() => {
            let response = Refusal::Evicted.response(visit.peer, reception.grace_seconds);
            reception.count(visit, Refusal::Evicted);
            // There is no time to see it off: others wait for its place.
            let _ = timeout(Duration::ZERO, stream.write_all(response.as_bytes())).await;
            return;
        }
        outcome = timeout(patience, upgrade(&mut stream, &visit, reception, judged)) => outcome,
    };
    match outcome {
        Ok(Ok(Ok(upgraded))) => hand_over(reception, stream, visit, upgraded).await,
        Ok(Ok(Err((refused, head)))) => match &reception.page {
            Some(page) if refused.refusal.is_of_visitors() => {
                let peer = visit.peer;
                reception.count(visit, Refusal::Visitor);
                show(reception, page, stream, head, peer);
            }
            _ => reception.refuse(stream, visit, refused).await,
        },
        Ok(Err(_)) => reception.count(visit, Refusal::HungUp),
        Err(_) => reception.refuse(stream, visit, Refusal::TooSlow).await,
    }
}

/// A connection whose request was good.
struct Upgraded {
    pass: Pass,
    room: Arc<RoomEntry>,
    client: IpAddr,
    talks: bool,
    /// Bytes that came behind the request.
    early: Vec<u8>,
}

async fn hand_over(reception: &Reception, stream: impl Upgradable, visit: Visit, upgraded: Upgraded) {
    let (Upgraded { pass, room, client, talks, early }, Visit { peer, under_way, .. }) = (upgraded, visit);
    let Pass { admission, errand } = pass;
    // A forwarded address has no port.
    let address = if client == peer.ip() { peer } else { SocketAddr::new(client, 0) };
    let Ok(stream) = stream.into_stream() else {
        return reception.ledger.refused(peer, under_way, &Refusal::HungUp.into());
    };
    let socket = Socket::new(stream, early, admission, reception.limits, Instant::now());
    let socket = if talks { socket.talking(Instant::now()) } else { socket };
    let arrival = Arrival { socket, address, errand, under_way: Some(under_way), introduction: None };
    // It fails when the room is gone, and with it whoever would have come in.
    let _ = room.arrivals.send(Box::new(arrival)).await;
    reception.rooms.wake(&room);
}

/// Reads the request, unless it is `judged`, and answers it, if the answer is yes. Else there is what was
/// read beside the reason.
async fn upgrade(
    stream: &mut impl Upgradable,
    visit: &Visit,
    reception: &Reception,
    judged: Option<Judged>,
) -> io::Result<Result<Upgraded, (Denial, Vec<u8>)>> {
    let peer = visit.peer.ip();
    let heeded = if visit.is_heeded { Ok(()) } else { reception.heed(stream.tcp(), peer).await? };
    // Whoever has ended its half of the connection may still read an answer, if it asks for no WebSocket.
    let is_half_open = heeded == Err(Refusal::HungUp);
    if let Err(refusal) = heeded
        && !is_half_open
    {
        return Ok(Err((refusal.into(), Vec::new())));
    }
    tune_handshake(stream.tcp())?;
    let (judged, read) = match judged {
        Some(judged) => judged,
        None => read_request(stream, peer, &reception.access).await?,
    };
    let Accepted { accept_key, wish, client, talks } = match judged {
        Ok(_) if is_half_open => return Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(accepted) => accepted,
        Err(refused) => {
            let counted = if is_half_open { reception.knock(peer) } else { Ok(()) };
            let refused = counted.map_or_else(Denial::from, |()| answer_inquiry(reception, peer, refused));
            return Ok(Err((refused, read)));
        }
    };
    let (pass, room) = match reserve_place(reception, peer, client, &wish).await {
        Ok(reserved) => reserved,
        Err(refusal) => return Ok(Err((Denial { client: Some(client), ..refusal.into() }, read))),
    };
    tune_player(stream.tcp(), &reception.congestion);
    let talks = talks && reception.hall.is_on();
    stream.write_all(switching(&accept_key, talks).as_bytes()).await?;
    stream.flush().await?;
    Ok(Ok(Upgraded { pass, room, client, talks, early: read }))
}

async fn read_request(stream: &mut impl Upgradable, peer: IpAddr, access: &AccessRules) -> io::Result<Judged> {
    let mut head = Vec::with_capacity(1024);
    for _ in 0..HEAD_READS_MAX {
        if stream.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match check_head(&head, peer, access) {
            Judgement::Incomplete => {}
            Judgement::Refuse(refused) => return Ok((Err(refused), head)),
            Judgement::Upgrade { .. } if has_hung_up(stream.tcp()) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Judgement::Upgrade { accept_key, consumed, wish, client, talks } => {
                return Ok((Ok(Accepted { accept_key, wish, client, talks }), head.split_off(consumed)));
            }
        }
        debug_assert!(head.len() < HEAD_BYTES_MAX, "a head this long should have been judged");
    }
    Ok((Err(Refusal::InCrumbs.into()), head))
}

/// Whether the peer has ended its half of the connection, or all of it, and nothing is left to be read.
fn has_hung_up(tcp: &TcpStream) -> bool {
    match SockRef::from(tcp).peek(&mut [MaybeUninit::uninit()]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
    }
}

/// A place for `client`, who came by way of `peer`, and the room for it; where there is none, a way back for one who
/// may hold a seat.
async fn reserve_place(
    reception: &Reception,
    peer: IpAddr,
    client: IpAddr,
    wish: &RoomWish,
) -> Result<(Pass, Arc<RoomEntry>), Refusal> {
    let (source, closed) = knock_for(reception, peer, client)?;
    if closed.is_some()
        && let Some(choice) = seek_elsewhere(reception, wish, source).await
    {
        let pass = reception.door.reserve(source, None)?;
        let errand = pass.errand.bound_for(choice.reserved, choice.closed).sent_on_to(choice.on_to);
        return Ok((Pass { errand, ..pass }, choice.entry));
    }
    let choice = match reception.rooms.choose_for(wish, &reception.door, source, closed.is_none()) {
        Err(Refusal::Elsewhere) => ask_fleet(reception, wish, source).await?,
        chosen => chosen?,
    };
    let pass = reception.door.reserve(source, closed.or(choice.closed))?;
    let errand = pass.errand.bound_for(choice.reserved, choice.closed).sent_on_to(choice.on_to);
    Ok((Pass { errand, ..pass }, choice.entry))
}

/// The way to a room of another node, for who wants any or a new one of a node that lets nobody in. None where no other
/// node would take it, and for whoever may have a seat here that it comes back to: its room is wanted by its code.
async fn seek_elsewhere(reception: &Reception, wish: &RoomWish, source: Option<Source>) -> Option<Choice> {
    let fleet = reception.rooms.fleet().filter(|fleet| !matches!(wish, RoomWish::Code(_)) && fleet.has_takers())?;
    // Whoever may not have the fleet asked is received here, since it may have a seat.
    reception.rooms.may_seek(wish, &reception.door, source).ok()?;
    if let RoomWish::New(_) = wish {
        return reception.rooms.porch_for(Wanted::of(wish));
    }
    match fleet.seek(Wanted::of(wish), None).await {
        Ok(FoundRoom::There { code, .. }) => reception.rooms.porch_for(Wanted::Code(code)),
        _ => None,
    }
}

/// The room that is wanted of the fleet: by now it is here, or the one that sends the player on. A new one, of which
/// nobody else is told, is not made before it is known who wants it: whoever is not let in, or has a seat, needs none.
async fn ask_fleet(reception: &Reception, wish: &RoomWish, source: Option<Source>) -> Result<Choice, Refusal> {
    let fleet = reception.rooms.fleet().ok_or(Refusal::NoSuchRoom)?;
    if let RoomWish::New(_) = wish {
        return reception.rooms.porch_for(Wanted::of(wish)).ok_or(Refusal::Elsewhere);
    }
    let asked = fleet.seek(Wanted::of(wish), None);
    match asked.await {
        Ok(FoundRoom::Here(code)) => reception.rooms.choose(&RoomWish::Code(code), || false),
        Ok(FoundRoom::There { code, .. }) => reception.rooms.porch_for(Wanted::Code(code)).ok_or(Refusal::Elsewhere),
        Ok(FoundRoom::Nowhere) => {
            reception.door.note_wrong_guess(source, Instant::now());
            Err(Refusal::NoSuchRoom)
        }
        Ok(FoundRoom::Later) | Err(_) => Err(Refusal::Elsewhere),
    }
}

/// Lets `client` knock who came by way of `peer`: what counts as its address, and why nobody is let in just
/// now, if that is so.
fn knock_for(
    reception: &Reception,
    peer: IpAddr,
    client: IpAddr,
) -> Result<(Option<Source>, Option<Refusal>), Refusal> {
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
        reception.rooms.refuses_joins().then_some(Refusal::Overloaded)
    };
    Ok((source, closed))
}

/// Makes a private room for whoever asks for it, and says its code: it ends like any other where nobody comes.
fn make_room(reception: &Reception, peer: IpAddr, mut asked: Denial) -> Denial {
    let Some(RoomWish::Any(options)) = asked.wish.take() else { return asked };
    let wish = RoomWish::New(options);
    let made = knock_for(reception, peer, asked.client.unwrap_or(peer)).and_then(|(source, closed)| {
        closed.map_or(Ok(()), Err)?;
        reception.rooms.choose_for(&wish, &reception.door, source, true)
    });
    match made {
        // It may only be read from, by whoever has a seat.
        Ok(Choice { closed: Some(refusal), .. }) => asked.refusal = refusal,
        Ok(choice) => {
            choice.entry.keep_for_all();
            // Plain texts and numbers can be written.
            asked.made = serde_json::to_string(&choice.entry.listed()).ok();
        }
        Err(refusal) => asked.refusal = refusal,
    }
    asked
}

/// Tells an inquiry what a stranger's request for a WebSocket would be told just now; any other refusal as it is.
fn answer_inquiry(reception: &Reception, peer: IpAddr, refused: Denial) -> Denial {
    match refused.refusal {
        Refusal::RoomList | Refusal::NewRoom if !reception.rooms.is_of_many() => {
            return Denial { refusal: Refusal::WrongPath, wish: None, ..refused };
        }
        Refusal::PlayerList if !reception.hall.is_on() => {
            return Denial { refusal: Refusal::WrongPath, wish: None, ..refused };
        }
        Refusal::NewRoom => return make_room(reception, peer, refused),
        // Lists count for who asks, by way of a proxy too.
        Refusal::RoomList | Refusal::PlayerList => {
            let knocked = knock_for(reception, peer, refused.client.unwrap_or(peer));
            return match knocked {
                Err(refusal) if refusal != Refusal::Stopping => Denial { refusal, wish: None, ..refused },
                _ => refused,
            };
        }
        Refusal::Inquiry => {}
        _ => return refused,
    }
    let knocked = knock_for(reception, peer, refused.client.unwrap_or(peer));
    let judged = knocked.and_then(|(source, closed)| {
        reception.door.judge_stranger(source, closed)?;
        // No room is made for who only asks.
        let code = refused.wish.as_ref().filter(|wish| matches!(wish, RoomWish::Code(_)));
        let choice = code.map(|wish| reception.rooms.choose_for(wish, &reception.door, source, false)).transpose()?;
        choice.and_then(|choice| choice.closed).map_or(Ok(()), Err)
    });
    Denial { refusal: judged.err().unwrap_or(Refusal::Inquiry), ..refused }
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
