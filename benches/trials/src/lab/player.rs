//! [`NativePlayer`]: a native client of the demo, with exact timers: the core's session, its connections, a pilot.

use std::net::SocketAddrV4;
use std::os::fd::BorrowedFd;

use auspice::error::CloseCode;
use auspice::message::{Credential, InputReport};
use auspice::replica::{Replica, ReplicaEvent};
use auspice::session::{Closed, Connection, ConnectionId, HangUp, Session};
use auspice::{ClientId, EntityId, Micros, Tick};
use auspice_bots::demo_driver::DemoDriver;
use auspice_bots::driver::Driver;
use auspice_bots::lateness::Lateness;
use auspice_demo::Demo;

use super::measures::Measures;
use super::player_socket::{PlayerSocket, SocketSignal};

const BUILD: &str = concat!("auspice-lab ", env!("CARGO_PKG_VERSION"));

/// The server's word on a player's inputs, and on its own ticks.
#[derive(Clone, Copy, Debug, Default)]
pub struct InputCount {
    /// Ticks of the server.
    pub ticks: u64,
    /// Inputs since the connection was made.
    pub inputs: InputReport,
    /// The connection of which that was said.
    pub connection: Option<ConnectionId>,
}

/// A player's state, as whoever stages a trial sees it.
#[derive(Clone, Debug)]
pub struct PlayerState {
    /// Its seat.
    pub client: Option<ClientId>,
    /// Its entity.
    pub own: Option<EntityId>,
    /// Whether updates come.
    pub is_playing: bool,
    /// Time from the mark to the first update; `None` while there was none.
    pub back_after: Option<Micros>,
    /// The newest answer to what was asked of the server.
    pub inputs: Option<InputCount>,
}

/// A client that plays.
pub struct NativePlayer {
    session: Session<Replica<Demo>>,
    server: SocketAddrV4,
    sockets: Vec<(ConnectionId, PlayerSocket)>,
    driver: DemoDriver,
    lateness: Lateness,
    /// Newest state that its session had.
    tick: Tick,
    /// Echoes of the connection that were counted.
    echoes: u64,
    mark: Micros,
    back_at: Option<Micros>,
    inputs: Option<InputCount>,
    /// Views that differed from what the server stated.
    pub divergences: u64,
    /// Ends of its connections: the server's code, or why there was none.
    pub ends: Vec<(Option<CloseCode>, String)>,
}

impl NativePlayer {
    /// Player number `index`, on a server at `server` with `tick_hz`.
    #[must_use]
    pub fn new(index: usize, server: SocketAddrV4, tick_hz: u32) -> Self {
        let session = Session::new(&format!("player {index}"), BUILD, index as u64, || Credential::Open).with_spare();
        Self {
            session,
            server,
            sockets: Vec::new(),
            driver: DemoDriver::new(index),
            lateness: Lateness::new(tick_hz),
            tick: Tick(0),
            echoes: 0,
            mark: Micros(0),
            back_at: None,
            inputs: None,
            divergences: 0,
            ends: Vec::new(),
        }
    }

    /// Files to wait for, and whether that is for writing.
    pub fn files(&self) -> impl Iterator<Item = (BorrowedFd<'_>, bool)> {
        self.sockets.iter().flat_map(|(_, socket)| socket.files().map(|file| (file, socket.wants_to_write())))
    }

    /// The time at which it has something to do, if nothing comes.
    #[must_use]
    pub fn next_due(&self) -> Option<Micros> {
        self.session.next_due().into_iter().chain(self.sockets.iter().filter_map(|(_, socket)| socket.next_due())).min()
    }

    /// Takes what has come by `now`, and does what is due.
    pub fn turn(&mut self, now: Micros, measures: &mut Measures) {
        self.hang_up(now);
        while let Some(connection) = self.session.poll_dial(now) {
            self.sockets.push((connection, PlayerSocket::open(self.server, now)));
        }
        self.read(now, measures);
        self.hang_up(now);
        self.send(now, measures);
    }

    fn hang_up(&mut self, now: Micros) {
        while let Some((connection, how)) = self.session.poll_hang_up(now) {
            let Some(index) = self.sockets.iter().position(|(id, _)| *id == connection) else { continue };
            let (_, socket) = self.sockets.swap_remove(index);
            if how == HangUp::Goodbye {
                socket.close();
            }
        }
    }

    fn read(&mut self, now: Micros, measures: &mut Measures) {
        let mut index = 0;
        while let Some((connection, socket)) = self.sockets.get_mut(index) {
            let connection = *connection;
            match socket.poll(now) {
                None => index += 1,
                Some(SocketSignal::Opened) => self.session.handle_opened(connection, now),
                Some(SocketSignal::Message(bytes)) => self.take(connection, &bytes, now, measures),
                Some(SocketSignal::Closed(closed)) => {
                    self.sockets.remove(index);
                    self.note_end(&closed);
                    self.session.handle_closed(connection, closed, now);
                }
            }
        }
    }

    fn take(&mut self, connection: ConnectionId, bytes: &[u8], now: Micros, measures: &mut Measures) {
        let before = self.session.follower().map_or(0, |replica| replica.report().updates);
        if let Err(fault) = self.session.handle_message(connection, bytes, now) {
            self.ends.push((None, format!("the server broke the protocol: {fault}")));
            return;
        }
        let Some(replica) = self.session.follower() else { return };
        let (report, tick) = (*replica.report(), replica.tick());
        if report.echoes < self.echoes {
            self.echoes = 0;
        }
        if report.echoes > self.echoes {
            self.echoes = report.echoes;
            measures.note_echo(report.echo);
        }
        if report.updates == before || tick <= self.tick {
            return;
        }
        self.tick = tick;
        measures.note_update();
        self.lateness.arrived(tick, now, |age| measures.note_age(age));
        if now >= self.mark {
            self.back_at.get_or_insert(now);
        }
        self.hear(connection);
    }

    fn hear(&mut self, connection: ConnectionId) {
        let Some(replica) = self.session.follower_mut() else { return };
        while let Some(event) = replica.poll_event() {
            match event {
                ReplicaEvent::Diverged { .. } => self.divergences += 1,
                ReplicaEvent::Report { ticks, inputs, .. } => {
                    self.inputs = Some(InputCount { ticks: ticks.ticks, inputs, connection: Some(connection) });
                }
                _ => {}
            }
        }
    }

    fn send(&mut self, now: Micros, measures: &mut Measures) {
        for (connection, socket) in &mut self.sockets {
            while socket.is_ready() {
                let due = |replica: &&mut Replica<Demo>| {
                    replica.is_playing() && replica.next_due().is_some_and(|due| due <= now)
                };
                if let Some(replica) = self.session.follower_mut().filter(due) {
                    let input = self.driver.steer(replica, now);
                    replica.set_input(input);
                }
                let Some(message) = self.session.poll_transmit(*connection, now) else { break };
                socket.send(message);
                measures.note_sent();
            }
        }
    }

    fn note_end(&mut self, closed: &Closed) {
        self.ends.push((closed.code, closed.sentence.clone()));
    }

    /// Asks the server what it has counted.
    pub fn ask_inputs(&mut self) {
        self.inputs = None;
        if let Some(replica) = self.session.follower_mut() {
            replica.ask_report();
        }
    }

    /// Watches from `mark` on for the first update.
    pub fn watch(&mut self, mark: Micros) {
        (self.mark, self.back_at) = (mark, None);
    }

    /// Its state at `now`.
    #[must_use]
    pub fn state(&self, now: Micros) -> PlayerState {
        let replica = self.session.follower();
        PlayerState {
            client: replica.and_then(Replica::client),
            own: replica.and_then(Replica::own),
            is_playing: self.session.connection(now) == Connection::Playing,
            back_after: self.back_at.map(|at| at.since(self.mark)),
            inputs: self.inputs,
        }
    }
}
