//! [`NatsLink`]: the connection to NATS, the fleet's bucket, and a watch of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};
use async_nats::jetstream::{self, kv};
use async_nats::{Client, ConnectOptions, Event};
use futures_util::StreamExt;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::news::{NatsNews, TURN};
use super::options::{NatsFault, NatsOptions, is_new_enough};
use crate::fabric::{FabricNews, LetterWay, StoreItem};
use crate::id::NodeId;
use crate::limits::{LEAFLET_BYTES_MAX, LETTER_BYTES_MAX};

/// Time for one call.
pub(super) const CALL: Duration = Duration::from_millis(900);

/// Silence after which a ping is sent; after three the connection is lost. A server that stands still is noticed within
/// a second, and with it the tries of a second one.
const PING: Duration = Duration::from_millis(300);

/// Time for a connection: a server that stands still accepts it and says nothing.
const CONNECT: Duration = Duration::from_millis(500);

/// Time between two tries to connect, and between two to make the bucket.
const AGAIN: Duration = Duration::from_millis(100);

/// Calls that are under way at once.
const CALLS: usize = 512;

/// Time for which markers of what was removed are kept.
pub(super) const MARKERS: Duration = Duration::from_secs(60);

/// A connection.
#[derive(Debug)]
pub(super) struct NatsLink {
    client: Client,
    context: jetstream::Context,
    options: NatsOptions,
    pub(super) store: kv::Store,
    pub(super) news: NatsNews,
    pub(super) calls: Semaphore,
    /// The beginning of keys that was read last, which names the store's life.
    pub(super) life: Mutex<String>,
    watch: Mutex<Option<JoinHandle<()>>>,
    inbox: Mutex<Option<JoinHandle<()>>>,
    leaflets: Mutex<Option<JoinHandle<()>>>,
    /// Held by who makes the bucket.
    making: tokio::sync::Mutex<()>,
}

impl NatsLink {
    pub(super) async fn connect(options: NatsOptions, news: NatsNews) -> Result<Arc<Self>, NatsFault> {
        let (renewed, mut renewals) = tokio::sync::mpsc::channel::<()>(1);
        let client = open(&options, renewed).await?;
        let version = client.server_info().version;
        if !is_new_enough(&version) {
            return Err(NatsFault::TooOld(version));
        }
        let mut context = jetstream::new(client.clone());
        context.set_timeout(CALL);
        let store = make_bucket(&context, &options).await?;
        let link = Arc::new(Self {
            client,
            context,
            options,
            store,
            news,
            calls: Semaphore::new(CALLS),
            life: Mutex::default(),
            watch: Mutex::default(),
            inbox: Mutex::default(),
            leaflets: Mutex::default(),
            making: tokio::sync::Mutex::default(),
        });
        link.watch_anew();
        let again = Arc::clone(&link);
        tokio::spawn(async move {
            while renewals.recv().await.is_some() {
                again.news.tell(FabricNews::Renewed);
                again.watch_anew();
            }
        });
        Ok(link)
    }

    /// Makes the bucket again, which went with its server.
    pub(super) async fn restore_bucket(&self) {
        let Ok(_making) = self.making.try_lock() else { return };
        let _ = timeout(CALL, make_bucket(&self.context, &self.options)).await;
        tokio::time::sleep(AGAIN).await;
    }

    /// Opens the watch anew: an old one leaves out what is written to a bucket that was made again.
    pub(super) fn watch_anew(self: &Arc<Self>) {
        let link = Arc::clone(self);
        let task = tokio::spawn(async move {
            loop {
                if let Ok(Ok(mut watch)) = timeout(CALL, link.store.watch_all()).await {
                    while let Some(Ok(entry)) = watch.next().await {
                        let is_put = entry.operation == kv::Operation::Put;
                        let value = if is_put { entry.value.to_vec() } else { Vec::new() };
                        link.news.tell(FabricNews::Changed(StoreItem {
                            key: entry.key,
                            revision: entry.revision,
                            value,
                        }));
                    }
                }
                tokio::time::sleep(AGAIN).await;
            }
        });
        replace(&self.watch, task);
    }

    fn subject(&self, node: NodeId) -> String {
        format!("auspice.{}.node.{node}", self.options.fleet)
    }

    /// The subject of what is for all nodes.
    fn subject_of_all(&self) -> String {
        format!("auspice.{}.all", self.options.fleet)
    }

    /// Hears letters for this node from now on, and leaflets for all.
    pub(super) fn listen(self: &Arc<Self>, node: NodeId) {
        let of_letter = |letter| FabricNews::Letter { way: LetterWay::Bus, letter };
        replace(&self.inbox, self.hear(self.subject(node), LETTER_BYTES_MAX, of_letter));
        let of_leaflet = |leaflet| FabricNews::Leaflet { leaflet };
        replace(&self.leaflets, self.hear(self.subject_of_all(), LEAFLET_BYTES_MAX, of_leaflet));
    }

    /// Tells of everything that comes on a subject. What is longer than any of ours is dropped.
    fn hear(
        self: &Arc<Self>,
        subject: String,
        bytes_max: usize,
        news: impl Fn(Vec<u8>) -> FabricNews + Send + 'static,
    ) -> JoinHandle<()> {
        let link = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                if let Ok(Ok(mut messages)) = timeout(CALL, link.client.subscribe(subject.clone())).await {
                    while let Some(message) = messages.next().await {
                        if message.payload.len() <= bytes_max {
                            link.news.tell(news(message.payload.to_vec()));
                        }
                    }
                }
                tokio::time::sleep(AGAIN).await;
            }
        })
    }

    /// Sends a letter by the bus. Publishing waits where a connection is lost, so it has its time too.
    pub(super) fn send(self: &Arc<Self>, to: NodeId, letter: Vec<u8>) {
        self.publish(self.subject(to), letter);
    }

    /// Sends a leaflet to all nodes, likewise. One that is too long is dropped.
    pub(super) fn spread(self: &Arc<Self>, leaflet: Vec<u8>) {
        if leaflet.len() <= LEAFLET_BYTES_MAX {
            self.publish(self.subject_of_all(), leaflet);
        }
    }

    fn publish(self: &Arc<Self>, subject: String, bytes: Vec<u8>) {
        let link = Arc::clone(self);
        tokio::spawn(async move {
            let Ok(_place) = link.calls.try_acquire() else { return };
            let _ = timeout(TURN, link.client.publish(subject, bytes.into())).await;
        });
    }
}

/// Puts a task in another one's place, which ends.
fn replace(place: &Mutex<Option<JoinHandle<()>>>, task: JoinHandle<()>) {
    let former = place.lock().unwrap_or_else(PoisonError::into_inner).replace(task);
    former.inspect(JoinHandle::abort);
}

async fn open(options: &NatsOptions, renewed: tokio::sync::mpsc::Sender<()>) -> Result<Client, NatsFault> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if options.fleet.is_empty() || options.fleet.len() > 32 || !options.fleet.chars().all(is_name) {
        return Err(NatsFault::BadName(options.fleet.clone()));
    }
    let mut connect = ConnectOptions::new()
        .name("auspice")
        .ping_interval(PING)
        .connection_timeout(CONNECT)
        .request_timeout(Some(CALL))
        .reconnect_delay_callback(|_| AGAIN)
        .event_callback(move |event| {
            let renewed = renewed.clone();
            async move {
                if matches!(event, Event::Connected) {
                    let _ = renewed.try_send(());
                }
            }
        });
    if let Some(file) = &options.credentials {
        let words = |error: std::io::Error| NatsFault::Credentials(format!("{}: {error}", file.display()));
        connect = connect.credentials_file(file).await.map_err(words)?;
    }
    if let Some(file) = &options.root_certificates {
        connect = connect.add_root_certificates(file.clone()).require_tls(true);
    }
    let servers: Vec<&str> = options.url.split(',').map(str::trim).collect();
    connect.connect(servers).await.map_err(|error| NatsFault::Unreachable(error.to_string()))
}

/// The fleet's bucket, made where it is not there. Its entries are read from its leader, not from any copy.
async fn make_bucket(context: &jetstream::Context, options: &NatsOptions) -> Result<kv::Store, NatsFault> {
    let bucket = format!("auspice_{}", options.fleet);
    let config = Config {
        name: format!("KV_{bucket}"),
        subjects: vec![format!("$KV.{bucket}.>")],
        description: Some("Nodes and rooms of a fleet of Auspice".into()),
        max_messages_per_subject: 1,
        storage: if options.in_memory { StorageType::Memory } else { StorageType::File },
        num_replicas: options.replicas,
        discard: DiscardPolicy::New,
        allow_rollup: true,
        deny_delete: true,
        allow_direct: false,
        allow_message_ttl: true,
        subject_delete_marker_ttl: Some(MARKERS),
        ..Config::default()
    };
    let words = |error: &dyn std::fmt::Display| NatsFault::NoBucket(error.to_string());
    context.get_or_create_stream(config).await.map_err(|error| words(&error))?;
    context.get_key_value(bucket).await.map_err(|error| words(&error))
}
