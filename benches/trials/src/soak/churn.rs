//! Bots that come and go: each lives one life after another, and most lives end otherwise than by a goodbye.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use auspice::Rng;
use auspice::message::{Credential, ResumeToken};
use auspice::session::Closed;
use auspice_bots::bot::{self, Bot, SharedTally};
use auspice_bots::demo_driver::DemoDriver;
use auspice_bots::follower::Depth;
use auspice_bots::tally::{Phase, Tally};
use auspice_demo::Demo;
use auspice_socket::Dial;
use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

/// Percentage of lives that hold a whole replica and verify it.
const WHOLE_PERCENT: u32 = 5;
/// Time that the server may take to close a bot that broke the protocol, and bots to be welcomed.
const PATIENCE: Duration = Duration::from_secs(30);
/// Time that a bot which was turned away stays away, on average.
const TURNED_AWAY_PAUSE: Duration = Duration::from_secs(1);
/// Sentences kept of what went wrong.
const FAULTS_KEPT: usize = 20;

/// Counts of what bots do and have seen, for whoever watches.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Set to end all lives.
    pub(super) ends: AtomicBool,
    /// Lives begun.
    pub(super) lives: AtomicU64,
    /// Welcomes seen.
    pub(super) welcomes: AtomicU64,
    /// Joins by which a bot was the same player again.
    pub(super) returns: AtomicU64,
    /// Lives that ended before they began, because the server was overloaded.
    pub(super) turned_away: AtomicU64,
    /// Views that differed from what the server stated.
    pub(super) divergences: AtomicU64,
    faults: Mutex<Vec<String>>,
}

impl Counts {
    fn fault(&self, sentence: String) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        if faults.len() < FAULTS_KEPT {
            faults.push(sentence);
        }
    }

    /// Failures of bots that did nothing wrong, the first few.
    #[must_use]
    pub(super) fn faults(&self) -> Vec<String> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Course of a life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// Plays and says goodbye.
    Goodbye,
    /// Plays, is cut off and never heard of again: its seat waits for its grace time.
    Cut,
    /// Plays, is cut off, comes back by its token and plays on.
    Return,
    /// Upgrades and goes without a word.
    Silent,
    /// Goes in the middle of its request.
    HalfRequest,
    /// Asks for what there is not.
    WrongPath,
    /// Sends text where nobody reads any.
    Text,
}

impl Life {
    fn draw(rng: &mut Rng) -> Self {
        match rng.below(100) {
            0..55 => Self::Goodbye,
            55..70 => Self::Cut,
            70..85 => Self::Return,
            85..90 => Self::Silent,
            90..94 => Self::HalfRequest,
            94..97 => Self::WrongPath,
            _ => Self::Text,
        }
    }
}

/// Starts `bots` bots on a thread of their own, whose lives last `mean` on average.
///
/// # Errors
/// Where there is no thread.
pub(super) fn start(
    url: &str,
    bots: u32,
    mean: Duration,
    counts: &Arc<Counts>,
) -> Result<JoinHandle<Result<(), String>>, String> {
    let (url, counts) = (url.to_owned(), Arc::clone(counts));
    let thread = std::thread::Builder::new().name("churn".into()).spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        let server = Rc::new(Dial::new(&url, None)?);
        let slots = LocalSet::new();
        let tally: SharedTally = Rc::new(RefCell::new(Tally { phase: Phase::Measuring, ..Tally::default() }));
        let start = Instant::now();
        for number in 0..bots {
            let slot = Slot {
                number,
                lives: 0,
                rng: Rng::new(u64::from(number) + 1),
                mean,
                server: server.clone(),
                address: url.trim_start_matches("ws://").split('/').next().unwrap_or_default().to_owned(),
                tally: tally.clone(),
                counts: counts.clone(),
                start,
            };
            slots.spawn_local(slot.live());
        }
        runtime.block_on(slots);
        Ok(())
    });
    thread.map_err(|error| error.to_string())
}

/// Whether a server has too much to do to let anyone in, as it may: before the upgrade or after.
fn is_turned_away(sentence: &str) -> bool {
    sentence.contains(": 503") || sentence.contains("with 1013")
}

/// A bot's place in the run.
struct Slot {
    number: u32,
    lives: u32,
    rng: Rng,
    mean: Duration,
    server: Rc<Dial>,
    address: String,
    tally: SharedTally,
    counts: Arc<Counts>,
    start: Instant,
}

impl Slot {
    async fn live(mut self) {
        // Not all at once.
        sleep(self.some(self.mean)).await;
        while !self.counts.ends.load(Ordering::Relaxed) {
            self.lives += 1;
            self.counts.lives.fetch_add(1, Ordering::Relaxed);
            let life = Life::draw(&mut self.rng);
            let lived = match life {
                Life::Goodbye | Life::Cut | Life::Return => self.play(life).await,
                Life::Silent => self.server.connect().await.map(drop).map_err(sentence),
                Life::HalfRequest => self.ask(b"GET /play HTTP/1.1\r\nHost: ").await,
                Life::WrongPath => self.ask(b"GET /nothing HTTP/1.1\r\nHost: soak\r\n\r\n").await,
                Life::Text => self.say_text().await,
            };
            if let Err(sentence) = lived {
                if is_turned_away(&sentence) {
                    self.counts.turned_away.fetch_add(1, Ordering::Relaxed);
                } else {
                    self.counts.fault(format!("life {} of bot {}, {life:?}: {sentence}", self.lives, self.number));
                }
                let pause = self.some(TURNED_AWAY_PAUSE);
                sleep(pause).await;
            }
            self.counts.divergences.store(self.tally.borrow().divergences, Ordering::Relaxed);
        }
    }

    /// A duration of a mean of `mean`, of up to twice that.
    fn some(&mut self, mean: Duration) -> Duration {
        mean * self.rng.below(2001) / 1000
    }

    async fn play(&mut self, life: Life) -> Result<(), String> {
        let whole = self.rng.below(100) < WHOLE_PERCENT;
        let stays = self.some(self.mean);
        let token = self.visit(whole, Credential::Open, stays, life == Life::Goodbye).await?;
        if life != Life::Return {
            return Ok(());
        }
        let Some(token) = token else { return Ok(()) };
        let away = self.some(self.mean / 10);
        sleep(away).await;
        let stays = self.some(self.mean);
        self.visit(whole, Credential::Resume(token), stays, true).await?;
        self.counts.returns.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Joins, plays for a while and goes, with a goodbye or without. By what it may come back, if it was heard.
    async fn visit(
        &mut self,
        whole: bool,
        credential: Credential,
        stays: Duration,
        polite: bool,
    ) -> Result<Option<ResumeToken>, String> {
        let (name, depth) = (format!("soak{}", self.number), if whole { Depth::Whole } else { Depth::Light });
        let driver = DemoDriver::new(self.number as usize);
        let (tally, server) = (Rc::clone(&self.tally), Rc::clone(&self.server));
        let bot = Bot::<Demo, _>::new(name, depth, credential, driver, tally, server);
        let mut bot = bot.map_err(|error| error.to_string())?.alone();
        // One connection: what comes after it is this life's affair.
        let has_ended = |bot: &Bot<_, _>| bot.ending().is_some();
        // It is waited for in any case, so that both sides have counted the same joins.
        let welcomed = bot.play(self.start, |bot| bot.is_welcome() || has_ended(bot));
        timeout(PATIENCE, welcomed).await.map_err(|_| "no welcome came")?;
        if bot.is_welcome() {
            self.counts.welcomes.fetch_add(1, Ordering::Relaxed);
            let until = bot::since(self.start) + stays.into();
            let is_over = || bot::since(self.start) >= until || self.counts.ends.load(Ordering::Relaxed);
            bot.play(self.start, |bot| is_over() || has_ended(bot)).await;
        }
        if let Some(closed) = bot.ending() {
            return Err(closed.sentence.clone());
        }
        if polite {
            bot.leave().await;
        }
        Ok(bot.resume_token().filter(|_| bot.has_been_heard()))
    }

    /// Sends some bytes of a request and goes.
    async fn ask(&self, bytes: &[u8]) -> Result<(), String> {
        let stream = TcpStream::connect(&self.address).await;
        let mut stream = stream.map_err(|error| error.to_string())?;
        stream.write_all(bytes).await.map_err(|error| error.to_string())
    }

    async fn say_text(&self) -> Result<(), String> {
        let mut socket = self.server.connect().await.map_err(sentence)?;
        socket.send(Message::text("hello")).await.map_err(|error| error.to_string())?;
        let closed = timeout(PATIENCE, async {
            loop {
                match socket.next().await {
                    Some(Ok(Message::Close(Some(frame)))) => return Ok(u16::from(frame.code)),
                    Some(Ok(_)) => {}
                    _ => return Err("hung up without a word"),
                }
            }
        });
        match closed.await {
            Ok(Ok(1003)) => Ok(()),
            Ok(Ok(code)) => Err(format!("closed with {code} instead of 1003")),
            Ok(Err(sentence)) => Err(sentence.into()),
            Err(_) => Err("text was not answered".into()),
        }
    }
}

fn sentence(closed: Closed) -> String {
    closed.sentence
}
