//! Honest bots that play all the while, and how evenly their updates come.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use auspice::message::Credential;
use auspice_bots::bot::Bot;
use auspice_bots::demo_driver::DemoDriver;
use auspice_bots::follower::Depth;
use auspice_bots::life;
use auspice_bots::tally::{Phase, Tally};
use auspice_demo::Demo;
use auspice_socket::Dial;
use hdrhistogram::Histogram;
use tokio::task::LocalSet;
use tokio::time::Instant;

/// Measurements by honest bots in a window of time.
#[derive(Clone, Debug)]
pub struct Sight {
    /// Time from an update of a bot to its next, in microseconds.
    pub interval_us: Histogram<u64>,
    /// Bots that lost their connection so far, and why.
    pub lost: Vec<String>,
    /// Bots that play.
    pub playing: usize,
}

/// Honest bots on a thread of their own.
pub struct Honest {
    ask: Option<Sender<()>>,
    sights: Receiver<Sight>,
    thread: Option<JoinHandle<()>>,
}

impl Honest {
    /// Sends `count` bots to `url`.
    ///
    /// # Errors
    /// A sentence where they cannot start.
    pub fn start(url: &str, count: usize) -> Result<Self, String> {
        let (ask, asked) = channel();
        let (tell, sights) = channel();
        let url = url.to_owned();
        let thread = std::thread::Builder::new()
            .name("honest".into())
            .spawn(move || play(&url, count, &asked, &tell))
            .map_err(|error| error.to_string())?;
        Ok(Self { ask: Some(ask), sights, thread: Some(thread) })
    }

    /// Takes the measurements since the last look.
    ///
    /// # Errors
    /// When they are gone.
    pub fn look(&self) -> Result<Sight, String> {
        let gone = || "the honest bots are gone".to_owned();
        self.ask.as_ref().ok_or_else(gone)?.send(()).map_err(|_| gone())?;
        self.sights.recv().map_err(|_| gone())
    }
}

impl Drop for Honest {
    fn drop(&mut self) {
        drop(self.ask.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn play(url: &str, count: usize, asked: &Receiver<()>, tell: &Sender<Sight>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    let Ok(server) = Dial::new(url, None).map(Rc::new) else { return };
    let bots = LocalSet::new();
    let tally = Rc::new(RefCell::new(Tally::default()));
    bots.block_on(&runtime, async {
        let start = Instant::now();
        for index in 0..count {
            let name = format!("honest{index}");
            let (tally, server) = (Rc::clone(&tally), Rc::clone(&server));
            let bot = Bot::<Demo, _>::new(name, Depth::Light, Credential::Open, DemoDriver::new(index), tally, server);
            let Ok(bot) = bot else { continue };
            bots.spawn_local(life::live(bot, start));
        }
        tally.borrow_mut().phase = Phase::Measuring;
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            match asked.try_recv() {
                Ok(()) => {
                    let _ = tell.send(sight(&mut tally.borrow_mut()));
                }
                Err(std::sync::mpsc::TryRecvError::Empty) => {}
                Err(std::sync::mpsc::TryRecvError::Disconnected) => break,
            }
        }
        tally.borrow_mut().phase = Phase::Leaving;
        tokio::time::sleep(Duration::from_millis(200)).await;
    });
}

impl Sight {
    /// Time from an update of a bot to its next, at the 99th percentile.
    #[must_use]
    pub fn interval_p99(&self) -> Duration {
        Duration::from_micros(self.interval_us.value_at_quantile(0.99))
    }

    /// Both windows' measurements together.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.interval_us.add(&other.interval_us).expect("histograms of the same bounds should add");
        self
    }
}

fn sight(tally: &mut Tally) -> Sight {
    let sight = Sight {
        interval_us: tally.interval_us.clone(),
        lost: tally.disconnect_reasons.iter().chain(&tally.refused).cloned().collect(),
        playing: tally.joined.saturating_sub(tally.disconnects as usize),
    };
    tally.interval_us.reset();
    sight
}
