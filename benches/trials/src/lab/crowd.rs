//! [`Crowd`]: all who play over a link, and the bare streams beside them, on one thread with exact timers.

use std::io;
use std::net::{SocketAddrV4, TcpStream};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use auspice::Micros;
use auspice::error::CloseCode;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::bare::BareStreams;
use super::measures::Measures;
use super::namespace::{Namespace, take_precedence};
use super::player::{NativePlayer, PlayerState};

/// Longest wait of the thread, after which it sees what it is told.
const LOOK_EVERY: Micros = Micros::from_millis(5);
/// Precedence of the thread: behind the link, before the server, whose machine is another one in truth.
const PRECEDENCE: u8 = 40;

/// Something that is done to the players between two turns.
type CrowdOrder = Box<dyn FnOnce(&mut CrowdState) + Send>;

/// All that the thread works with.
struct CrowdState {
    players: Vec<NativePlayer>,
    bare: BareStreams,
    measures: Measures,
    start: Instant,
    is_over: bool,
}

/// Players and bare streams, at play until this is dropped.
pub struct Crowd {
    orders: Sender<CrowdOrder>,
    thread: Option<JoinHandle<()>>,
}

/// Result of all players' connections so far.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Views that differed from what the server stated.
    pub divergences: u64,
    /// Ends of connections: the server's code, or why there was none.
    pub ends: Vec<(Option<CloseCode>, String)>,
}

impl Crowd {
    /// Has so many `players` play on the server at `server` with `tick_hz`, from within `network`, and messages go
    /// over `bare` connections.
    ///
    /// # Errors
    /// A sentence where there is no thread for it.
    pub fn start(
        network: &Namespace,
        players: usize,
        server: SocketAddrV4,
        tick_hz: u32,
        bare: Vec<(TcpStream, TcpStream)>,
    ) -> Result<Self, String> {
        let (orders, received) = channel();
        let start = Instant::now();
        let bare = BareStreams::new(bare, tick_hz, Micros(0)).map_err(|error: io::Error| error.to_string())?;
        let players = (0..players).map(|index| NativePlayer::new(index, server, tick_hz)).collect();
        let crowd = CrowdState { players, bare, measures: Measures::default(), start, is_over: false };
        let spawn = || {
            thread::Builder::new().name("players".into()).spawn(move || {
                let _ = take_precedence(PRECEDENCE);
                play(crowd, &received);
            })
        };
        // A thread lives in the network of the one that starts it.
        let thread = network.run(spawn)?.map_err(|error| error.to_string())?;
        Ok(Self { orders, thread: Some(thread) })
    }

    /// State of each player.
    #[must_use]
    pub fn states(&self) -> Vec<PlayerState> {
        self.order(|crowd| {
            let now = crowd.now();
            crowd.players.iter().map(|player| player.state(now)).collect()
        })
    }

    /// Ends of connections and other mishaps, of the whole time.
    #[must_use]
    pub fn record(&self) -> Record {
        self.order(|crowd| Record {
            divergences: crowd.players.iter().map(|player| player.divergences).sum(),
            ends: crowd.players.iter().flat_map(|player| player.ends.clone()).collect(),
        })
    }

    /// Has every player ask the server for its counts.
    pub fn ask_inputs(&self) {
        self.order(|crowd| crowd.players.iter_mut().for_each(NativePlayer::ask_inputs));
    }

    /// Measures from now on.
    pub fn begin(&self) {
        self.order(|crowd| crowd.measures.begin());
    }

    /// Measures no more; returns what was measured.
    #[must_use]
    pub fn end(&self) -> Measures {
        self.order(|crowd| crowd.measures.end())
    }

    /// Marks the moment `after` now: from it on the first update of each player and the first message of each
    /// bare stream are watched for.
    pub fn watch(&self, after: Duration) {
        self.order(move |crowd| {
            let mark = crowd.now() + after.into();
            crowd.players.iter_mut().for_each(|player| player.watch(mark));
            crowd.bare.watch(mark);
        });
    }

    /// Time from the mark to the first message of each bare stream; `None` where nothing came.
    #[must_use]
    pub fn bare_backs(&self) -> Vec<Option<Micros>> {
        self.order(|crowd| crowd.bare.backs().collect())
    }

    /// Has all players stand still for `length`, as programs do that are suspended; returns at once after it.
    pub fn pause(&self, length: Duration) {
        self.order(move |_| thread::sleep(length));
    }

    /// Has the thread do `work`; returns when it is done.
    fn order<T: Send + 'static>(&self, work: impl FnOnce(&mut CrowdState) -> T + Send + 'static) -> T {
        let (answer, answered) = channel();
        let order = move |crowd: &mut CrowdState| drop(answer.send(work(crowd)));
        self.orders.send(Box::new(order)).expect("the players' thread should live as long as the crowd");
        answered.recv().expect("the players' thread should answer")
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        let _ = self.orders.send(Box::new(|crowd| crowd.is_over = true));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl CrowdState {
    fn now(&self) -> Micros {
        self.start.elapsed().into()
    }
}

/// Plays until told to end.
fn play(mut crowd: CrowdState, orders: &Receiver<CrowdOrder>) {
    let mut ready = Ready { players: vec![true; crowd.players.len()], streams: vec![true; crowd.bare.count()] };
    while !crowd.is_over {
        match orders.try_recv() {
            Ok(order) => order(&mut crowd),
            Err(TryRecvError::Disconnected) => return,
            Err(TryRecvError::Empty) => {}
        }
        let now = crowd.now();
        for (player, is_ready) in crowd.players.iter_mut().zip(&ready.players) {
            if *is_ready || player.next_due().is_some_and(|due| due <= now) {
                player.turn(now, &mut crowd.measures);
            }
        }
        let now = crowd.now();
        crowd.bare.turn(now, &ready.streams, &mut crowd.measures);
        ready = wait(&crowd);
    }
}

/// Players and streams for which something came.
struct Ready {
    players: Vec<bool>,
    streams: Vec<bool>,
}

/// Waits until something comes or is due.
fn wait(crowd: &CrowdState) -> Ready {
    let (mut files, mut players, mut streams) = (Vec::new(), Vec::new(), Vec::new());
    for (index, player) in crowd.players.iter().enumerate() {
        for (file, is_for_writing) in player.files() {
            let flags = if is_for_writing { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
            files.push(PollFd::from_borrowed_fd(file, flags));
            players.push(index);
        }
    }
    for (index, file) in crowd.bare.files() {
        files.push(PollFd::from_borrowed_fd(file, PollFlags::IN));
        streams.push(index);
    }
    let now = crowd.now();
    let dues = crowd.players.iter().filter_map(NativePlayer::next_due).chain([crowd.bare.next_due(), now + LOOK_EVERY]);
    // Rounded up: a session has nothing to say before its time.
    let left = dues.min().unwrap_or(now).since(now);
    let timeout = Timespec { tv_sec: 0, tv_nsec: left.0 as i64 * 1000 };
    let _ = poll(&mut files, Some(&timeout));
    let mut ready = Ready { players: vec![false; crowd.players.len()], streams: vec![false; crowd.bare.count()] };
    let (of_players, of_streams) = files.split_at(players.len());
    of_players.iter().zip(players).for_each(|(file, index)| ready.players[index] |= !file.revents().is_empty());
    of_streams.iter().zip(streams).for_each(|(file, index)| ready.streams[index] |= !file.revents().is_empty());
    ready
}
