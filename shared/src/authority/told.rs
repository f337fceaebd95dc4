//! [`EventsTold`]: the events that a player was sent and is not known to have, so that none is missing when it comes
//! back.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limits::EVENTS_PENDING_MAX;
use crate::tick::Tick;

/// An event as bytes, which all who are told of it share.
#[derive(Clone, Debug)]
pub(crate) struct EventBytes(Arc<[u8]>);

impl From<Vec<u8>> for EventBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl AsRef<[u8]> for EventBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for EventBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0[..].serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for EventBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

/// Events that were sent and not confirmed. Those that wait to be sent follow them, and are the view's.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct EventsTold {
    /// None while there are none: most players are told something now and then.
    sent: Option<Box<Sent>>,
    /// The number of the first of them, or of the next that is sent, among all of the player's.
    first: u32,
}

/// Events by the tick of the update that had them.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Sent(VecDeque<(Tick, EventBytes)>);

impl EventsTold {
    /// The number of the first event that is not known to have arrived.
    pub(crate) const fn first(&self) -> u32 {
        self.first
    }

    /// The update of `tick` has these.
    pub(crate) fn note_sent(&mut self, tick: Tick, events: &VecDeque<EventBytes>) {
        if events.is_empty() {
            return;
        }
        let sent = &mut self.sent.get_or_insert_default().0;
        sent.extend(events.iter().map(|event| (tick, event.clone())));
        // Of more than that the oldest are not kept, which matters only if the connection is lost before they arrive.
        let too_many = sent.len().saturating_sub(EVENTS_PENDING_MAX);
        self.forget(too_many);
    }

    /// Whatever is sent from now on has other numbers than what may have been sent and is not known of any more.
    pub(crate) fn skip(&mut self) {
        self.first = self.first.wrapping_add(EVENTS_PENDING_MAX as u32);
    }

    /// The client has the update of `tick`, and those before it.
    pub(crate) fn confirm(&mut self, tick: Tick) {
        if let Some(sent) = &self.sent {
            self.forget(sent.0.iter().take_while(|(of, _)| *of <= tick).count());
        }
    }

    /// Whatever is not known to have arrived is to be sent again, before those that wait: the newest of all.
    pub(crate) fn take_back(&mut self, waiting: VecDeque<EventBytes>) -> VecDeque<EventBytes> {
        let sent = self.sent.take().unwrap_or_default().0;
        let mut events: VecDeque<_> = sent.into_iter().map(|(_, event)| event).chain(waiting).collect();
        let too_many = events.len().saturating_sub(EVENTS_PENDING_MAX);
        events.drain(..too_many);
        self.first = self.first.wrapping_add(too_many as u32);
        events
    }

    /// The oldest that waits is not sent any more, nor is anything before it sent again.
    pub(crate) fn give_up_oldest(&mut self, waiting: &mut VecDeque<EventBytes>) {
        self.forget(usize::MAX);
        self.first = self.first.wrapping_add(u32::from(waiting.pop_front().is_some()));
    }

    /// Forgets the oldest `count`, or all.
    fn forget(&mut self, count: usize) {
        let Some(sent) = &mut self.sent else { return };
        let count = count.min(sent.0.len());
        sent.0.drain(..count);
        self.first = self.first.wrapping_add(count as u32);
        self.sent.take_if(|sent| sent.0.is_empty());
    }
}
