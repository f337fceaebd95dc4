//! Orders of the directory, done on the bucket.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::kv::{CreateErrorKind, Operation, UpdateErrorKind};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::link::{CALL, MARKERS, NatsLink};
use crate::fabric::{Ask, Reply, StoreItem};
use crate::limits::ROOMS_MAX;

/// Time for reading everything that begins so.
const READ_ALL: Duration = Duration::from_secs(8);

/// Entries that are fetched at once.
const BATCH: usize = 2000;

/// Time after which the server forgets a reader that was cut off.
const READER: Duration = Duration::from_secs(10);

impl NatsLink {
    /// Does an order, and tells of its outcome. Where there is no place for it, it is lost.
    pub(super) fn ask(self: &Arc<Self>, ask: Ask) {
        let link = Arc::clone(self);
        tokio::spawn(async move {
            let Ok(_place) = link.calls.try_acquire() else { return };
            match ask {
                Ask::Read { op, key } => {
                    let reply = timeout(CALL, link.read(key)).await;
                    link.news.reply(op, reply.unwrap_or(Reply::Failed));
                }
                Ask::ReadAll { op, prefix } => {
                    link.note_life(&prefix);
                    let items = timeout(READ_ALL, link.read_all(&prefix)).await;
                    link.news.reply(op, items.ok().flatten().map_or(Reply::Failed, Reply::Items));
                }
                Ask::Write { op, key, expected, value } => {
                    let reply = timeout(CALL, link.write(key, expected, value)).await;
                    link.news.reply(op, reply.unwrap_or(Reply::Failed));
                }
                Ask::Remove { op, key, expected } => {
                    let reply = timeout(CALL, link.remove(key, expected)).await;
                    link.news.reply(op, reply.unwrap_or(Reply::Failed));
                }
                Ask::Listen { .. } | Ask::Send { .. } | Ask::Spread { .. } => {}
            }
        });
    }

    /// A watch that began in another life of the store shows little of this one.
    fn note_life(self: &Arc<Self>, prefix: &str) {
        let life = prefix.split('.').next().unwrap_or_default();
        let mut last = self.life.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != life {
            last.clear();
            last.push_str(life);
            self.watch_anew();
        }
    }

    async fn read(&self, key: String) -> Reply {
        match self.store.entry(key.clone()).await {
            Ok(Some(entry)) if entry.operation == Operation::Put => {
                Reply::StoreItem(Some(StoreItem { key, revision: entry.revision, value: entry.value.to_vec() }))
            }
            Ok(_) => Reply::StoreItem(None),
            Err(_) => {
                self.restore_bucket().await;
                Reply::Failed
            }
        }
    }

    /// Entries whose keys begin so. None where not all of them came.
    async fn read_all(&self, prefix: &str) -> Option<Vec<StoreItem>> {
        let Some(items) = self.try_read_all(prefix).await else {
            self.restore_bucket().await;
            return None;
        };
        Some(items)
    }

    async fn try_read_all(&self, prefix: &str) -> Option<Vec<StoreItem>> {
        let root = self.store.prefix.clone();
        let config = pull::Config {
            filter_subject: format!("{root}{prefix}>"),
            deliver_policy: DeliverPolicy::LastPerSubject,
            ack_policy: AckPolicy::None,
            memory_storage: true,
            num_replicas: 1,
            inactive_threshold: READER,
            ..pull::Config::default()
        };
        let consumer = self.store.stream.create_consumer(config).await.ok()?;
        let mut left = usize::try_from(consumer.cached_info().num_pending).ok()?;
        let mut items = Vec::with_capacity(left.min(ROOMS_MAX));
        while left > 0 {
            let wanted = left.min(BATCH);
            let mut batch = consumer.batch().max_messages(wanted).expires(CALL).messages().await.ok()?;
            let mut came = 0;
            while let Some(message) = batch.next().await {
                let message = message.ok()?;
                came += 1;
                items.extend(item_of(&message, &root)?);
            }
            if came == 0 {
                return None;
            }
            left = left.saturating_sub(came);
        }
        let name = consumer.cached_info().name.clone();
        let _ = self.store.stream.delete_consumer(&name).await;
        Some(items)
    }

    async fn write(&self, key: String, expected: u64, value: Vec<u8>) -> Reply {
        if expected == 0 {
            return match self.store.create(key, value.into()).await {
                Ok(revision) => Reply::Written(revision),
                Err(error) if error.kind() == CreateErrorKind::AlreadyExists => Reply::Conflict,
                Err(_) => self.failed().await,
            };
        }
        match self.store.update(key, value.into(), expected).await {
            Ok(revision) => Reply::Written(revision),
            Err(error) if error.kind() == UpdateErrorKind::WrongLastRevision => Reply::Conflict,
            Err(_) => self.failed().await,
        }
    }

    async fn remove(&self, key: String, expected: u64) -> Reply {
        match self.store.purge_expect_revision_with_ttl(key, expected, MARKERS).await {
            Ok(()) => Reply::Written(0),
            Err(_) => Reply::Failed,
        }
    }

    /// Says that nobody knows whether it was done. The bucket may be gone.
    async fn failed(&self) -> Reply {
        self.restore_bucket().await;
        Reply::Failed
    }
}

/// The entry of a message; none of a marker. An error where it says nothing of its revision.
fn item_of(message: &async_nats::jetstream::Message, root: &str) -> Option<Option<StoreItem>> {
    let revision = message.info().ok()?.stream_sequence;
    let is_marker = message
        .headers
        .as_ref()
        .is_some_and(|headers| headers.get("KV-Operation").is_some() || headers.get("Nats-Marker-Reason").is_some());
    if is_marker {
        return Some(None);
    }
    let key = message.subject.strip_prefix(root)?.to_owned();
    Some(Some(StoreItem { key, revision, value: message.payload.to_vec() }))
}
