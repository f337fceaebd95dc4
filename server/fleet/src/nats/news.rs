//! [`NatsNews`]: what the thread tells the directory of.

use std::sync::mpsc::SyncSender;
use std::time::Duration;

use crate::fabric::{FabricNews, Reply};

/// Time for which an order may wait for its turn. Done later, it would be done by someone who gave it up.
pub(super) const TURN: Duration = Duration::from_millis(500);

/// News, on their way to the directory.
#[derive(Clone, Debug)]
pub(super) struct NatsNews(pub(super) SyncSender<FabricNews>);

impl NatsNews {
    /// Tells it, or drops it.
    pub(super) fn tell(&self, told: FabricNews) {
        let _ = self.0.try_send(told);
    }

    pub(super) fn reply(&self, op: u64, reply: Reply) {
        self.tell(FabricNews::Reply { op, reply });
    }
}
