//! Players with the core's session, which follow wherever they are sent.

use std::collections::VecDeque;
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

use auspice::error::CloseCode;
use auspice::message::{Credential, ResumeToken, SUBPROTOCOL, TALK_SUBPROTOCOL, Talk};
use auspice::replica::{Replica, ReplicaEvent};
use auspice::session::{Closed, ConnectionId, HangUp, Session};
use auspice::{ClientId, Micros, Tick};
use auspice_demo::{Demo, Input};
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::HandshakeError;
use tungstenite::protocol::WebSocket;
use tungstenite::{Error, Message};

use crate::way::PlayerWay;
pub(crate) use crate::way::trust;

type Web = WebSocket<PlayerWay>;

/// A connection, which is dialled by a thread of its own.
struct Link {
    id: ConnectionId,
    dialling: Option<Receiver<Result<Web, Closed>>>,
    web: Option<Web>,
    /// What came, and what is to be sent, by the time at which the network has carried it.
    coming: VecDeque<(Instant, Came)>,
    going: VecDeque<(Instant, Vec<u8>)>,
}

/// Something that came.
enum Came {
    Message(Vec<u8>),
    Line(String),
    Closed(Closed),
}

/// The time that the network takes each way, beyond what this machine takes: `AUSPICE_FLEET_RTT=80` is 40 ms.
fn one_way() -> Duration {
    static RTT: OnceLock<u64> = OnceLock::new();
    let millis = || std::env::var("AUSPICE_FLEET_RTT").map_or(0, |text| text.parse().expect("milliseconds"));
    Duration::from_millis(*RTT.get_or_init(millis)) / 2
}

/// A player.
pub(crate) struct Player {
    pub(crate) session: Session<Replica<Demo>>,
    links: Vec<Link>,
    address: String,
    start: Instant,
    /// The last tick that it was told of, over all connections.
    pub(crate) tick: Tick,
    /// The time of the last update.
    heard: Instant,
    /// The longest time without a new tick, since it was taken last.
    silence: Duration,
    pub(crate) updates: u64,
    pub(crate) client: Option<ClientId>,
    pub(crate) dials: usize,
    /// Connections that a server closed, or did not open.
    pub(crate) refusals: usize,
    /// Ticks by which the world went back.
    pub(crate) lost: u32,
    pub(crate) diverged: usize,
}

/// A line as it was heard: its sayer's name and room, and its text.
pub(crate) type HeardLine = (String, Option<String>, String);

impl Player {
    pub(crate) fn new(name: &str, address: &str, start: Instant) -> Self {
        Self::with(name, address, start, || Credential::Open)
    }

    /// The same with what it shows to be let in, made anew for each time.
    pub(crate) fn with(
        name: &str,
        address: &str,
        start: Instant,
        credential: impl FnMut() -> Credential + Send + Sync + 'static,
    ) -> Self {
        let seed = name.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(131) + u64::from(byte));
        Self {
            session: Session::new(name, "tests", seed, credential),
            links: Vec::new(),
            address: address.into(),
            start,
            tick: Tick(0),
            heard: start,
            silence: Duration::ZERO,
            updates: 0,
            client: None,
            dials: 0,
            refusals: 0,
            lost: 0,
            diverged: 0,
        }
    }

    /// The same of one who comes back by a token.
    pub(crate) fn resumed(name: &str, address: &str, start: Instant, token: ResumeToken) -> Self {
        let player = Self::new(name, address, start);
        Self { session: player.session.resume_by(token), ..player }
    }

    /// Takes what has come, and sends what is due.
    fn pump(&mut self) {
        let now = Micros::from(self.start.elapsed());
        self.hang_up(now);
        if let Some(id) = self.session.poll_dial(now) {
            self.dials += 1;
            let address = self.session.address(id).unwrap_or(&self.address).to_owned();
            let (coming, going) = Default::default();
            self.links.push(Link { id, dialling: Some(dial(address)), web: None, coming, going });
        }
        let mut links = std::mem::take(&mut self.links);
        links.retain_mut(|link| self.receive(link, now));
        self.links = links;
        self.hang_up(now);
        self.look();
        if let Some(replica) = self.session.follower_mut().filter(|replica| replica.is_playing()) {
            replica.set_input(Input { thrust: true, turn: 1, ..Input::default() });
        }
        for link in &mut self.links {
            let Some(web) = &mut link.web else { continue };
            while let Some(message) = self.session.poll_transmit(link.id, now) {
                link.going.push_back((Instant::now() + one_way(), message.to_vec()));
            }
            while let Some((_, message)) = link.going.pop_front_if(|(at, _)| *at <= Instant::now()) {
                let _ = web.send(Message::binary(message));
            }
            while let Some(line) = self.session.poll_line(link.id) {
                let _ = web.send(Message::text(line));
            }
        }
    }

    fn hang_up(&mut self, now: Micros) {
        while let Some((id, how)) = self.session.poll_hang_up(now) {
            for mut link in self.links.extract_if(.., |link| link.id == id) {
                if let (HangUp::Goodbye, Some(web)) = (how, &mut link.web) {
                    let _ = web.close(None);
                }
            }
        }
    }

    /// Takes what came on one connection. Whether it is still there.
    fn receive(&mut self, link: &mut Link, now: Micros) -> bool {
        if let Some(dialling) = &link.dialling {
            match dialling.try_recv() {
                Err(TryRecvError::Empty) => return true,
                Ok(Ok(web)) => {
                    (link.web, link.dialling) = (Some(web), None);
                    self.session.handle_opened(link.id, now);
                }
                Ok(Err(closed)) => {
                    self.refusals += 1;
                    self.session.handle_closed(link.id, closed, now);
                    return false;
                }
                Err(TryRecvError::Disconnected) => panic!("a dial panicked"),
            }
        }
        link.read();
        while let Some((_, came)) = link.coming.pop_front_if(|(at, _)| *at <= Instant::now()) {
            match came {
                Came::Message(bytes) => {
                    self.session.handle_message(link.id, &bytes, now).expect("the server keeps to the protocol");
                }
                Came::Line(text) => self.session.handle_line(link.id, &text),
                Came::Closed(closed) => {
                    self.refusals += 1;
                    self.session.handle_closed(link.id, closed, now);
                    return false;
                }
            }
        }
        true
    }

    /// Looks what is new in the world.
    fn look(&mut self) {
        let is_connected = self.session.is_connected();
        let Some(replica) = self.session.follower_mut().filter(|replica| is_connected && replica.is_playing()) else {
            return;
        };
        while let Some(event) = replica.poll_event() {
            if let ReplicaEvent::Diverged { .. } = event {
                self.diverged += 1;
            }
        }
        self.client = replica.client();
        let tick = replica.tick();
        if replica.report().updates == 0 || tick == self.tick {
            return;
        }
        self.lost += self.tick.0.saturating_sub(tick.0);
        self.silence = self.silence.max(self.heard.elapsed());
        (self.tick, self.heard) = (tick, Instant::now());
        self.updates += 1;
    }

    /// The longest time without a new tick since this was asked last.
    pub(crate) fn take_silence(&mut self) -> Duration {
        std::mem::take(&mut self.silence).max(self.heard.elapsed())
    }

    /// Whether it plays at another address than one that begins so.
    pub(crate) fn is_elsewhere(&self, address: &str) -> bool {
        let at = self.session.played_by().map(|id| self.session.address(id).unwrap_or(&self.address));
        at.is_some_and(|at| !at.starts_with(address))
    }

    /// What was said since it was asked last, as far as it heard it: names, rooms and lines.
    pub(crate) fn take_lines(&mut self) -> Vec<HeardLine> {
        let talk = std::iter::from_fn(|| self.session.poll_talk());
        let line = |talk| if let Talk::Line { name, room, text, .. } = talk { Some((name, room, text)) } else { None };
        talk.filter_map(line).collect()
    }

    /// Whether it sees its own ship.
    pub(crate) fn has_ship(&self) -> bool {
        self.session.follower().is_some_and(|replica| replica.own().is_some())
    }
}

impl Link {
    /// Takes what came into the network.
    fn read(&mut self) {
        let Some(web) = &mut self.web else { return };
        loop {
            let came = match web.read() {
                Ok(Message::Binary(bytes)) => Came::Message(bytes.to_vec()),
                Ok(Message::Text(text)) => Came::Line(text.to_string()),
                Ok(Message::Close(frame)) => {
                    let _ = web.flush();
                    let told = frame.map(|frame| Closed::with(u16::from(frame.code), frame.reason.to_string()));
                    Came::Closed(told.unwrap_or_default())
                }
                Ok(_) => continue,
                Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                Err(error) => Came::Closed(Closed::without_word(error.to_string())),
            };
            let is_over = matches!(came, Came::Closed(_));
            self.coming.push_back((Instant::now() + one_way(), came));
            if is_over {
                self.web = None;
                return;
            }
        }
    }
}

/// Dials on a thread of its own: a server may let a player wait whose room is on its way.
fn dial(address: String) -> Receiver<Result<Web, Closed>> {
    let (tell, told) = channel();
    std::thread::spawn(move || _ = tell.send(connect(&address)));
    told
}

fn connect(address: &str) -> Result<Web, Closed> {
    let unheard = |error: std::io::Error| Closed::without_word(error.to_string());
    let mut request = address.into_client_request().expect("it is an address");
    let host = request.uri().authority().expect("it has a host").to_string();
    request
        .headers_mut()
        .insert("Sec-WebSocket-Protocol", format!("{TALK_SUBPROTOCOL}, {SUBPROTOCOL}").parse().expect("it is plain"));
    let to = host.to_socket_addrs().map_err(unheard)?.next().expect("it has an address");
    let stream = TcpStream::connect_timeout(&to, Duration::from_secs(2)).map_err(unheard)?;
    stream.set_nodelay(true).map_err(unheard)?;
    let way = if address.starts_with("wss://") {
        PlayerWay::secured(stream).map_err(unheard)?
    } else {
        PlayerWay::Plain(stream)
    };
    match tungstenite::client::client_with_config(request, way, None) {
        Ok((web, _)) => {
            // A round trip for TCP, and one for the upgrade.
            std::thread::sleep(4 * one_way());
            web.get_ref().tcp().set_nonblocking(true).map_err(unheard)?;
            Ok(web)
        }
        Err(HandshakeError::Failure(Error::Http(response))) => Err(Closed {
            code: CloseCode::of_http_status(response.status().as_u16()),
            sentence: response.status().to_string(),
            retry_after: None,
        }),
        Err(error) => Err(Closed::without_word(error.to_string())),
    }
}

/// Pumps all of them until `enough`: how long that took.
pub(crate) fn play(
    players: &mut [Player],
    what: &str,
    most: Duration,
    mut enough: impl FnMut(&[Player]) -> bool,
) -> Duration {
    let start = Instant::now();
    loop {
        players.iter_mut().for_each(Player::pump);
        if enough(players) {
            return start.elapsed();
        }
        assert!(start.elapsed() < most, "not within {most:?}: {what}; {}", tell(players));
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Pumps all of them for a while.
pub(crate) fn play_for(players: &mut [Player], time: Duration) {
    let start = Instant::now();
    play(players, "time passes", time * 4, |_| start.elapsed() >= time);
}

fn tell(players: &[Player]) -> String {
    let of = |player: &Player| {
        format!(
            "{} (tick {}, {} dials)",
            player.session.connection(Micros::from(player.start.elapsed())),
            player.tick.0,
            player.dials
        )
    };
    players.iter().take(5).map(of).collect::<Vec<_>>().join("; ")
}

/// The value that so many percent of these do not exceed.
pub(crate) fn percentile(mut values: Vec<Duration>, percent: usize) -> Duration {
    values.sort_unstable();
    values[(values.len() * percent / 100).min(values.len() - 1)]
}
