//! [`PageNews`]: what a page is told, as JSON. `ts/session.ts` has the same shapes.

use auspice::message::{Announcement, InputReport, TickReport};
use auspice::replica::ReplicaEvent;
use serde::Serialize;

/// Something that happened, for a page.
#[derive(Serialize)]
#[serde(tag = "what", rename_all = "camelCase")]
enum PageNews<'a, E> {
    Welcomed,
    Event { tick: u32, event: &'a E },
    Diverged { tick: u32, held: u32, stated: u32 },
    Differs { tick: u32, lines: &'a [String] },
    Announced { announcement: Announcement },
    Report { ticks: TickReport, inputs: InputReport, bits: &'a [(String, u64)] },
    Stays { why: &'a str },
}

/// An event as JSON; `None` for what a frame shows anyway, and for what is no JSON.
pub(crate) fn json_of<E: Serialize>(event: &ReplicaEvent<E>) -> Option<String> {
    let told = match event {
        ReplicaEvent::Welcomed { .. } => PageNews::Welcomed,
        ReplicaEvent::Event { tick, event } => PageNews::Event { tick: tick.0, event },
        ReplicaEvent::Diverged { tick, held, stated } => PageNews::Diverged { tick: tick.0, held: *held, stated: *stated },
        ReplicaEvent::Differs { tick, lines } => PageNews::Differs { tick: tick.0, lines },
        ReplicaEvent::Announced(announcement) => PageNews::Announced { announcement: *announcement },
        ReplicaEvent::Report { ticks, inputs, bits } => PageNews::Report { ticks: *ticks, inputs: *inputs, bits },
        ReplicaEvent::Stays { why } => PageNews::Stays { why },
        ReplicaEvent::Entered(_) | ReplicaEvent::Left(_) => return None,
    };
    serde_json::to_string(&told).ok()
}
