//! [`NatsFabric`]: NATS as the store and bus of a fleet, on a thread of its own.
//!
//! What it takes care of, so that the directory need not:
//!
//! - Servers before 2.11 take what they do not know in silence: refused by their version, with a sentence.
//! - Any call may hang while a server stands still, and may be done later all the same: each has a deadline, after
//!   which its answer is [`Reply::Failed`](crate::Reply::Failed), and an order that waited too long for its turn is
//!   not done.
//! - A bucket in memory is gone when its server starts again: it is made anew, and the watch begins anew.
//! - A watch is opened anew with each connection and each life of the store. What it tells of is a hint.
//! - Nothing waits for the directory, and the directory waits for nothing: queues have bounds, and drop.
//!
//! # Reading order
//!
//! `options`, `news` for what is told, `link` for the connection, its version and the bucket, `store` for what the
//! directory asks, `direct` for the way beside NATS.

mod direct;
mod link;
mod news;
mod options;
mod store;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{Sender, channel};

use crate::fabric::{Ask, Fabric, FabricNews};

pub use options::{NatsFault, NatsOptions};

use direct::Direct;
use link::NatsLink;
use news::{NatsNews, TURN};

/// Orders that wait for the thread at most: what a directory asks in a second, several times.
const ASKS: usize = 16 * 1024;

/// News that wait for the directory at most. Beyond it they are dropped, and the directory reads everything again.
const NEWS: usize = 64 * 1024;

/// Time for a first connection and the bucket.
const START: Duration = Duration::from_secs(10);

/// A node's face of NATS.
#[derive(Debug)]
pub struct NatsFabric {
    asks: Sender<(Instant, Ask)>,
    news: Receiver<FabricNews>,
    /// News that came while it was waited for.
    next: Option<FabricNews>,
}

impl NatsFabric {
    /// Connects, and waits for it: some seconds at most.
    ///
    /// # Errors
    /// When no server can be reached, it is too old, it does not let us in, has no JetStream, or the direct address
    /// cannot be listened on.
    pub fn connect(options: NatsOptions) -> Result<Self, NatsFault> {
        let (asks, mut orders) = channel::<(Instant, Ask)>(ASKS);
        let (news, told) = sync_channel(NEWS);
        let (ready, started) = sync_channel(1);
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else {
                let _ = ready.send(Err(NatsFault::NoThread));
                return;
            };
            runtime.block_on(async move {
                let begun = tokio::time::timeout(START, begin(options, NatsNews(news))).await;
                let (link, direct) =
                    match begun.unwrap_or(Err(NatsFault::Unreachable("it did not answer in time".into()))) {
                        Ok(begun) => begun,
                        Err(fault) => return drop(ready.send(Err(fault))),
                    };
                let _ = ready.send(Ok(()));
                while let Some((at, ask)) = orders.recv().await {
                    if at.elapsed() < TURN {
                        perform(&link, direct.as_ref(), ask);
                    }
                }
            });
        };
        thread::Builder::new().name("nats".into()).spawn(run).map_err(|_| NatsFault::NoThread)?;
        started.recv().map_err(|_| NatsFault::NoThread)??;
        Ok(Self { asks, news: told, next: None })
    }
}

async fn begin(options: NatsOptions, news: NatsNews) -> Result<(Arc<NatsLink>, Option<Arc<Direct>>), NatsFault> {
    let direct = match options.direct {
        Some(address) => Some(Direct::listen(address, &options.direct_key, news.clone()).await?),
        None => None,
    };
    Ok((NatsLink::connect(options, news).await?, direct))
}

/// Does an order without waiting for it.
fn perform(link: &Arc<NatsLink>, direct: Option<&Arc<Direct>>, ask: Ask) {
    match ask {
        Ask::Listen { node } => {
            if let Some(direct) = direct {
                direct.be(node);
            }
            link.listen(node);
        }
        Ask::Send { to, direct: address, way: crate::LetterWay::Direct, letter } => {
            if let Some(direct) = direct {
                direct.send(to, &address, &letter);
            }
        }
        Ask::Send { to, way: crate::LetterWay::Bus, letter, .. } => link.send(to, letter),
        Ask::Spread { leaflet } => link.spread(leaflet),
        ask => link.ask(ask),
    }
}

impl Fabric for NatsFabric {
    fn ask(&mut self, ask: Ask) {
        let _ = self.asks.try_send((Instant::now(), ask));
    }

    fn told(&mut self) -> Option<FabricNews> {
        self.next.take().or_else(|| self.news.try_recv().ok())
    }

    fn wait(&mut self, most: Duration) {
        if self.next.is_none() {
            self.next = self.news.recv_timeout(most).ok();
        }
    }
}
